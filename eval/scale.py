"""How huawen grows: ingest rate, question times, memory and disk at several sizes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from eval.plots import Plot, plot_lines
from index.build import IndexBuilder
from index.errors import HuawenError
from index.settings import IndexSettings
from index.types import Article

SIZES = (1_000, 5_000, 20_000)
_WARM_UP = 5

# A process of its own: what this one holds must not count.
_ASK = """
import json, sys, time
from pathlib import Path
from index.settings import IndexSettings
from rag.factory import open_service
from rag.settings import RagSettings
service = open_service(Path(sys.argv[1]), IndexSettings(), RagSettings())
questions = json.load(sys.stdin)
times = []
for number, question in enumerate(questions):
    started = time.perf_counter()
    service.ask(question)
    times.append(time.perf_counter() - started)
status = Path("/proc/self/status")
lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
resident = [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")]
info = service.info()
print(json.dumps({"times": times, "mb": resident[0] if resident else None,
                  "chunks": info.chunks, "bytes": info.bytes_on_disk}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One size. Times are of the whole answer, in this process's own service, one after another."""

    articles: int
    chunks: int
    articles_per_second: float
    ask_ms_p50: float
    ask_ms_p95: float
    ask_ms_p99: float
    resident_mb: float | None
    bytes_per_chunk: float


def measure_scale(
    articles: Sequence[Article],
    questions: Sequence[str],
    sizes: Sequence[int],
    *,
    tell: Callable[[str], None],
) -> list[Point]:
    """A point for each size that there are articles for, in one home that grows."""
    points: list[Point] = []
    with tempfile.TemporaryDirectory(prefix="huawen-scale-") as folder:
        home = Path(folder)
        done = 0
        for size in (size for size in sizes if size <= len(articles)):
            tell(f"ingesting articles {done + 1} to {size}")
            started = time.perf_counter()
            with IndexBuilder(home, IndexSettings()) as builder:
                builder.ingest(articles[done:size])
            rate = (size - done) / (time.perf_counter() - started)
            done = size
            tell(f"asking {len(questions)} questions")
            points.append(_ask(home, questions, size, rate))
    return points


def _ask(home: Path, questions: Sequence[str], size: int, rate: float) -> Point:
    asked = [*questions[:_WARM_UP], *questions]
    finished = subprocess.run(
        [sys.executable, "-c", _ASK, str(home)],
        input=json.dumps(asked), capture_output=True, text=True, timeout=3600, check=False,
    )  # fmt: skip
    if finished.returncode:
        raise HuawenError(f"the asking process failed: {finished.stderr.strip()[-300:]}")
    found = json.loads(finished.stdout)
    times = 1000 * np.array(found["times"][_WARM_UP:])
    p50, p95, p99 = (float(np.percentile(times, p)) for p in (50, 95, 99))
    return Point(
        articles=size, chunks=found["chunks"], articles_per_second=rate,
        ask_ms_p50=p50, ask_ms_p95=p95, ask_ms_p99=p99,
        resident_mb=found["mb"], bytes_per_chunk=found["bytes"] / max(found["chunks"], 1),
    )  # fmt: skip


def plot_scale(points: Sequence[Point]) -> Plot:
    """Question times by size, with the whole table."""
    lines = {
        name: [(float(p.articles), getattr(p, f"ask_ms_{name}")) for p in points]
        for name in ("p50", "p95", "p99")
    }
    plot = plot_lines("time of an answer by number of articles", ("articles", "ms"), lines)
    names = tuple(asdict(points[0])) if points else ()
    rows = tuple(tuple(_shown(value) for value in asdict(point).values()) for point in points)
    return Plot(title=plot.title, svg=plot.svg, header=names, rows=rows)


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.1f}"
