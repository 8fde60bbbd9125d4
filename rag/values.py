"""What in a sentence may be the answer itself: the figure, the date, the name.

The best sentences are searched for everything that could be a short answer, and a fitted model says
how likely each is: of the kind that is asked for, beside the word for what is asked, in a clause
with the subject. ``conflict.py`` holds the likeliest values of independent articles against each
other, ``compose.py`` gathers them where several are asked for.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from index.types import NAME_KINDS
from rag.asked import Asked
from rag.clauses import split_clauses
from rag.facts import Facts, Names
from rag.features import Table
from rag.joint import Place, TypeFinder, cue_places, nearness
from rag.measures import Matrix
from rag.types import Kind

LOOKED_AT = 14  # best sentences
KINDS = (*NAME_KINDS, "date", "year", "percent", "number")
_ASKED: tuple[Kind, ...] = ("person", "date", "percent", "place", "number", "name", "list")
_EXPECTED = ("person", "place")
_PLAIN = (
    "sentence", "sentence_best", "near_rarest", "near_words", "clause_subject", "sentence_subject",
    "cue", "has_cue", "typed", "of_its_kind", "values", "after_copula", "of_report", "first",
    "length", "cue_typed", "subject_typed", "listed",
)  # fmt: skip
VALUE = (
    *_PLAIN, *KINDS, *(f"{asked}_{kind}" for asked in _ASKED for kind in KINDS),
    *(f"open_{kind}" for kind in KINDS),
    *(f"expects_{asked}_{kind}" for asked in _EXPECTED for kind in KINDS),
    *(f"contest_{kind}" for kind in KINDS),
)  # fmt: skip
PLACE = {name: i for i, name in enumerate(VALUE)}
_DATE = re.compile(
    r"(?:\d{4}年)?\d{1,2}月(?:\d{1,2}[日号]|[上中下]旬|底|初)?|\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[日号]"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d年")
_PERCENT = re.compile(r"\d+(?:\.\d+)?[%‰]")
_NUMBER = re.compile(r"(?<![a-z\d.])\d+(?:\.\d+)?(?:万亿|亿|万|千)?(?![年月日号\d.])")
_PATTERNS = (("date", _DATE), ("year", _YEAR), ("percent", _PERCENT), ("number", _NUMBER))
_TITLE = re.compile(r"《([^》]{1,30})》")
_REPORTED = re.compile(
    r"日?(?:\(?[电讯]|(?:[上下]午|晚|凌晨)(?!\d)|消息|报道|透露|宣布|表示|发布|公布|获悉)"
)
_ENGLISH_MONTH = re.compile(r"[a-z]{3} $")
_SEVERAL = re.compile(r"哪些|哪几|主演|演员|成员|阵容|对手|[四八]强|名单|嘉宾|主创|都?有谁|分别")
_CONTEST = re.compile(r"[冠亚季]军|夺冠|金牌|[决四八]强|晋级")  # a team may be who is asked for
_COUNT = re.compile(r"多少|几[家个张款种项次位人]|百分")
_COPULA = re.compile(r"[是为由在于:叫]$")
_FAR = 10.0  # characters that halve nearness


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A possible short answer: its row in the table, where it stands in the normalised sentence."""

    row: int
    start: int
    end: int
    kind: str
    text: str


def list_values(table: Table, log_odds: Matrix) -> tuple[list[Value], Matrix]:
    """The values of the best sentences and their features, shape (values, len(VALUE)).

    Args:
        table: the sentences.
        log_odds: of every row of the table.
    """
    values: list[Value] = []
    measured: list[tuple[float, ...]] = []
    best = float(log_odds.max(initial=-np.inf))
    find_typed = TypeFinder(table.asked)
    for row in np.argsort(-log_odds, kind="stable")[:LOOKED_AT].tolist():
        facts = table.rows[row].facts
        found = read_values(facts)
        held = _Sentence(table.asked, facts, found, find_typed(facts))
        told = (float(log_odds[row]), float(log_odds[row]) - best)
        for place, kind in found:
            text = facts.text[slice(*place)]
            if not _is_asked_with(table.asked, text, kind):
                values.append(Value(row=row, start=place[0], end=place[1], kind=kind, text=text))
                measured.append((*told, *held.measure(place, kind)))
    features = np.zeros((len(values), len(VALUE)))
    features[:, : len(_PLAIN)] = np.array(measured).reshape(len(values), len(_PLAIN))
    base = _of_question(table.asked)
    for at, value in enumerate(values):
        features[at, base[value.kind]] = 1.0
    return values, features


