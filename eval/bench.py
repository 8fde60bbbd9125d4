"""Speed and memory, as ratios against a plain script in the same run on the same articles.

Absolute times say more about the machine than about huawen, so the table leads with ratios; the two
sides take turns, question by question, so that a machine that slows down slows both.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path

from eval.plain import PlainScript
from index.build import IndexBuilder
from index.catalog import open_catalog
from index.errors import HuawenError
from index.settings import IndexSettings
from index.types import Article, IndexInfo
from index.unpack import unpack_model
from rag.factory import open_service
from rag.settings import RagSettings

_WARM_UP = 3
_SETTLE_S = 0.05  # OpenMP threads wait awake for some milliseconds, on the cores of the next one
_START_SECONDS = 60
# What is measured is the answering, not the memory of it.
_HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-cache"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchReport:
    """One run. Times are seconds unless the name says otherwise; ratios are ours over plain's.

    ``ingest_speedup`` is articles per second over the plain script's, higher is better;
    ``search_ratio`` and ``ask_ratio`` are median times over the plain script's bare retrieval,
    lower is better.
    """

    articles: int
    chunks: int
    questions: int
    ingest_articles_per_second: float
    ingest_speedup: float
    plain_retrieval_ms: float
    search_ratio: float
    ask_ratio: float
    ask_ms_p95: float
    cold_ask_seconds: float
    cold_ask_imports_torch: bool
    ready_seconds: float
    resident_mb: float
    bytes_per_chunk: float


def run_bench(
    articles: Sequence[Article], questions: Sequence[str], *, tell: Callable[[str], None]
) -> BenchReport:
    """Measure everything once; ``tell`` hears what is going on."""
    with tempfile.TemporaryDirectory(prefix="huawen-bench-") as folder:
        home = Path(folder) / "home"
        tell(f"ingesting {len(articles)} articles")
        ours = _time_ingest(home, articles)
        passages = _read_passages(home)
        tell(f"plain script: embedding the same {len(passages)} passages")
        plain = PlainScript(str(unpack_model()))
        theirs = _timed(lambda: plain.ingest(passages))
        tell("cold command")
        cold, imports_torch = _time_cold_ask(home, questions[0])
        tell(f"{len(questions)} questions, turn by turn")
        with _running_server(home) as server:
            times = _time_questions(home, plain, server, questions)
            resident = _resident_mb(server.process.pid)
        info = _info(home)
    return BenchReport(
        articles=len(articles),
        chunks=len(passages),
        questions=len(questions),
        ingest_articles_per_second=len(articles) / ours,
        ingest_speedup=theirs / ours,
        plain_retrieval_ms=1000 * statistics.median(times.plain),
        search_ratio=statistics.median(times.search) / statistics.median(times.plain),
        ask_ratio=statistics.median(times.ask) / statistics.median(times.plain),
        ask_ms_p95=1000 * statistics.quantiles(times.ask, n=20)[-1],
        cold_ask_seconds=cold,
        cold_ask_imports_torch=imports_torch,
        ready_seconds=server.ready_seconds,
        resident_mb=resident,
        bytes_per_chunk=info.bytes_on_disk / max(info.chunks, 1),
    )


def render_report(report: BenchReport) -> list[tuple[str, str]]:
    """Rows of (what, value) for people."""
    return [
        ("articles / chunks / questions",
         f"{report.articles} / {report.chunks} / {report.questions}"),
        ("ingest, against plain (higher is better)",
         f"{report.ingest_speedup:.2f} x   ({report.ingest_articles_per_second:.1f} articles/s)"),
        ("search, against plain retrieval (lower is better)", f"{report.search_ratio:.2f} x"),
        ("whole answer over HTTP, against plain retrieval (lower is better)",
         f"{report.ask_ratio:.2f} x   (plain {report.plain_retrieval_ms:.1f} ms)"),
        ("whole answer over HTTP, p95", f"{report.ask_ms_p95:.1f} ms"),
        ("`huawen ask`, cold process",
         f"{report.cold_ask_seconds:.2f} s, torch imported: {report.cold_ask_imports_torch}"),
        ("server ready", f"{report.ready_seconds:.2f} s"),
        ("server resident memory", f"{report.resident_mb:.0f} MB"),
        ("home on disk, per chunk", f"{report.bytes_per_chunk:.0f} bytes"),
    ]  # fmt: skip


def to_json(report: BenchReport) -> str:
    """One object, a key for each field."""
    return json.dumps(asdict(report), indent=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Times:
    """Seconds a question, in the order of the questions."""

    plain: list[float]
    search: list[float]
    ask: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    process: subprocess.Popen[str]
    host: str
    port: int
    ready_seconds: float


def _time_ingest(home: Path, articles: Sequence[Article]) -> float:
    """Seconds from articles to a published index, without loading the model."""
    loading: list[float] = []

    def progress(stage: str, _done: int, _total: int) -> None:
        if stage == "load":
            loading.append(time.perf_counter())

    with IndexBuilder(home, IndexSettings(), progress=progress) as builder:
        seconds = _timed(lambda: builder.ingest(articles))
    return seconds - (loading[-1] - loading[0])


def _read_passages(home: Path) -> list[str]:
    catalog = open_catalog(home)
    try:
        return [stored.chunk.text for stored in catalog.iter_chunks()]
    finally:
        catalog.close()


def _time_cold_ask(home: Path, question: str) -> tuple[float, bool]:
    program = (
        "import sys\nfrom api.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    sys.stderr.write('torch' if 'torch' in sys.modules else 'light')\n"
    )
    command = [sys.executable, "-c", program, "--home", str(home), "ask", question]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return time.perf_counter() - started, done.stderr.endswith("torch")


@contextmanager
def _running_server(home: Path) -> Iterator[_Server]:
    command = [
        sys.executable, "-c", "from api.cli import main; main()",
        "--home", str(home), "serve", "--port", "0", "--no-open",
    ]  # fmt: skip
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        host, port = _read_address(process)
        while not _is_ready(host, port):
            if time.perf_counter() - started > _START_SECONDS:
                raise HuawenError("the server did not become ready")
            time.sleep(0.01)
        seconds = time.perf_counter() - started
        yield _Server(process=process, host=host, port=port, ready_seconds=seconds)
    finally:
        process.terminate()
        process.wait(timeout=30)
        if process.stdout:
            process.stdout.close()


def _read_address(process: subprocess.Popen[str]) -> tuple[str, int]:
    for line in process.stdout or ():
        if found := re.search(r"http://([^/\s:]+):(\d+)", line):
            return found[1], int(found[2])
    raise HuawenError("the server ended before it said where it listens")


def _is_ready(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200  # noqa: PLR2004
    except OSError:
        return False
    finally:
        connection.close()


def _time_questions(
    home: Path, plain: PlainScript, server: _Server, questions: Sequence[str]
) -> _Times:
    service = open_service(home, IndexSettings(), RagSettings())
    connection = HTTPConnection(server.host, server.port, timeout=60)
    times = _Times(plain=[], search=[], ask=[])

    def ask(question: str) -> None:
        body = json.dumps({"question": question}).encode()
        connection.request("POST", "/v1/ask", body, _HEADERS)
        reply = connection.getresponse()
        answer = reply.read()
        if reply.status != 200:  # noqa: PLR2004
            raise HuawenError(f"the server answered {reply.status}: {answer[:200]!r}")

    for number, question in enumerate([*questions[:_WARM_UP], *questions]):
        plain_seconds = _settled(lambda q=question: plain.search(q))  # type: ignore[misc]
        search_seconds = _settled(lambda q=question: service.search(q))  # type: ignore[misc]
        ask_seconds = _settled(lambda q=question: ask(q))  # type: ignore[misc]
        if number >= _WARM_UP:
            times.plain.append(plain_seconds)
            times.search.append(search_seconds)
            times.ask.append(ask_seconds)
    connection.close()
    service.close()
    return times


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float("nan")
    for line in status.read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def _info(home: Path) -> IndexInfo:
    service = open_service(home, IndexSettings(), RagSettings())
    try:
        return service.info()
    finally:
        service.close()


def _settled(work: Callable[[], object]) -> float:
    """As ``_timed``, once the threads of whoever worked before have stopped spinning."""
    time.sleep(_SETTLE_S)
    return _timed(work)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
