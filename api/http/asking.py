"""One question over HTTP: asked, counted, remembered; whole or as events, the same answer."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fastapi.sse import format_sse_event

from api.http.cache import AnswerCache, Key
from api.http.metrics import (
    ASKED,
    FIRST_EVENT_SECONDS,
    FIRST_SENTENCE_SECONDS,
    count_answer,
)
from api.http.question import Question
from api.http.render import render_answer, render_citation, render_sentence, render_sources
from api.state.answers import Answers
from index.errors import HuawenError, UsageError
from rag.events import Done, Event, Found, Said, Stage, gap_before, replay
from rag.ids import new_id
from rag.service import AnswerService
from rag.types import Answer, Turn

_LOG = logging.getLogger("huawen.http")
Problem = Callable[[Exception], bytes]
Told = Callable[[Answer], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer, and its body as JSON."""

    answer: Answer
    body: str


class Desk:
    """Asks the service and remembers what it said."""

    def __init__(self, service: AnswerService, answers: Answers) -> None:
        self.service = service
        self._answers = answers
        self._cache = AnswerCache(service)

    def ask(self, question: Question, left: threading.Event | None = None) -> Reply:
        """The whole answer; ``left`` is set by another thread once nobody wants it any more.

        Raises:
            BadQuestion: see ``AnswerService.ask``.
        """
        history = self._history(question)
        key = self._cache.key(question, history)
        answer = None if question.fresh else self._cache.find(key)
        if answer is None:
            with _counted_failure():
                answer = self.service.ask(
                    question.text,
                    filters=question.filters,
                    options=question.options,
                    history=history,
                    left=left,
                )
            self._cache.put(key, answer)
        count_answer(answer, stream=False)
        return Reply(answer=answer, body=self._remember(question, answer))

    def open_stream(self, question: Question, told: Told = lambda _: None) -> Stream:
        """The answer as it comes; what is wrong with the question is said here.

        ``told`` gets the answer once it is whole.

        Raises:
            BadQuestion: see ``AnswerService.ask``.
        """
        answer_id = new_id("ans")
        left = threading.Event()
        history = self._history(question)
        key = self._cache.key(question, history)
        known = None if question.fresh else self._cache.find(key, answer_id)
        if known is not None:
            return Stream(self, question, answer_id, replay(known), left, told)
        events = self.service.stream(
            question.text,
            filters=question.filters,
            options=question.options,
            history=history,
            answer_id=answer_id,
            left=left,
        )
        first = next(events)
        kept = self._keep(_chain(first, events), key)
        return Stream(self, question, answer_id, kept, left, told)

    def _keep(self, events: Iterator[Event], key: Key) -> Iterator[Event]:
        with _closing(events):
            for event in events:
                if isinstance(event, Done):
                    self._cache.put(key, event.answer)
                yield event

    def remember(self, question: Question, answer: Answer) -> str:
        """Count and keep a streamed answer; its body."""
        count_answer(answer, stream=True)
        return self._remember(question, answer)

    def keep(self, question: Question, answer: Answer) -> None:
        """Keep an answer whose reader has left: it can be fetched by its identifier."""
        self._remember(question, answer)

    def _history(self, question: Question) -> tuple[Turn, ...]:
        if question.history or question.conversation_id is None:
            return question.history
        return self._answers.read_turns(question.owner, question.conversation_id)

    def _remember(self, question: Question, answer: Answer) -> str:
        body = render_answer(
            answer,
            include_sources=question.include_sources,
            conversation_id=question.conversation_id,
            follow_ups=question.follow_ups,
        ).model_dump_json()
        self._answers.remember(
            answer, body, owner=question.owner, conversation_id=question.conversation_id
        )
        return body


