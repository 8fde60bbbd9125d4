"""Step 8: numbers for what was said. A citation is an article; markers are 1..n by first use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag import prompts
from rag.compose import Draft
from rag.dates import relative_periods
from rag.types import AnswerSentence, Citation, Evidence, Language, Quote
from rag.verify import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """The answer's text with markers, its sentences, and the citations behind the markers."""

    text: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]


class Citer:
    """Numbers articles while sentences arrive; what it said of one does not change later."""

    def __init__(self, *, language: Language, max_citations: int) -> None:
        self._joint = " " if language == "en" else ""
        self._max = max_citations
        self._numbers: dict[str, int] = {}
        self._used: dict[str, list[tuple[int, Evidence]]] = {}
        self._sentences: list[AnswerSentence] = []
        self._text = ""

    def add(self, draft: Draft, verdict: Verdict) -> AnswerSentence:
        """The sentence with a marker before its closing mark."""
        index = len(self._sentences)
        marks: list[int] = []
        for evidence in draft.evidence[: self._max]:
            article_id = evidence.passage.article.id
            number = self._numbers.setdefault(article_id, len(self._numbers) + 1)
            self._used.setdefault(article_id, []).append((index, evidence))
            if number not in marks:
                marks.append(number)
        marked = _with_markers(draft.text, marks)
        joint = "\n" if draft.text.startswith(prompts.BULLET) else self._joint
        self._text += joint if self._text else ""
        start = len(self._text)
        sentence = AnswerSentence(
            index=index, text=marked, start=start, end=start + len(marked),
            citations=tuple(marks), support=verdict.support, score=draft.score,
            reason=verdict.reason,
        )  # fmt: skip
        self._sentences.append(sentence)
        self._text += marked
        return sentence

    def citations(self, of: AnswerSentence | None = None) -> tuple[Citation, ...]:
        """The citations so far, in number order; with ``of``, those of one sentence."""
        return tuple(
            _citation(self._numbers[key], places)
            for key, places in self._used.items()
            if of is None or self._numbers[key] in of.citations
        )

    def cited(self) -> Cited:
        """Everything that was said."""
        return Cited(text=self._text, sentences=tuple(self._sentences), citations=self.citations())


def _with_markers(text: str, numbers: Sequence[int]) -> str:
    """``7.15亿张。`` becomes ``7.15亿张[1]。``: the marker is part of its sentence."""
    markers = "".join(f"[{number}]" for number in numbers)
    body = text.rstrip("。！？!?.")
    return f"{body}{markers}{text[len(body) :]}"


def _citation(number: int, places: Sequence[tuple[int, Evidence]]) -> Citation:
    passage = places[0][1].passage
    by_offset: dict[tuple[int, int], tuple[Evidence, list[int]]] = {}
    for index, evidence in places:
        key = (evidence.sentence.start, evidence.sentence.end)
        by_offset.setdefault(key, (evidence, []))[1].append(index)
    quotes = tuple(
        Quote(
            chunk_id=evidence.passage.chunk.id, text=evidence.text, start=start, end=end,
            sentence_indexes=tuple(indexes),
            periods=relative_periods(evidence.text, passage.article),
        )
        for (start, end), (evidence, indexes) in sorted(by_offset.items())
    )  # fmt: skip
    return Citation(
        number=number,
        article=passage.article,
        quotes=quotes,
        reprints=passage.reprints,
        score=max(evidence.score for _, evidence in places),
    )
