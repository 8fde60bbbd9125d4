"""Plots of a run as inline SVG. Colours follow the page: ink is ``currentColor``."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

from eval.aggregate import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Line = Sequence[tuple[float, float]]
_INK, _BLUE, _ORANGE, _GREY = "#010203", "#3b76c4", "#c8702a", "#8a8f98"
_COLOURS = (_BLUE, _ORANGE, _GREY)
_DASHES = ("-", "--", ":")  # lines are told apart without colour, too
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "huawen", "font.size": 10, "text.color": _INK,
    "axes.edgecolor": _GREY, "axes.labelcolor": _INK, "xtick.color": _INK, "ytick.color": _INK,
    "axes.spines.top": False, "axes.spines.right": False, "savefig.transparent": True,
    "font.family": "sans-serif", "axes.grid": True, "grid.color": _GREY, "grid.alpha": 0.25,
}  # fmt: skip
_SIZE = re.compile(r'(<svg[^>]*?) width="[^"]*"')
_HEIGHT = re.compile(r'(<svg[^>]*?) height="[^"]*"')
_STEPS = 20  # rows of a table below a curve


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A plot with the table of what it shows: for eyes, and for everybody."""

    title: str
    describe: str
    svg: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def render(title: str, describe: str, draw: Callable[[Axes], None], *, left: float = 0.11) -> str:
    """An ``<svg>`` element that ``draw`` has filled, named for those who do not see it."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(6, 3.2))
        # Fixed margins: fitting them would draw everything twice.
        figure.subplots_adjust(left=left, right=0.98, top=0.97, bottom=0.15)
        axes = figure.subplots()
        draw(axes)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :].replace(_INK, "currentColor")
    svg = _HEIGHT.sub(r"\1", _SIZE.sub(r"\1", svg, count=1), count=1)
    label = f"<title>{_escape(title)}</title><desc>{_escape(describe)}</desc>"
    return re.sub(r"(<svg[^>]*>)", rf"\1{label}", svg, count=1).replace(
        "<svg", '<svg role="img"', 1
    )


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\\", "")


def plot_headline(title: str, found: Mapping[str, Estimate], names: Sequence[str]) -> Plot:
    """Metrics as dots with their 95 % intervals."""
    shown = [(name, found[name]) for name in names if name in found]

    def draw(axes: Axes) -> None:
        for y, (_, one) in enumerate(reversed(shown)):
            axes.plot([one.low, one.high], [y, y], color=_BLUE, linewidth=2)
            axes.plot([one.value], [y], "o", color=_BLUE)
        axes.set_yticks(range(len(shown)), [name for name, _ in reversed(shown)])
        axes.set_xlim(-0.02, 1.02)

    describe = "Dots are means, bars 95 % intervals."
    return Plot(
        title=title, describe=describe, svg=render(title, describe, draw, left=0.4),
        header=("metric", "value", "95 %", "n"), rows=_estimates(shown),
    )  # fmt: skip


def _estimates(shown: Sequence[tuple[str, Estimate]]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (name, f"{one.value:.3f}", f"{one.low:.3f} to {one.high:.3f}", str(one.n))
        for name, one in shown
    )


def plot_depth(title: str, series: Mapping[str, Mapping[int, Estimate]]) -> Plot:
    """Metrics by depth, with their 95 % intervals as bands."""

    def draw(axes: Axes) -> None:
        for colour, dash, (name, found) in zip(_COLOURS, _DASHES, series.items(), strict=False):
            depths = sorted(found)
            values = [found[k] for k in depths]
            axes.plot(
                depths, [v.value for v in values], dash, color=colour, label=name, marker="o", ms=4
            )
            axes.fill_between(
                depths, [v.low for v in values], [v.high for v in values],
                color=colour, alpha=0.15, linewidth=0,
            )  # fmt: skip
        axes.set_xlabel("k")
        axes.set_xticks(sorted({k for found in series.values() for k in found}))
        axes.set_ylim(0, 1.03)
        axes.legend(frameon=False, loc="lower right")

    rows = [
        (f"{name}@{k}", one) for name, found in series.items() for k, one in sorted(found.items())
    ]
    describe = "By number of passages read; bands are 95 % intervals."
    return Plot(
        title=title, describe=describe, svg=render(title, describe, draw),
        header=("metric", "value", "95 %", "n"), rows=_estimates(rows),
    )  # fmt: skip


def plot_lines(
    title: str, axes_names: tuple[str, str], lines: Mapping[str, Line], *, describe: str = ""
) -> Plot:
    """Curves; the table holds about twenty points of each."""

    def draw(axes: Axes) -> None:
        for colour, dash, (name, points) in zip(_COLOURS, _DASHES, lines.items(), strict=False):
            few = len(points) <= _STEPS
            axes.plot(
                *zip(*points, strict=True), dash, color=colour, label=name,
                marker="o" if few else None, ms=4,
            )  # fmt: skip
        axes.set_xlabel(axes_names[0])
        axes.set_ylabel(axes_names[1])
        axes.set_ylim(bottom=0)
        if len(lines) > 1:
            axes.legend(frameon=False)

    rows = tuple(
        (name, f"{x:.4g}", f"{y:.4g}")
        for name, points in lines.items()
        for x, y in _thinned(points)
    )
    text = describe or f"{axes_names[1]} by {axes_names[0]}"
    return Plot(
        title=title, describe=text, svg=render(title, text, draw),
        header=("line", *axes_names), rows=rows,
    )  # fmt: skip


def plot_scatter(title: str, axes_names: tuple[str, str], points: Line) -> Plot:
    """Points, larger where many cases share one."""
    counts = Counter((round(x, 2), round(y, 2)) for x, y in points)

    def draw(axes: Axes) -> None:
        axes.scatter(
            [x for x, _ in counts], [y for _, y in counts],
            s=[20 + 600 * n / len(points) for n in counts.values()],
            color=_BLUE, alpha=0.55, clip_on=False,
        )  # fmt: skip
        axes.set(xlabel=axes_names[0], ylabel=axes_names[1], xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))

    rows = tuple((f"{x:.2f}", f"{y:.2f}", str(n)) for (x, y), n in sorted(counts.items()))
    describe = "A dot for each pair of values, its size the number of answers."
    return Plot(
        title=title, describe=describe, svg=render(title, describe, draw),
        header=(*axes_names, "answers"), rows=rows,
    )  # fmt: skip


def plot_histogram(title: str, axis: str, groups: Mapping[str, Sequence[float]]) -> Plot:
    """Share of each group in ten bins of [0, 1]."""
    edges = [i / 10 for i in range(11)]
    counts = {
        name: [sum(min(int(10 * v), 9) == i for v in values) for i in range(10)]
        for name, values in groups.items()
    }

    def draw(axes: Axes) -> None:
        width = 0.09 / max(len(counts), 1)
        for i, (name, found) in enumerate(counts.items()):
            places = [low + 0.005 + width * (i + 0.5) for low in edges[:-1]]
            shares = [n / max(sum(found), 1) for n in found]
            axes.bar(places, shares, width, label=name, color=_COLOURS[i % 3],
                     hatch="" if i == 0 else "//", edgecolor=_INK, linewidth=0.3)  # fmt: skip
        axes.set(xlabel=axis, ylabel="share of the group", xlim=(0, 1))
        axes.legend(frameon=False)

    rows = tuple(
        (f"{low:.1f} to {low + 0.1:.1f}", *(str(found[i]) for found in counts.values()))
        for i, low in enumerate(edges[:-1])
    )
    describe = f"How {axis} is spread in each group."
    return Plot(
        title=title, describe=describe, svg=render(title, describe, draw),
        header=(axis, *groups), rows=rows,
    )  # fmt: skip


def _thinned(points: Line) -> list[tuple[float, float]]:
    step = max(1, len(points) // _STEPS)
    kept = list(points[::step])
    return kept if kept[-1] == points[-1] else [*kept, points[-1]]
