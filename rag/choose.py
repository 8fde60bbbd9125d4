"""Step 6, the choice: which parts of the sentences answer together, in the fewest words.

Spans are chosen together: the aim is the probability that every part of the question is answered
by at least one of them, less a little for every character.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.words import normalize
from rag.alike import say_the_same
from rag.asked import Asked, name_bodies
from rag.clean import clean_span
from rag.evidence import Ranking
from rag.facts import read_facts
from rag.features import Table
from rag.idle import find_idle
from rag.measures import Column, Matrix
from rag.overview import is_heading
from rag.scorer import probability
from rag.types import Evidence
from rag.values import asks_for_several

_SOFTEN = 0.7  # of the log odds: spans are not as independent as their product pretends
_PER_CHAR = 0.0002  # of log probability, that a character must earn
# Of log probability, what a value earns by its chance: each one where several are asked for, else
# the likeliest that each part is answered with.
_PER_VALUE, _BEST_VALUE = 0.5, 1.0
_PER_UNIT = 0.015  # of log probability, that one more must earn where one value is asked for
_WEAK = 0.2  # a span that is this much less likely than the best of its part is left out
_BEAM = 24
_CUT_OFF = re.compile(r"\d(?:\.{2,}|…)\s*$")  # 票房达25...: the figure is not what was written
_FIGURE = re.compile(r"\d[\d.,:]*[年月日号时点分秒万亿元%]*")
_HAN = re.compile(r"[\u4e00-\u9fffA-Za-z]")
_FEWEST = 3  # characters of words, from which a text is not a mere figure
_BANK = "银行"
_ELSEWHERE = -6.0  # log odds for a part of the question that did not look at the span

_Flags = NDArray[np.bool_]  # of sets: shape (sets, units)
_Numbers = NDArray[np.intp]
# A part's number and a value, or "" for the best of the part's values.
_Worth = dict[tuple[int, str], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A span of row ``row`` of a ranking, as the reader would see it.

    ``plain`` is its text normalised; ``log_odds`` are that it answers, for each part of the
    question.
    """

    text: str
    plain: str
    ranking: Ranking
    row: int
    log_odds: tuple[float, ...]

    def evidence(self) -> Evidence:
        """The sentence that it is of."""
        return self.ranking.evidence(self.row)

    def place(self) -> tuple[str, int]:
        """Where that sentence stands."""
        row = self.ranking.table.rows[self.row]
        return row.passage.chunk.id, row.index


def choose_units(
    parts: Sequence[Ranking], *, max_units: int, max_chars: int, sure: Sequence[bool]
) -> list[Unit]:
    """The units that answer together, in the order that reads best; none without evidence.

    Args:
        parts: the rankings of the question's parts, or the one of the whole.
        max_units: of them at most.
        max_chars: code points of all of them, unless the first alone has more.
        sure: for each part, whether the evidence surely answers it: then what adds nothing to its
            best is left out.
    """
    units = _read_units(parts)
    if not units:
        return []
    log_odds = np.array([unit.log_odds for unit in units])
    chance = probability(_SOFTEN * log_odds)
    strong = chance >= _WEAK * chance.max(axis=0)
    for number, part in enumerate(parts):
        if sure[number]:
            strong[:, number] &= ~_find_idle(part.table, units, log_odds[:, number])
    kept = strong.any(axis=1)
    units = [units[at] for at in np.flatnonzero(kept)]
    one_value = len(parts) == 1 and not asks_for_several(parts[0].table.asked)
    choice = _Choice(
        units, chance[kept], _likely_values(parts), max_chars, _PER_UNIT if one_value else 0.0
    )
    return _in_reading_order([units[at] for at in choice.search(max_units)])


def _find_idle(table: Table, units: Sequence[Unit], log_odds: Column) -> _Flags:
    """What adds nothing to the likeliest unit under the table's part of the question.

    Every part's table has the same sentences as its rows.
    """
    words = table.words[[unit.row for unit in units]]
    said = read_facts(units[int(log_odds.argmax())].text)
    return find_idle(table.asked, words, log_odds, said)


def _read_units(parts: Sequence[Ranking]) -> list[Unit]:
    """The spans of every part; one that two parts rank is one unit with two scores."""
    found: dict[tuple[str, int, int, int], tuple[Ranking, int, list[float]]] = {}
    for number, ranking in enumerate(parts):
        for at in np.argsort(-ranking.span_log_odds, kind="stable"):
            span = ranking.spans[at]
            row = ranking.table.rows[span.row]
            key = (row.passage.chunk.id, row.index, span.start, span.end)
            unread = (ranking, span.row, [_ELSEWHERE] * len(parts))
            found.setdefault(key, unread)[2][number] = float(ranking.span_log_odds[at])
    units = []
    for (_, _, start, end), (ranking, number, log_odds) in found.items():
        raw = ranking.table.rows[number].text[start:end]
        text = "" if _CUT_OFF.search(raw) else clean_span(raw)
        plain = normalize(text)
        another = all(_is_of_another_bank(part.table.asked, plain) for part in parts)
        if _says_something(text) and not is_heading(text) and not another:
            units.append(
                Unit(text=text, plain=plain, ranking=ranking, row=number, log_odds=tuple(log_odds))
            )
    return units


