"""One sentence told twice with one thing changed: the plainest way in which sources disagree.

News is copied. Where two articles tell a sentence in the same words but for one figure, date or
name, one of them is wrong, whatever the sentence means. The words on both sides of the change must
be the same; the change must be of the kind that is asked for; when a report was made is no change.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from index.words import cut_words, name_class, word_rarity
from rag.asked import Asked, character_pairs
from rag.facts import Facts
from rag.joint import Place, find_typed

_LOOKED_AT = 12  # best sentences
_ALIKE = 0.5  # share of character pairs of the shorter sentence that stand in the other
_BESIDE, _BOTH_SIDES = 3, 8  # same characters on a side, and on both together
_LONGEST = 16  # characters of a value
_LIKELY = 0.08  # probability that the surer of the two sentences answers
_ROUNDED = 0.01  # of the larger amount
_SHORTEST, _WORDS = 2, 2  # characters and words of a name
_RARE = 9.0  # from this rarity on a word is a name
_SHARED = 1  # characters that two names may have in common
_REPORTED = re.compile(
    r"日?(?:\(?[电讯]|[上下]午|晚|凌晨|消息|报道|透露|宣布|表示|发布|公布|联合|获悉|说)"
)
_WORD = re.compile(r"[\u4e00-\u9fffa-z]")
_DIGIT = re.compile(r"\d")
_OF_FIGURE = re.compile(r"[\d.]")
_DATE_PART = re.compile(r"[\d年月日号.]")
_AMOUNT = re.compile(r"\d+(?:\.\d+)?")
_FIGURE = re.compile(
    r"(?:(?:19|20)\d\d年)?\d{1,2}月(?:\d{1,2}[日号]?)?|\d+(?:\.\d+)?(?:[%‰年]|万亿?|亿)?"
)
_FIGURE_KINDS = frozenset(("number", "percent", "date"))
_NAME_KINDS = frozenset(("person", "place", "name"))
_ENGLISH_DATE = re.compile(r"[a-z]{3} $")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Two values in the same place of two sentences, which are numbered as they were given."""

    one: int
    other: int
    one_value: str
    other_value: str


def find_altered(
    asked: Asked, facts: Sequence[Facts], articles: Sequence[str], chances: Sequence[float]
) -> Change | None:
    """The change in the surest sentences, None where there is none.

    Args:
        asked: the question.
        facts: of the sentences.
        articles: which article each stands in.
        chances: that each answers the question.
    """
    texts = [one.text for one in facts]
    best = sorted(range(len(texts)), key=lambda i: -chances[i])[:_LOOKED_AT]
    pairs = {i: character_pairs(texts[i]) for i in best}
    whole: dict[str, str] = {}
    for text, article in zip(texts, articles, strict=True):
        whole[article] = f"{whole.get(article, '')}\n{text}"
    for at, i in enumerate(best):
        if chances[i] < _LIKELY:
            return None
        for j in best[at + 1 :]:
            least = min(len(pairs[i]), len(pairs[j]))
            if articles[i] == articles[j] or len(pairs[i] & pairs[j]) < _ALIKE * max(least, 1):
                continue
            for place, there in _changes(texts[i], texts[j]):
                one, other = _tell(asked, facts[i], place), _tell(asked, facts[j], there)
                known = other.value in whole[articles[i]] or one.value in whole[articles[j]]
                if not known and _answers(asked, one, other):
                    return Change(one=i, other=j, one_value=one.value, other_value=other.value)
    return None


def _changes(one: str, other: str) -> Iterator[tuple[Place, Place]]:
    """What stands in one place of both, in the order of the text."""
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    # A character or two that two values happen to share is not what stands beside them.
    same = [block for block in blocks if block.size >= _BESIDE or block.size == 0]
    a = c = before = 0
    for block in same:
        gap = (a, block.a), (c, block.b)
        at_start, at_end = a == 0 or c == 0, block.size == 0
        beside = (before or at_start) and (block.size or at_end)
        if (a, c) != (block.a, block.b) and beside and before + block.size >= _BOTH_SIDES:
            yield _widen(one, *gap[0]), _widen(other, *gap[1])
        a, c, before = block.a + block.size, block.b + block.size, block.size


def _widen(text: str, start: int, end: int) -> tuple[int, int]:
    """To the whole figure or date, where a part of one changed: 170 for the 1 beside 70."""
    part = text[start:end]
    beside = text[start - 1 : start] + text[end : end + 1]
    if not (_DIGIT.search(part) or _DIGIT.search(beside)):
        return start, end
    kind = _DATE_PART if re.search(r"[年月日]", text[max(0, start - 3) : end + 3]) else _OF_FIGURE
    while start and kind.match(text[start - 1]):
        start -= 1
    while end < len(text) and kind.match(text[end]):
        end += 1
    return start, end


def _answers(asked: Asked, one: Told, other: Told) -> bool:
    """Whether two values that took each other's place are of the type that is asked for."""
    a, b = one.value, other.value
    if not (a and b) or max(len(a), len(b)) > _LONGEST or a in b or b in a:
        return False
    if a in asked.text or b in asked.text or one.is_report or other.is_report:
        return False
    if bool(_DIGIT.search(a)) != bool(_DIGIT.search(b)):
        return False
    if _DIGIT.search(a):
        exact = _FIGURE.fullmatch(a) and _FIGURE.fullmatch(b)
        typed = one.is_typed and other.is_typed
        return bool(exact and typed) and _other_figure(a, b)
    if asked.wanted & _FIGURE_KINDS and not asked.wanted & _NAME_KINDS:
        return False
    return (
        _is_name(a)
        and _is_name(b)
        and len(set(_WORD.findall(a)) & set(_WORD.findall(b))) <= _SHARED
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A value in a sentence: is it of the type that is asked for, is it the date of a report?"""

    value: str
    is_typed: bool
    is_report: bool


def _tell(asked: Asked, facts: Facts, place: Place) -> Told:
    start, end = place
    typed = find_typed(asked, facts)
    return Told(
        value=facts.text[start:end].strip(),
        is_typed=typed is not None and any(a < end and start < b for a, b in typed),
        is_report=_REPORTED.match(facts.text[end:]) is not None
        or _ENGLISH_DATE.search(facts.text[:start]) is not None,
    )


def _other_figure(one: str, other: str) -> bool:
    """Of the same unit, and more than a rounding apart."""
    ours, theirs = _AMOUNT.findall(one), _AMOUNT.findall(other)
    if _AMOUNT.sub("", one) != _AMOUNT.sub("", other):
        return False
    if len(ours) > 1:
        return [float(n) for n in ours] != [float(n) for n in theirs]
    return not _is_rounding(ours[0], theirs[0])


def _is_rounding(one: str, other: str) -> bool:
    """Whether two amounts are nearly the same, or one of them with fewer decimals: 8.7 and 8.66."""
    if math.isclose(float(one), float(other), rel_tol=_ROUNDED):
        return True
    decimals = min(len(amount.partition(".")[2]) for amount in (one, other))
    return decimals > 0 and round(float(one), decimals) == round(float(other), decimals)


def _is_name(value: str) -> bool:
    """A name and nothing else; a word that the dictionary lacks counts as one."""
    parts = re.split(r"[·•]", value)
    words = [word for part in parts for word in cut_words(part)]
    if len(value) < _SHORTEST or not all(
        _WORD.match(character) for word in parts for character in word
    ):
        return False
    if len(parts) > 1:
        return True
    named = any(name_class(w) is not None or word_rarity(w) >= _RARE for w in words)
    return named and len(words) <= _WORDS
