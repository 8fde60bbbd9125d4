"""Many articles at once: uploads become jobs, jobs are watched, cancelled, explained."""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.sse import format_sse_event
from pydantic import ValidationError
from starlette.responses import Response

from api.errors import Conflict, Forbidden, NotFound, UnsupportedMediaType, UnsupportedRequest
from api.http.auth import Principal, needs
from api.http.draining import DRAINING
from api.http.job_shapes import (
    BODIES,
    IngestIn,
    IngestOptionsIn,
    JobErrorOut,
    JobOut,
    render_job,
    render_job_error,
)
from api.http.paging import Cursor, Page
from api.http.replay import once
from api.http.routes import PROBLEMS, StateHere, read_state, send
from api.http.stream import EventStream
from api.http.uploads import Upload, take_files, take_lines
from api.jobs.fetch import Fetcher
from api.settings import ApiSettings, FetchSettings
from api.state.jobs import Job
from api.state.service import ServiceState
from rag.ids import new_id

router = APIRouter(prefix="/v1/ingestions")
Ingester = Annotated[Principal, Depends(needs("ingest"))]
_TELL_SECONDS = 0.5
_DIGITS = 18


@router.post("", status_code=202, response_model=JobOut, responses=PROBLEMS, openapi_extra=BODIES)
async def ingest(
    request: Request,
    who: Ingester,
    on_duplicate: Annotated[Literal["skip", "update"], Query()] = "update",
    dedupe: Annotated[Literal["exact", "near"], Query()] = "near",
    dry_run: Annotated[bool, Query()] = False,
) -> Response:
    """Take articles in: lines, files, a page, a feed or a path of the server; a job does the rest.

    The options of a JSON body stand in it, those of the other kinds in the query.
    """
    state = await read_state(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    options = IngestOptionsIn(on_duplicate=on_duplicate, dedupe=dedupe, dry_run=dry_run)
    if kind == "application/x-ndjson":
        upload = await take_lines(request, state.home, options.to_options())
    elif kind == "multipart/form-data":
        upload = await take_files(request, state.home, options.to_options())
    elif kind == "application/json":
        upload = await to_thread.run_sync(_take_source, await request.body(), request, who)
    else:
        raise UnsupportedMediaType(
            f"send application/x-ndjson, multipart/form-data or application/json, not {kind!r}",
            zh="请发送 application/x-ndjson、multipart/form-data 或 application/json。",
        )
    return await to_thread.run_sync(_queue, upload, request, state, who)


@router.get("", response_model=Page[JobOut], responses=PROBLEMS)
def list_jobs(
    state: StateHere,
    _: Ingester,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """Jobs, newest first."""
    found = [
        render_job(job) for job in state.jobs.page(limit=limit + 1, before=Page.position(cursor))
    ]
    return send(Page[JobOut].cut(found, limit, lambda job: job.id))


@router.get("/{job_id}", response_model=JobOut, responses=PROBLEMS)
def job_state(job_id: str, state: StateHere, _: Ingester) -> Response:
    """How far a job is."""
    return send(render_job(_find(job_id, state)))


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
    if not (after.isascii() and after.isdecimal() and len(after) <= _DIGITS):
        raise UnsupportedRequest("cursor: none of ours", zh="cursor 不是本服务给出的。")
    rows = [
        render_job_error(line, detail)
        for line, detail in state.jobs.read_errors(job_id, limit=limit + 1, after=int(after))
    ]
    return send(Page[JobErrorOut].cut(rows, limit, lambda row: str(row.line)))


@router.post("/{job_id}/cancel", response_model=JobOut, responses=PROBLEMS)
def cancel_job(job_id: str, state: StateHere, _: Ingester) -> Response:
    """End a job: at once where it waits, at its next step where it runs."""
    job = _find(job_id, state)
    if job.ended and job.status != "cancelled":
        raise Conflict(f"the job has ended: {job.status}", zh="这个任务已经结束。")
    return send(render_job(state.jobs.cancel(job_id)))


@router.get(
    "/{job_id}/events",
    response_class=Response,
    responses={**PROBLEMS, 200: {"content": {"text/event-stream": {}}, "description": "Events."}},
)
def job_events(job_id: str, state: StateHere, _: Ingester) -> Response:
    """`job.progress` at most twice a second, then `job.completed`."""
    _find(job_id, state)
    left = threading.Event()
    return EventStream(_watch(job_id, state, left), leave=left.set)


def _watch(job_id: str, state: ServiceState, left: threading.Event) -> Generator[bytes]:
    """Until the job ends, or the reader leaves, or the server ends: then the reader comes again."""
    number = 0
    last = ""
    while not (left.is_set() or DRAINING.is_set()):
        job = _find(job_id, state)
        shown = render_job(job).model_dump_json()
        if shown != last or job.ended:
            name = "job.completed" if job.ended else "job.progress"
            data = f'{{"seq":{number},"ingestion":{shown}}}'
            yield format_sse_event(event=name, data_str=data, id=str(number))
            number, last = number + 1, shown
        if job.ended:
            return
        left.wait(_TELL_SECONDS)


def _queue(upload: Upload, request: Request, state: ServiceState, who: Principal) -> Response:
    """The job of an upload, once for each key; an upload that is not needed is dropped."""
    taken = False

    def work() -> Response:
        nonlocal taken
        job = state.runner.enqueue(upload.job_id, upload.options)
        taken = True
        return send(render_job(job), 202, Location=f"/v1/ingestions/{job.id}")

    try:
        return once(request, who, f"{upload.digest} {request.url.query}", work)
    finally:
        if not taken:
            upload.drop()


def _take_source(body: bytes, request: Request, who: Principal) -> Upload:
    try:
        wanted = IngestIn.model_validate_json(body)
    except ValidationError as error:
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
        raise RequestValidationError(found) from error
    value = wanted.source.value
    if wanted.source.type == "path":
        value = str(_find_path(value, request, who))
    else:
        Fetcher(FetchSettings().allowed()).check(value)
    options = replace(wanted.options.to_options(), source_type=wanted.source.type, value=value)
    return Upload(job_id=new_id("ing"), options=options, digest=wanted.model_dump_json())


def _find_path(value: str, request: Request, who: Principal) -> Path:
    settings: ApiSettings = request.app.state.settings
    if "admin" not in who.scopes or not settings.ingest_root:
        raise Forbidden(
            "paths of the server may not be read", zh="不允许读取服务器上的路径。",
            hint="Set HUAWEN_API_INGEST_ROOT, and use a key with the scope admin.",
        )  # fmt: skip
    root = Path(settings.ingest_root).resolve()
    outside = f"{value!r} is not inside the folder that may be read"
    try:
        path = (root / value).resolve()  # a link out of the folder is seen through
        if not path.is_relative_to(root):
            raise Forbidden(outside, zh="这个路径不在允许的目录里。")
        if not path.exists():
            raise NotFound(f"{value!r} does not exist", zh="没有这个路径。")
    except (OSError, ValueError) as error:  # a NUL, a name that is too long, a circle of links
        raise NotFound(f"{value!r} does not exist", zh="没有这个路径。") from error
    return path


def _find(job_id: str, state: ServiceState) -> Job:
    job = state.jobs.fetch(job_id)
    if job is None:
        raise NotFound(f"there is no ingestion {job_id!r}")
    return job
