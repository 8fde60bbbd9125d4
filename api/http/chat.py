"""``/v1/chat/completions`` for clients that speak the OpenAI protocol.

Citations come three ways, because many clients drop some of them: annotations, Perplexity's
``citations`` and ``search_results``, and a list of sources as text under the answer.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator
from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.errors import RequestRefused
from api.http.asking import Reply, Stream
from api.http.examples import COMPLETION
from api.http.leaving import stop_if, while_read
from api.http.problems import problem_of
from api.http.question import Question
from api.http.routes import PROBLEMS, Asker, DeskHere, Reader, json_only, note_answer, send
from api.http.schemas import FiltersIn, OptionsIn
from api.http.stream import EventStream
from index.types import Article
from rag import prompts
from rag.dates import iso_day
from rag.events import Said, gap_before
from rag.types import MARKER, Answer, Turn

router = APIRouter(prefix="/v1")
MODEL = "huawen"
_MOST_TURNS = 20
_STYLE_CHARS = 500  # of the system messages, which a language model may heed


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

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "model": "huawen",
                    "messages": [{"role": "user", "content": "徽商银行公布了多少家合作机构？"}],
                }
            ]
        },
    )

    messages: tuple[MessageIn, ...] = Field(min_length=1, max_length=200)
    model: str = Field(MODEL, max_length=200)
    stream: bool = False
    stream_options: StreamOptionsIn | None = None
    n: int | None = None
    tools: tuple[Any, ...] | None = None
    functions: tuple[Any, ...] | None = None
    filters: FiltersIn = FiltersIn()
    options: OptionsIn = OptionsIn()
    citation_footer: bool = True
    citation_style: Literal["bracket", "none"] = "bracket"

    def to_question(self, owner: str) -> Question:
        """The last user message; earlier ones are its history.

        Raises:
            RequestRefused: there is no user message, or something is asked for that we cannot do.
        """
        if (self.n or 1) > 1 or self.tools or self.functions:
            raise RequestRefused(
                "n above 1, tools and functions are not supported",
                zh="不支持 n 大于 1，也不支持 tools 和 functions。",
            )
        spoken = [m for m in self.messages if m.role in ("user", "assistant")]
        while spoken and spoken[-1].role != "user":
            spoken.pop()  # what stands behind the question is no part of it
        if not spoken:
            raise RequestRefused(
                "messages: there is none of the user's", zh="messages 里没有用户的消息。",
                pointer="#/messages",
            )  # fmt: skip
        turns = tuple(
            Turn(role="user" if m.role == "user" else "assistant", content=m.text()[:4_000])
            for m in spoken[:-1][-_MOST_TURNS:]
        )
        return Question(
            text=spoken[-1].text(),
            owner=owner,
            filters=self.filters.to_filters(),
            options=replace(self.options.to_options(), style_hint=self._style_hint()),
            history=turns,
            follow_ups=self.options.follow_ups,
        )

    def _style_hint(self) -> str:
        said = [m.text().strip() for m in self.messages if m.role in ("system", "developer")]
        return "\n".join(filter(None, said))[:_STYLE_CHARS]


@router.get("/models", responses=PROBLEMS)
def list_models(_: Reader) -> dict[str, Any]:
    """The one model."""
    model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "huawen"}
    return {"object": "list", "data": [model]}


@router.get("/models/{model_id}", responses=PROBLEMS)
def one_model(model_id: str, _: Reader) -> dict[str, Any]:
    """Whatever its name, it is the one model."""
    return {"id": model_id, "object": "model", "created": 0, "owned_by": "huawen"}


@router.post(
    "/chat/completions",
    responses={
        **PROBLEMS,
        200: {
            "description": "A completion, or its chunks.",
            "content": {
                "application/json": {"schema": {"type": "object"}, "example": COMPLETION},
                "text/event-stream": {"schema": {}},
            },
        },
    },
    dependencies=[Depends(json_only)],
)
async def complete(body: ChatIn, request: Request, desk: DeskHere, who: Asker) -> Response:
    """Answer the last user message."""
    question = body.to_question(who.owner)
    if body.stream:
        stream = await to_thread.run_sync(
            desk.open_stream, question, lambda answer: note_answer(request, answer)
        )
        return EventStream(_chunks(stream, body, request), leave=stream.leave)

    def answer(left: threading.Event) -> Response:
        reply = desk.ask(question, left)
        stop_if(left)
        note_answer(request, reply.answer)
        return send(json.dumps(_completion(reply, body, request), ensure_ascii=False))

    return await while_read(request, answer)


def _completion(reply: Reply, body: ChatIn, request: Request) -> dict[str, Any]:
    content, annotations = _write(reply.answer, body, request)
    message = {
        "role": "assistant", "content": content, "refusal": None, "annotations": annotations,
    }  # fmt: skip
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {
        "id": reply.answer.id, "object": "chat.completion", "created": int(time.time()),
        "model": MODEL, "choices": [choice], "usage": _usage(reply.answer),
        **_extras(reply, request),
    }  # fmt: skip


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

    answer: Answer | None = None
    try:
        yield chunk({"role": "assistant", "content": ""})
        end = 0
        for event in stream.replies():
            if isinstance(event, Said):
                gap = gap_before(event.sentence, end)
                end = event.sentence.end
                yield chunk({"content": _styled(gap + event.sentence.text, body)})
            elif isinstance(event, Reply):
                answer = event.answer
                content, annotations = _write(answer, body, request)
                said = _styled(event.answer.text, body)
                rest = content if event.answer.status == "abstained" else content[len(said) :]
                if rest:
                    yield chunk({"content": rest})
                yield chunk({"annotations": annotations}, "stop", **_extras(event, request))
        if with_usage and answer is not None:
            yield _data(
                {
                    "id": stream.answer_id, "object": "chat.completion.chunk", "created": created,
                    "model": MODEL, "choices": [], "usage": _usage(answer),
                }
            )  # fmt: skip
    except Exception as error:
        yield _data(json.loads(problem_of(request, error)))
    yield b"data: [DONE]\n\n"


def _write(answer: Answer, body: ChatIn, request: Request) -> tuple[str, list[dict[str, Any]]]:
    """The content with its list of sources, and an annotation for every marker in it."""
    text = _styled(answer.text, body)
    annotations = []
    for match in MARKER.finditer(text):
        article = answer.citations[int(match[1]) - 1].article
        citation = {
            "start_index": match.start(), "end_index": match.end(),
            "title": article.title, "url": _address(article, request),
        }  # fmt: skip
        annotations.append({"type": "url_citation", "url_citation": citation})
    if body.citation_footer and answer.citations:
        text += "\n\n" + prompts.SOURCES[answer.language]
        for citation_ in answer.citations:
            article = citation_.article
            headline = prompts.render_headline(article.title)
            parts = (f"{article.publisher}{headline}{iso_day(article)}", article.url or "")
            text += f"\n[{citation_.number}] " + " ".join(part for part in parts if part)
    return text, annotations


def _styled(text: str, body: ChatIn) -> str:
    return text if body.citation_style == "bracket" else MARKER.sub("", text)


def _extras(reply: Reply, request: Request) -> dict[str, Any]:
    articles = [(citation, citation.article) for citation in reply.answer.citations]
    results = [
        {
            "id": citation.number, "title": article.title,
            "url": _address(article, request),
            "date": iso_day(article) or None,
            "last_updated": None, "snippet": citation.quotes[0].text, "source": "web",
        }
        for citation, article in articles
    ]  # fmt: skip
    return {
        "citations": [result["url"] for result in results],
        "search_results": results,
        "huawen": json.loads(reply.body),
    }


def _address(article: Article, request: Request) -> str:
    """The article's own, or that of our page of it."""
    return article.url or f"{request.base_url}documents/{quote(article.id, safe='')}"


def _usage(answer: Answer) -> dict[str, int]:
    read, written = answer.usage.input_tokens, answer.usage.output_tokens
    return {
        "prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written,
    }  # fmt: skip


def _data(value: dict[str, Any]) -> bytes:
    # A line end of JSON is escaped, U+2028 is not one for this format: one data line it is.
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()
