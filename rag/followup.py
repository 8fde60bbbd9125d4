"""Follow-ups made whole by rule: 那东亚银行呢？ after a question on 徽商银行 asks about 东亚银行.

Four shapes are known: another thing in the place of the one asked about, a pronoun, a question with
no subject, and a bare "why". A question that stands on its own is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from index.domain import current_domain
from index.words import cut_words
from rag.asked import name_bodies
from rag.kinds import read_kinds
from rag.markers import MARK
from rag.times import Period, read_periods
from rag.types import Turn

_TURNS = 12  # of the history at most, newest last
_LONGEST = 300  # characters of one turn that are read
_SHORT = 18  # characters of a question that may lack its subject

_SWAP = re.compile(
    r"^(?:(?P<lead>那么?|而|还有|至于|关于|换成|换做|再?说说|如果是?|要是"
    r"|同样[,，]?)[,，\s]*)?(?P<x>[^,，?？]{1,24}?)"
    r"(?P<tail>的?呢|的话呢?|又?(?:如何|怎么样|怎样)呢?|也一样吗|也是吗)?[?？。!！\s]*$"
)
_WHY = re.compile(
    r"^(?:那|但是?|可是?|这|这是|它)?(?:又是)?(?:为什么|为何|为啥|什么原因|原因(?:呢|是什么)?)"
    r"(?:呢|会?这样(?:呢)?|啊|是这样)?[?？。!！\s]*$"
)
_PRONOUN = re.compile(
    r"它们|其(?![中他它实次余])|它|(?:该|这[家个项份款种一条]?|那[家个项份款种条])"
    r"(?P<noun>银行|行(?!业)|机构|公司|平台|产品|通知|文件|规定|新规|政策|报告|业务|规则|制度|条款"
    r"|名单)"
    r"|上述(?P<same>机构|银行|规定|通知|产品|文件)|他们|她们|他|她"
)
_ASK = re.compile(
    r"(?:一共|总共|合计|大约|到底|究竟|各自|各|分别|具体)?(?:是|有|达到?|为|叫|占)?"
    r"(?:百分之几|百分之多少|多[少大高长久]|几[家个张倍款种项次成年天月位名]?|什么时候|何时|什么"
    r"|哪[些里儿家个年天]|谁|如何|怎么样?|怎样)"
)
# 过渡期有多长？ 什么时候施行？ 有哪些要求？: an attribute or a verb of something that is not named.
_NO_SUBJECT = re.compile(
    r"^(?:那么?|具体|主要|其中|现在|目前)?(?:"
    r"[^,，的]{1,7}?(?:是|有|为|叫|达到?|占)?(?:多[少大高长久]|什么|哪[些里儿家个年天]|谁|几[^,，]?"
    r"|如何|怎样|怎么样?|何时)[^,，]{0,6}"
    r"|(?:什么时候|何时|从?哪[天年里家个些]|谁|由谁|多少|几|有|是|怎么|怎样|如何|包括|会|能|要|需要"
    r"|允许|适用|涉及|由)[^,，]{0,14}"
    r")[?？。]?$"
)
_STAND_ALONE = re.compile(r"《|[“\"「]|\d{2,}|我|你")
_LEAD_ENGLISH = re.compile(
    r"^(?:and|or|so|then|ok(?:ay)?|but)?[,\s]*(?:(?:what|how) about|what of|and for|and"
    r"|for)\s+(?P<x>[^?]{1,60}?)[?.\s]*$"
)
_WHY_ENGLISH = re.compile(
    r"^(?:and |but |so )?why(?: is (?:that|this|it)(?: so)?| so| not)?[?.!\s]*$"
)
_THIRD = re.compile(
    r"\b(?:(?P<possessive>its|their|his|her)|(?:this|that|the (?:same|said)) "
    r"(?:new )?(?:rule|notice|bank|institution|company|platform|product|report|policy|document)s?"
    r"|it|they|them|he|she|these|those|this|that(?= (?:take|say|mean|come|apply|happen)))\b"
)
_HEAD_ENGLISH = re.compile(
    r"^(?:and |but |so )?(?:when|who|where|how|which|what|since when|by whom)\b"
)
_FEW_WORDS = 6


def complete_question(raw: str, history: Sequence[Turn], on: date) -> str:
    """The question as one that stands on its own; ``raw`` itself where nothing is missing.

    Args:
        raw: as asked, one line.
        history: earlier turns, oldest first; text of others, read and never obeyed.
        on: the day that relative dates refer to.
    """
    earlier = answer = ""
    for turn in history[-_TURNS:]:
        said = _plain(turn.content)
        if turn.role == "user" and said:
            earlier, answer = _complete(said, earlier, answer, on), ""
        elif turn.role == "assistant":
            answer = said
    return _complete(raw, earlier, answer, on)


def _plain(content: str) -> str:
    """One bounded line without citation marks."""
    return " ".join(MARK.sub("", content[:_LONGEST]).split())


def _complete(question: str, earlier: str, answer: str, on: date) -> str:
    if not earlier or question == earlier:
        return question
    if re.search("[㐀-鿿]", question):
        return _complete_chinese(question, earlier, answer, on)
    return _complete_english(question, earlier, answer, on)


# -- Chinese --------------------------------------------------------------------------------------


def _complete_chinese(question: str, earlier: str, answer: str, on: date) -> str:
    if _WHY.match(question):
        return f"为什么{_statement(earlier)}？"
    if other := _other_thing(question):
        chinese = re.search("[㐀-鿿]", earlier)
        return _swap(other, earlier, on) if chinese else _swap_english(other, earlier, on)
    if match := _PRONOUN.search(question):
        return _in_place(
            question, match, find_topic(earlier, answer, match["noun"] or match["same"])
        )
    if _lacks_subject(question):
        topic = find_topic(earlier, answer)
        return question if topic in question else f"{topic}{_without_lead(question)}"
    return question


def _other_thing(question: str) -> str:
    """X of 那X呢; "" where the question has another shape."""
    match = _SWAP.match(question)
    if match is None or not (match["tail"] or match["lead"]):
        return ""
    other = match["x"].strip()
    vague = (match["tail"] or "").endswith(("如何", "怎样", "怎么样"))
    if _ASK.search(other) or (vague and not match["lead"]):
        return ""  # 中小银行怎么样 may be a question of its own
    return "" if _PRONOUN.fullmatch(other) or other in ("这", "那", "然后", "后来") else other


def _swap(other: str, earlier: str, on: date) -> str:
    """The earlier question with ``other`` in the place of its like."""
    for find in (_like_time, _like_name, _like_words, _like_shape, _like_attribute):
        span = find(other, earlier, on)
        if span is not None:
            start, end = span
            rest = earlier[end:]
            if re.search("[和与、]$", earlier[:start]) or re.match("[和与、]", rest):
                break
            return earlier[:start] + other + rest
    return f"{other}{_without_pair(earlier, other)}"


Span = tuple[int, int]


def _like_time(other: str, earlier: str, on: date) -> Span | None:
    """去年 for 今年; before everything else where the earlier question names no time."""
    own = read_periods(other, on)
    if not own or len(own[0].text) < len(other):
        return None
    theirs = read_periods(earlier, on)
    if not theirs:
        return 0, 0
    place = theirs[0]
    if _is_year(own[0]) and not _is_year(place):
        year = re.match(r"(?:\d{4}年|[今去前明上]年)", place.text)
        return (place.at, place.at + (year.end() if year else 0))
    return place.at, place.at + len(place.text)


def _is_year(period: Period) -> bool:
    return (
        re.fullmatch(r"(?:\d{4}年|[今去前明上]年|(?:last|this|next) year|\d{4})", period.text)
        is not None
    )


def _like_name(other: str, earlier: str, _on: date) -> Span | None:
    """A bank for a bank, a product for a product: the last one of its kind."""
    domain = current_domain()
    kind = domain.kind_of(other) or ("body" if name_bodies(other) == [other] else None)
    if kind is None:
        return None
    names = [*domain.find(earlier), *name_bodies(earlier)]
    alike = [n for n in names if (domain.kind_of(n) or "body") == kind and n in earlier]
    if not alike:
        return None
    at, name = max((earlier.rfind(name), name) for name in alike)
    longer = re.compile(rf"{re.escape(name)}(?:[(（]中国[)）])?").match(earlier, at)
    return at, longer.end() if longer else at + len(name)


def _like_words(other: str, earlier: str, _on: date) -> Span | None:
    """花呗用户 for 余额宝用户: as many words before the same last word, the last ones."""
    words = cut_words(other)
    theirs = cut_words(earlier)
    if len(words[-1]) < 2:  # noqa: PLR2004 - one character says too little
        return None
    for last in range(len(theirs) - 1, -1, -1):
        if theirs[last] == words[-1]:
            first = max(0, last - len(words) + 1)
            start = len("".join(theirs[:first]))
            return start, start + len("".join(theirs[first : last + 1]))
    return None


def _like_shape(other: str, earlier: str, _on: date) -> Span | None:
    """90后 for 00后, 35岁以下 for 21到55岁: figures with the same unit."""
    unit = re.fullmatch(r"\d+(?:[到至-]\d+)?(后|岁|年|家|元|万)(?:以[上下]|及以[上下])?", other)
    if unit is None:
        return None
    found = re.search(rf"\d+(?:[到至-]\d+)?{unit[1]}(?:以[上下]|及以[上下])?", earlier)
    return found.span() if found else None


def _like_attribute(other: str, earlier: str, _on: date) -> Span | None:
    """渗透率 for 交易规模 in 移动支付的交易规模有多大: what is asked of the same thing."""
    if current_domain().kind_of(other) or name_bodies(other):
        return None
    ask = _ASK.search(earlier)
    at = earlier.rfind("的", 0, ask.start()) if ask else -1
    return (at + 1, ask.start()) if ask and 0 < at < ask.start() - 1 else None


def _without_pair(earlier: str, other: str) -> str:
    """The earlier question without what it is about, where that was more than one thing."""
    domain = current_domain()
    kind = domain.kind_of(other) or ("body" if name_bodies(other) else None)
    names = [n for n in (*domain.find(earlier), *name_bodies(earlier)) if n in earlier]
    alike = [n for n in names if (domain.kind_of(n) or "body") == kind]
    for name in alike:
        earlier = earlier.replace(name, "", 1)
    return re.sub(r"^[和与、及]+|各自|各(?=[公披发])|分别", "", earlier)


def _statement(earlier: str) -> str:
    """The earlier question without what it asks with: 减少了多少张 is 减少了."""
    if read_kinds(earlier)[:1] == ("reason",):
        return re.sub(r"为什么|为何|为啥|缘何|的?原因(?:是什么|有哪些)?|[?？。]", "", earlier)
    plain = re.sub(r"[?？。]+$", "", earlier)
    plain = re.sub(r"(?:吗|呢)$|(?:是否|能不能|可不可以|会不会|有没有)", "", plain)
    return re.sub(rf"{_ASK.pattern}(?:[家个张倍款种项次元万亿]+)?", "", plain) or plain


def find_topic(earlier: str, answer: str, noun: str | None = None) -> str:
    """What a question is about: whom it asks for where the answer names it, else its subject.

    Args:
        earlier: the question.
        answer: what was answered, "" where nothing was.
        noun: what a pronoun calls it (银行, 通知), which chooses among several.
    """
    if read_kinds(earlier)[:1] in (("person",), ("organisation",)):
        named = [n for n in _names(answer) if n not in earlier]
        if named:
            return named[0]
    names = _names(earlier)
    if noun in ("银行", "行", "机构", "公司", "平台"):
        bodies = [n for n in (*names, *_names(answer)) if _kind(n) == "body"]
        names = bodies or names
    elif noun in ("通知", "文件", "规定", "新规", "政策", "规则", "条款", "制度"):
        rules = [n for n in names if _kind(n) == "rule" or n.endswith(("新规", "通知", "规则"))]
        names = rules or names
    if names:
        return _with_year(earlier, names[0])
    found = _ASK.search(earlier)
    head = re.split(r"的|[,，]", earlier[: found.start()] if found else earlier)[0]
    return re.sub(r"[?？。]+$", "", head)[:_SHORT]


def _names(text: str) -> list[str]:
    """What a text names, in its order: titles, bodies, products, rules; plain topics last."""
    domain = current_domain()
    titles = re.findall(r"《[^》]{2,40}》", text)
    found = [*titles, *domain.find(text), *name_bodies(text)]
    order = sorted(dict.fromkeys(found), key=lambda n: (_kind(n) == "topic", text.find(n), -len(n)))
    kept: list[str] = []
    for name in order:
        if not any(name in longer for longer in kept):
            kept.append(name)
    return kept


def _kind(name: str) -> str:
    return "title" if name[0] == "《" else current_domain().kind_of(name) or "body"


def _with_year(earlier: str, name: str) -> str:
    """2022年的信用卡通知, not any 信用卡通知."""
    found = re.search(rf"\d{{4}}年的?{re.escape(name)}(?:通知|新规|规则|办法)?", earlier)
    longer = re.search(rf"{re.escape(name)}(?:通知|新规|规则|办法)", earlier)
    return found[0] if found else longer[0] if longer else name


def _in_place(question: str, match: re.Match[str], topic: str) -> str:
    behind = question[match.end() :]
    possessive = match[0] == "其" and behind[:1] != "的" and not re.match("[是有在会能要]", behind)
    return f"{question[: match.start()]}{topic}{'的' if possessive else ''}{behind}"


def _lacks_subject(question: str) -> bool:
    if len(question) > _SHORT or _STAND_ALONE.search(question):
        return False
    if current_domain().find(question) or name_bodies(question):
        return False
    return _NO_SUBJECT.match(question) is not None


def _without_lead(question: str) -> str:
    return re.sub(r"^(?:那么?|具体|其中)(?=.)", "", question)


# -- English --------------------------------------------------------------------------------------


def _complete_english(question: str, earlier: str, answer: str, on: date) -> str:
    lowered = question.lower().strip()
    if _WHY_ENGLISH.match(lowered):
        return f"Why: {earlier}"
    if match := _LEAD_ENGLISH.match(lowered):
        other = question.strip()[match.start("x") : match.end("x")]
        return _swap_english(other, earlier, on)
    topic = _topic_english(earlier) or find_topic(earlier, answer)
    third = _THIRD.search(lowered)
    if third and not _terms(question):
        said = f"{topic}'s" if third["possessive"] else topic
        return f"{question[: third.start()]}{said}{question[third.end() :]}"
    few = len(lowered.split()) <= _FEW_WORDS
    if few and _HEAD_ENGLISH.match(lowered) and not _terms(question) and not _is_named(question):
        return f"{question.rstrip('?. ')} {topic}?"
    return question


def _swap_english(other: str, earlier: str, on: date) -> str:
    domain = current_domain()
    own = read_periods(other, on)
    theirs = read_periods(earlier, on)
    if own and len(own[0].text) >= len(other) - len("in "):
        if not theirs:
            return f"{earlier.rstrip('?. ')} {other}?"
        place = theirs[0]
        return earlier[: place.at] + other + earlier[place.at + len(place.text) :]
    kinds = {*map(_kind_english, _terms(other)), *map(domain.kind_of, domain.find(other))} - {None}
    for term, at in sorted(_terms(earlier).items(), key=lambda pair: -pair[1]):
        if not kinds or _kind_english(term) in kinds:
            return earlier[:at] + other + earlier[at + len(term) :]
    names = [n for n in (*domain.find(earlier), *name_bodies(earlier)) if n in earlier]
    if names:
        return earlier.replace(names[-1], other, 1)
    return f"{earlier.rstrip('?. ')}: {other}?"


def _terms(text: str) -> dict[str, int]:
    """English terms of names in a text with their places; the longest first where two overlap."""
    lowered = text.lower()
    named = {e for one in current_domain().names for e in one.english}
    found: dict[str, int] = {}
    for english, _ in current_domain().translations:
        if english in named:
            match = re.search(rf"(?<![a-z]){re.escape(english)}(?![a-z])", lowered)
            if match:
                found[english] = match.start()
                lowered = lowered[: match.start()] + " " * len(english) + lowered[match.end() :]
    return found


def _kind_english(term: str) -> str | None:
    return next((one.kind for one in current_domain().names if term in one.english), None)


def _topic_english(earlier: str) -> str:
    """The first name of an English question, with the words that belong to it; "" where none is."""
    terms = _terms(earlier)
    if not terms:
        return ""
    ranked = sorted(terms, key=lambda term: (_kind_english(term) == "topic", terms[term]))
    at = terms[ranked[0]]
    behind = re.compile(
        re.escape(ranked[0]) + r"(?:'s)?(?: (?:rules?|notice|business|loans?|market|policy))?"
    ).match(earlier.lower(), at)
    phrase = earlier[at : behind.end() if behind else at + len(ranked[0])]
    year = re.search(r"\b((?:19|20)\d\d) $", earlier[:at])
    return f"the {year[1]} {phrase}" if year else phrase


def _is_named(question: str) -> bool:
    """Whether a word other than the first begins with a capital: a name that we do not know."""
    return any(word[:1].isupper() for word in question.split()[1:])
