"""Two runs over the same cases: differences with intervals, and the cases that flipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from eval.aggregate import Difference, compare_paired, is_better
from eval.errors import NotComparable, UnknownName
from eval.report import verdict
from eval.summary import Row, RunSummary

_JUDGED = ("citation/precision", "citation/recall", "citation/f1", "answer/claim_recall")
SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """``fixed`` and ``broken`` are pairs (base row, new row)."""

    base: str
    new: str
    differences: dict[str, Difference]
    fixed: tuple[tuple[Row, Row], ...]
    broken: tuple[tuple[Row, Row], ...]


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
    if old.judge != young.judge:
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


def render_html(comparison: Comparison) -> str:
    """One file that needs no network: the table and the flipped cases side by side."""
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in to_rows(comparison)
    )
    flips = "".join(
        f"<h2>{title} ({len(pairs)})</h2><table>"
        + "".join(
            f"<tr><td>{escape(a.id)}<br>{escape(a.question)}</td><td>{escape(_said(a))}</td>"
            f"<td>{escape(_said(b))}</td></tr>"
            for a, b in pairs
        )
        + "</table>"
        for title, pairs in (("fixed", comparison.fixed), ("broken", comparison.broken))
    )
    title = escape(f"{comparison.base} → {comparison.new}")
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>' + title + "</title><style>"
        ":root{color-scheme:light dark}body{font:15px/1.6 system-ui,sans-serif;max-width:72rem;"
        "margin:auto;padding:1.5rem}td,th{padding:.3rem .6rem;text-align:left;vertical-align:top;"
        "border-bottom:1px solid #8885}table{border-collapse:collapse}</style>"
        f"<h1>{title}</h1><table><tr><th>metric<th>base<th>new<th>difference<th>95 %<th>p<th>n<th>"
        f"</tr>{rows}</table>{flips}</html>\n"
    )


def _said(row: Row) -> str:
    return row.answer.answer if row.answer else row.error