def _says_something(text: str) -> bool:
    """Whether a text has words beside its figures and dates."""
    return len(_HAN.findall(_FIGURE.sub("", text))) >= _FEWEST


def _is_of_another_bank(asked: Asked, plain: str) -> bool:
    """Whether a bank is asked about, and only others stand in a normalised text."""
    if _BANK not in plain or not any(body.endswith(_BANK) for body in asked.bodies):
        return False
    if any(body in plain for body in asked.bodies):
        return False
    return any(body.endswith(_BANK) for body in name_bodies(plain))


def _likely_values(parts: Sequence[Ranking]) -> dict[tuple[int, bool, str], float]:
    """What may answer each part, and how likely.

    A key is the part's number, whether it asks for several values, and the value.
    """
    found: dict[tuple[int, bool, str], float] = {}
    for number, ranking in enumerate(parts):
        several = asks_for_several(ranking.table.asked)
        chances = probability(ranking.value_log_odds).tolist()
        for value, sure in zip(ranking.values, chances, strict=True):
            key = (number, several, value.text)
            found[key] = max(sure, found.get(key, 0.0))
    return found


def _earn(likely: dict[tuple[int, bool, str], float], plain: str) -> _Worth:
    """What a normalised text earns by each value where several are asked for, else by the best."""
    earned: _Worth = {}
    for (part, several, value), sure in likely.items():
        if value in plain:
            key = (part, value if several else "")
            worth = (_PER_VALUE if several else _BEST_VALUE) * sure
            earned[key] = max(worth, earned.get(key, 0.0))
    return earned


class _Choice:
    """Beam search for the best set of units, all sets of a step side by side."""

    def __init__(
        self,
        units: Sequence[Unit],
        chance: Matrix,
        likely: dict[tuple[int, bool, str], float],
        max_chars: int,
        per_unit: float,
    ) -> None:
        self._max_chars = max_chars
        self._per_unit = per_unit
        self._chars = np.array([len(unit.text) for unit in units])
        # Log probability of no answer, shape (units, parts).
        self._silent = np.log1p(-np.clip(chance, 1e-6, 1 - 1e-6))
        self._earned = _table_of([_earn(likely, unit.plain) for unit in units])
        self._clash = _find_clashes(units)

    def search(self, max_units: int) -> list[int]:
        """The numbers of the best set's units."""
        sets: _Flags = np.zeros((1, len(self._chars)), np.bool_)
        earned = np.zeros((1, self._earned.shape[1]))
        best, best_worth = sets[0], -np.inf
        for _ in range(max_units):
            of, new = self._grow(sets)
            if not len(new):
                break
            sets, earned = _with(sets[of], new), np.maximum(earned[of], self._earned[new])
            worth = self._worth(sets, earned)
            order = np.argsort(-worth, kind="stable")[:_BEAM]
            sets, earned = sets[order], earned[order]
            if worth[order[0]] > best_worth:
                best, best_worth = sets[0], worth[order[0]]
        return [int(at) for at in np.flatnonzero(best)]

    def _grow(self, sets: _Flags) -> tuple[_Numbers, _Numbers]:
        """A set's number and that of a unit that fits it, for every set that is new, once."""
        fits = (sets @ self._clash) == 0
        if sets.any():
            fits &= (sets @ self._chars)[:, None] + self._chars <= self._max_chars
        of, new = np.nonzero(fits)
        grown = np.packbits(_with(sets[of], new), axis=1)
        once = list({row.tobytes(): at for at, row in enumerate(grown)}.values())
        return of[once], new[once]

    def _worth(self, sets: _Flags, earned: Matrix) -> Column:
        answered = np.log(1 - np.exp(sets @ self._silent) + 1e-9).sum(axis=1)
        cost = _PER_CHAR * (sets @ self._chars) + self._per_unit * sets.sum(axis=1)
        worth: Column = answered + earned.sum(axis=1) - cost
        return worth


def _with(sets: _Flags, new: _Numbers) -> _Flags:
    """Each set with one more unit."""
    sets[np.arange(len(new)), new] = True
    return sets


def _table_of(earned: Sequence[_Worth]) -> Matrix:
    """One row for each unit, one column for each key of any of them."""
    columns = {key: at for at, key in enumerate(dict.fromkeys(k for one in earned for k in one))}
    table = np.zeros((len(earned), len(columns)))
    for row, one in enumerate(earned):
        for key, worth in one.items():
            table[row, columns[key]] = worth
    return table


def _find_clashes(units: Sequence[Unit]) -> Matrix:
    """1 for two units of one sentence, and for two that say the same, else 0."""
    places = [unit.place() for unit in units]
    of_one = np.array([[one == other for other in places] for one in places])
    return (of_one | say_the_same([unit.plain for unit in units])).astype(np.float64)


def _in_reading_order(chosen: Sequence[Unit]) -> list[Unit]:
    """By the part that each answers best, then the surest first."""

    def key(unit: Unit) -> tuple[int, float]:
        part = max(range(len(unit.log_odds)), key=lambda number: unit.log_odds[number])
        return part, -unit.log_odds[part]

    return sorted(chosen, key=key)
