"""Ingestion jobs as rows: queued by the server, done by a worker, read by whoever asks."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, cast

from api.state.database import StateDatabase
from index.types import BadRecord
from rag.ids import new_id

Status = Literal["queued", "running", "succeeded", "partial", "failed", "cancelled"]
ENDED: tuple[Status, ...] = ("succeeded", "partial", "failed", "cancelled")
_MOST_ERRORS = 1_000  # of one job that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """``update``: an article that is known already is replaced; ``dry_run``: nothing is written.

    ``exact``: an article whose text is stored already under another identifier is left out.
    ``value`` is the path or the address of the source.
    """

    update: bool = True
    dry_run: bool = False
    exact: bool = False
    source_type: Literal["upload", "path", "url", "rss"] = "upload"
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One ingestion. Times are seconds since 1970, ``progress`` is in [0, 1]."""

    id: str
    status: Status
    stage: str | None
    progress: float
    options: JobOptions
    counts: Mapping[str, int] = field(default_factory=dict)
    error: str | None
    version_before: str | None
    version_after: str | None
    created_at: float
    started_at: float | None
    finished_at: float | None

    @property
    def ended(self) -> bool:
        """Nothing will change any more."""
        return self.status in ENDED


class Jobs:
    """The queue of one home."""

    def __init__(self, database: StateDatabase) -> None:
        self._db = database

    def add(self, options: JobOptions, *, job_id: str | None = None) -> Job:
        """A queued job."""
        name = job_id or new_id("ing")
        self._db.write(
            "INSERT INTO jobs (id, status, options, created_at) VALUES (?, 'queued', ?, ?)",
            (name, json.dumps(asdict(options)), time.time()),
        )
        return self.require(name)

    def fetch(self, job_id: str) -> Job | None:
        """A job by identifier."""
        row = self._db.read_one("SELECT * FROM jobs WHERE id = ?", (job_id,))
        return _job(row) if row else None

    def require(self, job_id: str) -> Job:
        """A job that is known to exist."""
        job = self.fetch(job_id)
        if job is None:
            raise LookupError(job_id)
        return job

    def page(self, *, limit: int, before: str | None = None) -> list[Job]:
        """Jobs, newest first."""
        rows = self._db.read(
            "SELECT * FROM jobs WHERE id < ? ORDER BY id DESC LIMIT ?", (before or "~", limit)
        )
        return [_job(row) for row in rows]

    def ended(self) -> Iterator[Job]:
        """Every job that has ended."""
        marks = ",".join("?" * len(ENDED))
        yield from map(
            _job, self._db.read(f"SELECT * FROM jobs WHERE status IN ({marks})", ENDED)
        )  # fmt: skip

    def count_queued(self) -> int:
        """Jobs that wait or run."""
        row = self._db.read_one("SELECT count(*) FROM jobs WHERE status IN ('queued', 'running')")
        return int(row[0]) if row else 0

    def requeue_orphans(self) -> None:
        """For the only worker, when it starts: what runs now belongs to one that died."""
        self._db.write("UPDATE jobs SET status = 'queued' WHERE status = 'running'")

    def claim(self, version: str | None) -> Job | None:
        """The oldest queued job, now running."""
        row = self._db.read_one("SELECT id FROM jobs WHERE status = 'queued' ORDER BY id LIMIT 1")
        if row is None:
            return None
        taken = self._db.write(
            "UPDATE jobs SET status = 'running', started_at = ?, version_before = ?"
            " WHERE id = ? AND status = 'queued'",
            (time.time(), version, row["id"]),
        )
        return self.fetch(row["id"]) if taken else self.claim(version)

    def tell(self, job_id: str, *, stage: str, progress: float, counts: Mapping[str, int]) -> bool:
        """How far it is; False where somebody wants it cancelled."""
        self._db.write(
            "UPDATE jobs SET stage = ?, progress = ?, counts = ? WHERE id = ?",
            (stage, progress, json.dumps(dict(counts)), job_id),
        )
        row = self._db.read_one("SELECT cancel FROM jobs WHERE id = ?", (job_id,))
        return row is None or not row["cancel"]

    def finish(
        self,
        job_id: str,
        status: Status,
        *,
        counts: Mapping[str, int],
        error: str | None = None,
        version: str | None = None,
    ) -> None:
        """The end of a job."""
        self._db.write(
            "UPDATE jobs SET status = ?, progress = CASE WHEN ? IN ('succeeded', 'partial')"
            " THEN 1 ELSE progress END, counts = ?, error = ?, version_after = ?, finished_at = ?"
            " WHERE id = ?",
            (status, status, json.dumps(dict(counts)), error, version, time.time(), job_id),
        )

    def cancel(self, job_id: str) -> Job:
        """Ask for the end of a job: at once where it waits, at its next step where it runs.

        One that has ended stays as it is.
        """
        self._db.write(
            "UPDATE jobs SET cancel = 1, finished_at = CASE WHEN status = 'queued' THEN ? ELSE"
            " finished_at END, status = CASE WHEN status = 'queued' THEN 'cancelled' ELSE status"
            " END WHERE id = ? AND finished_at IS NULL",
            (time.time(), job_id),
        )
        return self.require(job_id)

    def add_errors(self, job_id: str, bad: Sequence[BadRecord]) -> None:
        """What was refused."""
        self._db.write_many(
            "INSERT OR REPLACE INTO job_errors VALUES (?, ?, ?)",
            [(job_id, record.line, record.reason) for record in bad[:_MOST_ERRORS]],
        )

    def read_errors(self, job_id: str, *, limit: int, after: int = 0) -> list[tuple[int, str]]:
        """Line and what is wrong with it, in order."""
        rows = self._db.read(
            "SELECT line, detail FROM job_errors WHERE job_id = ? AND line > ? ORDER BY line"
            " LIMIT ?",
            (job_id, after, limit),
        )
        return [(row["line"], row["detail"]) for row in rows]


def _job(row: sqlite3.Row) -> Job:
    return Job(
        id=row["id"], status=cast("Status", row["status"]), stage=row["stage"],
        progress=row["progress"], options=JobOptions(**json.loads(row["options"])),
        counts=json.loads(row["counts"]), error=row["error"],
        version_before=row["version_before"], version_after=row["version_after"],
        created_at=row["created_at"], started_at=row["started_at"],
        finished_at=row["finished_at"],
    )  # fmt: skip