@lru_cache(maxsize=2048)
def read_values(facts: Facts) -> tuple[tuple[Place, str], ...]:
    """Where a value of a sentence stands and its kind, in the order of its normalised text.

    Of two that overlap, the longer.
    """
    found: list[tuple[Place, str]] = []
    for place, kind in sorted(
        _candidates(facts.text, facts.names), key=lambda one: one[0][0] - one[0][1]
    ):
        if not any(a < place[1] and place[0] < b for (a, b), _ in found):
            found.append((place, kind))
    return tuple(sorted(found))


def _candidates(text: str, names: Names) -> Iterator[tuple[Place, str]]:
    for kind, pattern in _PATTERNS:
        yield from ((match.span(), kind) for match in pattern.finditer(text))
    yield from ((match.span(1), "work") for match in _TITLE.finditer(text))
    for kind in NAME_KINDS:
        for name in names.of(kind):
            at = text.find(name)
            while at >= 0:
                yield (at, at + len(name)), kind
                at = text.find(name, at + len(name))


def asks_for_value(asked: Asked) -> bool:
    """Whether a short answer is wanted; 怎么算 wants none."""
    return bool(asked.focus.expected) or not asked.wanted.isdisjoint(_ASKED)


def asks_for_date(asked: Asked) -> bool:
    """Whether a date alone answers: 数量的高点是哪一年 wants no number."""
    return "date" in asked.wanted and _COUNT.search(asked.text) is None


def asks_for_several(asked: Asked) -> bool:
    """Whether more than one value is the answer: 主演有哪些, 四强."""
    return _SEVERAL.search(asked.text) is not None


def is_report_date(text: str, place: Place) -> bool:
    """Whether a value only says when something was reported."""
    start, end = place
    return bool(_REPORTED.match(text, end) or _ENGLISH_MONTH.search(text, 0, start))


def _is_asked_with(asked: Asked, value: str, kind: str) -> bool:
    """Whether the question holds it already; 北京市 is held by 北京."""
    if value in asked.text:
        return True
    return kind in NAME_KINDS[:3] and len(value) > 2 and value[:-1] in asked.text  # noqa: PLR2004


def _of_question(asked: Asked) -> dict[str, list[int]]:
    """For each kind of value the columns that are 1."""
    asks = [f"{kind}_" for kind in _ASKED if kind in asked.wanted]
    if not asked.wanted:
        asks.append("open_")
    if asked.focus.expected in _EXPECTED:
        asks.append(f"expects_{asked.focus.expected}_")
    if _CONTEST.search(asked.text):
        asks.append("contest_")
    return {kind: [PLACE[kind], *(PLACE[f"{ask}{kind}"] for ask in asks)] for kind in KINDS}


class _Sentence:
    """What is the same for all values of a sentence, found once."""

    def __init__(
        self,
        asked: Asked,
        facts: Facts,
        found: Sequence[tuple[Place, str]],
        typed: Sequence[Place] | None,
    ) -> None:
        self._text = text = facts.text
        self._found = found
        self._kinds = Counter(kind for _, kind in found)
        self._typed = typed
        self._cues = cue_places(asked, text)
        self._clauses = split_clauses(text)
        self._rarest = [at for word in asked.rarest if (at := text.find(word.text)) >= 0]
        words = [asked.words[at] for at in asked.focus.subject]
        total = math.fsum(word.weight for word in words) or 1.0
        self._subject = [(word.text, word.weight / total) for word in words if word.text in text]
        self._of_subject: dict[Place, float] = {}

    def measure(self, place: Place, kind: str) -> tuple[float, ...]:
        """The rest of ``_PLAIN``, without the sentence's own score."""
        start, end = place
        near = [1 / (1 + abs(start - at) / _FAR) for at in self._rarest]
        clause = next((c for c in self._clauses if c[0] <= start < c[1]), (0, len(self._text)))
        subject = self._share(clause)
        cue = nearness([place], self._cues)
        typed = 0.5 if self._typed is None else float(
            any([a < end and start < b for a, b in self._typed])
        )  # fmt: skip
        listed = self._text[start - 1 : start] == "、" or self._text[end : end + 1] == "、"
        return (
            max(near, default=0.0), sum(near) / 3, subject, self._share((0, len(self._text))), cue,
            float(bool(self._cues)), typed, math.log(self._kinds[kind]),
            math.log(len(self._found)), float(bool(_COPULA.search(self._text, 0, start))),
            float(is_report_date(self._text, place)), float(place == self._found[0][0]),
            math.log(end - start), cue * typed, subject * typed, float(listed),
        )  # fmt: skip

    def _share(self, place: Place) -> float:
        """Of the subject's weight, how much stands in a part of the sentence."""
        if place not in self._of_subject:
            part = self._text[slice(*place)]
            self._of_subject[place] = math.fsum(w for word, w in self._subject if word in part)
        return self._of_subject[place]
