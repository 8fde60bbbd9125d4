"""The judge that needs no model: ``lexical-2``.

Every figure, date, period and name of the sentence stands in the quote, each figure beside the name
that it belongs to; direction, negation, order and quantity agree; what is planned, expected or on a
condition is not told as a fact; and most words are there, of every clause. It shares no code with
``rag.verify``, so that a fault in one does not hide in the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from eval.judge import Judgement
from eval.norm import NUMBER, spell
from index.words import content_words

_ENOUGH_WORDS = 0.55  # of a sentence's content words must stand in the quote
_ENOUGH_OF_CLAUSE = 0.25  # and of each of its clauses
_ABOUT = re.compile(r"(?<=\d)[多余](?=[百千万亿])")
_TENTHS = re.compile(r"([一二三四五六七八九\d])成(?![交立为本都熟功员果])(半?)")
_DATE = re.compile(r"\d{4}-\d{2}(?:-\d{2})?|(?<!\d)\d{2}-\d{2}(?!\d)")
_NAME = re.compile(
    r"[^\W\d_a-z和与及同跟的在对由是为]{2,4}?(?:银行|集团|总局|公司|协会|农商行)"
    r"|花呗|借呗|白条|微粒贷|余额宝|支付宝|微信支付|月付|增信|支付结算|正式|征求意见稿|[a-z]{2,}"
)
_PERIOD = re.compile(r"[1-4]季度|[一二三四]季度|上半年|下半年|年初|年末|季末|同比|环比")
_PERIODS = {"1季度": "一季度", "2季度": "二季度", "3季度": "三季度", "4季度": "四季度"}
_NEGATION = re.compile(
    r"不得|不能|不可|不许|不收|不会|不予|不再|不用|无需|无须|严禁|禁止|没有|并非|尚未|未能|未被"
    r"|免收|免除|免去"
)
_UP = re.compile(r"上升|增加|增长|提高|扩大|上涨|升到|升至|突破|增至")
_DOWN = re.compile(r"下降|减少|下滑|降低|缩小|缩水|收缩|下跌|降到|降至|少了|变少|降幅|减至")
_EXTREMES = re.compile(r"最[高低多少大小]|唯一|首[次家]|全部|超过|不足|以上|以下|以内")
_PLANNED = re.compile(r"拟(?!定)|计划|预计|有望|可能|或将|建议|考虑|打算")
_ALL = re.compile(r"所有|全部|全都|全体|一律|每[个家位名]")
_SOME = re.compile(r"部分|多数|大多|一些|少数|个别|不少|一半")
_OPPOSITES = tuple(
    (re.compile(one), re.compile(other))
    for one, other in (
        (r"之前|以前", r"之后|以后"), (r"高于|多于|大于", r"低于|少于|小于"),
        (r"关闭|撤销|裁撤", r"新设|设立|新增|开设"), (r"上限", r"下限"), (r"买入|买进", r"卖出"),
        (r"收紧", r"放宽|放松"), (r"流入", r"流出"),
    )
)  # fmt: skip
_IF = re.compile(r"如果|假如|倘若|若|一旦|除非")
_FILLER = {"目前", "报道", "指出", "表示", "显示", "据悉", "其中", "同时", "此外", "达到"}
_CLAUSE = re.compile(r"[,;。!?:\n]")
_SENTENCE = re.compile(r"[。!?\n]")


class LexicalJudge:
    """See the module."""

    name = "lexical-2"

    def judge(self, sentence: str, quotes: Sequence[str]) -> Judgement:
        """See ``eval.judge.Judge``."""
        reason = _objection(sentence, "\n".join(quotes))
        return Judgement(supported=not reason, reason=reason)


@lru_cache(maxsize=4096)
def _objection(sentence: str, source: str) -> str:
    """The first thing that speaks against it; "" where nothing does."""
    claim, proof = _spell(sentence), _spell(source)
    for check in (_missing_part, _missing_figure, _strayed_figure, _otherwise, _missing_words):
        if reason := check(claim, proof):
            return reason
    return ""


def _spell(text: str) -> str:
    plain = spell(text)
    plain = spell(_TENTHS.sub(lambda m: f"百分之{m[1]}{'十五' if m[2] else '十'}", plain))
    return spell(_ABOUT.sub("", plain))


def _missing_part(claim: str, proof: str) -> str:
    for what, missing in (
        ("date", _missing(set(_DATE.findall(claim)), proof)),
        ("period", _missing(_periods(claim), _periods(proof))),
        ("name", _missing(set(_NAME.findall(claim)), proof)),
        ("extreme", _missing(set(_EXTREMES.findall(claim)), proof)),
    ):
        if missing:
            return f"{what} {missing!r} is not in the quotes"
    return ""


def _missing(wanted: set[str], there: set[str] | str) -> str:
    return next((word for word in sorted(wanted) if word not in there), "")


def _periods(text: str) -> set[str]:
    return {_PERIODS.get(found, found) for found in _PERIOD.findall(text)}


def _missing_figure(claim: str, proof: str) -> str:
    there = {(m["digits"], m["unit"] or "") for m in NUMBER.finditer(proof)}
    bare = {digits for digits, _ in there}
    for match in NUMBER.finditer(claim):
        digits, unit = match["digits"], match["unit"] or ""
        if (digits, unit) not in there and (unit or digits not in bare):
            return f"figure {match[0]!r} is not in the quotes"
    return ""


def _strayed_figure(claim: str, proof: str) -> str:
    """A figure that belongs to another name in the quotes, or goes the other way there."""
    for match in NUMBER.finditer(claim):
        same = [m for m in NUMBER.finditer(proof) if m[0] == match[0]]
        owners = _owners(claim, match)
        theirs = [_owners(proof, m) for m in same]
        if owners and theirs and all(names and not names & owners for names in theirs):
            return f"figure {match[0]!r} belongs to {'、'.join(sorted(theirs[0]))} in the quotes"
        if same and all(_is_elsewhere(_label(claim, match), proof, m) for m in same):
            return f"figure {match[0]!r} is of something else in the quotes"
        ways = [_way(_clause_at(proof, m.start())) for m in same]
        way = _way(_clause_at(claim, match.start()))
        if way and ways and all(other == -way for other in ways):
            return f"direction of {match[0]!r} differs from the quotes"
    return ""


def _owners(text: str, figure: re.Match[str]) -> set[str]:
    """The names of the nearest clause with any, up to the figure, in its sentence."""
    start = max((m.end() for m in _SENTENCE.finditer(text, 0, figure.start())), default=0)
    before = text[start : figure.start()]
    if "分别" in before:
        lead, _, tail = before.partition("分别")
        names = _NAME.findall(lead)
        place = len(NUMBER.findall(tail))
        return {names[place]} if place < len(names) else set(names)
    for clause in reversed(_CLAUSE.split(before)):
        if names := _NAME.findall(clause):
            return set(names)
    return set()


def _label(claim: str, figure: re.Match[str]) -> str:
    """What the claim says of a figure: the words of its clause that lead to it."""
    start = max((m.end() for m in _CLAUSE.finditer(claim, 0, figure.start())), default=0)
    return claim[start : figure.start()]


def _is_elsewhere(label: str, proof: str, figure: re.Match[str]) -> bool:
    """A word of the label first comes after the figure, in a clause with a figure of its own."""
    end = _CLAUSE.search(proof, figure.end())
    read, rest = (proof[: end.start()], proof[end.end() :]) if end else (proof, "")
    others = [other for other in _CLAUSE.split(rest) if NUMBER.search(other)]
    words = [w for w in content_words(label) if not NUMBER.search(w) and w not in read]
    return any(word in other and figure[0] not in other for word in words for other in others)


def _way(clause: str) -> int:
    """1 up, -1 down, 0 neither or both."""
    return bool(_UP.search(clause)) - bool(_DOWN.search(clause))


def _clause_at(text: str, place: int) -> str:
    start = max((m.end() for m in _CLAUSE.finditer(text, 0, place)), default=0)
    end = _CLAUSE.search(text, place)
    return text[start : end.start() if end else None]


def _otherwise(claim: str, proof: str) -> str:
    """What is said of the same thing, but said otherwise."""
    near = ",".join(dict.fromkeys(_nearest(claim, proof))) or proof
    denied = [bool(_NEGATION.search(text)) for text in (claim, near)]
    if denied[0] != denied[1]:
        return "negation differs from the quotes"
    if _way(claim) and _way(near) == -_way(claim):
        return "direction differs from the quotes"
    if _PLANNED.search(near) and not _PLANNED.search(claim):
        return "the quotes tell of a plan or a guess"
    if _ALL.search(claim) and _SOME.search(near) and not _ALL.search(near):
        return "the quotes tell of some, not of all"
    for pair in _OPPOSITES:
        for one, other in (pair, pair[::-1]):
            if (said := one.search(claim)) and other.search(near) and not one.search(near):
                return f"the quotes say the opposite of {said[0]!r}"
    return _dropped_condition(claim, proof)


def _nearest(claim: str, proof: str) -> Iterator[str]:
    """The clauses of the proof that say what the clauses of the claim say."""
    clauses = [clause for clause in _CLAUSE.split(proof) if clause]
    for part in _CLAUSE.split(claim):
        pairs = _pairs(part)
        if pairs and clauses:
            yield max(clauses, key=lambda clause: len(_pairs(clause) & pairs))


def _dropped_condition(claim: str, proof: str) -> str:
    if _IF.search(claim):
        return ""
    near = set(_nearest(claim, proof))
    for sentence in _SENTENCE.split(proof):
        condition = ""
        for clause in _CLAUSE.split(sentence):
            if clause in near and condition and _share(_pairs(condition), claim) < 0.5:  # noqa: PLR2004
                return f"the quotes say so on a condition: {condition!r}"
            if _IF.search(clause):
                condition = clause
    return ""


def _missing_words(claim: str, proof: str) -> str:
    share = _words_held(claim, proof)
    if share < _ENOUGH_WORDS:
        return f"only {share:.0%} of the words are in the quotes"
    for clause in _CLAUSE.split(claim):
        if content_words(clause) and _words_held(clause, proof) < _ENOUGH_OF_CLAUSE:
            return f"the clause {clause!r} is not in the quotes"
    return ""


def _words_held(text: str, proof: str) -> float:
    words = [word for word in content_words(text) if word not in _FILLER]
    if not words:
        return float(text in proof)
    return sum(1.0 if w in proof else _share(_pairs(w), proof) for w in words) / len(words)


def _share(pairs: set[str], text: str) -> float:
    return sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}
