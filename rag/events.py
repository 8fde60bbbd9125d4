"""What a reader learns while a question is being answered, in order.

``Stage``… ``Found`` ``Stage``… ``Said``… ``Done``: nothing that a ``Said`` holds is taken back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rag.prompts import BULLET
from rag.types import Answer, AnswerSentence, Citation, Passage

StageName = Literal["rewriting", "retrieving", "generating"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A step begins. ``found``: articles that the step before found, where it looked for some."""

    name: StageName
    found: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The passages that the answer will be drawn from, best first."""

    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A proved sentence, and the citations that are new with it or have a new quote."""

    sentence: AnswerSentence
    citations: tuple[Citation, ...]


def gap_before(sentence: AnswerSentence, end: int) -> str:
    """What stands in the answer between offset ``end`` and a sentence: the same as in its text."""
    mark = "\n" if sentence.text.startswith(BULLET) else " "
    return mark * (sentence.start - end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The whole answer: exactly once, at the end."""

    answer: Answer


def replay(answer: Answer) -> Iterator[Event]:
    """The events of an answer that is known already."""
    yield Found(passages=answer.sources)
    if answer.citations:
        for sentence in answer.sentences:
            cited = tuple(c for c in answer.citations if c.number in sentence.citations)
            yield Said(sentence=sentence, citations=cited)
    yield Done(answer=answer)


Event = Stage | Found | Said | Done