class Stream:
    """The steps of one streamed answer. Iterate once, over ``events`` or over ``frames``."""

    def __init__(
        self,
        desk: Desk,
        question: Question,
        answer_id: str,
        events: Iterator[Event],
        left: threading.Event,
        told: Told,
    ) -> None:
        self.answer_id = answer_id
        self._left = left
        self._told = told
        self._desk = desk
        self._question = question
        self._events = events
        self._started = time.perf_counter()

    def leave(self) -> None:
        """Nobody reads any more: a model that is writing is told to stop."""
        self._left.set()

    def replies(self) -> Iterator[Stage | Found | Said | Reply]:
        """The service's events, the last one remembered; counts those that were left."""
        outcome = "cancelled"
        spoke = False
        try:
            for event in self._events:
                if isinstance(event, Done):
                    outcome = "done"
                    self._told(event.answer)
                    yield Reply(
                        answer=event.answer,
                        body=self._desk.remember(self._question, event.answer),
                    )
                    return
                if isinstance(event, Said) and not spoke:
                    spoke = True
                    FIRST_SENTENCE_SECONDS.observe(time.perf_counter() - self._started)
                yield event
        except Exception:
            outcome = "error"
            raise
        finally:
            if outcome != "done":
                ASKED.labels(outcome, "true").inc()
            if outcome == "cancelled":
                self._finish_alone()
            _close(self._events)

    def _finish_alone(self) -> None:
        """The reader has left, and may fetch what became of it: what is left is milliseconds.

        A model is not waited for any more; what it wrote until now is the answer, or the articles'
        own words are.
        """
        self._left.set()
        try:
            for event in self._events:
                if isinstance(event, Done):
                    self._desk.keep(self._question, event.answer)
        except HuawenError as error:
            _LOG.warning("%s %s", error.code, error)

    def frames(self, problem: Problem) -> Generator[bytes]:
        """Frames of ``text/event-stream``: created, statuses, sources, sentences, completed.

        A failure after the start becomes a last event ``error`` with what ``problem`` makes of it.
        """
        number = 0
        try:
            for name, data in self._named():
                if not number:
                    FIRST_EVENT_SECONDS.observe(time.perf_counter() - self._started)
                yield _frame(name, data, number)
                number += 1
        except Exception as error:
            if not isinstance(error, HuawenError):
                _LOG.exception("a stream failed")
            yield _frame("error", problem(error).decode(), number)

    def _named(self) -> Iterator[tuple[str, str]]:
        """Name and JSON object of every event."""
        created = {
            "id": self.answer_id,
            "conversation_id": self._question.conversation_id,
            "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        yield "answer.created", json.dumps(created)
        end = 0
        for reply in self.replies():
            match reply:
                case Stage():
                    stage = {"stage": reply.name} | (
                        {} if reply.found is None else {"found": reply.found}
                    )
                    yield "answer.status", json.dumps(stage)
                case Found():
                    sources = [one.model_dump(mode="json") for one in render_sources(reply)]
                    yield "answer.sources", _json({"sources": sources})
                case Said():
                    for citation in reply.citations:
                        shown = render_citation(citation).model_dump_json()
                        yield "answer.citation", f'{{"citation":{shown}}}'
                    gap = gap_before(reply.sentence, end)
                    end = reply.sentence.end
                    yield "answer.delta", _json({"text": gap + reply.sentence.text})
                    shown = render_sentence(reply.sentence).model_dump_json()
                    yield "answer.sentence", f'{{"sentence":{shown}}}'
                case Reply():
                    yield from _ending(reply)


def _ending(reply: Reply) -> Iterator[tuple[str, str]]:
    if reply.answer.status == "abstained":
        yield "answer.delta", _json({"text": reply.answer.text})
        for sentence in reply.answer.sentences:
            shown = render_sentence(sentence).model_dump_json()
            yield "answer.sentence", f'{{"sentence":{shown}}}'
    yield "answer.completed", f'{{"answer":{reply.body}}}'


def _frame(name: str, data: str, number: int) -> bytes:
    """``data`` is a JSON object; its first member becomes ``seq``."""
    rest = data[1:] if data == "{}" else f",{data[1:]}"
    return format_sse_event(
        event=name, data_str=f'{{"seq":{number}{rest}', id=str(number)
    )  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _chain(first: Event, rest: Iterator[Event]) -> Iterator[Event]:
    with _closing(rest):
        yield first
        yield from rest


@contextmanager
def _counted_failure() -> Iterator[None]:
    """Whatever goes wrong is an outcome, but for a question that is none."""
    well = False
    try:
        yield
        well = True
    except UsageError:
        well = True
        raise
    finally:
        if not well:
            ASKED.labels("error", "false").inc()


@contextmanager
def _closing(events: Iterator[Event]) -> Iterator[None]:
    """Close a generator when whoever reads it leaves."""
    try:
        yield
    finally:
        _close(events)


def _close(events: Iterator[Event]) -> None:
    close = getattr(events, "close", None)
    if close is not None:
        close()
