"""Step 8: numbers for what was said. A citation is an article; markers are 1..n by first use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.compose import Draft
from rag.types import AnswerSentence, Citation, Evidence, Quote
from rag.verify import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """The answer's text with markers, its sentences, and the citations behind the markers."""

    text: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]


def cite(drafts: Sequence[Draft], verdicts: Sequence[Verdict], *, max_citations: int) -> Cited:
    """Number the articles behind ``drafts`` and put a marker before each closing mark."""
    numbers: dict[str, int] = {}
    used: dict[str, list[tuple[int, Evidence]]] = {}
    sentences: list[AnswerSentence] = []
    text = ""
    for index, (draft, verdict) in enumerate(zip(drafts, verdicts, strict=True)):
        marks = []
        for evidence in draft.evidence[:max_citations]:
            article_id = evidence.passage.article.id
            number = numbers.setdefault(article_id, len(numbers) + 1)
            used.setdefault(article_id, []).append((index, evidence))
            if number not in marks:
                marks.append(number)
        marked = _with_markers(draft.text, marks)
        sentences.append(
            AnswerSentence(
                index=index, text=marked, start=len(text), end=len(text) + len(marked),
                citations=tuple(marks), support=verdict.support, score=draft.score,
                reason=verdict.reason,
            )
        )  # fmt: skip
        text += marked
    citations = tuple(_citation(numbers[key], places) for key, places in used.items())
    return Cited(text=text, sentences=tuple(sentences), citations=citations)


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
