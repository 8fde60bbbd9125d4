"""What is measured: a service in this process, or a server behind an address."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from threading import RLock, local
from typing import Protocol
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from api.http.render import render_answer
from api.http.schemas import AnswerOut, AskIn, FiltersIn, OptionsIn, TurnIn
from eval.cases import Case
from eval.errors import TargetUnreachable
from index.errors import HuawenError
from rag.service import AnswerService

_TIMEOUT_S = 60.0
_OK = 200
_CHINA = ZoneInfo("Asia/Shanghai")


class TargetError(HuawenError):
    """One question failed: the row becomes an error row."""

    code = "target_error"
    retryable = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer and how long it took on the asking side; of a stream also to its first event."""

    answer: AnswerOut
    ms: float
    first_event_ms: float | None = None


class Target(Protocol):
    """Answers cases. Safe for threads."""

    name: str

    def ask(self, case: Case) -> Reply:
        """Answer one case; ``TargetError`` where that failed."""
        ...

    def text_of(self, document_id: str) -> str | None:
        """The text of a document, None where it is unknown."""
        ...


def to_request(case: Case) -> AskIn:
    """The body of ``POST /v1/ask`` for a case; it is asked at noon, in China, of its ``as_of``."""
    filters = FiltersIn(**case.filters.model_dump())
    noon = None
    if case.as_of:
        noon = datetime(case.as_of.year, case.as_of.month, case.as_of.day, 12, tzinfo=_CHINA)
    turns = tuple(TurnIn(role=turn.role, content=turn.content) for turn in case.history)
    options = OptionsIn(as_of=noon)
    return AskIn(question=case.question, history=turns, filters=filters, options=options)


class LocalTarget:
    """The service in this process, asked the way the HTTP routes ask it."""

    name = "local"

    def __init__(self, service: AnswerService) -> None:
        self._service = service

    def ask(self, case: Case) -> Reply:
        """See ``Target``."""
        question = to_request(case).to_question("eval")
        started = time.perf_counter()
        try:
            answer = self._service.ask(
                question.text,
                filters=question.filters,
                options=question.options,
                history=question.history,
            )
        except HuawenError as error:
            raise TargetError(f"{error.code}: {error}") from error
        return Reply(answer=render_answer(answer), ms=1000 * (time.perf_counter() - started))

    def text_of(self, document_id: str) -> str | None:
        """See ``Target``."""
        article = self._service.store.fetch_article(document_id)
        return article.text if article else None


class HttpTarget:
    """A running server. One connection a thread; texts are fetched once.

    Raises:
        TargetUnreachable: ``/readyz`` does not answer 200.
    """

    def __init__(self, url: str, *, api_key: str | None = None, cached: bool = False) -> None:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise TargetUnreachable(f"{url!r} is not an http address")
        self.name = f"{parts.scheme}://{parts.netloc}"
        self._parts = parts
        self._headers = {"Content-Type": "application/json"}
        if not cached:  # what is measured is the answering
            self._headers["Cache-Control"] = "no-cache"
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._connections = local()
        self._opened: list[HTTPConnection] = []
        self._texts: dict[str, str | None] = {}
        self._lock = RLock()
        try:
            status, _ = self._request("GET", "/readyz")
        except TargetError as error:
            raise TargetUnreachable(f"{self.name} does not answer: {error}") from error
        if status != _OK:
            raise TargetUnreachable(f"{self.name} is not ready: /readyz answered {status}")

    def ask(self, case: Case) -> Reply:
        """See ``Target``."""
        body = to_request(case).model_dump_json(exclude_defaults=True).encode()
        started = time.perf_counter()
        status, raw = self._request("POST", "/v1/ask", body)
        ms = 1000 * (time.perf_counter() - started)
        if status != _OK:
            raise TargetError(f"answered {status}: {raw[:200].decode(errors='replace')}")
        return Reply(answer=_read_answer(raw), ms=ms)

    def stream(self, case: Case) -> Reply:
        """The same, as events: the whole answer is that of the last one."""
        asked = to_request(case).model_copy(update={"stream": True})
        body = asked.model_dump_json(exclude_defaults=True).encode()
        started = time.perf_counter()
        try:
            reply = self._send("POST", "/v1/ask", body)
            first = reply.readline()
            first_ms = 1000 * (time.perf_counter() - started)
            raw = first + reply.read()
        except (OSError, HTTPException) as error:
            self._drop()
            raise TargetError(f"{type(error).__name__}: {error}") from error
        ms = 1000 * (time.perf_counter() - started)
        if reply.status != _OK:
            raise TargetError(f"answered {reply.status}: {raw[:200].decode(errors='replace')}")
        _, found, last = raw.rpartition(b"event: answer.completed\ndata: ")
        if not found:
            raise TargetError("the stream ended without an answer")
        event = json.loads(last.partition(b"\n")[0])
        return Reply(
            answer=_read_answer(json.dumps(event["answer"])), ms=ms, first_event_ms=first_ms
        )

    def text_of(self, document_id: str) -> str | None:
        """See ``Target``."""
        with self._lock:
            if document_id not in self._texts:
                self._texts[document_id] = self._fetch_text(document_id)
            return self._texts[document_id]

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for connection in self._opened:
                connection.close()

    def _fetch_text(self, document_id: str) -> str | None:
        status, raw = self._request("GET", f"/v1/documents/{quote(document_id, safe='')}/content")
        if status != _OK:
            return None
        content: Mapping[str, object] = json.loads(raw)
        return str(content["text"])

    def _request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        try:
            reply = self._send(method, path, body)
            return reply.status, reply.read()
        except (OSError, HTTPException) as error:
            self._drop()
            raise TargetError(f"{type(error).__name__}: {error}") from error

    def _send(self, method: str, path: str, body: bytes | None) -> HTTPResponse:
        connection = getattr(self._connections, "it", None)
        if connection is None:
            kind = HTTPSConnection if self._parts.scheme == "https" else HTTPConnection
            connection = kind(self._parts.netloc, timeout=_TIMEOUT_S)
            self._connections.it = connection
            with self._lock:
                self._opened.append(connection)
        connection.request(method, self._parts.path.rstrip("/") + path, body, self._headers)
        reply: HTTPResponse = connection.getresponse()
        return reply

    def _drop(self) -> None:
        """A connection that failed is not used again."""
        connection = getattr(self._connections, "it", None)
        if connection is not None:
            connection.close()
        self._connections.it = None


def _read_answer(raw: bytes | str) -> AnswerOut:
    try:
        return AnswerOut.model_validate_json(raw)
    except ValidationError as error:
        raise TargetError(f"the answer is malformed: {error.errors()[0]['msg']}") from error
