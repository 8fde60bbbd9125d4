"""A running server as the target: answers as events, so that the first of them can be timed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from threading import RLock, local
from typing import TypeVar
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ValidationError

from api.http.schemas import AnswerOut, FiltersIn, SearchIn, SearchOut
from eval.cases import Case
from eval.errors import TargetUnreachable
from eval.ranking import FoundChunk
from eval.targets import DEPTH, Reply, Stopwatch, TargetError, to_request
from rag.types import Mode

Shape = TypeVar("Shape", bound=BaseModel)
_TIMEOUT_S = 60.0
_OK = 200


class HttpTarget:
    """A running server. One connection a thread; texts are fetched once.

    Args:
        url: where it listens.
        api_key: of a server that asks for one.
        cached: it may give an answer again that it gave.
        stream: take the answer as events, so that the first of them can be timed.
        mode: which searches run.

    Raises:
        TargetUnreachable: ``/readyz`` does not answer 200.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        cached: bool = False,
        stream: bool = True,
        mode: Mode = "hybrid",
    ) -> None:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise TargetUnreachable(f"{url!r} is not an http address")
        # Never the netloc: a password in it would end up in reports.
        self.name = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
        self._parts = parts
        self._stream, self._mode = stream, mode
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
        asked = to_request(case, self._mode, stream=self._stream)
        clock = Stopwatch()
        reply = self._open("POST", "/v1/ask", asked.model_dump_json(exclude_defaults=True).encode())
        with self._guarded():
            if reply.status != _OK:
                raise _refused(reply.status, reply.read())
            raw = _last_event(reply, clock) if self._stream else reply.read()
        answer = _parsed(AnswerOut, raw)
        return clock.reply(answer, _sources(answer))

    def search(self, case: Case) -> Reply:
        """See ``Target``."""
        asked = SearchIn(
            query=case.question, top_k=DEPTH, mode=self._mode, highlight=False,
            filters=FiltersIn(**case.filters.model_dump()),
        )  # fmt: skip
        clock = Stopwatch()
        body = asked.model_dump_json(exclude_defaults=True).encode()
        status, raw = self._request("POST", "/v1/search", body)
        if status != _OK:
            raise _refused(status, raw)
        found = _parsed(SearchOut, raw)
        return clock.reply(
            None,
            tuple(
                FoundChunk(
                    document_id=hit.document.id, chunk_id=hit.chunk_id, start=hit.start,
                    end=hit.end, score=hit.score,
                )
                for hit in found.data
            ),
        )  # fmt: skip

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
        reply = self._open(method, path, body)
        with self._guarded():
            return reply.status, reply.read()

    def _open(self, method: str, path: str, body: bytes | None = None) -> HTTPResponse:
        """The head of the reply; its body is read by the caller, inside ``_guarded``."""
        connection = getattr(self._connections, "it", None)
        if connection is None:
            kind = HTTPSConnection if self._parts.scheme == "https" else HTTPConnection
            connection = kind(self._parts.netloc.rpartition("@")[2], timeout=_TIMEOUT_S)
            self._connections.it = connection
            with self._lock:
                self._opened.append(connection)
        with self._guarded():
            connection.request(method, self._parts.path.rstrip("/") + path, body, self._headers)
            reply: HTTPResponse = connection.getresponse()
            return reply

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """A connection that failed is closed; the next question opens another."""
        try:
            yield
        except (OSError, HTTPException, TargetError) as error:
            self._connections.it.close()
            self._connections.it = None
            if isinstance(error, TargetError):
                raise
            raise TargetError(f"{type(error).__name__}: {error}") from error


def _refused(status: int, raw: bytes) -> TargetError:
    return TargetError(f"answered {status}: {raw[:200].decode(errors='replace')}")


def _last_event(reply: HTTPResponse, clock: Stopwatch) -> bytes:
    """The answer object of ``answer.completed``; TargetError where the stream ends otherwise."""
    name = b""
    completed = None
    for line in reply:
        field, _, value = line.rstrip(b"\r\n").partition(b": ")
        if field == b"event":
            name = value
            clock.hear(sentence=name == b"answer.sentence")
        elif field == b"data" and name == b"answer.completed":
            completed = _answer_of(value)
        elif field == b"data" and name == b"error":
            raise TargetError(f"the stream failed: {value[:200].decode(errors='replace')}")
    if completed is None:
        raise TargetError("the stream ended without an answer")
    return completed


def _answer_of(value: bytes) -> bytes:
    try:
        return json.dumps(json.loads(value)["answer"]).encode()
    except (ValueError, KeyError, TypeError) as error:
        raise TargetError(f"the last event holds no JSON answer: {value[:200]!r}") from error


def _parsed(shape: type[Shape], raw: bytes) -> Shape:
    try:
        return shape.model_validate_json(raw)
    except ValidationError as error:
        raise TargetError(f"the answer is malformed: {error.errors()[0]['msg']}") from error


def _sources(answer: AnswerOut) -> tuple[FoundChunk, ...]:
    """Over HTTP, reprints are known of cited articles only."""
    same = {c.document.id: tuple(r.id for r in c.reprints) for c in answer.citations}
    return tuple(
        FoundChunk(
            document_id=s.document_id, chunk_id=s.chunk_id, start=s.start, end=s.end,
            score=s.score, reprints=same.get(s.document_id, ()),
        )
        for s in answer.sources
    )  # fmt: skip
