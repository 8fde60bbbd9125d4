"""From scores of cases to numbers with intervals: means, ratios, bootstrap, paired tests.

95 % percentile bootstrap over cases, 10,000 resamples, seeded; statistics from scipy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RESAMPLES = 10_000
LOWER_IS_BETTER = (
    "answer/must_not", "answer/chars", "abstain/false_refusal", "abstain/risk_coverage_auc",
    "conflict/false_alarm", "citation/quote_chars", "latency/",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean or ratio with its 95 % interval and the number of cases behind it."""

    value: float
    low: float
    high: float
    n: int

    def to_json(self) -> dict[str, float]:
        """Rounded for reading."""
        return {k: v if k == "n" else round(v, 6) for k, v in asdict(self).items()}


def estimate_mean(values: Sequence[float], *, seed: int = 0) -> Estimate:
    """Mean of scores."""
    array = np.asarray(values, np.float64)
    return estimate_ratio(array, np.ones_like(array), seed=seed)


def estimate_ratio(over: Floats, under: Floats, *, seed: int = 0) -> Estimate:
    """Sum of ``over`` by sum of ``under``; cases are resampled together."""
    n = len(over)
    total = float(under.sum())
    value = float(over.sum()) / total if total else float("nan")
    counted = int(total) if float(total).is_integer() else n
    if n < 2 or not total or bool(np.all(over == over[0]) and np.all(under == under[0])):  # noqa: PLR2004
        return Estimate(value=value, low=value, high=value, n=counted)
    tops, bottoms = _resample(over, under, seed)
    ratios = tops[bottoms > 0] / bottoms[bottoms > 0]
    low, high = np.percentile(ratios, [2.5, 97.5])
    return Estimate(value=value, low=float(low), high=float(high), n=counted)


def _resample(over: Floats, under: Floats, seed: int) -> tuple[Floats, Floats]:
    """Sums over resamples; cases with the same pair are drawn together, which is far faster."""
    pairs, counts = np.unique(np.stack([over, under], axis=1), axis=0, return_counts=True)
    draws = np.random.default_rng(seed).multinomial(len(over), counts / len(over), RESAMPLES)
    return draws @ pairs[:, 0], draws @ pairs[:, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is known of a case for the metrics of refusing.

    Attributes:
        correct: whether the answer held the gold; None where there is none.
        confidence: of the service, None where it gives none.
    """

    answerable: bool
    abstained: bool
    correct: bool | None
    confidence: float | None


def refusal_metrics(outcomes: Sequence[Outcome], *, seed: int = 0) -> dict[str, Estimate]:
    """Precision, recall and F1 of refusing, false refusals, and the risk-coverage area."""
    refused = np.array([o.abstained for o in outcomes], np.float64)
    hopeless = np.array([not o.answerable for o in outcomes], np.float64)
    found: dict[str, Estimate] = {}
    if hopeless.any():
        found["abstain/recall"] = estimate_ratio(refused * hopeless, hopeless, seed=seed)
        if refused.any():
            found["abstain/precision"] = estimate_ratio(refused * hopeless, refused, seed=seed)
        found["abstain/f1"] = estimate_ratio(2 * refused * hopeless, refused + hopeless, seed=seed)
    if (1 - hopeless).any():
        found["abstain/false_refusal"] = estimate_ratio(
            refused * (1 - hopeless), 1 - hopeless, seed=seed
        )
    curve = risk_coverage(outcomes)
    if curve:
        area = float(np.trapezoid([r for _, r in curve], [c for c, _ in curve]))
        found["abstain/risk_coverage_auc"] = Estimate(
            value=area, low=area, high=area, n=len(outcomes)
        )
    return found


def risk_coverage(outcomes: Sequence[Outcome]) -> list[tuple[float, float]]:
    """(coverage, share of wrong answers) as the threshold on confidence falls."""
    rated = [
        (o.confidence, not (o.answerable and bool(o.correct)))
        for o in outcomes
        if o.confidence is not None and (o.correct is not None or not o.answerable)
    ]
    rated.sort(key=lambda pair: -pair[0])
    wrong, curve = 0, []
    for position, (_, bad) in enumerate(rated, start=1):
        wrong += bad
        curve.append((position / len(rated), wrong / position))
    return curve


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """New minus base over the same cases: interval by bootstrap, p by a paired permutation test."""

    base: float
    new: float
    low: float
    high: float
    p: float
    n: int

    @property
    def delta(self) -> float:
        """New minus base."""
        return self.new - self.base


def compare_paired(base: Sequence[float], new: Sequence[float], *, seed: int = 0) -> Difference:
    """Both sequences in the same order of cases."""
    from scipy.stats import permutation_test  # noqa: PLC0415 - half a second

    old, young = np.asarray(base, np.float64), np.asarray(new, np.float64)
    gap = young - old
    p = 1.0
    if np.any(gap):
        result = permutation_test(
            (young, old),
            lambda a, b, axis: np.mean(a - b, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=RESAMPLES,
            rng=np.random.default_rng(seed),
        )
        p = float(result.pvalue)
    spread = estimate_mean(list(gap), seed=seed)
    return Difference(
        base=float(old.mean()), new=float(young.mean()),
        low=spread.low, high=spread.high, p=p, n=len(gap),
    )  # fmt: skip


def is_better(name: str, delta: float) -> bool:
    """Whether a change of ``delta`` is for the better."""
    return delta < 0 if name.startswith(LOWER_IS_BETTER) else delta > 0


def percentiles(values: Sequence[float], *, prefix: str) -> Mapping[str, Estimate]:
    """p50, p90, p95 and p99, without an interval."""
    if not values:
        return {}
    return {
        f"{prefix}_p{p}": Estimate(value=q, low=q, high=q, n=len(values))
        for p, q in ((p, float(np.percentile(values, p))) for p in (50, 90, 95, 99))
    }
