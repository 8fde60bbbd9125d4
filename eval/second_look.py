"""The second look in the fit: what reading the best sentences adds to held-out first looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from eval.held_out import Held, tell
from rag.compose import SURE
from rag.evidence import Ranking, rank_scored
from rag.measures import Column, Matrix
from rag.reader import Reader, Window, load_reader
from rag.reread import (
    Readings,
    ReadModels,
    join_confidences,
    leaves_doubt,
    look_again,
    read_best,
    reads,
    reread_sufficiency,
)
from rag.scorer import Blend, probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """An example's looks: of each of its rankings.

    Attributes:
        held: its outcome; after a second look, that of the second look.
        first: log odds of the first look that the evidence answers.
        readings: what was read; None where the first look was enough.
        sufficiency: features of what was read, shape (1, len(READ_SUFFICIENCY)).
    """

    held: Held
    first: tuple[float, ...]
    readings: tuple[Readings | None, ...]
    sufficiency: tuple[Matrix | None, ...] = ()


def read_doubtful(
    held: Sequence[Held], suffices: Callable[[Held], Blend], progress: Callable[[int, int], None]
) -> list[Look]:
    """First looks, and readings where they leave doubt.

    Args:
        held: outcomes of the first look.
        suffices: the model of sufficiency that saw nothing of an outcome's fold.
        progress: hears how many were looked at.
    """
    reader = _Remembering(load_reader())
    looks = []
    for done, one in enumerate(held, start=1):
        model = suffices(one)
        first = tuple(float(model.log_odds(features)[0]) for features in one.sufficiency)
        query = one.example.query
        readings = [
            read_best(table, scores, question, reader)
            if len(scores) and reads(query, number) and leaves_doubt(seen)
            else None
            for number, (table, scores, question, seen) in enumerate(
                zip(one.example.tables, one.scores, (query.text, *query.parts), first, strict=True)
            )
        ]
        looks.append(Look(held=one, first=first, readings=tuple(readings)))
        progress(done, len(held))
    return looks


class _Remembering:
    """A reader that reads nothing twice: draws of a set share most of their sentences."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[tuple[str, Window], float] = {}

    def read(self, question: str, windows: Sequence[Window]) -> Column:
        """As ``Reader.read``."""
        new = [one for one in dict.fromkeys(windows) if (question, one) not in self._known]
        if new:
            found = self._reader.read(question, new).tolist()
            self._known.update(zip(((question, one) for one in new), found, strict=True))
        return np.array([self._known[question, one] for one in windows])


def look_twice(look: Look, models: ReadModels) -> Look:
    """With features of what was read, and the outcome of an answer that is composed from it."""
    if not any(look.readings):
        return look
    rankings = _rank(look, models)
    sufficiency = [
        None if readings is None else reread_sufficiency(ranking, readings, first)
        for ranking, readings, first in zip(rankings, look.readings, look.first, strict=True)
    ]
    right, chars = tell(look.held.example, rankings, [0.0] * len(rankings))
    held = replace(look.held, right=right, chars=chars)
    return replace(look, held=held, sufficiency=tuple(sufficiency))


def _rank(look: Look, models: ReadModels) -> list[Ranking]:
    held, (_, value, span) = look.held, models
    return [
        rank_scored(table, scores, value, span)
        if readings is None
        else look_again(table, scores, readings, models)
        for table, scores, readings in zip(
            held.example.tables, held.scores, look.readings, strict=True
        )
    ]


def outcomes_of(
    looks: Sequence[Look],
    models: Callable[[Held], ReadModels],
    suffices: Callable[[Held], Blend],
) -> tuple[list[Held], Column]:
    """The outcomes of looks that may be second ones, and the confidence in each.

    Args:
        looks: after ``look_twice``.
        models: of what was read, of values and of parts, that saw nothing of an outcome's fold.
        suffices: the same, of the sufficiency of what was read.
    """
    known = [_confidences_of(one, suffices(one.held)) for one in looks]
    held = [
        _tell_surely(one, confidences, models(one.held))
        for one, confidences in zip(looks, known, strict=True)
    ]
    joined = [
        join_confidences(one.held.example.query, confidences)
        for one, confidences in zip(looks, known, strict=True)
    ]
    return held, np.array(joined)


def _confidences_of(look: Look, model: Blend) -> list[float]:
    """That the evidence answers the whole question, and each part, as the service reads it."""
    last = list(look.first)
    for number, features in enumerate(look.sufficiency):
        if features is not None:
            last[number] = float(model.log_odds(features)[0])
    return [float(chance) for chance in probability(np.array(last))]


def _tell_surely(look: Look, confidences: Sequence[float], models: ReadModels) -> Held:
    """The outcome where the confidence is known: the answer is shorter where it is ``SURE``."""
    if max(confidences) < SURE:
        return look.held
    right, chars = tell(look.held.example, _rank(look, models), confidences)
    return replace(look.held, right=right, chars=chars)
