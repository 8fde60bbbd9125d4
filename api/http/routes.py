"""Asking and searching. Each route reads its input, does one thing, and renders."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from api.errors import NotFound, UnsupportedMediaType
from api.http.asking import Desk
from api.http.auth import Principal, needs
from api.http.leaving import stop_if, while_read
from api.http.problems import problem_of
from api.http.question import Question
from api.http.render import render_search
from api.http.replay import KeptFrames, claim_key, once
from api.http.schemas import AnswerOut, AskIn, SearchIn, SearchOut
from api.http.stream import EventStream, Frames
from api.state.service import ServiceState
from rag.types import Answer

router = APIRouter()
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": "RFC 9457 problem",
        "content": {"application/problem+json": {"schema": {}}},
    }
    for status in (400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 502, 503, 504)
}
_STREAMS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer; with `stream`, or `Accept: text/event-stream`, its events.",
        "content": {"text/event-stream": {"schema": {}}},
    }
}
_NO_STORE = {"Cache-Control": "no-store"}


# These are asynchronous because they wait for nothing: others take a thread each.
async def read_desk(request: Request) -> Desk:
    """Where questions are asked."""
    desk: Desk = request.app.state.desk
    return desk


async def read_state(request: Request) -> ServiceState:
    """What the service remembers."""
    state: ServiceState = request.app.state.remembered
    return state


async def json_only(request: Request) -> None:
    """A form of another site may send text/plain without asking; JSON it may not."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise UnsupportedMediaType(
            f"the body must be application/json, not {kind or 'nameless'!r}",
            zh="请以 application/json 发送请求。",
        )


def send(body: BaseModel | str, status: int = 200, **headers: str) -> Response:
    """A JSON response that nobody keeps; a ``str`` is JSON already."""
    text = body if isinstance(body, str) else body.model_dump_json()
    return Response(text, status, _NO_STORE | headers, "application/json")


def wants_fresh(request: Request) -> bool:
    """The client does not want what was answered before."""
    return "no-cache" in request.headers.get("cache-control", "").lower()


def note_answer(request: Request, answer: Answer) -> None:
    """What the line in the log says of an answer: no word of question, answer or article."""
    request.scope["state"]["log"] |= {
        "answer_id": answer.id, "outcome": answer.status, "sources": len(answer.sources),
        "citations": len(answer.citations), "index_version": answer.index_version,
        "timings_ms": answer.timings_ms,
    }  # fmt: skip


DeskHere = Annotated[Desk, Depends(read_desk)]
StateHere = Annotated[ServiceState, Depends(read_state)]
Asker = Annotated[Principal, Depends(needs("ask", "ask"))]
Reader = Annotated[Principal, Depends(needs("ask"))]


@router.post(
    "/v1/ask",
    response_model=AnswerOut,
    responses={**PROBLEMS, **_STREAMS},
    dependencies=[Depends(json_only)],
)
async def ask(body: AskIn, request: Request, desk: DeskHere, who: Asker) -> Response:
    """Answer one question with proof, or say that there is none."""
    question = replace(body.to_question(who.owner), fresh=wants_fresh(request))
    if body.stream or "text/event-stream" in request.headers.get("accept", ""):
        return await to_thread.run_sync(_stream, body, question, request, desk, who)

    def answer(left: threading.Event) -> Response:
        reply = desk.ask(question, left)
        stop_if(left)
        note_answer(request, reply.answer)
        return send(reply.body)

    return await while_read(
        request, lambda left: once(request, who, body.model_dump_json(), lambda: answer(left))
    )


def _stream(
    body: AskIn, question: Question, request: Request, desk: Desk, who: Principal
) -> Response:
    claim = claim_key(request, who, f"events {body.model_dump_json()}")
    if isinstance(claim, Response):
        return claim
    try:
        stream = desk.open_stream(question, lambda answer: note_answer(request, answer))
    except BaseException:
        if claim:
            claim.give_up()
        raise
    plain: Frames = stream.frames(lambda error: problem_of(request, error))
    frames = KeptFrames(plain, claim) if claim else plain
    return EventStream(frames, first=frames.__next__(), leave=stream.leave)


@router.get("/v1/answers/{answer_id}", response_model=AnswerOut, responses=PROBLEMS)
def answer(answer_id: str, state: StateHere, _: Reader) -> Response:
    """An answer of the last day, also one whose stream broke off."""
    body = state.answers.fetch(answer_id)
    if body is None:
        raise NotFound(
            f"there is no answer {answer_id!r}, or it is older than a day",
            zh="没有这个回答，或它已超过一天。",
        )
    return send(body)


@router.post(
    "/v1/search",
    response_model=SearchOut,
    responses=PROBLEMS,
    dependencies=[Depends(json_only), Depends(needs("search"))],
)
def search(body: SearchIn, desk: DeskHere) -> Response:
    """Passages for a text, best first."""
    found = desk.service.search(
        body.query, filters=body.filters.to_filters(), top_k=body.top_k, mode=body.mode
    )
    grouped = body.group_by == "document"
    return send(render_search(found, group_by_document=grouped, highlight=body.highlight))
