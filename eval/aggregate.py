"""From scores of cases to numbers with intervals: means, ratios, quantiles, paired tests.

Intervals are 95 % percentile bootstraps over cases, 10,000 resamples, seeded. All numbers over the
same cases share their resamples, which is both faster and keeps them comparable. An interval of a
quantile is that of its order statistics: the bootstrap's own limit, without drawing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Draws = NDArray[np.float32]
RESAMPLES = 10_000
_SLICE = 2_000  # resamples drawn at once: memory stays small with a thousand cases
_EDGES = (0.025, 0.975)
LOWER_IS_BETTER = (
    "answer/must_not", "answer/chars", "abstain/false_refusal", "abstain/risk_coverage_auc",
    "conflict/false_alarm", "citation/quote_chars", "citation/density", "latency/", "cost/",
    "robust/noise_drop",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A number over cases: sum of ``over`` by sum of ``under``, one entry a case."""

    over: Floats
    under: Floats

    @classmethod
    def mean(cls, values: Sequence[float | None]) -> Ratio:
        """The mean over the cases that have the number; None where one has not."""
        held = np.array([value is not None for value in values], np.float64)
        return cls(over=np.array([value or 0.0 for value in values], np.float64), under=held)


def estimate_ratios(ratios: Mapping[str, Ratio], *, seed: int = 0) -> dict[str, Estimate]:
    """Every ratio over the same cases; one without any ``under`` is left out.

    ``n`` is the number of cases that count, those with something in ``under``.
    """
    known = {name: one for name, one in ratios.items() if one.under.any()}
    if not known:
        return {}
    over = np.stack([one.over for one in known.values()], axis=1)
    under = np.stack([one.under for one in known.values()], axis=1)
    values = over.sum(axis=0) / under.sum(axis=0)
    low, high = _edges(over, under, seed)
    found = {}
    for i, name in enumerate(known):
        counted = under[:, i] > 0
        same = bool(np.ptp(over[counted, i]) == 0 and np.ptp(under[counted, i]) == 0)
        edges = (
            (values[i], values[i]) if same and not over[~counted, i].any() else (low[i], high[i])
        )
        found[name] = Estimate(
            value=float(values[i]), low=float(edges[0]), high=float(edges[1]),
            n=int(np.count_nonzero(counted)),
        )  # fmt: skip
    return found


def estimate_mean(values: Sequence[float], *, seed: int = 0) -> Estimate:
    """Mean of scores."""
    if not len(values):
        return Estimate(value=float("nan"), low=float("nan"), high=float("nan"), n=0)
    return estimate_ratios({"it": Ratio.mean(list(values))}, seed=seed)["it"]


