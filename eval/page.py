"""The HTML pages: one run, and two runs side by side. One file each, and no network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup, escape

from eval.aggregate import LOWER_IS_BETTER, Estimate
from eval.cases import Case
from eval.plots import Plot, plot_depth, plot_histogram, plot_lines, plot_scatter
from eval.report import HEADLINE, command_of, is_share, show, verdict
from eval.summary import Row, RunSummary, coverage_curve

if TYPE_CHECKING:
    from eval.compare import Comparison

_MARKER = re.compile(r"\[(\d+)\]")
_TABLED = ("answer/", "abstain/", "citation/", "conflict/", "retrieval/", "latency/", "cost/")


def render_html(summary: RunSummary, rows: Sequence[Row], cases: Sequence[Case]) -> str:
    """The report of a run."""
    of_id = {case.id: case for case in cases}
    ordered = sorted(rows, key=lambda row: (verdict(row) == "right", row.type, row.id))
    return _template("report.html.j2").render(
        summary=summary,
        tiles=_tiles(summary),
        plots=_plots(summary, rows),
        confusion=_confusion(rows),
        heat=_heat(summary),
        rows=[_show_row(i, row, of_id.get(row.id)) for i, row in enumerate(ordered)],
        outcomes=sorted({verdict(row) for row in rows}),
        config=_config(summary),
        show=show,
        command=command_of(summary),
    )


def render_comparison(comparison: Comparison) -> str:
    """Differences, what flipped, and what differs in how the runs were made."""
    from eval.compare import to_rows  # noqa: PLC0415 - compare imports the report

    return _template("comparison.html.j2").render(
        comparison=comparison,
        rows=to_rows(comparison),
        flips=(("fixed", comparison.fixed), ("broken", comparison.broken)),
        said=lambda row: row.answer.answer if row.answer else row.error,
    )


def _template(name: str) -> Template:
    loader = PackageLoader("eval", "templates")
    return Environment(loader=loader, autoescape=True, trim_blocks=True).get_template(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tile:
    """A number of the headline; ``low`` to ``at`` to ``high`` in percent of the whisker's track."""

    name: str
    value: str
    n: int
    between: str
    whisker: tuple[float, float, float] | None


def _tiles(summary: RunSummary) -> list[_Tile]:
    names = [name for group in HEADLINE.values() for name in group if name in summary.overall]
    return [_tile(name, summary.overall[name]) for name in names]


