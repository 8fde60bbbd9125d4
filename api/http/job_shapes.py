"""The shapes of ingestion: what is asked for, how a job stands, what was refused."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.state.jobs import Job, JobOptions

_COUNTS = (
    "total", "processed", "created", "updated", "unchanged", "duplicate", "skipped", "failed",
    "chunks",
)  # fmt: skip
BODIES = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-ndjson": {"schema": {"type": "string"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "files": {"type": "array", "items": {"type": "string", "format": "binary"}}
                    },
                    "required": ["files"],
                }
            },
            "application/json": {"schema": {"$ref": "#/components/schemas/IngestIn"}},
        },
    }
}


class SourceIn(BaseModel):
    """Where articles are.

    ``path``: a file or folder of the server, inside the folder that it allows, for a key with the
    scope ``admin``. ``url``: a page; ``rss``: a feed and the pages of its entries; both of public
    addresses.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["rss", "url", "path"]
    value: str = Field(min_length=1, max_length=1_000)


class IngestOptionsIn(BaseModel):
    """How to take articles in.

    ``on_duplicate``: whether one that is known is left as it is. ``dedupe``: ``near`` stores
    reprints and shows them as one source; ``exact`` leaves out what is stored word for word under
    another identifier. ``dry_run`` only reads and checks.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    on_duplicate: Literal["skip", "update"] = "update"
    dedupe: Literal["exact", "near"] = "near"
    dry_run: bool = False

    def to_options(self) -> JobOptions:
        """The same, as a job keeps it."""
        return JobOptions(
            update=self.on_duplicate == "update", dry_run=self.dry_run, exact=self.dedupe == "exact"
        )


class IngestIn(BaseModel):
    """The JSON form of ``POST /v1/ingestions``."""

    model_config = ConfigDict(
        extra="forbid", frozen=True,
        json_schema_extra={
            "examples": [{"source": {"type": "rss", "value": "https://www.example.com/rss.xml"}}]
        },
    )  # fmt: skip

    source: SourceIn
    options: IngestOptionsIn = IngestOptionsIn()


class VersionsOut(BaseModel):
    """The index before and after a job."""

    before: str | None
    after: str | None


class JobOut(BaseModel):
    """An ingestion; ``progress`` is in [0, 1]."""

    id: str
    object: Literal["ingestion"] = "ingestion"
    status: Literal["queued", "running", "succeeded", "partial", "failed", "cancelled"]
    stage: str | None
    progress: float
    counts: dict[str, int]
    rate_per_s: float | None
    eta_s: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    index_version: VersionsOut
    errors_url: str
    error: str | None


class JobErrorOut(BaseModel):
    """A record that was refused; ``line`` counts from 1."""

    line: int
    document_id: str | None = None
    code: Literal["missing_field", "invalid_field", "bad_record"]
    pointer: str
    detail: str


def render_job(job: Job) -> JobOut:
    """A job as it is shown."""
    running = job.status == "running" and job.started_at is not None
    seconds = (job.finished_at or time.time()) - (job.started_at or job.created_at)
    done = job.counts.get("processed", 0)
    left = seconds * (1 / job.progress - 1) if running and job.progress > 0 else None
    return JobOut(
        id=job.id, status=job.status, stage=job.stage, progress=round(job.progress, 4),
        counts=dict.fromkeys(_COUNTS, 0) | dict(job.counts),
        rate_per_s=round(done / seconds, 2) if done and seconds else None,
        eta_s=None if left is None else round(left), created_at=_time(job.created_at),
        started_at=_maybe_time(job.started_at), finished_at=_maybe_time(job.finished_at),
        index_version=VersionsOut(before=job.version_before, after=job.version_after),
        errors_url=f"/v1/ingestions/{job.id}/errors", error=job.error,
    )  # fmt: skip


def render_job_error(line: int, detail: str) -> JobErrorOut:
    """A refused record; ``detail`` is ``field: what is wrong``, or only what is wrong."""
    field, separator, _ = detail.partition(":")
    known = bool(separator) and field.replace(".", "").replace("_", "").isalnum()
    code: Literal["missing_field", "invalid_field", "bad_record"] = "bad_record"
    if known:
        code = "missing_field" if detail.endswith("Field required") else "invalid_field"
    pointer = f"#/{field.replace('.', '/')}" if known else "#"
    return JobErrorOut(line=line, code=code, pointer=pointer, detail=detail)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _maybe_time(seconds: float | None) -> datetime | None:
    return None if seconds is None else _time(seconds)
