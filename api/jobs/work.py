"""The worker process: ``python -m api.jobs.work HOME``.

It does queued jobs one after another, keeps the model loaded while there are some, and ends when
there have been none for a while. A lock in the home folder lets only one run; a job that a killed
worker left is done again from its start, which costs little, since nothing is embedded twice.
"""

from __future__ import annotations

import fcntl
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

from api.jobs.fetch import Fetcher
from api.jobs.sources import read_source
from api.settings import FetchSettings
from api.state.database import StateDatabase
from api.state.jobs import Job, Jobs, Status
from index.build import IndexBuilder
from index.errors import HomeBusy, HuawenError, NewsIndexError, SourceEmpty
from index.generation import current_folder
from index.settings import IndexSettings
from index.types import Article, BadRecord, BuildReport

LOCK_NAME = "jobs.lock"
UPLOADS = "uploads"
IDLE_SECONDS = 20.0
_TELL_EVERY = 0.5
_BUSY_SECONDS = 600.0
_ABANDONED_SECONDS = 3600.0
# Where each stage of a build lies in the whole of a job.
_SHARES = {
    "load": (0.02, 0.05), "chunk": (0.05, 0.1), "embed": (0.1, 0.8), "names": (0.8, 0.9),
    "words": (0.92, 0.99), "publish": (0.9, 1.0),
}  # fmt: skip
_STAGES = {
    "load": "embed", "chunk": "chunk", "embed": "embed", "names": "names", "words": "index",
    "publish": "commit",
}  # fmt: skip


class Cancelled(Exception):
    """Somebody does not want the job any more."""


def upload_path(home: Path, job_id: str) -> Path:
    """Where the articles of a job wait."""
    return home / UPLOADS / f"{job_id}.ndjson"


def upload_folder(home: Path, job_id: str) -> Path:
    """Where the files of a job wait that came as files."""
    return home / UPLOADS / job_id


def main(home: Path, *, idle_seconds: float = IDLE_SECONDS) -> None:
    """Work until there is nothing to do; at once where another worker runs."""
    with (home / LOCK_NAME).open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return
        database = StateDatabase(home)
        try:
            _work(home, Jobs(database), idle_seconds)
        finally:
            database.close()


def _work(home: Path, jobs: Jobs, idle_seconds: float) -> None:
    jobs.requeue_orphans()
    _sweep(home, jobs)
    last = time.monotonic()
    while time.monotonic() - last < idle_seconds:
        job = jobs.claim(_version(home))
        if job is None:
            time.sleep(0.1)
            continue
        _Run(home, jobs, job).do()
        last = time.monotonic()


class _Run:
    """One job, from its file to its last row."""

    def __init__(self, home: Path, jobs: Jobs, job: Job) -> None:
        self._home = home
        self._jobs = jobs
        self._job = job
        self._counts: Counter[str] = Counter()
        self._told = 0.0
        self._progress = 0.0

    def do(self) -> None:
        """Do it; however it ends, the row says so."""
        try:
            self._ingest()
        except Cancelled:
            self._jobs.finish(self._job.id, "cancelled", counts=self._counts)
        except HuawenError as error:
            self._jobs.finish(self._job.id, "failed", counts=self._counts, error=str(error))
        except Exception as error:
            what = f"{type(error).__name__}: {error}"[:300]
            self._jobs.finish(self._job.id, "failed", counts=self._counts, error=what)
            raise
        upload_path(self._home, self._job.id).unlink(missing_ok=True)
        shutil.rmtree(upload_folder(self._home, self._job.id), ignore_errors=True)

    def _ingest(self) -> None:
        self._tell("parse", 0, 1)
        upload = upload_path(self._home, self._job.id)
        fetcher = Fetcher(FetchSettings().allowed())
        records = list(read_source(self._job.options, upload, fetcher))
        articles = [record for record in records if isinstance(record, Article)]
        bad = [record for record in records if isinstance(record, BadRecord)]
        self._jobs.add_errors(self._job.id, bad)
        self._counts.update(total=len(records), failed=len(bad))
        if not articles:
            raise SourceEmpty("no line is an article" if bad else "there is no article")
        version = None
        if not self._job.options.dry_run:
            report = self._build(articles)
            version = report.version
            self._counts.update(
                created=report.added, updated=report.changed, chunks=report.chunks,
                unchanged=report.unchanged,
            )  # fmt: skip
        self._counts["processed"] = len(records)
        status: Status = "partial" if bad else "succeeded"
        self._jobs.finish(self._job.id, status, counts=self._counts, version=version)

    def _build(self, articles: list[Article]) -> BuildReport:
        with self._open_builder() as builder:
            self._tell("dedupe", 0, 1)
            if not self._job.options.update:
                fresh = [a for a in articles if not builder.knows(a.id)]
                self._counts["skipped"] = len(articles) - len(fresh)
                articles = fresh
            if self._job.options.exact:
                fresh = builder.without_copies(articles)
                self._counts["duplicate"] = len(articles) - len(fresh)
                articles = fresh
            return builder.ingest(articles)

    def _open_builder(self) -> IndexBuilder:
        """The home is ours when another writer has ended."""
        until = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                return IndexBuilder(self._home, IndexSettings(), progress=self._tell)
            except HomeBusy:
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)
                self._tell("parse", 0, 1)

    def _tell(self, stage: str, done: int, total: int) -> None:
        """Progress of a build; at most two rows a second, each of which may say "stop".

        Raises:
            Cancelled: somebody does not want it any more, and nothing is published yet.
        """
        if stage != "publish" and time.monotonic() - self._told < _TELL_EVERY:
            return
        self._told = time.monotonic()
        low, high = _SHARES.get(stage, (0.0, 0.02))
        progress = low + (high - low) * (done / total if total else 1.0)
        self._progress = max(self._progress, progress)  # what was reached is not taken back
        goes_on = self._jobs.tell(
            self._job.id, stage=_STAGES.get(stage, "parse"), progress=self._progress,
            counts=self._counts,
        )  # fmt: skip
        if not goes_on and stage != "publish":
            raise Cancelled


def _sweep(home: Path, jobs: Jobs) -> None:
    """Drop what was uploaded for no job: the server was killed before the upload ended."""
    for path in (home / UPLOADS).glob("ing_*"):
        old = time.time() - path.stat().st_mtime > _ABANDONED_SECONDS
        if old and jobs.fetch(path.name.removesuffix(".ndjson")) is None:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()


def _version(home: Path) -> str | None:
    try:
        return current_folder(home).name
    except NewsIndexError:
        return None


if __name__ == "__main__":
    main(Path(sys.argv[1]))