def _edges(over: Floats, under: Floats, seed: int) -> tuple[Floats, Floats]:
    """Both ends of the intervals, shape (ratios,) each."""
    cases = len(over)
    both = np.concatenate([over, under], axis=1).astype(np.float32)
    rng = np.random.default_rng(seed)
    slices = [(_draw(rng, cases) @ both).T for _ in range(RESAMPLES // _SLICE)]
    sums = np.concatenate(slices, axis=1)
    tops, bottoms = sums[: over.shape[1]], sums[over.shape[1] :]
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = np.where(bottoms > 0, tops / bottoms, np.nan)
    ends = np.nanpercentile if np.isnan(ratios).any() else np.percentile
    low, high = ends(ratios, [100 * edge for edge in _EDGES], axis=1)
    return low, high


def _draw(rng: np.random.Generator, cases: int) -> Draws:
    """How often each case is drawn in each resample, shape (_SLICE, cases)."""
    chosen = rng.integers(cases, size=(_SLICE, cases))
    chosen += cases * np.arange(_SLICE)[:, None]
    counts = np.bincount(chosen.ravel(), minlength=_SLICE * cases)
    return counts.reshape(_SLICE, cases).astype(np.float32)


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


def refusal_ratios(outcomes: Sequence[Outcome]) -> dict[str, Ratio]:
    """Precision, recall and F1 of refusing, and false refusals."""
    refused = np.array([o.abstained for o in outcomes], np.float64)
    hopeless = np.array([not o.answerable for o in outcomes], np.float64)
    found = {
        "abstain/false_refusal": Ratio(over=refused * (1 - hopeless), under=1 - hopeless),
    }
    if hopeless.any():
        found["abstain/recall"] = Ratio(over=refused * hopeless, under=hopeless)
        found["abstain/precision"] = Ratio(over=refused * hopeless, under=refused)
        found["abstain/f1"] = Ratio(over=2 * refused * hopeless, under=refused + hopeless)
    return found


def refusal_metrics(outcomes: Sequence[Outcome], *, seed: int = 0) -> dict[str, Estimate]:
    """Precision, recall and F1 of refusing, false refusals, and the risk-coverage area."""
    found = estimate_ratios(refusal_ratios(outcomes), seed=seed)
    area = risk_coverage_area(outcomes, seed=seed)
    return found | ({"abstain/risk_coverage_auc": area} if area else {})


def risk_coverage(outcomes: Sequence[Outcome]) -> list[tuple[float, float]]:
    """(coverage, share of wrong answers) as the threshold on confidence falls."""
    wrong = np.cumsum(_wrongs(outcomes))
    positions = np.arange(1, len(wrong) + 1)
    return list(zip((positions / max(len(wrong), 1)).tolist(), (wrong / positions).tolist(),
                    strict=True))  # fmt: skip


def risk_coverage_area(outcomes: Sequence[Outcome], *, seed: int = 0) -> Estimate | None:
    """Area under ``risk_coverage``; None where no case has both confidence and a right answer."""
    wrongs = _wrongs(outcomes)
    cases = len(wrongs)
    if not cases:
        return None
    value = float(_areas(np.ones((1, cases), np.float32), wrongs)[0])
    if cases < 2 or np.ptp(wrongs) == 0:  # noqa: PLR2004
        return Estimate(value=value, low=value, high=value, n=cases)
    rng = np.random.default_rng(seed)
    areas = [_areas(_draw(rng, cases), wrongs) for _ in range(RESAMPLES // _SLICE)]
    low, high = np.percentile(np.concatenate(areas), [100 * edge for edge in _EDGES])
    return Estimate(value=value, low=float(low), high=float(high), n=cases)


def _wrongs(outcomes: Sequence[Outcome]) -> Floats:
    """1 where the answer is wrong, the most confident case first."""
    rated = [
        (o.confidence, not (o.answerable and bool(o.correct)))
        for o in outcomes
        if o.confidence is not None and (o.correct is not None or not o.answerable)
    ]
    rated.sort(key=lambda pair: -pair[0])
    return np.array([wrong for _, wrong in rated], np.float64)


def _areas(draws: Draws, wrongs: Floats) -> Floats:
    """Trapezoids under the curve of each resample."""
    seen = np.cumsum(draws, axis=1)
    risk = np.cumsum(draws * wrongs.astype(np.float32), axis=1) / np.maximum(seen, 1)
    steps = np.where(seen[:, :-1] > 0, draws[:, 1:], 0) / draws.sum(axis=1, keepdims=True)
    areas: Floats = (steps * (risk[:, 1:] + risk[:, :-1]) / 2).sum(axis=1)
    return areas


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


def percentiles(
    values: Sequence[float], *, prefix: str, cuts: Sequence[int] = (50, 90, 95, 99)
) -> dict[str, Estimate]:
    """Quantiles with the intervals of their order statistics."""
    if not values:
        return {}
    ordered = np.sort(np.asarray(values, np.float64))
    return {f"{prefix}_p{cut}": _quantile(ordered, cut / 100) for cut in cuts}


def _quantile(ordered: Floats, share: float) -> Estimate:
    n = len(ordered)
    spread = np.cumsum(_binomial(n, share))
    low, high = np.minimum(np.searchsorted(spread, _EDGES), n - 1)
    value = float(np.quantile(ordered, share))
    return Estimate(
        value=value, low=min(float(ordered[low]), value), high=max(float(ordered[high]), value), n=n
    )


def _binomial(n: int, share: float) -> Floats:
    """Probabilities of 0..n successes in ``n`` trials."""
    factorials = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    hits = np.arange(n + 1)
    logs = factorials[n] - factorials - factorials[::-1]
    found: Floats = np.exp(logs + hits * np.log(share) + (n - hits) * np.log1p(-share))
    return found
