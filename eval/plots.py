"""Plots of a run as inline SVG. Colours follow the page: ink is ``currentColor``."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from eval.aggregate import Estimate

mpl.use("svg")
import matplotlib.pyplot as plt

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK, _BLUE, _ORANGE, _GREY = "#010203", "#3b76c4", "#c8702a", "#8a8f98"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "huawen", "font.size": 10, "text.color": _INK,
    "axes.edgecolor": _GREY, "axes.labelcolor": _INK, "xtick.color": _INK, "ytick.color": _INK,
    "axes.spines.top": False, "axes.spines.right": False, "figure.figsize": (6.0, 3.2),
    "savefig.transparent": True, "font.family": "sans-serif",
}  # fmt: skip
_SIZE = re.compile(r'(<svg[^>]*?) width="[^"]*"')
_HEIGHT = re.compile(r'(<svg[^>]*?) height="[^"]*"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A plot with the table of what it shows: for eyes, and for everybody."""

    title: str
    svg: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def render(title: str, describe: str, draw: Callable[[Axes], None]) -> str:
    """An ``<svg>`` element that ``draw`` has filled, named for those who do not see it."""
    with plt.rc_context(_STYLE):
        figure, axes = plt.subplots(layout="constrained")
        draw(axes)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)
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

    rows = tuple(
        (name, f"{one.value:.3f}", f"{one.low:.3f} to {one.high:.3f}", str(one.n))
        for name, one in shown
    )
    svg = render(title, "Dots are means, bars 95 % intervals.", draw)
    return Plot(title=title, svg=svg, header=("metric", "value", "95 %", "n"), rows=rows)


def plot_lines(
    title: str, axes_names: tuple[str, str], lines: Mapping[str, Sequence[tuple[float, float]]]
) -> Plot:
    """Curves; the table holds at most twenty points of each."""

    def draw(axes: Axes) -> None:
        for colour, (name, points) in zip((_BLUE, _ORANGE, _GREY), lines.items(), strict=False):
            axes.plot(*zip(*points, strict=True), color=colour, label=name, marker=".", ms=3)
        axes.set_xlabel(axes_names[0])
        axes.set_ylabel(axes_names[1])
        if len(lines) > 1:
            axes.legend(frameon=False)

    rows = tuple(
        (name, f"{x:.4g}", f"{y:.4g}")
        for name, points in lines.items()
        for x, y in _thinned(points)
    )
    return Plot(
        title=title, svg=render(title, f"{axes_names[1]} by {axes_names[0]}", draw),
        header=("line", *axes_names), rows=rows,
    )  # fmt: skip


def plot_histogram(title: str, axis: str, groups: Mapping[str, Sequence[float]]) -> Plot:
    """Shares of each group in ten bins of [0, 1]."""
    edges = [i / 10 for i in range(11)]

    def draw(axes: Axes) -> None:
        axes.hist(
            list(groups.values()), bins=edges, label=list(groups), density=True,
            color=[_BLUE, _ORANGE, _GREY][: len(groups)],
        )  # fmt: skip
        axes.set_xlabel(axis)
        axes.legend(frameon=False)

    rows = []
    for low in edges[:-1]:
        counts = [
            sum(low <= v < low + 0.1 or (v == 1 and low > 0.85) for v in values)  # noqa: PLR2004
            for values in groups.values()
        ]
        rows.append((f"{low:.1f} to {low + 0.1:.1f}", *map(str, counts)))
    svg = render(title, f"How {axis} is spread in each group.", draw)
    return Plot(title=title, svg=svg, header=(axis, *groups), rows=tuple(rows))


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    step = max(1, len(points) // 20)
    return [*points[::step], *([points[-1]] if len(points) % step != 1 else [])]
