"""Fits one model of ``rag.scorer`` with scikit-learn, and writes it as plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from rag.measures import Matrix
from rag.scorer import Blend, Trees

_TREES = {"max_depth": 2, "learning_rate": 0.15, "min_samples_leaf": 40, "random_state": 0}
_SUBSAMPLE = 0.7  # of the examples for each tree
_FEWEST = 20  # examples of either kind, to learn from
_ENOUGH = 120_000  # examples for a tree, of however many


def fit_blend(
    features: Matrix,
    labels: Matrix,
    weights: Matrix,
    *,
    strength: float = 0.1,
    trees: int = 40,
) -> Blend:
    """A linear model and boosted trees, or the linear model alone where there are no ``trees``.

    Args:
        features: shape (examples, features).
        labels: 0 or 1 for each.
        weights: of each.
        strength: of the linear model's fit, inverse of its regularisation.
        trees: how many.
    """
    scaler = StandardScaler().fit(features)
    linear = LogisticRegression(C=strength, max_iter=2000)
    linear.fit(scaler.transform(features), labels, sample_weight=weights)
    slopes = linear.coef_[0] / scaler.scale_
    bias = float(linear.intercept_[0] - slopes @ scaler.mean_)
    if not trees:
        return Blend(weights=slopes, bias=bias, trees=None)
    share = min(_SUBSAMPLE, _ENOUGH / len(features))
    boosted = GradientBoostingClassifier(n_estimators=trees, subsample=share, **_TREES)
    boosted.fit(features, labels, sample_weight=weights)
    return Blend(weights=slopes, bias=bias, trees=to_trees(boosted))


def fit_or_keep(
    features: Sequence[Matrix],
    labels: Matrix,
    weights: Matrix,
    *,
    names: Sequence[str],
    kept: str,
    trees: int,
) -> Blend:
    """As ``fit_blend``; one that gives a feature back where there is too little to learn from.

    Args:
        features: of some groups of examples, each of shape (examples, len(names)).
        labels: 0 or 1 for each example.
        weights: of each.
        names: of the features.
        kept: the one that is log odds already.
        trees: how many.
    """
    if min((labels > 0).sum(), (labels == 0).sum()) < _FEWEST:
        return Blend(weights=np.eye(len(names))[names.index(kept)], bias=0.0, trees=None)
    return fit_blend(np.vstack(features), labels, weights, strength=0.3, trees=trees)


def to_trees(model: GradientBoostingClassifier) -> Trees:
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
