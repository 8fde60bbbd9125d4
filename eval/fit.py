"""Fits the scorer of ``rag`` from labelled sets: sentences, spans, and whether all of it suffices.

Every number that is printed is held out: the questions are dealt into seeded folds, and each is
scored by models that saw none of its fold. Each model is fitted to held-out scores of the one
before it, as it will meet them. What is written is then fitted to all folds.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from eval.aggregate import Estimate, estimate_mean
from eval.cases import Case
from eval.examples import Example, holds_gold
from eval.metrics import contains_exact
from rag.compose import compose
from rag.evidence import CUT, rank_table, sufficiency_features
from rag.features import SENTENCE
from rag.measures import Matrix
from rag.scorer import FORMAT, SUFFICIENCY, Blend, Scorer, Trees, probability, read_scorer
from rag.spans import SPAN, span_features

FOLDS = 5
_TREES = {"n_estimators": 40, "max_depth": 2, "learning_rate": 0.15, "subsample": 0.7,
          "min_samples_leaf": 40, "random_state": 0}  # fmt: skip
# Of the answerable: where most passages answer, and where one in five does.
_REFUSED_AT_MOST = {"most": 0.045, "one": 0.15}
_CAVEAT = 0.15  # of the answers that are given carry a caveat
# Types of case that do not decide the threshold: encyclopaedia paragraphs.
_OTHERWISE = ("reading", "among-all")
_ONE_ANSWERS = "noise-0.8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Held-out outcome of an example under thresholds that come later."""

    example: Example
    sufficiency: tuple[Matrix, ...]
    right: bool
    chars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FitReport:
    """The new scorer's record, and its held-out metrics beside those of the one that ships."""

    record: dict[str, Any]
    before: dict[str, float]
    after: dict[str, Estimate]

    @property
    def is_worse(self) -> bool:
        """Whether less comes out right than with the scorer that ships; see ``_measure``."""
        return self.after["balanced"].value < self.before.get("balanced", 0.0)


def fit_scorer(
    examples: Sequence[Example], *, seed: int, shipped: dict[str, Any], tell: Callable[[str], None]
) -> FitReport:
    """Fit everything twice: on folds for the numbers, on all for the file."""
    fold = _deal(examples, seed)
    folds = range(FOLDS)
    tell("sentences")
    sentence = {f: _fit_sentences(_others(examples, fold, f)) for f in folds}
    scores = [sentence[fold[e.case.question]].log_odds(e.tables[0].features) for e in examples]
    tell("spans")
    pairs = list(zip(examples, scores, strict=True))
    span = {f: _fit_spans([p for p in pairs if fold[p[0].case.question] != f]) for f in folds}
    tell("held-out answers")
    held = []
    for example in examples:
        f = fold[example.case.question]
        held.append(_hold_out(example, sentence[f], span[f]))
    tell("sufficiency")
    suffices = {
        f: _fit_sufficiency([h for h in held if fold[h.example.case.question] != f]) for f in folds
    }
    confidence = np.array([_confidence(h, suffices[fold[h.example.case.question]]) for h in held])
    partial, answered = _thresholds(held, confidence)
    after = _measure(held, confidence, partial)
    tell("final fit on all questions")
    record = {
        "format": FORMAT,
        "version": f"scorer-{date.today().isoformat()}",
        "seed": seed,
        "data": _describe(examples),
        "held_out": {name: round(one.value, 4) for name, one in after.items()},
        "thresholds": {"partial": round(partial, 4), "answered": round(answered, 4)},
        "sentence": to_record(_fit_sentences(examples), SENTENCE),
        "span": to_record(_fit_spans(pairs), SPAN),
        "sufficiency": to_record(_fit_sufficiency(held), SUFFICIENCY),
    }
    same = shipped.get("data") == record["data"] and shipped.get("seed") == seed
    before = dict(shipped["held_out"]) if same else _measure_shipped(shipped, examples)
    return FitReport(record=record, before=before, after=after)


def _deal(examples: Sequence[Example], seed: int) -> dict[str, int]:
    questions = sorted({example.case.question for example in examples})
    random.Random(seed).shuffle(questions)
    return {question: i % FOLDS for i, question in enumerate(questions)}


def _others(examples: Sequence[Example], fold: dict[str, int], f: int) -> list[Example]:
    return [example for example in examples if fold[example.case.question] != f]


# -- the three models -----------------------------------------------------------------------------


