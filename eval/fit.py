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
from eval.blend import to_record
from eval.examples import Example, is_gold
from eval.held_out import (
    Held,
    contradiction_of,
    measure_conflicts,
    measure_outcomes,
    set_conflict_threshold,
    set_thresholds,
    tell,
)
from eval.models import (
    fit_pairs,
    fit_read,
    fit_read_sufficiency,
    fit_sentences,
    fit_spans,
    fit_sufficiency,
    fit_values,
    is_answer,
    score_sentences,
)
from eval.second_look import look_twice, outcomes_of, read_doubtful
from rag.conflict import list_pairs
from rag.evidence import rank_table, sufficiency_features
from rag.features import SENTENCE
from rag.scorer import (
    FORMAT,
    PAIR,
    READ,
    READ_SUFFICIENCY,
    SUFFICIENCY,
    Blend,
    Scorer,
    read_blend,
    read_scorer,
)
from rag.spans import SPAN
from rag.values import VALUE, Value

FOLDS = 5
_Models = tuple[Blend, Blend, Blend]  # of sentences, values and spans


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
    kept: dict[str, Any] | None = None,
    say: Callable[[str], None],
    progress: Callable[[int, int], None],
) -> FitReport:
    """Fit everything twice: on folds for the numbers, on all for the file.

    Examples whose passages contradict each other teach nothing but that.

    Args:
        examples: to learn from.
        seed: of the folds.
        shipped: the record that is measured against; {} where there is none.
        kept: a record whose model of contradictions stays, with its threshold.
        say: hears what is being fitted.
        progress: hears how many examples were looked at twice, and of how many.
    """
    fold = _deal(examples, seed)
    agreeing = [example for example in examples if not example.other]
    say("sentences")
    sentence = _each_fold(
        lambda f: fit_sentences([e for e in agreeing if fold[e.case.question] != f])
    )
    say("values")
    scored = [
        score_sentences(e, fold[e.case.question], sentence[fold[e.case.question]]) for e in agreeing
    ]
    value = _each_fold(lambda f: fit_values([one for one in scored if one.fold != f]))
    say("spans")
    span = _each_fold(lambda f: fit_spans([one for one in scored if one.fold != f]))
    say("held-out answers")
    models = {f: (sentence[f], value[f], span[f]) for f in range(FOLDS)}
    every = [
        _hold_out(example, fold[example.case.question], models[fold[example.case.question]])
        for example in examples
    ]
    held = [one for one in every if not one.example.other]
    say("sufficiency")
    suffices = _each_fold(lambda f: fit_sufficiency([h for h in held if h.fold != f]))
    say("reading where that leaves doubt")
    looks = read_doubtful(held, lambda h: suffices[h.fold], progress)
    read = _each_fold(lambda f: fit_read([one for one in looks if one.held.fold != f]))
    reading = {f: (read[f], value[f], span[f]) for f in range(FOLDS)}
    looks = [look_twice(one, reading[one.held.fold]) for one in looks]
    again = _each_fold(lambda f: fit_read_sufficiency([o for o in looks if o.held.fold != f]))
    told, confidence = outcomes_of(looks, lambda h: reading[h.fold], lambda h: again[h.fold])
    say("contradictions")
    pair, conflict, disagreements = _fit_disagreement(every, kept)
    partial, answered = set_thresholds(told, confidence)
    after = measure_outcomes(told, confidence, partial) | disagreements
    say("final fit on all questions")
    thresholds = {"partial": partial, "answered": answered, "conflict": conflict}
    record = {
        "format": FORMAT,
        "version": f"scorer-{date.today().isoformat()}",
        "seed": seed,
        "data": _describe(examples),
        "held_out": {name: round(one.value, 4) for name, one in after.items()},
        "thresholds": {name: round(limit, 4) for name, limit in thresholds.items()},
        "sentence": to_record(fit_sentences(agreeing), SENTENCE),
        "value": to_record(fit_values(scored), VALUE),
        "span": to_record(fit_spans(scored), SPAN),
        "sufficiency": to_record(fit_sufficiency(held), SUFFICIENCY),
        "read": to_record(fit_read(looks), READ),
        "read_sufficiency": to_record(fit_read_sufficiency(looks), READ_SUFFICIENCY),
        "pair": pair,
    }
    same = shipped.get("data") == record["data"] and shipped.get("seed") == seed
    before = dict(shipped["held_out"]) if same else _measure_shipped(shipped, agreeing)
    return FitReport(record=record, before=before, after=after)


def _fit_disagreement(
    held: Sequence[Held], kept: dict[str, Any] | None
) -> tuple[dict[str, Any], float, dict[str, Estimate]]:
    """The record of the model of contradictions, its threshold, and how they do.

    That is held out, but for a model that is kept: it may have seen them.
    """
    if kept:
        record, limit = dict(kept["pair"]), float(kept["thresholds"]["conflict"])
        pair_model = read_blend(record, PAIR)
        disagree = np.array([contradiction_of(h, pair_model) for h in held])
    else:
        pair = _each_fold(lambda f: fit_pairs([h for h in held if h.fold != f]))
        disagree = np.array([contradiction_of(h, pair[h.fold]) for h in held])
        record, limit = to_record(fit_pairs(held), PAIR), set_conflict_threshold(held, disagree)
    return record, limit, measure_conflicts(held, disagree, limit)


def _deal(examples: Sequence[Example], seed: int) -> dict[str, int]:
    questions = sorted({example.case.question for example in examples})
    random.Random(seed).shuffle(questions)
    return {question: i % FOLDS for i, question in enumerate(questions)}


def _each_fold(fit: Callable[[int], Blend]) -> dict[int, Blend]:
    """A model for each fold; side by side, as growing a tree leaves the interpreter alone."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(enumerate(pool.map(fit, range(FOLDS))))


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
        is_answer(example, x.text) and is_gold((example.other,), y.text)
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
    told, confidence = outcomes_of(looks, lambda _: read, lambda _: scorer.read_sufficiency)
    found = measure_outcomes(told, confidence, scorer.partial)
    return {name: one.value for name, one in found.items()}


def _describe(examples: Sequence[Example]) -> dict[str, Any]:
    sources: dict[str, int] = {}
    for example in examples:
        sources[example.case.source] = sources.get(example.case.source, 0) + 1
    keys = sorted(f"{e.case.source} {e.case.id} {e.case.question}" for e in examples)
    digest = sha256(json.dumps(keys, ensure_ascii=False).encode()).hexdigest()
    return {"cases": sources, "sha256": digest}
