"""Fits the scorer of ``rag`` from labelled sets.

Sentences, values, spans, whether all of it suffices, and which values contradict each other.

Every number that is printed is held out: the questions are dealt into seeded folds, and each is
scored by models that saw none of its fold. Each model is fitted to held-out scores of the one
before it, as it will meet them. What is written is then fitted to all folds.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import numpy as np

from eval.aggregate import Estimate
from eval.blend import fit_blend, fit_or_keep, to_record
from eval.cases import Case
from eval.examples import Example, holds_gold, is_gold
from eval.held_out import (
    Held,
    contradiction_of,
    measure_conflicts,
    measure_outcomes,
    refusing_sets,
    set_conflict_threshold,
    set_thresholds,
    tell,
)
from eval.second_look import (
    Look,
    confidences_of,
    fit_read,
    look_twice,
    read_doubtful,
    tell_surely,
)
from rag.conflict import list_pairs
from rag.evidence import CUT, rank_table, sufficiency_features
from rag.features import SENTENCE
from rag.measures import Matrix
from rag.scorer import FORMAT, PAIR, READ, READ_SUFFICIENCY, SUFFICIENCY, Blend, Scorer, read_scorer
from rag.spans import SPAN, span_features
from rag.values import VALUE, Value, list_values

FOLDS = 5
_Models = tuple[Blend, Blend, Blend]  # of sentences, values and spans
# Of many questions more is learned by more trees: what is asked for and what is there must be seen
# together.
_SENTENCE_TREES, _VALUE_TREES, _SUFFICIENCY_TREES, _READ_TREES = 150, 150, 120, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """An example's sentences, scored by a model that saw none of its fold, and their values."""

    example: Example
    fold: int
    sentences: Matrix
    values: list[Value]
    value_features: Matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class FitReport:
    """The new scorer's record, and its held-out metrics beside those of the one that ships."""

    record: dict[str, Any]
    before: dict[str, float]
    after: dict[str, Estimate]

    @property
    def is_worse(self) -> bool:
        """Whether less comes out right, by ``held_out.measure_outcomes``, than with the old one."""
        return self.after["balanced"].value < self.before.get("balanced", 0.0)


def fit_scorer(
    examples: Sequence[Example],
    *,
    seed: int,
    shipped: dict[str, Any],
    say: Callable[[str], None],
    progress: Callable[[int, int], None],
) -> FitReport:
    """Fit everything twice: on folds for the numbers, on all for the file.

    Examples whose passages contradict each other teach nothing but that.
    """
    fold = _deal(examples, seed)
    agreeing = [example for example in examples if not example.other]
    say("sentences")
    sentence = _each_fold(
        lambda f: _fit_sentences([e for e in agreeing if fold[e.case.question] != f])
    )
    say("values")
    read = [_read(e, fold[e.case.question], sentence[fold[e.case.question]]) for e in agreeing]
    value = _each_fold(lambda f: _fit_values([one for one in read if one.fold != f]))
    say("spans")
    span = _each_fold(lambda f: _fit_spans([one for one in read if one.fold != f]))
    say("held-out answers")
    models = {f: (sentence[f], value[f], span[f]) for f in range(FOLDS)}
    every = []
    for example in examples:
        f = fold[example.case.question]
        every.append(_hold_out(example, f, models[f]))
    held = [one for one in every if not one.example.other]
    say("sufficiency and contradictions")
    suffices = _each_fold(lambda f: _fit_sufficiency([h for h in held if h.fold != f]))
    pair = _each_fold(lambda f: _fit_pairs([h for h in every if h.fold != f]))
    say("reading where that leaves doubt")
    looks = read_doubtful(held, lambda h: suffices[h.fold], progress)
    read_sentence = _each_fold(lambda f: fit_read([one for one in looks if one.held.fold != f]))
    by_fold = {f: (read_sentence[f], value[f], span[f]) for f in range(FOLDS)}
    looks = [look_twice(one, by_fold[one.held.fold]) for one in looks]
    again = _each_fold(lambda f: _fit_read_sufficiency([o for o in looks if o.held.fold != f]))
    known = [confidences_of(one, again[one.held.fold]) for one in looks]
    first_held = held
    held = [
        tell_surely(one, of_one, by_fold[one.held.fold])
        for one, of_one in zip(looks, known, strict=True)
    ]
    confidence = np.array([max(of_h) for of_h in known])
    disagree = np.array([contradiction_of(h, pair[h.fold]) for h in every])
    partial, answered = set_thresholds(held, confidence)
    conflict = set_conflict_threshold(every, disagree)
    after = measure_outcomes(held, confidence, partial) | measure_conflicts(
        every, disagree, conflict
    )
    say("final fit on all questions")
    thresholds = {"partial": partial, "answered": answered, "conflict": conflict}
    record = {
        "format": FORMAT,
        "version": f"scorer-{date.today().isoformat()}",
        "seed": seed,
        "data": _describe(examples),
        "held_out": {name: round(one.value, 4) for name, one in after.items()},
        "thresholds": {name: round(limit, 4) for name, limit in thresholds.items()},
        "sentence": to_record(_fit_sentences(agreeing), SENTENCE),
        "value": to_record(_fit_values(read), VALUE),
        "span": to_record(_fit_spans(read), SPAN),
        "sufficiency": to_record(_fit_sufficiency(first_held), SUFFICIENCY),
        "read": to_record(fit_read(looks), READ),
        "read_sufficiency": to_record(_fit_read_sufficiency(looks), READ_SUFFICIENCY),
        "pair": to_record(_fit_pairs(every), PAIR),
    }
    same = shipped.get("data") == record["data"] and shipped.get("seed") == seed
    before = dict(shipped["held_out"]) if same else _measure_shipped(shipped, agreeing)
    return FitReport(record=record, before=before, after=after)