def _fit_sentences(examples: Sequence[Example]) -> Blend:
    used = [e for e in examples if len(e.labels)]
    weights = [np.full(len(e.labels), 10 * e.weight / len(e.labels)) for e in used]
    return _fit_blend(
        np.vstack([e.tables[0].features for e in used]),
        np.concatenate([e.labels for e in used]),
        np.concatenate(weights),
    )


def _fit_spans(pairs: Sequence[tuple[Example, Matrix]]) -> Blend:
    features, labels, weights = [], [], []
    for example, log_odds in pairs:
        if not len(log_odds):
            continue
        best = [int(row) for row in np.argsort(-log_odds, kind="stable")[:CUT]]
        spans, matrix = span_features(example.tables[0], log_odds, best)
        rows = example.tables[0].rows
        features.append(matrix)
        labels += [holds_gold(example.case, rows[s.row].text[s.start : s.end]) for s in spans]
        weights.append(np.full(len(spans), 10 * example.weight / len(spans)))
    return _fit_blend(np.vstack(features), np.array(labels), np.concatenate(weights))


def _fit_sufficiency(held: Sequence[Held]) -> Blend:
    """Of sets that have questions to refuse; the others say nothing about refusing."""
    refusing = _refusing(held)
    # A wrong answer to an answerable question is an example of neither.
    known = [
        h
        for h in held
        if h.example.case.source in refusing and (h.right or not h.example.case.answerable)
    ]
    labels = np.array([float(h.example.case.answerable) for h in known])
    weights = np.array([h.example.weight * _share_of(h.example.case) for h in known])
    features = np.vstack([h.sufficiency[0] for h in known])
    return _fit_blend(features, labels, weights, strength=0.3)


def _refusing(held: Sequence[Held]) -> set[str]:
    return {one.example.case.source for one in held if not one.example.case.answerable}


def _share_of(case: Case) -> float:
    """Refusals are one case in six of a noise set: they weigh nearly as much as the rest."""
    return 4.0 if case.type == "noise-1" else 1.0


def _confidence(held: Held, model: Blend) -> float:
    """Of the whole question or of its best part, as the service reads it."""
    return float(probability(np.array([model.log_odds(x)[0] for x in held.sufficiency])).max())


def _fit_blend(
    features: Matrix, labels: Matrix, weights: Matrix, *, strength: float = 0.1
) -> Blend:
    scaler = StandardScaler().fit(features)
    linear = LogisticRegression(C=strength, max_iter=2000)
    linear.fit(scaler.transform(features), labels, sample_weight=weights)
    slopes = linear.coef_[0] / scaler.scale_
    boosted = GradientBoostingClassifier(**_TREES)
    boosted.fit(features, labels, sample_weight=weights)
    bias = float(linear.intercept_[0] - slopes @ scaler.mean_)
    return Blend(weights=slopes, bias=bias, trees=_to_trees(boosted))


def _to_trees(model: GradientBoostingClassifier) -> Trees:
    """The same numbers as plain arrays; an unsplit node sends everything to the left."""
    prior = model.init_.class_prior_[1]
    feature, threshold, leaf = [], [], []
    for tree in (stage[0].tree_ for stage in model.estimators_):
        nodes = [0, -1, -1]
        if tree.children_left[0] >= 0:
            nodes[1:] = [tree.children_left[0], tree.children_right[0]]
        splits = [n >= 0 and tree.children_left[n] >= 0 for n in nodes]
        feature.append(
            [int(tree.feature[n]) if ok else 0 for n, ok in zip(nodes, splits, strict=True)]
        )
        threshold.append(
            [float(tree.threshold[n]) if ok else 1e300 for n, ok in zip(nodes, splits, strict=True)]
        )
        values = []
        for side, ok in zip(nodes[1:], splits[1:], strict=True):
            ends = [tree.children_left[side], tree.children_right[side]] if ok else [side, side]
            values += [float(tree.value[n if n >= 0 else 0, 0, 0]) for n in ends]
        leaf.append(values)
    return Trees(
        base=float(np.log(prior / (1 - prior))),
        feature=np.array(feature, np.int64),
        threshold=np.array(threshold),
        leaf=model.learning_rate * np.array(leaf),
    )