def _tile(name: str, one: Estimate) -> _Tile:
    share = is_share(name)
    spread = f"{one.low:.3f} to {one.high:.3f}" if share else f"{one.low:.0f} to {one.high:.0f}"
    edges = (100 * one.low, 100 * one.value, 100 * one.high)
    return _Tile(
        name=name, value=f"{one.value:.3f}" if share else show(name, one), n=one.n,
        between=spread if one.low < one.high else "",
        whisker=edges if share and one.low >= 0 else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """A number of a table; ``heat`` 0..100 is how good it is, None where there is no scale."""

    text: str
    n: int | None
    heat: int | None


def _heat(summary: RunSummary) -> tuple[list[str], list[tuple[str, list[_Cell]]]]:
    """Columns, and a row for each metric: all cases, then each type, then each tag."""
    groups = {"all": summary.overall, **summary.by_type}
    groups |= {f"#{tag}": found for tag, found in summary.by_tag.items()}
    names = [n for n in summary.overall if n.startswith(_TABLED) and "_p9" not in n]
    table = [
        (name, [_cell(name, found.get(name)) for found in groups.values()])
        for name in sorted(names, key=lambda n: [n.startswith(p) for p in _TABLED].index(True))
    ]
    return list(groups), table


def _cell(name: str, one: Estimate | None) -> _Cell:
    if one is None:
        return _Cell(text="", n=None, heat=None)
    heat = None
    if is_share(name):
        good = 1 - one.value if name.startswith(LOWER_IS_BETTER) else one.value
        heat = round(100 * min(max(good, 0), 1))
    text = f"{one.value:.3f}" if is_share(name) else show(name, one)
    return _Cell(text=text, n=one.n, heat=heat)


def _confusion(rows: Sequence[Row]) -> list[tuple[str, int, int]]:
    """(answerable or not, answered, abstained) in cases; empty where nothing was answered."""
    seen = [row for row in rows if row.answer is not None]
    if not seen:
        return []
    table = []
    for name, wanted in (("answerable", True), ("unanswerable", False)):
        some = [row.answer.status for row in seen if row.answer and row.answerable is wanted]
        silent = sum(status == "abstained" for status in some)
        table.append((name, len(some) - silent, silent))
    return table


def _plots(summary: RunSummary, rows: Sequence[Row]) -> list[Plot]:
    plots: list[Plot] = []
    depth = {name: _by_depth(summary, name) for name in ("recall", "hit")}
    if all(depth.values()):
        plots.append(plot_depth("retrieval by depth", depth))
    plots.append(
        plot_lines(
            "latency", ("ms", "share of questions"), _cumulated(rows),
            describe="Share of questions done within so many milliseconds.",
        )
    )  # fmt: skip
    proved = [
        (row.scores["citation/recall"], row.scores["citation/precision"])
        for row in rows
        if "citation/recall" in row.scores
    ]
    if proved:
        plots.append(plot_scatter("citations", ("citation/recall", "citation/precision"), proved))
    curve = coverage_curve(rows)
    if curve:
        plots.append(
            plot_lines(
                "risk and coverage", ("share answered, surest first", "share wrong"),
                {"risk": curve},
            )
        )  # fmt: skip
    groups = {
        name: [r.answer.confidence for r in rows if r.answer and r.answerable is wanted]
        for name, wanted in (("answerable", True), ("unanswerable", False))
    }
    if any(groups.values()):
        held = {name: values for name, values in groups.items() if values}
        plots.append(plot_histogram("confidence", "confidence", held))
    return plots


def _by_depth(summary: RunSummary, name: str) -> dict[int, Estimate]:
    prefix = f"retrieval/{name}@"
    return {
        int(metric.removeprefix(prefix)): one
        for metric, one in summary.overall.items()
        if metric.startswith(prefix)
    }


def _cumulated(rows: Sequence[Row]) -> Mapping[str, list[tuple[float, float]]]:
    good = [row for row in rows if not row.error]
    series = {
        "whole answer": [row.ms for row in good],
        "first sentence": [t for row in good if (t := row.first_sentence_ms) is not None],
    }
    return {
        name: [(ms, i / len(times)) for i, ms in enumerate(sorted(times), start=1)]
        for name, times in series.items()
        if times
    } or {"whole answer": [(0.0, 0.0)]}


def _config(summary: RunSummary) -> list[tuple[str, str]]:
    config = summary.config
    made = {
        "set": f"{config.suite}, SHA-256 {config.suite_sha256}", "target": config.target,
        "stage": config.stage, "search": config.mode, "judge": config.judge,
        "seed": str(config.seed), "jobs": str(config.jobs), "repeat": str(config.repeat),
        "asked, scored": f"{summary.asking_s:.1f} s, {summary.scoring_s:.1f} s",
    }  # fmt: skip
    return [*made.items(), *summary.environment.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShownRow:
    """A case, ready for the page: ``answer`` is markup that was escaped here."""

    row: Row
    anchor: str
    verdict: str
    answer: Markup
    golds: list[tuple[bool, str]]
    must_not: list[tuple[bool, str]]


def _show_row(number: int, row: Row, case: Case | None) -> _ShownRow:
    said = row.answer.answer if row.answer and row.answer.status != "abstained" else ""
    golds = [(_held(item, said), " / ".join(item)) for item in case.alternatives()] if case else []
    found = [one for item in (case.alternatives() if case else ()) for one in item if one in said]
    return _ShownRow(
        row=row,
        anchor=f"case-{number}",
        verdict=verdict(row),
        answer=_answer_markup(row.answer.answer if row.answer else "", found, f"case-{number}"),
        golds=golds,
        must_not=[(text in said, text) for text in case.must_not] if case else [],
    )


def _held(item: Sequence[str], said: str) -> bool:
    from eval.metrics import contains, strip_markers  # noqa: PLC0415

    return bool(contains(strip_markers(said), [item]))


def _answer_markup(text: str, golds: Sequence[str], anchor: str) -> Markup:
    """Escaped, gold strings marked, citation markers as chips that lead to their quote."""
    safe = str(escape(text))
    for gold in sorted(set(golds), key=len, reverse=True):
        plain = str(escape(gold))
        safe = re.sub(f"(?<!>){re.escape(plain)}(?!<)", f"<mark>{plain}</mark>", safe)
    chip = rf'<a class="chip" href="#{anchor}-\1">\1</a>'
    return Markup(_MARKER.sub(chip, safe))
