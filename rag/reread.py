"""Step 3, a second look: where the first leaves doubt, the best sentences are read.

Reading takes longer than everything else together, and where the words alone are clear it says
nothing new. What it says is one more feature of a sentence, and of the evidence as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Protocol

import numpy as np

from rag.doubt import ABOUT_ANOTHER, doubt, is_about_another
from rag.evidence import Ranking, rank_scored, sufficiency_features
from rag.features import Table
from rag.measures import Column, Matrix
from rag.parts import asks_in_clauses
from rag.reader import Window, load_reader, window_of
from rag.scorer import READ, READ_SUFFICIENCY, Blend, Scorer, probability
from rag.types import Query

LOOKED_AT = 8  # best sentences that are read
# Log odds of a first look between which there is a second.
_CLEARLY_NOT, _CLEARLY = -2.0, 2.2


ReadModels = tuple[Blend, Blend, Blend]  # of read sentences, values and spans


class Reads(Protocol):
    """A reader, or what stands before one."""

    def read(self, question: str, windows: Sequence[Window]) -> Column:
        """Log odds that each window's sentence holds the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Rows of a ranking, best first, and the reader's log odds that each holds the answer."""

    rows: tuple[int, ...]
    log_odds: Column


def look(
    query: Query, rankings: Sequence[Ranking], scorer: Scorer, *, second: bool = True
) -> tuple[tuple[Ranking, ...], list[float]]:
    """Rankings after as many looks as they need, and their confidences.

    A confidence is the calibrated probability that the evidence answers the whole question, or a
    part of it. Without a ``second`` look, that of the first stands.
    """
    if not len(rankings[0].log_odds):
        return tuple(rankings), [0.0] * len(rankings)
    looks = [
        _look_at(ranking, question if second and reads(query, number) else "", scorer)
        for number, (ranking, question) in enumerate(
            zip(rankings, (query.text, *query.parts), strict=True)
        )
    ]
    log_odds = np.array([seen for _, seen in looks])
    return tuple(ranking for ranking, _ in looks), probability(log_odds).tolist()


def join_confidences(query: Query, confidences: Sequence[float]) -> float:
    """The confidence in an answer, from those in one to the whole question and to its parts.

    Where one of them is sure, there is an answer. But the second of two clauses says little of its
    subject, so that something fits it by chance: of two clauses both count.
    """
    if query.parts and asks_in_clauses(query.text):
        return mean(confidences[1:])
    return max(confidences)


def _look_at(ranking: Ranking, question: str, scorer: Scorer) -> tuple[Ranking, float]:
    """A ranking and the log odds that it answers, after a second look where there is a question."""
    first = float(scorer.sufficiency.log_odds(sufficiency_features(ranking))[0])
    seen = first - _doubt(ranking)
    if not question or not leaves_doubt(seen):
        return ranking, seen
    readings = read_best(ranking.table, ranking.log_odds, question, load_reader())
    models = (scorer.read, scorer.value, scorer.span)
    again = look_again(ranking.table, ranking.log_odds, readings, models)
    features = reread_sufficiency(again, readings, first)
    return again, float(scorer.read_sufficiency.log_odds(features)[0]) - _doubt(again)


def _doubt(ranking: Ranking) -> float:
    return doubt(ranking.table, int(ranking.log_odds.argmax()))


def reads(query: Query, number: int) -> bool:
    """Whether a ranking may be read: those that answer, of questions in Chinese.

    Of a question with parts the whole is not answered, and the reader has seen no other language.
    """
    return query.language == "zh" and (number > 0) == bool(query.parts)


def leaves_doubt(log_odds: float) -> bool:
    """Whether a first look with these log odds is worth a second."""
    return _CLEARLY_NOT < log_odds < _CLEARLY


def read_best(table: Table, log_odds: Column, question: str, reader: Reads) -> Readings:
    """Read the best sentences of a table.

    Args:
        table: the sentences.
        log_odds: of a first look, of every row.
        question: the whole, or the part that the table is of.
        reader: reads.
    """
    best = np.argsort(-log_odds, kind="stable")[:LOOKED_AT]
    rows = tuple(int(row) for row in best)
    windows = [window_of(table.rows[row]) for row in rows]
    return Readings(rows=rows, log_odds=reader.read(question, windows))


def read_features(log_odds: Column, readings: Readings) -> Matrix:
    """What tells whether a sentence that was read answers; shape (rows read, len(READ)).

    Args:
        log_odds: of a first look, of every row of the table.
        readings: of its best.
    """
    first = log_odds[list(readings.rows)]
    read = readings.log_odds
    columns = {
        "first": first,
        "first_best": first - first.max(),
        "read": read,
        "read_best": read - read.max(),
        "place": np.log1p(np.arange(len(read))),
    }
    return np.stack([columns[name] for name in READ], axis=1)


def look_again(table: Table, first: Column, readings: Readings, models: ReadModels) -> Ranking:
    """The ranking with the log odds that the read sentences have after they were read.

    Args:
        table: the sentences.
        first: log odds of the first look, of every row.
        readings: of its best.
        models: of what was read, of values and of parts.
    """
    read, value, span = models
    rows = list(readings.rows)
    log_odds = first.copy()
    log_odds[rows] = read.log_odds(read_features(first, readings))
    # A rule holds however well a sentence reads.
    log_odds[rows] -= ABOUT_ANOTHER * is_about_another(table, rows)
    return rank_scored(table, log_odds, value, span)


def reread_sufficiency(ranking: Ranking, readings: Readings, first_look: float) -> Matrix:
    """What tells whether evidence that was read answers; shape (1, len(READ_SUFFICIENCY)).

    Args:
        ranking: of the second look.
        readings: what it is based on.
        first_look: log odds of the first look that the evidence answers.
    """
    read = np.sort(readings.log_odds)[::-1]
    values = {
        "first_look": first_look,
        "best_read": read[0],
        "second_read": read[min(1, len(read) - 1)],
        "third_read": read[min(2, len(read) - 1)],
        "read_of_first": readings.log_odds[0],
    }
    own = [[float(values[name]) for name in READ_SUFFICIENCY[-len(values) :]]]
    return np.hstack([sufficiency_features(ranking), np.array(own)])
