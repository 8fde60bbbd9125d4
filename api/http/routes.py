"""The routes. Each one reads its input, calls the answer service once, and renders."""

from __future__ import annotations

from importlib.metadata import version
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from api.http.render import render_answer, render_content, render_search
from api.http.schemas import AnswerOut, AskIn, ContentOut, ProblemOut, SearchIn, SearchOut
from index.errors import DocumentNotFound, HuawenError
from rag.service import AnswerService

router = APIRouter()
_STATIC = {"chat.js": "text/javascript", "chat.css": "text/css", "index.html": "text/html"}
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemOut, "description": "RFC 9457 problem"}
    for status in (400, 413, 415, 422, 500, 503)
}


def _service(request: Request) -> AnswerService:
    service: AnswerService = request.app.state.service
    return service


def _json_only(request: Request) -> None:
    """A form of another site may send text/plain without asking; JSON it may not."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, f"The body must be application/json, not {kind or 'nameless'!r}.")


Service = Annotated[AnswerService, Depends(_service)]


@router.post(
    "/v1/ask", response_model=AnswerOut, responses=_PROBLEMS, dependencies=[Depends(_json_only)]
)
def ask(body: AskIn, service: Service) -> Response:
    """Answer one question with proof, or say that there is none."""
    answer = service.ask(
        body.question,
        filters=body.filters.to_filters(),
        options=body.options.to_options(),
        history=body.to_turns(),
    )
    return _send(render_answer(answer, include_sources=body.options.include_sources))


@router.post(
    "/v1/search",
    response_model=SearchOut,
    responses=_PROBLEMS,
    dependencies=[Depends(_json_only)],
)
def search(body: SearchIn, service: Service) -> Response:
    """Passages for a text, best first."""
    found = service.search(
        body.query, filters=body.filters.to_filters(), top_k=body.top_k, mode=body.mode
    )
    grouped = body.group_by == "document"
    return _send(render_search(found, group_by_document=grouped, highlight=body.highlight))


@router.get("/v1/documents/{document_id}/content", response_model=ContentOut, responses=_PROBLEMS)
def content(document_id: str, service: Service) -> Response:
    """An article's text, and where its sentences stand."""
    article = service.store.fetch_article(document_id)
    if article is None:
        raise DocumentNotFound(f"there is no article {document_id!r}")
    return _send(render_content(article))


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process lives; touches nothing else."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(service: Service) -> JSONResponse:
    """Whether a question would be answered now, and if not, which part is missing."""
    checks: dict[str, dict[str, Any]] = {"generator": {"ok": True, "mode": "extractive"}}
    try:
        info = service.info()
        checks["index"] = {"ok": True, "documents": info.articles, "version": info.version}
        checks["store"] = {"ok": True, "chunks": service.store.count()}
        checks["embedder"] = {"ok": True, "model": service.store.embedder()}
    except HuawenError as error:
        checks["index"] = {"ok": False, "code": error.code}
    ready = all(check["ok"] for check in checks.values())
    body = {"status": "ready" if ready else "not_ready", "checks": checks}
    return JSONResponse(body, 200 if ready else 503)


@router.get("/version")
async def show_version() -> dict[str, str]:
    """The version of huawen."""
    return {"name": "huawen", "version": version("huawen")}


@router.get("/", include_in_schema=False)
def chat_page() -> Response:
    """The chat page."""
    return _static("index.html")


@router.get("/static/{name}", include_in_schema=False)
def static_file(name: str) -> Response:
    """What the chat page loads."""
    return _static(name)


def _static(name: str) -> Response:
    if name not in _STATIC:
        raise HTTPException(404, f"There is no file {name!r}.")
    text = (files("api") / "static" / name).read_text(encoding="utf-8")
    return Response(text, media_type=_STATIC[name], headers={"Cache-Control": "no-cache"})


def _send(body: BaseModel) -> Response:
    return Response(
        body.model_dump_json(),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