def _deal(examples: Sequence[Example], seed: int) -> dict[str, int]:
    questions = sorted({example.case.question for example in examples})
    random.Random(seed).shuffle(questions)
    return {question: i % FOLDS for i, question in enumerate(questions)}


def _each_fold(fit: Callable[[int], Blend]) -> dict[int, Blend]:
    """A model for each fold; side by side, as growing a tree leaves the interpreter alone."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(enumerate(pool.map(fit, range(FOLDS))))


# -- the models -----------------------------------------------------------------------------------


def _fit_sentences(examples: Sequence[Example]) -> Blend:
    used = [e for e in examples if len(e.labels)]
    weights = [np.full(len(e.labels), 10 * e.weight / len(e.labels)) for e in used]
    return fit_blend(
        np.vstack([e.tables[0].features for e in used]),
        np.concatenate([e.labels for e in used]),
        np.concatenate(weights),
        trees=_SENTENCE_TREES,
    )


def _read(example: Example, fold: int, sentence: Blend) -> _Read:
    log_odds = sentence.log_odds(example.tables[0].features)
    values, features = list_values(example.tables[0], log_odds)
    return _Read(
        example=example, fold=fold, sentences=log_odds, values=values, value_features=features
    )


def _fit_values(read: Sequence[_Read]) -> Blend:
    """Of answerable questions: that nothing answers is for the sufficiency to say."""
    used = [one for one in read if one.values and one.example.case.answerable]
    labels = [_is_answer(one.example, value.text) for one in used for value in one.values]
    weights = [np.full(len(o.values), 10 * o.example.weight / len(o.values)) for o in used]
    features = np.vstack([one.value_features for one in used])
    return fit_blend(features, np.array(labels), np.concatenate(weights), trees=_VALUE_TREES)


def _is_answer(example: Example, value: str) -> float:
    return float(is_gold((a for item in example.case.alternatives() for a in item), value))


def _fit_spans(read: Sequence[_Read]) -> Blend:
    features, labels, weights = [], [], []
    for one in read:
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


def _fit_sufficiency(held: Sequence[Held]) -> Blend:
    """Of sets that have questions to refuse; the others say nothing about refusing."""
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


def _fit_read_sufficiency(looks: Sequence[Look]) -> Blend:
    """As ``_fit_sufficiency``, of the rankings that answer, where they were read."""
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


def _fit_pairs(held: Sequence[Held]) -> Blend:
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


def _hold_out(example: Example, fold: int, models: _Models) -> Held:
    rankings = tuple(rank_table(table, *models) for table in example.tables)
    right, chars = tell(example, rankings, [0.0] * len(rankings))
    pairs, features = list_pairs(rankings[0])
    contradict = [
        _contradict(example, rankings[0].values[one.one], rankings[0].values[one.other])
        for one in pairs
    ]
    return Held(
        example=example,
        fold=fold,
        scores=tuple(ranking.log_odds for ranking in rankings),
        sufficiency=tuple(sufficiency_features(ranking) for ranking in rankings),
        pairs=features,
        contradictions=np.array(contradict, np.float64),
        right=right,
        chars=chars,
    )


def _contradict(example: Example, a: Value, b: Value) -> bool:
    """Whether one is the answer and the other is what stands for it elsewhere."""
    return bool(example.other) and any(
        _is_answer(example, x.text) and is_gold((example.other,), y.text)
        for x, y in ((a, b), (b, a))
    )


def _measure_shipped(shipped: dict[str, Any], examples: Sequence[Example]) -> dict[str, float]:
    """The scorer that ships, on these examples; {} where there is none that fits the code."""
    try:
        scorer: Scorer = read_scorer(shipped)
    except (KeyError, ValueError):
        return {}
    models = (scorer.sentence, scorer.value, scorer.span)
    held = [_hold_out(example, 0, models) for example in examples]
    read = (scorer.read, scorer.value, scorer.span)
    looks = read_doubtful(held, lambda _: scorer.sufficiency, lambda _done, _total: None)
    looks = [look_twice(one, read) for one in looks]
    known = [confidences_of(one, scorer.read_sufficiency) for one in looks]
    held = [tell_surely(one, of_one, read) for one, of_one in zip(looks, known, strict=True)]
    confidence = np.array([max(of_h) for of_h in known])
    found = measure_outcomes(held, confidence, scorer.partial)
    return {name: one.value for name, one in found.items()}


def _describe(examples: Sequence[Example]) -> dict[str, Any]:
    sources: dict[str, int] = {}
    for example in examples:
        sources[example.case.source] = sources.get(example.case.source, 0) + 1
    keys = sorted(f"{e.case.source} {e.case.id} {e.case.question}" for e in examples)
    digest = sha256(json.dumps(keys, ensure_ascii=False).encode()).hexdigest()
    return {"cases": sources, "sha256": digest}
