"""What Prometheus may read. Base units, no label that grows with readers or articles."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
)

from api.http.job_metrics import JobCollector
from api.state.jobs import Jobs
from index.types import IndexInfo
from rag.types import Answer

disable_created_metrics()  # type: ignore[no-untyped-call]  # they double what is scraped, for nothing that is asked here
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64)
GIT_SHA = os.environ.get("HUAWEN_GIT_SHA", "unknown")  # set while an image is built
_COUNTS = (0, 1, 2, 3, 5, 8, 13, 21, 34, 50)

REQUESTS = Counter("http_requests", "Requests.", ["handler", "method", "status"])
REQUEST_SECONDS = Histogram(
    "http_request_duration_seconds", "To the last byte.", ["handler", "method"], buckets=BUCKETS
)
IN_PROGRESS = Gauge(
    "http_requests_inprogress", "Requests being answered.", multiprocess_mode="livesum"
)
IN_FLIGHT = Gauge(
    "huawen_inflight_requests", "Requests that count for the cap.", multiprocess_mode="livesum"
)
ASKED = Counter("huawen_ask", "Questions by outcome.", ["outcome", "stream"])
ASK_SECONDS = Histogram("huawen_ask_duration_seconds", "A whole answer.", buckets=BUCKETS)
FIRST_EVENT_SECONDS = Histogram(
    "huawen_ask_first_event_seconds", "To a stream's first event.", buckets=BUCKETS
)
FIRST_SENTENCE_SECONDS = Histogram(
    "huawen_ask_first_sentence_seconds", "To a stream's first sentence.", buckets=BUCKETS
)
STAGE_SECONDS = Histogram(
    "huawen_stage_duration_seconds", "One step of an answer.", ["stage"],
    buckets=(0.001, 0.005, 0.01, *BUCKETS),
)  # fmt: skip
SENTENCES = Counter("huawen_sentences", "Sentences of answers by verdict.", ["support"])
CITATIONS = Histogram("huawen_citations_per_answer", "Articles cited.", buckets=_COUNTS)
RETRIEVED = Histogram("huawen_retrieved_chunks", "Passages read.", buckets=_COUNTS)
TOP_SCORE = Histogram(
    "huawen_top_score", "Confidence of an answer.", buckets=[n / 10 for n in range(1, 11)]
)
LLM_ERRORS = Counter("huawen_llm_errors", "What became of the model's part.", ["reason"])
LLM_TOKENS = Counter("huawen_llm_tokens", "Tokens of the language model.", ["type"])
ACTIVE_STREAMS = Gauge("huawen_active_streams", "Open streams.", multiprocess_mode="livesum")
FEEDBACK = Counter("huawen_feedback", "Readers' verdicts.", ["rating", "reason"])
RATE_LIMITED = Counter("huawen_rate_limited", "Requests over a limit.", ["key_kind"])
REPLAYED = Counter("huawen_cache_hits", "Answers given again.", ["cache"])
_INDEX = {
    name: Gauge(f"huawen_index_{name}", words, multiprocess_mode="mostrecent")
    for name, words in (
        ("documents", "Articles."), ("chunks", "Passages."), ("bytes", "On disk."),
        ("newest_document_timestamp_seconds", "Publication of the newest article."),
    )
}  # fmt: skip
_BUILD = Gauge(
    "huawen_build_info", "1.", ["version", "git_sha", "embedder", "generator"],
    multiprocess_mode="mostrecent",
)  # fmt: skip
_MODEL_CODES = ("model_failed", "model_unsupported", "model_cut_off", "unsupported_removed")


def count_answer(answer: Answer, *, stream: bool) -> None:
    """One finished answer."""
    ASKED.labels(answer.status, str(stream).lower()).inc()
    ASK_SECONDS.observe(answer.timings_ms["total"] / 1000)
    for stage, milliseconds in answer.timings_ms.items():
        if stage != "total":
            STAGE_SECONDS.labels(stage).observe(milliseconds / 1000)
    for sentence in answer.sentences:
        SENTENCES.labels(sentence.support).inc()
    CITATIONS.observe(len(answer.citations))
    RETRIEVED.observe(len(answer.sources))
    TOP_SCORE.observe(answer.confidence)
    LLM_TOKENS.labels("input").inc(answer.usage.input_tokens)
    LLM_TOKENS.labels("output").inc(answer.usage.output_tokens)
    for warning in answer.warnings:
        if warning.code in _MODEL_CODES:
            LLM_ERRORS.labels(warning.code).inc()


def describe_index(info: IndexInfo, *, generator: str) -> None:
    """What is being searched."""
    _INDEX["documents"].set(info.articles)
    _INDEX["chunks"].set(info.chunks)
    _INDEX["bytes"].set(info.bytes_on_disk)
    if info.newest:
        _INDEX["newest_document_timestamp_seconds"].set(info.newest.timestamp())
    _BUILD.labels(version("huawen"), GIT_SHA, info.model, generator).set(1)


def render_metrics(jobs: Jobs) -> bytes:
    """Everything, of all server processes where there are several."""
    of_jobs = CollectorRegistry()
    of_jobs.register(JobCollector(jobs, BUCKETS))
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder is None:
        return generate_latest(REGISTRY) + generate_latest(of_jobs)
    _bury_the_dead(Path(folder))
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry) + generate_latest(of_jobs)


def _bury_the_dead(folder: Path) -> None:
    """A process that was killed takes its share of the live gauges with it."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = path.stem.rpartition("_")[2]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists() and Path("/proc").exists():
            multiprocess.mark_process_dead(int(pid))  # type: ignore[no-untyped-call]