def to_record(blend: Blend, names: Sequence[str]) -> dict[str, Any]:
    """A model as it stands in the data file; numbers rounded to what matters."""
    record: dict[str, Any] = {
        "weights": {n: round(float(w), 5) for n, w in zip(names, blend.weights, strict=True)},
        "bias": round(blend.bias, 5),
    }
    if blend.trees is not None:
        record["trees"] = {
            "base": round(blend.trees.base, 5),
            "feature": [[names[i] for i in row] for row in blend.trees.feature.tolist()],
            "threshold": [
                [float(f"{v:.6g}") for v in row] for row in blend.trees.threshold.tolist()
            ],
            "leaf": [[round(v, 5) for v in row] for row in blend.trees.leaf.tolist()],
        }
    return record


# -- held out -------------------------------------------------------------------------------------


def _hold_out(example: Example, sentence: Blend, span: Blend) -> Held:
    rankings = tuple(rank_table(table, sentence, span) for table in example.tables)
    drafts = compose(example.query, rankings, max_sentences=3, max_chars=170)
    text = "".join(draft.text for draft in drafts)
    right = bool(drafts) and contains_exact(text, example.case.alternatives()) == 1.0
    return Held(
        example=example,
        sufficiency=tuple(sufficiency_features(ranking) for ranking in rankings),
        right=right,
        chars=len(text),
    )


def _thresholds(held: Sequence[Held], confidence: Matrix) -> tuple[float, float]:
    """Refuse below the first, answer without a caveat from the second on.

    The first is where as many of the answerable are refused as ``_REFUSED_AT_MOST`` allows: the
    median over the sets that have questions to refuse, so that a large one does not decide for the
    others; a set that has both kinds of questions is bound by the stricter.
    """
    sets: dict[str, dict[str, list[float]]] = {}
    refusing = _refusing(held)
    for one, sure in zip(held, confidence, strict=True):
        case = one.example.case
        if case.answerable and case.source in refusing and case.type not in _OTHERWISE:
            kind = "one" if case.type == _ONE_ANSWERS else "most"
            sets.setdefault(case.source, {}).setdefault(kind, []).append(float(sure))
    each = [
        min(float(np.quantile(values, _REFUSED_AT_MOST[kind])) for kind, values in kinds.items())
        for kinds in sets.values()
    ]
    partial = float(np.median(each))
    given = [float(sure) for sure in confidence if sure >= partial]
    return partial, float(np.quantile(given, _CAVEAT))


def _measure(held: Sequence[Held], confidence: Matrix, partial: float) -> dict[str, Estimate]:
    """Shares by set and type, and two over everything.

    ``right`` counts cases; ``balanced`` is the mean over sets of what each answers rightly and of
    what each refuses rightly, so that a set's many answers do not outweigh its few refusals.
    """
    values: dict[str, list[float]] = {}
    sides: dict[tuple[str, bool], list[float]] = {}
    for one, sure in zip(held, confidence, strict=True):
        case, refused = one.example.case, bool(sure < partial)
        kind = f"{case.source}/{case.type}"
        outcome = float(refused if not case.answerable else one.right and not refused)
        sides.setdefault((case.source, case.answerable), []).append(outcome)
        if case.answerable:
            values.setdefault("right", []).append(float(one.right and not refused))
            values.setdefault("false_refusal", []).append(float(refused))
            values.setdefault(f"{kind} contains", []).append(float(one.right))
            values.setdefault(f"{kind} false_refusal", []).append(float(refused))
            values.setdefault(f"{kind} chars", []).append(float(one.chars))
        else:
            values.setdefault("right", []).append(float(refused))
            values.setdefault(f"{kind} refused", []).append(float(refused))
    values["balanced"] = [float(np.mean(found)) for found in sides.values()]
    return {name: estimate_mean(found) for name, found in values.items()}


def _measure_shipped(shipped: dict[str, Any], examples: Sequence[Example]) -> dict[str, float]:
    """The scorer that ships, on these examples; {} where there is none that fits the code."""
    try:
        scorer: Scorer = read_scorer(shipped)
    except (KeyError, ValueError):
        return {}
    held = [_hold_out(example, scorer.sentence, scorer.span) for example in examples]
    confidence = np.array([_confidence(h, scorer.sufficiency) for h in held])
    found = _measure(held, confidence, scorer.partial)
    return {name: one.value for name, one in found.items()}


def _describe(examples: Sequence[Example]) -> dict[str, Any]:
    sources: dict[str, int] = {}
    for example in examples:
        sources[example.case.source] = sources.get(example.case.source, 0) + 1
    keys = sorted(f"{e.case.source} {e.case.id} {e.case.question}" for e in examples)
    digest = sha256(json.dumps(keys, ensure_ascii=False).encode()).hexdigest()
    return {"cases": sources, "sha256": digest}
