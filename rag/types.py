"""The nouns of asking and answering, in the order in which a question becomes a proved answer.

Offsets named ``start``/``end`` are half-open Unicode code points: of a ``Quote`` into its article's
text, of an ``AnswerSentence`` into ``Answer.text``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from index.types import Article, Chunk, Filters, Name, Sentence
from rag.errors import AnswerInvalid
from rag.times import Period

Kind = Literal[
    "number", "percent", "date", "person", "organisation", "place", "list", "yes_no", "reason",
    "how", "comparison", "overview", "name",
]  # fmt: skip
Language = Literal["zh", "en"]
Mode = Literal["hybrid", "dense", "sparse"]
Style = Literal["concise", "detailed", "extractive"]
Status = Literal["answered", "partial", "abstained"]
Support = Literal["supported", "partial", "unsupported", "not_required"]
AbstentionReason = Literal[
    "no_relevant_source", "insufficient_evidence", "conflicting_sources",
    "out_of_scope", "future_event",
]  # fmt: skip

MARKER = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a caller may choose for one question.

    Attributes:
        top_k: passages to retrieve after fusing, 1..50.
        mode: which of the two searches run.
        max_citations_per_sentence: 1..5.
        language: language of the frame; None follows the question.
        as_of: the time that words such as 今年 are relative to; None is now.
        style: ``extractive`` asks no language model even where one is configured; ``detailed`` may
            be twice as long.
        style_hint: the caller's wish about the prose of a language model; "" is none.
    """

    top_k: int = 20
    mode: Mode = "hybrid"
    max_citations_per_sentence: int = 3
    language: Language | None = None
    as_of: datetime | None = None
    style: Style = "concise"
    style_hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens that a language model says it read and wrote for one answer."""

    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """The parsed question.

    Attributes:
        asked: as typed: trimmed, bounded, one line.
        text: the same as a question that stands on its own, without what was said before.
        language: of the question; the frame of the answer follows it.
        search_texts: what is embedded and searched: the question, its translation where it is
            English, then its parts.
        matched: what is held against sentences: the question, or its translation.
        parts: the questions in it, where it asks two things; else empty.
        filters: from the caller, narrowed by nothing else.
        asked_at: the time that relative dates refer to.
        other_texts: searched too, and not held against sentences.
        other_names: what else the news may call what the question names.
        kinds: of answer, the one that shapes it first.
        periods: the dates and periods in the question; ``newest``: it asks for what is new.
        event: it asks about the time after this; None where it does not.
    """

    asked: str
    text: str
    language: Language
    search_texts: tuple[str, ...]
    matched: str
    parts: tuple[str, ...]
    filters: Filters
    asked_at: datetime
    other_texts: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    periods: tuple[Period, ...] = ()
    newest: bool = False
    event: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A chunk that retrieval found, with its article and where it stands.

    Attributes:
        scores: of each search that found it, and ``fused``; higher is better.
        reprints: the other articles of its cluster.
        sentence_similarity: for each of its sentences, in chunk order, the cosines with each of the
            query's ``search_texts``.
        names: what the sentences name, in order; offsets are into the article.
    """

    chunk: Chunk
    article: Article
    cluster_id: str
    rank: int
    score: float
    scores: dict[str, float]
    reprints: tuple[Article, ...]
    sentence_similarity: tuple[tuple[float, ...], ...]
    names: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One sentence of one passage with the probability that it answers, in [0, 1]."""

    passage: Passage
    sentence: Sentence
    text: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The exact words of an article behind one or more sentences of the answer.

    ``periods`` are the relative dates in it, such as 今年, by the article's own date.
    """

    chunk_id: str
    text: str
    start: int
    end: int
    sentence_indexes: tuple[int, ...]
    periods: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """An article that the answer leans on, under the number that its markers carry."""

    number: int
    article: Article
    quotes: tuple[Quote, ...]
    reprints: tuple[Article, ...]
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSentence:
    """One sentence of the answer: markers included in ``text``, numbers of its citations.

    ``reason`` says in English why the verdict is not "supported"; "" otherwise.
    """

    index: int
    text: str
    start: int
    end: int
    citations: tuple[int, ...]
    support: Support
    score: float
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that the reader should know about the answer; ``code`` is stable."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstention:
    """Why there is no answer, the sentence that tells the reader, and the nearest articles."""

    reason: AbstentionReason
    message: str
    nearest: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A proved answer. One that breaks an invariant cannot be constructed.

    Invariants: every marker in ``text`` has a citation and every citation has a marker; numbers are
    1..n by first use; every quote is verbatim at its offsets; sentences tile ``text`` up to
    whitespace; an abstention has a reason and no citation, anything else has at least one.

    Attributes:
        id: "ans_" and a ULID.
        question: as asked, trimmed; ``rewritten_question`` where it was made whole, or written in
            simplified characters.
        confidence: calibrated probability that the evidence answers the question, in [0, 1].
        sources: the passages that were read, best first, cited or not.
        as_of: publication time of the newest cited article.
        timings_ms: milliseconds a step, in order; "total" last.
        index_version: the generation that answered.
        generator: name and version of the composer.
    """

    id: str
    question: str
    language: Language
    status: Status
    confidence: float
    text: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    sources: tuple[Passage, ...]
    abstention: Abstention | None
    warnings: tuple[Notice, ...]
    as_of: datetime | None
    created_at: datetime
    index_version: str
    generator: str
    embedder: str
    timings_ms: dict[str, float] = field(default_factory=dict)
    rewritten_question: str | None = None
    usage: Usage = Usage()

    def __post_init__(self) -> None:
        for check in (self._check_markers, self._check_quotes, self._check_sentences):
            check()
        if (self.status == "abstained") != (self.abstention is not None):
            raise AnswerInvalid(f"status {self.status!r} with abstention {self.abstention!r}")
        if (self.status == "abstained") == bool(self.citations):
            raise AnswerInvalid(f"status {self.status!r} with {len(self.citations)} citations")

    def _check_markers(self) -> None:
        used = list(dict.fromkeys(int(n) for n in MARKER.findall(self.text)))
        numbers = [citation.number for citation in self.citations]
        if used != numbers or numbers != list(range(1, len(numbers) + 1)):
            raise AnswerInvalid(f"markers {used!r} against citations {numbers!r}")

    def _check_quotes(self) -> None:
        for citation in self.citations:
            if not citation.quotes:
                raise AnswerInvalid(f"citation {citation.number} has no quote")
            for quote in citation.quotes:
                if citation.article.text[quote.start : quote.end] != quote.text:
                    raise AnswerInvalid(f"quote {quote.text!r} is not in {citation.article.id!r}")

    def _check_sentences(self) -> None:
        position = 0
        for sentence in self.sentences:
            if self.text[position : sentence.start].strip():
                raise AnswerInvalid(f"text between sentences before {sentence.index}")
            if self.text[sentence.start : sentence.end] != sentence.text:
                raise AnswerInvalid(f"sentence {sentence.index} is not at its offsets")
            if tuple(dict.fromkeys(map(int, MARKER.findall(sentence.text)))) != sentence.citations:
                raise AnswerInvalid(f"sentence {sentence.index} and its markers differ")
            position = sentence.end
        if self.text[position:].strip():
            raise AnswerInvalid("text after the last sentence")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Passages for a search, best first, and how long it took in milliseconds."""

    query: str
    mode: Mode
    passages: tuple[Passage, ...]
    index_version: str
    took_ms: float
