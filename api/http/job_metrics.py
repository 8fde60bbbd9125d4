"""Counts of ingestion jobs, read from their rows: the worker that did them is another process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from api.state.jobs import Jobs

_RESULTS = ("created", "updated", "unchanged", "skipped", "failed")


class JobCollector(Collector):
    """The same numbers whichever server process is asked."""

    def __init__(self, jobs: Jobs, buckets: tuple[float, ...]) -> None:
        self._jobs = jobs
        self._buckets = buckets

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily]:
        """See ``prometheus_client``."""
        yield GaugeMetricFamily(
            "huawen_ingest_queue_depth", "Jobs that wait or run.", value=self._jobs.count_queued()
        )
        documents: Counter[str] = Counter(dict.fromkeys(_RESULTS, 0))
        seconds: dict[str, list[float]] = {}
        for job in self._jobs.ended():
            documents.update({name: job.counts.get(name, 0) for name in _RESULTS})
            if job.started_at is not None and job.finished_at is not None:
                seconds.setdefault(job.status, []).append(job.finished_at - job.started_at)
        counter = CounterMetricFamily(
            "huawen_ingest_documents", "Documents of finished jobs.", labels=["result"]
        )
        for name in _RESULTS:
            counter.add_metric([name], documents[name])
        yield counter
        yield self._histogram(seconds)

    def _histogram(self, seconds: dict[str, list[float]]) -> HistogramMetricFamily:
        family = HistogramMetricFamily(
            "huawen_ingest_duration_seconds", "One job.", labels=["result"]
        )
        for status, times in sorted(seconds.items()):
            buckets = [
                (str(float(most)), float(sum(t <= most for t in times))) for most in self._buckets
            ]
            family.add_metric([status], [*buckets, ("+Inf", float(len(times)))], sum(times))
        return family
