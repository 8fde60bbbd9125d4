"""The models of the scorer, each fitted to examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.blend import fit_blend, fit_or_keep
from eval.cases import Case
from eval.examples import Example, holds_gold, is_gold
from eval.held_out import Held, refusing_sets
from eval.second_look import Look
from rag.evidence import CUT
from rag.measures import Matrix
from rag.reread import read_features
from rag.scorer import READ, READ_SUFFICIENCY, Blend
from rag.spans import span_features
from rag.values import Value, list_values

# Of many questions more is learned by more trees: what is asked for and what is there must be seen
# together.
_SENTENCE_TREES, _VALUE_TREES, _SUFFICIENCY_TREES, _READ_TREES = 150, 150, 120, 120
_LOOK_TREES = 30  # there are five features


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSentences:
    """An example's sentences, scored by a model that saw none of its fold, and their values."""

    example: Example
    fold: int
    sentences: Matrix
    values: list[Value]
    value_features: Matrix


def fit_sentences(examples: Sequence[Example]) -> Blend:
    """Whether a sentence holds the answer; each question counts alike."""
    used = [e for e in examples if len(e.labels)]
    weights = [np.full(len(e.labels), 10 * e.weight / len(e.labels)) for e in used]
    return fit_blend(
        np.vstack([e.tables[0].features for e in used]),
        np.concatenate([e.labels for e in used]),
        np.concatenate(weights),
        trees=_SENTENCE_TREES,
    )


def score_sentences(example: Example, fold: int, sentence: Blend) -> ScoredSentences:
    """Sentences and values of an example of a fold under a model that did not see the fold."""
    log_odds = sentence.log_odds(example.tables[0].features)
    values, features = list_values(example.tables[0], log_odds)
    return ScoredSentences(
        example=example, fold=fold, sentences=log_odds, values=values, value_features=features
    )


def fit_values(scored: Sequence[ScoredSentences]) -> Blend:
    """Whether a value is the answer.

    Of answerable questions: that nothing answers is for the sufficiency to say.
    """
    used = [one for one in scored if one.values and one.example.case.answerable]
    labels = [is_answer(one.example, value.text) for one in used for value in one.values]
    weights = [np.full(len(o.values), 10 * o.example.weight / len(o.values)) for o in used]
    features = np.vstack([one.value_features for one in used])
    return fit_blend(features, np.array(labels), np.concatenate(weights), trees=_VALUE_TREES)


def is_answer(example: Example, value: str) -> float:
    """1 where a value is one of the answers that the case knows, else 0."""
    return float(is_gold((a for item in example.case.alternatives() for a in item), value))


def fit_spans(scored: Sequence[ScoredSentences]) -> Blend:
    """Whether a part of a sentence holds the answer."""
    features, labels, weights = [], [], []
    for one in scored:
        if not len(one.sentences):
            continue
        best = [int(row) for row in np.argsort(-one.sentences, kind="stable")[:CUT]]
        table = one.example.tables[0]
        spans, matrix = span_features(table, one.sentences, best)
        features.append(matrix)
        labels += [
            holds_gold(one.example.case, table.rows[s.row].text[s.start : s.end]) for s in spans
        ]
        weights.append(np.full(len(spans), 10 * one.example.weight / len(spans)))
    return fit_blend(np.vstack(features), np.array(labels), np.concatenate(weights))


def fit_sufficiency(held: Sequence[Held]) -> Blend:
    """Whether the evidence answers.

    Of sets that have questions to refuse; the others say nothing about refusing.
    """
    refusing = refusing_sets(held)
    # A wrong answer to an answerable question is an example of neither.
    known = [
        h
        for h in held
        if h.example.case.source in refusing and (h.right or not h.example.case.answerable)
    ]
    labels = np.array([float(h.example.case.answerable) for h in known])
    weights = np.array([h.example.weight * _share_of(h.example.case) for h in known])
    features = np.vstack([h.sufficiency[0] for h in known])
    return fit_blend(features, labels, weights, strength=0.3, trees=_SUFFICIENCY_TREES)


def fit_read(looks: Sequence[Look]) -> Blend:
    """Whether a sentence that was read answers: of questions of one part, which have labels."""
    features, labels, weights = [], [], []
    for look in looks:
        readings, example = look.readings[0], look.held.example
        if readings is not None:
            rows = list(readings.rows)
            features.append(read_features(look.held.scores[0], readings))
            labels.append(example.labels[rows])
            weights.append(np.full(len(rows), 10 * example.weight / len(rows)))
    return fit_or_keep(
        features,
        np.concatenate([*labels, []]),
        np.concatenate([*weights, []]),
        names=READ,
        kept="first",
        trees=_LOOK_TREES,
    )


def fit_read_sufficiency(looks: Sequence[Look]) -> Blend:
    """As ``fit_sufficiency``, of the rankings that answer, where they were read."""
    refusing = refusing_sets([look.held for look in looks])
    known = [
        (look.held.example, features)
        for look in looks
        for features in look.sufficiency
        if features is not None
        and look.held.example.case.source in refusing
        and (look.held.right or not look.held.example.case.answerable)
    ]
    return fit_or_keep(
        [features for _, features in known],
        np.array([float(example.case.answerable) for example, _ in known]),
        np.array([example.weight * _share_of(example.case) for example, _ in known]),
        names=READ_SUFFICIENCY,
        kept="first_look",
        trees=_READ_TREES,
    )


def _share_of(case: Case) -> float:
    """Refusals are one case in six of a noise set: they weigh nearly as much as the rest."""
    return 4.0 if case.type == "noise-1" else 1.0


def fit_pairs(held: Sequence[Held]) -> Blend:
    """A linear model: what is made to contradict differs from what does, and trees would see it."""
    used = [one for one in held if len(one.pairs) and not _hides_conflict(one.example)]
    # Many pairs of one question say nearly the same.
    weights = [
        np.full(len(one.pairs), _share_of_pairs(one.example) / np.sqrt(len(one.pairs)))
        for one in used
    ]
    labels = np.concatenate([one.contradictions for one in used])
    return fit_blend(
        np.vstack([one.pairs for one in used]), labels, 3 * np.concatenate(weights), trees=0
    )


def _hides_conflict(example: Example) -> bool:
    """Whether its sources disagree, and nothing says by which values."""
    return bool(example.case.conflict) and not example.other


def _share_of_pairs(example: Example) -> float:
    """What is made to contradict weighs twice."""
    return example.weight * (2 if example.other else 1)
