"""Two runs over the same cases: differences with intervals, and the cases that flipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from eval.aggregate import Difference, compare_paired, is_better
from eval.errors import NotComparable, UnknownName
from eval.report import verdict
from eval.summary import Row, RunSummary

_JUDGED = ("citation/precision", "citation/recall", "citation/f1", "answer/claim_recall")
SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """``fixed`` and ``broken`` are pairs (base row, new row).

    ``changed`` holds what differs in how the runs were made: (name, in base, in new).
    """

    base: str
    new: str
    differences: dict[str, Difference]
    fixed: tuple[tuple[Row, Row], ...]
    broken: tuple[tuple[Row, Row], ...]
    changed: tuple[tuple[str, str, str], ...] = ()


def compare_runs(
    base: tuple[RunSummary, Sequence[Row]],
    new: tuple[RunSummary, Sequence[Row]],
    metrics: Sequence[str] = (),
) -> Comparison:
    """Paired by case and repeat.

    Raises:
        NotComparable: other judges, other sets, or no case in common.
        UnknownName: no metric has that name.
    """
    old, young = base[0].config, new[0].config
    judged = not metrics or bool(set(metrics) & set(_JUDGED))
    if old.judge != young.judge and judged:
        raise NotComparable(f"the judges differ: {old.judge!r} and {young.judge!r}")
    if old.suite_sha256 != young.suite_sha256:
        raise NotComparable(f"the sets differ: {old.suite!r} and {young.suite!r}")
    before = {row.key: row for row in base[1] if not row.error}
    pairs = [(before[row.key], row) for row in new[1] if not row.error and row.key in before]
    if not pairs:
        raise NotComparable("the runs have no case in common")
    known = sorted({name for pair in pairs for name in pair[0].scores.keys() & pair[1].scores})
    for name in metrics:
        if name not in known:
            raise UnknownName("metric", name, known)
    return Comparison(
        base=old.name,
        new=young.name,
        differences={name: _difference(name, pairs) for name in metrics or known},
        fixed=tuple(p for p in pairs if not _right(p[0]) and _right(p[1])),
        broken=tuple(p for p in pairs if _right(p[0]) and not _right(p[1])),
        changed=_changes(base[0], new[0]),
    )


def _right(row: Row) -> bool:
    return verdict(row) == "right"


def _difference(name: str, pairs: Sequence[tuple[Row, Row]]) -> Difference:
    both = [
        (a.scores[name], b.scores[name]) for a, b in pairs if name in a.scores and name in b.scores
    ]
    return compare_paired([a for a, _ in both], [b for _, b in both])


def arrow(name: str, one: Difference) -> str:
    """▲ better, ▼ worse, both only where p < 0.05."""
    if not one.delta or one.p >= SIGNIFICANT:
        return " "
    return "▲" if is_better(name, one.delta) else "▼"


def to_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """(metric, base, new, difference, interval, p, n, arrow) for tables."""
    return [
        (
            name, f"{d.base:.3f}", f"{d.new:.3f}", f"{d.delta:+.3f}",
            f"{d.low:+.3f} to {d.high:+.3f}", f"{d.p:.3f}", str(d.n), arrow(name, d),
        )
        for name, d in comparison.differences.items()
    ]  # fmt: skip


def to_json(comparison: Comparison) -> dict[str, Any]:
    """For machines."""
    return {
        "base": comparison.base,
        "new": comparison.new,
        "metrics": {
            name: {**asdict(one), "delta": one.delta, "significant": one.p < SIGNIFICANT}
            for name, one in comparison.differences.items()
        },
        "fixed": [row.id for row, _ in comparison.fixed],
        "broken": [row.id for row, _ in comparison.broken],
        "changed": {name: [was, now] for name, was, now in comparison.changed},
    }


def _changes(old: RunSummary, new: RunSummary) -> tuple[tuple[str, str, str], ...]:
    """What differs in how the runs were made, without what always does."""

    def flat(summary: RunSummary) -> dict[str, str]:
        config = asdict(summary.config)
        options = config.pop("options")
        del config["name"]
        return {k: str(v) for k, v in {**summary.environment, **config, **options}.items()}

    was, now = flat(old), flat(new)
    return tuple(
        (name, was.get(name, "-"), now.get(name, "-"))
        for name in dict.fromkeys((*was, *now))
        if was.get(name) != now.get(name)
    )
