"""How huawen grows: ingest rate, question times, memory and disk at several sizes.

One home grows through all sizes, so nothing is embedded twice. Where the caller keeps the folder,
a run that was killed goes on there: points that were measured stay, and the seconds that an ingest
has taken so far are on disk. Beside the time of the clock stands the time of the processor, which
other work on the same machine lengthens far less.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np

from eval.plots import Plot, plot_lines
from eval.summary import describe_machine
from index.build import IndexBuilder
from index.errors import HuawenError
from index.settings import IndexSettings
from index.types import Article

SIZES = (1_000, 5_000, 20_000)
_WARM_UP = 5
_NOTE_EVERY_S = 5.0

# A process of its own: what this one holds must not count.
_ASK = """
import json, sys, time
from pathlib import Path
from index.settings import IndexSettings
from rag.factory import open_service
from rag.settings import RagSettings
service = open_service(Path(sys.argv[1]), IndexSettings(), RagSettings())
questions = json.load(sys.stdin)
times, works = [], []
for number, question in enumerate(questions):
    started, busy = time.perf_counter(), time.process_time()
    service.ask(question)
    times.append(time.perf_counter() - started)
    works.append(time.process_time() - busy)
status = Path("/proc/self/status")
lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
resident = [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")]
info = service.info()
print(json.dumps({"times": times, "works": works, "mb": resident[0] if resident else None,
                  "chunks": info.chunks, "bytes": info.bytes_on_disk}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One size. Times are of whole answers, asked one after another of a process of their own.

    ``_cpu`` is processor time over all cores: what the work costs, whatever else the machine does.
    The ingest rates are of the articles since the size before.
    """

    articles: int
    chunks: int
    articles_per_second: float
    articles_per_cpu_second: float
    ask_ms_p50: float
    ask_ms_p95: float
    ask_ms_p99: float
    ask_cpu_ms_p50: float
    resident_mb: float | None
    bytes_per_chunk: float


def measure_scale(
    articles: Sequence[Article],
    questions: Sequence[str],
    sizes: Sequence[int],
    *,
    folder: Path,
    tell: Callable[[str], None],
) -> list[Point]:
    """A point for each size that there are articles for.

    Args:
        articles: the first ones of them make the smallest size.
        questions: all are asked at every size, after a warm-up.
        sizes: numbers of articles, rising.
        folder: gets ``home``, the index, and ``scale.json``, what is measured so far; a later call
            with the same folder goes on from there.
        tell: hears what is going on.
    """
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    log = _Log.read(folder / "scale.json")
    done = 0
    for size in (size for size in sizes if size <= len(articles)):
        if size not in {point.articles for point in log.points}:
            tell(f"ingesting articles {done + 1} to {size}")
            spent = _ingest(home, articles[done:size], log, size)
            tell(f"asking {len(questions)} questions")
            log.points.append(_ask(home, questions, size, size - done, spent))
            log.write()
        done = size
    return [point for point in log.points if point.articles in sizes]


@dataclass(frozen=True, slots=True)
class _Spent:
    """Seconds of an ingest: by the clock, and of the processor."""

    wall: float = 0.0
    cpu: float = 0.0


@dataclass(slots=True)
class _Log:
    """What a folder knows: finished points, and what the ingest of each size took so far."""

    path: Path
    spent: dict[int, _Spent] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> _Log:
        if not path.exists():
            return cls(path)
        found = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            path,
            spent={int(size): _Spent(**spent) for size, spent in found["spent"].items()},
            points=[Point(**point) for point in found["points"]],
        )

    def write(self) -> None:
        record = {
            "spent": {size: asdict(spent) for size, spent in self.spent.items()},
            "points": [asdict(point) for point in self.points],
        }
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(record, indent=1), encoding="utf-8")
        new.replace(self.path)


def _ingest(home: Path, articles: Sequence[Article], log: _Log, size: int) -> _Spent:
    """What these articles took, killed attempts included."""
    before = log.spent.get(size, _Spent())
    started = noted = time.perf_counter()
    busy = time.process_time()

    def keep() -> None:
        log.spent[size] = _Spent(
            wall=before.wall + time.perf_counter() - started,
            cpu=before.cpu + time.process_time() - busy,
        )
        log.write()

    def note(_stage: str, _done: int, _total: int) -> None:
        nonlocal noted
        if time.perf_counter() - noted > _NOTE_EVERY_S:
            noted = time.perf_counter()
            keep()

    with IndexBuilder(home, IndexSettings(), progress=note) as builder:
        builder.ingest(articles)
    keep()
    return log.spent[size]


def _ask(home: Path, questions: Sequence[str], size: int, added: int, spent: _Spent) -> Point:
    asked = [*questions[:_WARM_UP], *questions]
    finished = subprocess.run(
        [sys.executable, "-c", _ASK, str(home)],
        input=json.dumps(asked), capture_output=True, text=True, timeout=3600, check=False,
    )  # fmt: skip
    if finished.returncode:
        raise HuawenError(f"the asking process failed: {finished.stderr.strip()[-300:]}")
    found = json.loads(finished.stdout)
    times = 1000 * np.array(found["times"][_WARM_UP:])
    works = 1000 * np.array(found["works"][_WARM_UP:])
    p50, p95, p99 = (float(np.percentile(times, p)) for p in (50, 95, 99))
    return Point(
        articles=size, chunks=found["chunks"], articles_per_second=added / spent.wall,
        articles_per_cpu_second=added / spent.cpu, ask_cpu_ms_p50=float(np.median(works)),
        ask_ms_p50=p50, ask_ms_p95=p95, ask_ms_p99=p99,
        resident_mb=found["mb"], bytes_per_chunk=found["bytes"] / max(found["chunks"], 1),
    )  # fmt: skip


def write_scale(points: Sequence[Point], questions: int, path: Path) -> None:
    """The plot, and beside it, as ``.json``, the points with date and machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    svg = plot_scale(points).svg.replace("<svg", '<svg color="#6b7280"', 1)
    path.write_text(svg + "\n", encoding="utf-8")
    record = {
        "date": date.today().isoformat(),
        "machine": describe_machine(),
        "questions": questions,
        "points": [asdict(point) for point in points],
    }
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    path.with_suffix(".json").write_text(text, encoding="utf-8")


def plot_scale(points: Sequence[Point]) -> Plot:
    """Question times by size, with the whole table."""
    lines = {
        name: [(float(p.articles), getattr(p, f"ask_ms_{name}")) for p in points]
        for name in ("p50", "p95", "p99")
    }
    plot = plot_lines("time of an answer by number of articles", ("articles", "ms"), lines)
    names = tuple(asdict(points[0])) if points else ()
    rows = tuple(tuple(_shown(value) for value in asdict(point).values()) for point in points)
    return replace(plot, header=names, rows=rows)


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.1f}"
