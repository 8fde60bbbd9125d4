"""``/v1/chat/completions`` for clients that speak the OpenAI protocol.

Citations come three ways, because many clients drop some of them: annotations, Perplexity's
``citations`` and ``search_results``, and a list of sources as text under the answer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.errors import RequestRefused
from api.http.asking import Reply, Stream
from api.http.problems import problem_of
from api.http.question import Question
from api.http.routes import PROBLEMS, Asker, DeskHere, json_only, send
from api.http.schemas import FiltersIn, OptionsIn
from api.http.stream import EventStream
from rag import prompts
from rag.events import Said, gap_before
from rag.types import MARKER, Answer, Turn

router = APIRouter(prefix="/v1")
MODEL = "huawen"
_MOST_TURNS = 20


class PartIn(BaseModel):
    """A part of a message; only text can be read."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: str
    text: str = Field("", max_length=20_000)


class MessageIn(BaseModel):
    """One message of the conversation."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[str, Field(max_length=20_000)] | tuple[PartIn, ...] | None = None

    def text(self) -> str:
        """What it says."""
        if isinstance(self.content, tuple):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class StreamOptionsIn(BaseModel):
    """Whether the stream ends with a chunk of token counts."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    include_usage: bool = False


class ChatIn(BaseModel):
    """What OpenAI's clients send; sampling settings are taken and change nothing."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    messages: tuple[MessageIn, ...] = Field(min_length=1, max_length=200)
    model: str = Field(MODEL, max_length=200)
    stream: bool = False
    stream_options: StreamOptionsIn | None = None
    n: int | None = None
    tools: tuple[Any, ...] | None = None
    filters: FiltersIn = FiltersIn()
    options: OptionsIn = OptionsIn()
    citation_footer: bool = True
    citation_style: Literal["bracket", "none"] = "bracket"

    def to_question(self, owner: str) -> Question:
        """The last user message; earlier ones are its history.

        Raises:
            RequestRefused: there is no user message, or something is asked for that we cannot do.
        """
        if (self.n or 1) > 1 or self.tools:
            raise RequestRefused("n above 1 and tools are not supported")
        spoken = [m for m in self.messages if m.role in ("user", "assistant")]
        if not spoken or spoken[-1].role != "user":
            raise RequestRefused("messages: the last one must be the user's")
        turns = tuple(
            Turn(role="user" if m.role == "user" else "assistant", content=m.text()[:4_000])
            for m in spoken[:-1][-_MOST_TURNS:]
        )
        return Question(
            text=spoken[-1].text(),
            owner=owner,
            filters=self.filters.to_filters(),
            options=self.options.to_options(),
            history=turns,
            follow_ups=self.options.follow_ups,
        )


@router.get("/models", responses=PROBLEMS)
def list_models(_: Asker) -> dict[str, Any]:
    """The one model."""
    model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "huawen"}
    return {"object": "list", "data": [model]}


@router.get("/models/{model_id}", responses=PROBLEMS)
def one_model(model_id: str, _: Asker) -> dict[str, Any]:
    """Whatever its name, it is the one model."""
    return {"id": model_id, "object": "model", "created": 0, "owned_by": "huawen"}


@router.post(
    "/chat/completions",
    responses={
        **PROBLEMS,
        200: {
            "description": "A completion, or its chunks.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
    },
    dependencies=[Depends(json_only)],
)
def complete(body: ChatIn, request: Request, desk: DeskHere, who: Asker) -> Response:
    """Answer the last user message."""
    question = body.to_question(who.owner)
    if body.stream:
        stream = desk.open_stream(question)
        return EventStream(_chunks(stream, body, request), leave=stream.leave)
    reply = desk.ask(question)
    content, annotations = _write(reply.answer, body)
    message = {
        "role": "assistant", "content": content, "refusal": None, "annotations": annotations,
    }  # fmt: skip
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    whole = {
        "id": reply.answer.id, "object": "chat.completion", "created": int(time.time()),
        "model": MODEL, "choices": [choice], "usage": _usage(), **_extras(reply),
    }  # fmt: skip
    return send(json.dumps(whole, ensure_ascii=False))


def _chunks(stream: Stream, body: ChatIn, request: Request) -> Generator[bytes]:
    created = int(time.time())
    with_usage = body.stream_options is not None and body.stream_options.include_usage
    usage: dict[str, Any] = {"usage": None} if with_usage else {}

    def chunk(delta: dict[str, Any], finish: str | None = None, **extra: object) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _data(
            {
                "id": stream.answer_id, "object": "chat.completion.chunk", "created": created,
                "model": MODEL, "choices": [choice], **usage, **extra,
            }
        )  # fmt: skip

    try:
        yield chunk({"role": "assistant", "content": ""})
        end = 0
        for event in stream.replies():
            if isinstance(event, Said):
                gap = gap_before(event.sentence, end)
                end = event.sentence.end
                yield chunk({"content": _styled(gap + event.sentence.text, body)})
            elif isinstance(event, Reply):
                content, annotations = _write(event.answer, body)
                said = _styled(event.answer.text, body)
                rest = content if event.answer.status == "abstained" else content[len(said) :]
                if rest:
                    yield chunk({"content": rest})
                yield chunk({"annotations": annotations}, "stop", **_extras(event))
        if with_usage:
            yield _data(
                {
                    "id": stream.answer_id, "object": "chat.completion.chunk", "created": created,
                    "model": MODEL, "choices": [], "usage": _usage(),
                }
            )  # fmt: skip
    except Exception as error:
        yield _data(json.loads(problem_of(request, error)))
    yield b"data: [DONE]\n\n"


def _write(answer: Answer, body: ChatIn) -> tuple[str, list[dict[str, Any]]]:
    """The content with its list of sources, and an annotation for every marker in it."""
    text = _styled(answer.text, body)
    annotations = []
    for match in MARKER.finditer(text):
        article = answer.citations[int(match[1]) - 1].article
        citation = {
            "start_index": match.start(), "end_index": match.end(),
            "title": article.title, "url": article.url or _page(article.id),
        }  # fmt: skip
        annotations.append({"type": "url_citation", "url_citation": citation})
    if body.citation_footer and answer.citations:
        text += "\n\n" + prompts.SOURCES[answer.language]
        for citation_ in answer.citations:
            article = citation_.article
            day = article.published_at.date().isoformat() if article.published_at else ""
            parts = (f"{article.publisher}《{article.title}》", day, article.url or "")
            text += f"\n[{citation_.number}] " + " ".join(part for part in parts if part)
    return text, annotations


def _styled(text: str, body: ChatIn) -> str:
    return text if body.citation_style == "bracket" else MARKER.sub("", text)


def _extras(reply: Reply) -> dict[str, Any]:
    articles = [(citation, citation.article) for citation in reply.answer.citations]
    results = [
        {
            "id": citation.number, "title": article.title,
            "url": article.url or _page(article.id),
            "date": article.published_at.date().isoformat() if article.published_at else None,
            "last_updated": None, "snippet": citation.quotes[0].text, "source": "web",
        }
        for citation, article in articles
    ]  # fmt: skip
    return {
        "citations": [result["url"] for result in results],
        "search_results": results,
        "huawen": json.loads(reply.body),
    }


def _page(article_id: str) -> str:
    """Our own page of an article that has no address."""
    return f"/documents/{article_id}"


def _usage() -> dict[str, int]:
    return {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def _data(value: dict[str, Any]) -> bytes:
    # A line end of JSON is escaped, U+2028 is not one for this format: one data line it is.
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()
