"""Answers that can be given again: the same question over the same news, on the same day.

Only the articles' own words are kept. A model may write something else the next time, and may have
failed this time. ``Cache-Control: no-cache`` in a request passes it by.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock

from api.http.metrics import REPLAYED
from api.http.question import Question
from rag.ids import new_id
from rag.service import AnswerService
from rag.types import Answer, Options, Turn

_MOST = 512  # answers, of some ten kilobytes each

Key = tuple[str, str, Options | None, tuple[Turn, ...], str, str]


class AnswerCache:
    """The answers that were given last. Safe for threads; empty for a service with a model."""

    def __init__(self, service: AnswerService) -> None:
        self._service = service
        self._lock = Lock()
        self._answers: OrderedDict[Key, Answer] = OrderedDict()

    def key(self, question: Question, history: tuple[Turn, ...]) -> Key:
        """What an answer depends on; the hour stands for what "today" means."""
        return (
            question.text, repr(question.filters), question.options, history,
            self._service.store.state(), datetime.now(UTC).strftime("%Y-%m-%dT%H"),
        )  # fmt: skip

    def find(self, key: Key, answer_id: str | None = None) -> Answer | None:
        """The answer under a new identifier, as of now."""
        with self._lock:
            found = self._answers.get(key)
            if found is None:
                return None
            self._answers.move_to_end(key)
        REPLAYED.labels("answer").inc()
        return replace(
            found,
            id=answer_id or new_id("ans"),
            created_at=datetime.now(UTC),
            timings_ms={"total": 0.0},
        )

    def put(self, key: Key, answer: Answer) -> None:
        """Keep an answer."""
        if self._service.uses_model():
            return
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > _MOST:
                self._answers.popitem(last=False)
