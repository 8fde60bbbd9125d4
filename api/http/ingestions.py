"""Many articles at once: uploads become jobs, jobs are watched, cancelled, explained."""

from __future__ import annotations

import time
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Annotated, Literal

from anyio import open_file, to_thread
from fastapi import APIRouter, Depends, Query, Request
from fastapi.sse import format_sse_event
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.errors import Forbidden, NotFound, UnsupportedRequest
from api.http.auth import Principal, needs
from api.http.paging import Cursor, Page
from api.http.routes import PROBLEMS, StateHere, read_state, send
from api.http.stream import EventStream
from api.jobs.work import upload_folder, upload_path
from api.settings import ApiSettings
from api.state.jobs import Job, JobOptions
from api.state.service import ServiceState
from index.readers import SUFFIXES
from rag.ids import new_id

router = APIRouter(prefix="/v1/ingestions")
Ingester = Annotated[Principal, Depends(needs("ingest"))]
_TELL_SECONDS = 0.5
_CHUNK = 1 << 20
_BODIES = {
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
            "application/json": {"schema": {"type": "object"}},
        },
    }
}


class SourceIn(BaseModel):
    """Where articles are: a file or folder of the server, inside the folder it allows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["path"]
    value: str = Field(min_length=1, max_length=1_000)


class IngestOptionsIn(BaseModel):
    """``skip`` leaves an article that is known as it is; ``dry_run`` only reads and checks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on_duplicate: Literal["skip", "update"] = "update"
    dry_run: bool = False


class IngestIn(BaseModel):
    """The JSON form of ``POST /v1/ingestions``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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
    code: str = "bad_record"
    pointer: str
    detail: str


@router.post("", status_code=202, response_model=JobOut, responses=PROBLEMS, openapi_extra=_BODIES)
async def ingest(
    request: Request,
    who: Ingester,
    on_duplicate: Annotated[Literal["skip", "update"], Query()] = "update",
    dry_run: Annotated[bool, Query()] = False,
) -> Response:
    """Take articles in: NDJSON, files, or a path of the server. The job does the rest."""
    state = read_state(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    options = JobOptions(update=on_duplicate == "update", dry_run=dry_run)
    if kind == "application/x-ndjson":
        job = await _take_lines(request, state, options)
    elif kind == "multipart/form-data":
        job = await _take_files(request, state, options)
    elif kind == "application/json":
        job = _take_path(await request.body(), request, state, who)
    else:
        raise HTTPException(
            415, "Send application/x-ndjson, multipart/form-data or application/json."
        )
    return send(_render(job), 202, Location=f"/v1/ingestions/{job.id}")


@router.get("", response_model=Page[JobOut], responses=PROBLEMS)
def list_jobs(
    state: StateHere,
    _: Ingester,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """Jobs, newest first."""
    found = [_render(job) for job in state.jobs.page(limit=limit + 1, before=Page.position(cursor))]
    return send(Page[JobOut].cut(found, limit, lambda job: job.id))


@router.get("/{job_id}", response_model=JobOut, responses=PROBLEMS)
def job_state(job_id: str, state: StateHere, _: Ingester) -> Response:
    """How far a job is."""
    return send(_render(_find(job_id, state)))


@router.get("/{job_id}/errors", response_model=Page[JobErrorOut], responses=PROBLEMS)
def job_errors(
    job_id: str,
    state: StateHere,
    _: Ingester,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
) -> Response:
    """What was refused, by line."""
    _find(job_id, state)
    after = Page.position(cursor) or "0"
    if not after.isdecimal():
        raise UnsupportedRequest("cursor: none of ours")
    rows = [
        JobErrorOut(line=line, pointer=f"#/{detail.partition(':')[0]}", detail=detail)
        for line, detail in state.jobs.read_errors(job_id, limit=limit + 1, after=int(after))
    ]
    return send(Page[JobErrorOut].cut(rows, limit, lambda row: str(row.line)))


@router.post("/{job_id}/cancel", response_model=JobOut, responses=PROBLEMS)
def cancel_job(job_id: str, state: StateHere, _: Ingester) -> Response:
    """End a job: at once where it waits, at its next step where it runs."""
    _find(job_id, state)
    return send(_render(state.jobs.cancel(job_id)))


@router.get(
    "/{job_id}/events",
    response_class=Response,
    responses={**PROBLEMS, 200: {"content": {"text/event-stream": {}}, "description": "Events."}},
)
def job_events(job_id: str, state: StateHere, _: Ingester) -> Response:
    """`job.progress` at most twice a second, then `job.completed`."""
    _find(job_id, state)
    return EventStream(_watch(job_id, state), leave=lambda: None)


def _watch(job_id: str, state: ServiceState) -> Generator[bytes]:
    number = 0
    last = ""
    while True:
        job = _find(job_id, state)
        shown = _render(job).model_dump_json()
        if shown != last or job.ended:
            name = "job.completed" if job.ended else "job.progress"
            data = f'{{"seq":{number},"ingestion":{shown}}}'
            yield format_sse_event(event=name, data_str=data, id=str(number))
            number, last = number + 1, shown
        if job.ended:
            return
        time.sleep(_TELL_SECONDS)


async def _take_lines(request: Request, state: ServiceState, options: JobOptions) -> Job:
    """The body goes to disk as it comes; a client that leaves midway leaves no job."""
    job_id = new_id("ing")
    path = upload_path(state.home, job_id)
    path.parent.mkdir(exist_ok=True)
    size = 0
    try:
        async with await open_file(path, "wb") as file:
            async for part in request.stream():
                size += len(part)
                await file.write(part)
        if not size:
            raise UnsupportedRequest("the body is empty")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return await to_thread.run_sync(state.runner.enqueue, job_id, options)


async def _take_files(request: Request, state: ServiceState, options: JobOptions) -> Job:
    """Files go into a folder of the job's own, under names that are ours."""
    job_id = new_id("ing")
    folder = upload_folder(state.home, job_id)
    async with request.form(max_files=100, max_fields=10) as form:
        files = [one for _, one in form.multi_items() if isinstance(one, UploadFile)]
        if not files:
            raise UnsupportedRequest("files: there is none")
        suffixes = [_suffix(file.filename or "") for file in files]
        folder.mkdir(parents=True, exist_ok=True)
        for number, (file, suffix) in enumerate(zip(files, suffixes, strict=True)):
            async with await open_file(folder / f"{number:04}{suffix}", "wb") as out:
                while part := await file.read(_CHUNK):
                    await out.write(part)
    stored = JobOptions(
        update=options.update, dry_run=options.dry_run, source_type="path", path=str(folder)
    )
    return await to_thread.run_sync(state.runner.enqueue, job_id, stored)


