"""Questions that ask two things: "A和B的…分别是多少", "…达到多少，渗透率是多少". Split by rule.

The whole question is always searched too, so a split that goes wrong costs little.
"""

from __future__ import annotations

import re

from index.words import cut_words, normalize

_CONJUNCTIONS = frozenset("和与及跟")
_ASKS = re.compile(r"多少|什么|哪|谁|几|何时|怎么|怎样|为什么|如何|吗")
_STOP = re.compile(r"[,?;。]+")
# Here "A和B" is one thing: a sum, a comparison, or two that act together.
_TOGETHER = re.compile(
    r"信用卡和借贷合一卡|一共|总共|合计|共有|共计|加起来|相比|比.*[多少高低]|较|联动|合作|开展|联合|发布的"
    r"|之间|不一样|关系|哪个(?:更|多|少|大|小|高|低|好)|吗"
)
_SEPARATE = re.compile(r"分别|各自|各")
# Two things in fewer words, and what each of them is: 男女单打, emnlp2022和2023.
_CONTRACTED = (
    (re.compile(r"男女(?=[子单双])"), ("男", "女")),
    (re.compile(r"(?<![a-z\d])([a-z]+)(\d+)[和与及](\d+)(?![\d.a-z])"), (r"\1\2", r"\1\3")),
)
_PRONOUN = re.compile(r"^(?:它|他|她|其|这)(?:的|中)?")
_NEVER_INSIDE = frozenset((*"的了是还有共为,、各谁哪", "分别", "各自", "什么", "多少"))
_KINDS = frozenset(("时间", "地点", "日期", "人数", "数量", "金额"))
_AFTER_PHRASE = frozenset(("的", "是", "各", "分别", "?", "各自", "为", "有"))
_STANDS_ALONE = _CONJUNCTIONS | frozenset("的在是有被由对从")
# What a whole phrase adds, and what a bare word of kind and a torn name take.
_WHOLE, _BARE, _TORN = 0.5, 2.0, 1.5
_RUN = 5  # words on each side of the conjunction at most
_ALIKE = -0.4  # how alike the two sides must be where nothing says "分别"


def split_question(text: str) -> tuple[str, ...]:
    """The two questions in one, normalised; () where there is one."""
    plain = normalize(text).strip()
    if clauses := _asking_clauses(plain):
        return clauses[0], _with_subject(*clauses)
    if not _SEPARATE.search(plain) and _TOGETHER.search(plain):
        return ()
    for pattern, (one, other) in _CONTRACTED:
        if match := pattern.search(plain):
            before, after = plain[: match.start()], _SEPARATE.sub("", plain[match.end() :])
            return before + match.expand(one) + after, before + match.expand(other) + after
    return _split_pair(plain)


def asks_in_clauses(text: str) -> bool:
    """Whether the two questions are clauses, of which the second says little of its subject."""
    return bool(_asking_clauses(normalize(text).strip()))


def _asking_clauses(plain: str) -> tuple[str, str] | tuple[()]:
    """The two clauses of a normalised question that both ask."""
    clauses = [clause for clause in _STOP.split(plain) if clause]
    if len(clauses) == 2 and all(_ASKS.search(clause) for clause in clauses):  # noqa: PLR2004
        return clauses[0], clauses[1]
    return ()


def _with_subject(first: str, second: str) -> str:
    """The second clause with what the first one is about in front: its first word."""
    second = _PRONOUN.sub("", second)
    words = _words(first)
    subject = words[0] if len(words[0]) > 1 else "".join(words[:2])
    return second if subject in second else subject + second


def _split_pair(text: str) -> tuple[str, ...]:
    """By the conjunction whose two sides are most alike: 国家和地区 is one thing."""
    words = _words(text)
    pairs = [
        (_alikeness(left, right) + _fits(words, at, left, right), at, left, right)
        for at, word in enumerate(words)
        if word in _CONJUNCTIONS
        for left in _runs(words[:at], backwards=True)
        for right in _runs(words[at + 1 :], backwards=False)
        if not _tears_number(words[at + 1 + len(right) :])
    ]
    if not pairs:
        return ()
    score, at, left, right = max(pairs, key=lambda pair: (pair[0], -pair[1]))
    if score < _ALIKE and not _SEPARATE.search(text):
        return ()
    before = _SEPARATE.sub("", "".join(words[: at - len(left)]))
    after = _SEPARATE.sub("", "".join(words[at + 1 + len(right) :]))
    return before + "".join(left) + after, before + "".join(right) + after


def _tears_number(after: list[str]) -> bool:
    """Whether a bare number would be left over that belongs to the name before it: 激情8."""
    if not after or not after[0].isdigit():
        return False
    return len(after) == 1 or after[1] in _AFTER_PHRASE or _ASKS.match(after[1]) is not None


def _runs(words: list[str], *, backwards: bool) -> list[list[str]]:
    """The runs of words that touch the conjunction, shortest first."""
    runs = []
    for n in range(1, min(_RUN, len(words)) + 1):
        run = words[-n:] if backwards else words[:n]
        if _NEVER_INSIDE & set(run):
            break
        runs.append(run)
    return runs


def _alikeness(left: list[str], right: list[str]) -> float:
    """How parallel two runs are: the same ending, beginning, length and script."""
    a, b = "".join(left), "".join(right)
    score = 0.5 * (left[-1] == right[-1] and len(left) > 1) + 0.5 * (left[0] == right[0])
    score += 1.5 * (a[-1] == b[-1]) + 0.5 * (a[0] == b[0]) + 1.0 * (len(a) == len(b))
    score -= 0.25 * abs(len(a) - len(b)) + 0.12 * (len(left) + len(right) - 2)
    same_script = _script(left[0]) == _script(right[0]) and _script(left[-1]) == _script(right[-1])
    return score + (0.6 if same_script else -0.6)


def _fits(words: list[str], at: int, left: list[str], right: list[str]) -> float:
    """Whether both runs end and begin where a phrase does.

    Before 的 or what asks, the right one is whole: 首次会议 in "仪式及首次会议的时间". A bare 时间
    on the left beside something else on the right belongs to the verb before: 发布时间和处理器.
    A single character that would be left over before the left one belongs to it: 布林肯.
    """
    after = words[at + 1 + len(right) :]
    whole = _WHOLE if not after or after[0] in _AFTER_PHRASE or _ASKS.match(after[0]) else 0.0
    bare = left[0] in _KINDS and right[0] not in _KINDS and len(left) < at
    verb = bare and words[at - len(left) - 1] not in ("的", *_CONJUNCTIONS)
    rest = words[: at - len(left)]
    alone = len(rest) == 1 or (len(rest) > 1 and rest[-2] in _STANDS_ALONE)
    torn = alone and len(rest[-1]) == 1 and rest[-1] not in _STANDS_ALONE
    return whole - (_BARE if verb else 0.0) - (_TORN if torn else 0.0)


def _script(word: str) -> str:
    if word[0].isdigit():
        return "digit"
    return "latin" if word[0].isascii() else "han"


def _words(text: str) -> list[str]:
    """Words, with 《titles》 and 2021年 kept whole."""
    words: list[str] = []
    for token in re.findall(r"《[^》]*》|\d+[年月日]|[\u4e00-\u9fff]+|[^\u4e00-\u9fff]", text):
        if re.fullmatch(r"[\u4e00-\u9fff]+", token):
            words.extend(cut_words(token))
        elif words and _is_latin(token) and _is_latin(words[-1]):
            words[-1] += token
        else:
            words.append(token)
    return words


def _is_latin(token: str) -> bool:
    return token.isascii() and token.isalnum()
