"""Step 5: do independent sources give different values for what is asked?

Each article testifies with the values of its best sentences: a reprint, too, which may tell all the
same but for one figure. Two values of one kind contradict each other where each is likely the
answer, each stands where the other one stands, and neither article knows the other's: how likely
that is, a fitted model says. Rounding of one value, a date within a month that is named, a name in
another script, and a draft beside its final text are no disagreement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np

from rag.asked import character_pairs
from rag.dates import sentence_periods
from rag.evidence import Ranking
from rag.facts import CREDIT
from rag.measures import Matrix
from rag.scorer import PAIR, Scorer, probability
from rag.testimony import GROUP, Said, compare, following, hear, holds
from rag.times import Period
from rag.values import Value, asks_for_several, asks_for_value, is_report_date

_RATHER = 1.0  # log odds
_ROUNDED = 0.005  # of the larger amount
_DOT_OR_TEAM = re.compile(r"[·•・]|(?:国家)?队$")
_LATIN = re.compile(r"[a-z]")
_DIGITS = re.compile(r"\d+")
_PARTS = {"year": r"(\d+)年", "month": r"(\d+)月", "day": r"(\d+)[日号]"}
_ISO_DATE = re.compile(r"(\d{4})-(\d+)-(\d+)")
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)(万亿|亿|万|千)?")
_SCALES = {"千": 1e3, "万": 1e4, "亿": 1e8, "万亿": 1e12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A value, the row of the ranking that gives it, how surely, and which part it answers.

    Every ranking of a question has the same rows.
    """

    value: str
    row: int
    weight: float
    part: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two values of two articles that exclude each other, by their places in a ranking."""

    one: int
    other: int


def find_conflict_in(parts: Sequence[Ranking], scorer: Scorer) -> tuple[Witness, ...]:
    """Two witnesses about the first part of a question that sources disagree about.

    Of several parts, only figures and dates: each has a name that is right beside the other's.
    """
    for number, ranking in enumerate(parts):
        others = [part for part in parts if part is not ranking]
        found = find_conflict(ranking, scorer)
        if others and any(_is_of_another(witness, ranking, others) for witness in found):
            continue
        if found:
            return tuple(replace(witness, part=number) for witness in found)
    return ()


def _is_of_another(witness: Witness, ranking: Ranking, others: Sequence[Ranking]) -> bool:
    """Whether a value is a name, or the answer to another part, or not much less likely to be."""
    if not witness.value[0].isdigit():
        return True
    own = _likeliest(witness, ranking)
    return any(_likeliest(witness, other) > own - _RATHER for other in others)


def _likeliest(witness: Witness, ranking: Ranking) -> float:
    chances = zip(ranking.values, ranking.value_log_odds.tolist(), strict=True)
    return max((c for value, c in chances if value.text in witness.value), default=-np.inf)


def find_conflict(ranking: Ranking, scorer: Scorer) -> tuple[Witness, ...]:
    """Two witnesses of different articles that disagree, the surer one first; () where none do."""
    pairs, features = list_pairs(ranking)
    if not pairs:
        return ()
    likely = probability(scorer.pair.log_odds(features))
    best = int(likely.argmax())
    if likely[best] < scorer.conflict:
        return ()
    witnesses = [_call(ranking, at) for at in (pairs[best].one, pairs[best].other)]
    return tuple(sorted(witnesses, key=lambda witness: -witness.weight))


def _call(ranking: Ranking, at: int) -> Witness:
    """The witness for a value; a figure is told with its unit."""
    value, text = ranking.values[at], ranking.table.rows[ranking.values[at].row].facts.text
    unit = text[value.end : value.end + 1] if value.kind == "number" else ""
    return Witness(
        value=value.text + (unit if unit.isalpha() else ""),
        row=value.row,
        weight=float(probability(ranking.value_log_odds[at : at + 1])[0]),
    )


def list_pairs(ranking: Ranking) -> tuple[list[Pair], Matrix]:
    """Pairs of values that may contradict each other, and ``PAIR``, shape (pairs, len(PAIR)).

    Where several are asked for, 主演有哪些, a name contradicts no other.
    """
    said = hear(ranking) if asks_for_value(ranking.table.asked) else []
    several = asks_for_several(ranking.table.asked)
    periods = _Periods(ranking)
    pairs: list[Pair] = []
    features: list[list[float]] = []
    for one, other in combinations(range(len(said)), 2):
        for a, b in product(said[one], said[other]):
            listed = several and not a.value.text[0].isdigit()
            known = listed or a.holders[other] or b.holders[one]
            if not known and _exclude(a.value, b.value) and _comparable(ranking, a, b, periods):
                pairs.append(Pair(one=a.at, other=b.at))
                features.append(compare(ranking, a, b))
    return pairs, np.array(features).reshape(len(pairs), len(PAIR))


# -- do two values exclude each other? ------------------------------------------------------------


def _exclude(a: Value, b: Value) -> bool:
    """Whether both cannot be right: of one kind, and not the same in other words."""
    group = GROUP[a.kind]
    if group != GROUP[b.kind] or holds(a.text, b.text) or holds(b.text, a.text):
        return False
    if group == "date":
        return _other_date(a.text, b.text)
    if group in ("percent", "number"):
        return _other_amount(a.text, b.text)
    same_script = bool(_LATIN.match(a.text)) == bool(_LATIN.match(b.text))
    return same_script and _other_name(a.text, b.text)


def _other_name(one: str, other: str) -> bool:
    """No two neighbouring characters in common, and few of the others: 梅德韦杰夫 is 梅德韦德夫.

    Or nothing but the figure is another: 骁龙835 and 骁龙810.
    """
    if one != other and _DIGITS.sub("0", one) == _DIGITS.sub("0", other):
        return True
    ours, theirs = (_DOT_OR_TEAM.sub("", name) for name in (one, other))
    shared = len(set(ours) & set(theirs))
    alike = character_pairs(ours) & character_pairs(theirs)
    return not alike and shared <= max(1, min(len(ours), len(theirs)) // 2)


def _other_date(one: str, other: str) -> bool:
    ours, theirs = _read_date(one), _read_date(other)
    shared = ours.keys() & theirs.keys()
    return any(ours[part] != theirs[part] for part in shared)


def _read_date(text: str) -> dict[str, int]:
    if iso := _ISO_DATE.fullmatch(text):
        return dict(zip(_PARTS, map(int, iso.groups()), strict=True))
    found = {part: re.search(pattern, text) for part, pattern in _PARTS.items()}
    return {part: int(match[1]) for part, match in found.items() if match}


def _other_amount(one: str, other: str) -> bool:
    """More than a rounding apart: 1.3万亿 may be 1.32万亿, and 8.7% may be 8.66%."""
    (a, exact_a), (b, exact_b) = _read_amount(one), _read_amount(other)
    return abs(a - b) > max(_ROUNDED * max(a, b), exact_a, exact_b)


def _read_amount(text: str) -> tuple[float, float]:
    """An amount and what it may be off by because it was rounded: 12 only by nothing."""
    match = _AMOUNT.search(text)
    if match is None:
        return 0.0, 0.0
    scale = _SCALES.get(match[2] or "", 1.0)
    decimals = len(match[1].partition(".")[2])
    return float(match[1]) * scale, 0.5 * scale / 10**decimals if decimals else 0.0


# -- do two values speak of the same thing? -------------------------------------------------------


class _Periods:
    """The times that sentences speak of, each read once; 今年 is the year of its article.

    The day of a report is no such time.
    """

    def __init__(self, ranking: Ranking) -> None:
        self._rows = ranking.table.rows
        self._known: dict[int, tuple[Period, ...]] = {}

    def differ(self, one: int, other: int) -> bool:
        """Whether both rows name a time, and none in common."""
        ours, theirs = self._of(one), self._of(other)
        return bool(ours and theirs) and not any(
            a.meets(b) or b.meets(a) for a in ours for b in theirs
        )

    def _of(self, row: int) -> tuple[Period, ...]:
        if row not in self._known:
            found = self._rows[row]
            text = CREDIT.sub("", found.text)
            periods = sentence_periods(text, found.passage.article)
            self._known[row] = tuple(one for one in periods if not _is_of_report(text, one))
        return self._known[row]


def _is_of_report(text: str, period: Period) -> bool:
    at = text.find(period.text)
    return is_report_date(text, (at, at + len(period.text)))


def _comparable(ranking: Ranking, a: Said, b: Said, periods: _Periods) -> bool:
    """Whether two sentences have the same standing: a draft is no rule, 家 are no 万元.

    A figure of another time is another figure, and so is one of 8 banks where 9 are asked about.
    """
    if a.is_draft != b.is_draft or a.counts != b.counts:
        return False
    if a.value.kind not in ("percent", "number"):
        return True
    if periods.differ(a.value.row, b.value.row):
        return False
    unit = ranking.table.asked.unit
    if a.value.kind == "percent":
        return unit is None
    return following(a) == following(b) and unit in (None, following(a))
