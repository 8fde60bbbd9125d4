"""What is measured: the protocol, and a service in this process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from api.http.render import render_answer
from api.http.schemas import AnswerOut, AskIn, FiltersIn, OptionsIn, TurnIn
from eval.cases import Case
from eval.ranking import FoundChunk
from index.errors import HuawenError
from rag.events import Done, Said
from rag.service import AnswerService
from rag.types import Mode, Passage

DEPTH = 20  # passages: the deepest cut of the retrieval metrics
_CHINA = ZoneInfo("Asia/Shanghai")


class TargetError(HuawenError):
    """One question failed: the row becomes an error row."""

    code = "target_error"
    retryable = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back, and when, in milliseconds on the asking side.

    Attributes:
        answer: None where only passages were asked for.
        found: the passages, best first.
        ms: until all of it was there.
        first_event_ms: until anything came; None where nothing was streamed.
        first_sentence_ms: until the first proved sentence; None also where there was none.
    """

    answer: AnswerOut | None
    found: tuple[FoundChunk, ...] = ()
    ms: float
    first_event_ms: float | None = None
    first_sentence_ms: float | None = None


class Target(Protocol):
    """Answers cases. Safe for threads."""

    name: str

    def ask(self, case: Case) -> Reply:
        """Answer one case; ``TargetError`` where that failed."""
        ...

    def search(self, case: Case) -> Reply:
        """The passages for one case, no answer; ``TargetError`` where that failed."""
        ...

    def text_of(self, document_id: str) -> str | None:
        """The text of a document, None where it is unknown."""
        ...


class Stopwatch:
    """Stands at the asking side and notes what comes when."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._event: float | None = None
        self._sentence: float | None = None

    def hear(self, *, sentence: bool) -> None:
        """Something came."""
        now = 1000 * (time.perf_counter() - self._started)
        self._event = now if self._event is None else self._event
        if sentence and self._sentence is None:
            self._sentence = now

    def reply(self, answer: AnswerOut | None, found: tuple[FoundChunk, ...]) -> Reply:
        """All of it is there."""
        return Reply(
            answer=answer, found=found, ms=1000 * (time.perf_counter() - self._started),
            first_event_ms=self._event, first_sentence_ms=self._sentence,
        )  # fmt: skip


def to_request(case: Case, mode: Mode = "hybrid", *, stream: bool = False) -> AskIn:
    """The body of ``POST /v1/ask`` for a case; it is asked at noon, in China, of its ``as_of``."""
    noon = None
    if case.as_of:
        noon = datetime(case.as_of.year, case.as_of.month, case.as_of.day, 12, tzinfo=_CHINA)
    turns = tuple(TurnIn(role=turn.role, content=turn.content) for turn in case.history)
    return AskIn(
        question=case.question,
        stream=stream,
        history=turns,
        filters=FiltersIn(**case.filters.model_dump()),
        options=OptionsIn(as_of=noon, mode=mode),
    )


class LocalTarget:
    """The service in this process, asked the way the HTTP routes ask it."""

    name = "local"

    def __init__(self, service: AnswerService, mode: Mode = "hybrid") -> None:
        self._service = service
        self._mode = mode

    def ask(self, case: Case) -> Reply:
        """See ``Target``."""
        question = to_request(case, self._mode).to_question("eval")
        clock = Stopwatch()
        try:
            for event in self._service.stream(
                question.text,
                filters=question.filters,
                options=question.options,
                history=question.history,
            ):
                clock.hear(sentence=isinstance(event, Said))
                if isinstance(event, Done):
                    shown = render_answer(event.answer)
                    return clock.reply(shown, _found(event.answer.sources))
        except HuawenError as error:
            raise TargetError(f"{error.code}: {error}") from error
        raise TargetError("the stream ended without an answer")

    def search(self, case: Case) -> Reply:
        """See ``Target``."""
        clock = Stopwatch()
        try:
            found = self._service.search(
                case.question, filters=case.filters.to_filters(), top_k=DEPTH, mode=self._mode
            )
        except HuawenError as error:
            raise TargetError(f"{error.code}: {error}") from error
        return clock.reply(None, _found(found.passages))

    def text_of(self, document_id: str) -> str | None:
        """See ``Target``."""
        article = self._service.store.fetch_article(document_id)
        return article.text if article else None


def _found(passages: Sequence[Passage]) -> tuple[FoundChunk, ...]:
    return tuple(
        FoundChunk(
            document_id=p.article.id, chunk_id=p.chunk.id, start=p.chunk.start, end=p.chunk.end,
            score=p.score, reprints=tuple(article.id for article in p.reprints),
        )
        for p in passages
    )  # fmt: skip
