"""The fitted part: log odds from features, by a linear model and small boosted trees, averaged.

The numbers live in ``data/scorer.json``, with the date, the data and the held-out metrics of the
fit; ``huawen eval fit`` writes it anew. No library at question time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.features import SENTENCE
from rag.measures import Matrix
from rag.spans import SPAN
from rag.values import VALUE

FORMAT = 3
SUFFICIENCY = (
    "best_span", "best_sentence", "second_sentence", "fourth_margin", "spans_over_half",
    "best_cosine", "passage_cosine", "passage_words", "near_words", "rarest", "years_met",
    "other_year", "agreement", "wanted_there", "titles_met", "latin_met",
    "names", "passage_names", "other_body", "sentences",
    "clause_typed", "clause_typed_subject", "cue_value_subject", "typed_subject", "type_missing",
    "two_of_subject", "near_subject", "other_cluster", "span_typed", "span_cue",
    "words_nowhere", "words_not_in_best", "value_in_best",
)  # fmt: skip
# Of a sentence that was read, see ``reread.look_again``.
READ = ("first", "first_best", "read", "read_best", "place")
# Of evidence whose best sentences were read.
READ_SUFFICIENCY = (
    *SUFFICIENCY, "first_look", "best_read", "second_read", "third_read", "read_of_first"
)  # fmt: skip
# Of two values that may contradict each other, see ``conflict.list_pairs``.
PAIR = (
    "less_likely", "more_likely", "below_own_best", "below_best", "alike", "same_before",
    "same_after", "common", "together", "fewer_holders", "more_holders", "articles", "sentence",
    "same_kind", "typed", "cue", "sentence_subject", "clause_subject", 
    "of_its_kind", "same_year", "same_unit", "several", "listed", "person", "place", "work", "date",
    "percent", "number", "alike_person", "alike_place", "alike_date",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Boosted trees of depth 2; arrays of shape (trees, 3) for the splits, (trees, 4) for leaves.

    Splits are root, left, right; a value at most the threshold goes left.
    """

    base: float
    feature: NDArray[np.int64]
    threshold: Matrix
    leaf: Matrix

    def log_odds(self, features: Matrix) -> Matrix:
        """Of each row."""
        if not len(self.leaf):
            return np.full(len(features), self.base)
        # features[:, feature] has shape (rows, trees, 3)
        right = features[:, self.feature] > self.threshold
        second = np.where(right[:, :, 0], right[:, :, 2], right[:, :, 1])
        place = 2 * right[:, :, 0].astype(np.int64) + second
        values = self.leaf[np.arange(len(self.leaf)), place]
        total: Matrix = self.base + values.sum(axis=1)
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """A linear model and trees over the same features; log odds are their mean."""

    weights: Matrix
    bias: float
    trees: Trees | None

    def log_odds(self, features: Matrix) -> Matrix:
        """Of each row of ``features``, shape (rows, len(weights))."""
        linear: Matrix = features @ self.weights + self.bias
        return linear if self.trees is None else (linear + self.trees.log_odds(features)) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """Fitted models of what answers: a sentence, a value in it, a part of it, all of it together.

    ``read`` and ``read_sufficiency`` are of a second look, where the best sentences were read;
    ``pair`` says whether two values contradict each other.

    Below the threshold ``partial`` the sufficiency is too small to answer, below ``answered`` the
    answer needs a caveat; from ``conflict`` on two values are shown as a contradiction.
    """

    version: str
    partial: float
    answered: float
    conflict: float
    sentence: Blend
    value: Blend
    span: Blend
    sufficiency: Blend
    read: Blend
    read_sufficiency: Blend
    pair: Blend


def probability(log_odds: Matrix) -> Matrix:
    """Of log odds, without overflow."""
    result: Matrix = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
    return result


@cache
def load_scorer() -> Scorer:
    """The scorer that ships."""
    text = (files("rag") / "data" / "scorer.json").read_text(encoding="utf-8")
    return read_scorer(json.loads(text))


def read_scorer(record: dict[str, Any]) -> Scorer:
    """A scorer from its data file.

    Raises:
        ValueError: the file has another format, or names other features than this code computes.
    """
    if record["format"] != FORMAT:
        raise ValueError(f"the scorer has format {record['format']!r}, expected {FORMAT}")
    return Scorer(
        version=record["version"],
        partial=record["thresholds"]["partial"],
        answered=record["thresholds"]["answered"],
        conflict=record["thresholds"]["conflict"],
        sentence=read_blend(record["sentence"], SENTENCE),
        value=read_blend(record["value"], VALUE),
        span=read_blend(record["span"], SPAN),
        sufficiency=read_blend(record["sufficiency"], SUFFICIENCY),
        read=read_blend(record["read"], READ),
        read_sufficiency=read_blend(record["read_sufficiency"], READ_SUFFICIENCY),
        pair=read_blend(record["pair"], PAIR),
    )


def read_blend(record: dict[str, Any], names: tuple[str, ...]) -> Blend:
    """A model from its part of the data file.

    Raises:
        ValueError: it was fitted to other features than ``names``.
    """
    if tuple(record["weights"]) != names:
        raise ValueError("the scorer was fitted to other features")
    place = {name: i for i, name in enumerate(names)}
    trees = record.get("trees")
    return Blend(
        weights=np.array(list(record["weights"].values()), np.float64),
        bias=record["bias"],
        trees=trees
        and Trees(
            base=trees["base"],
            feature=np.array([[place[n] for n in row] for row in trees["feature"]], np.int64),
            threshold=np.array(trees["threshold"], np.float64),
            leaf=np.array(trees["leaf"], np.float64),
        ),
    )