def _suffix(name: str) -> str:
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if name.lower().endswith(suffix):
            return suffix
    raise UnsupportedRequest(f"files: {PurePath(name).name[:80]!r} is not {', '.join(SUFFIXES)}")


def _take_path(body: bytes, request: Request, state: ServiceState, who: Principal) -> Job:
    try:
        wanted = IngestIn.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = "/".join(map(str, first["loc"]))
        raise UnsupportedRequest(f"{where or 'body'}: {first['msg']}") from error
    settings: ApiSettings = request.app.state.settings
    if "admin" not in who.scopes or not settings.ingest_root:
        raise Forbidden(
            "paths of the server may not be read",
            hint="Set HUAWEN_API_INGEST_ROOT, and use a key with the scope admin.",
        )
    root = Path(settings.ingest_root).resolve()
    path = (root / wanted.source.value).resolve()  # a link out of the folder is seen through
    if not path.is_relative_to(root):
        raise Forbidden(f"{wanted.source.value!r} is not inside the folder that may be read")
    if not path.exists():
        raise NotFound(f"{wanted.source.value!r} does not exist")
    options = JobOptions(
        update=wanted.options.on_duplicate == "update", dry_run=wanted.options.dry_run,
        source_type="path", path=str(path),
    )  # fmt: skip
    return state.runner.enqueue(new_id("ing"), options)


def _find(job_id: str, state: ServiceState) -> Job:
    job = state.jobs.fetch(job_id)
    if job is None:
        raise NotFound(f"there is no ingestion {job_id!r}")
    return job


def _render(job: Job) -> JobOut:
    running = job.status == "running" and job.started_at is not None
    seconds = (job.finished_at or time.time()) - (job.started_at or job.created_at)
    done = job.counts.get("processed", 0)
    left = seconds * (1 / job.progress - 1) if running and job.progress > 0 else None
    return JobOut(
        id=job.id, status=job.status, stage=job.stage, progress=round(job.progress, 4),
        counts=dict(job.counts), rate_per_s=round(done / seconds, 2) if done and seconds else None,
        eta_s=None if left is None else round(left), created_at=_time(job.created_at),
        started_at=_maybe_time(job.started_at), finished_at=_maybe_time(job.finished_at),
        index_version=VersionsOut(before=job.version_before, after=job.version_after),
        errors_url=f"/v1/ingestions/{job.id}/errors", error=job.error,
    )  # fmt: skip


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _maybe_time(seconds: float | None) -> datetime | None:
    return None if seconds is None else _time(seconds)
