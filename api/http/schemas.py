"""The shapes of ``/v1``: what comes in, bounded, and what goes out, documented.

Offsets are half-open Unicode code points: of a quote into its article's text, of a sentence into
``answer``, of a highlight into the hit's text.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.http.question import Question
from index.types import Filters
from rag.question import MAX_CHARS
from rag.types import Options, Turn

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=200)]
ShortText = Annotated[str, StringConstraints(max_length=500)]
Mode = Literal["hybrid", "dense", "sparse"]


class _In(BaseModel):
    """Unknown fields are an error: a misspelt filter must not widen a search in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FiltersIn(_In):
    """Which articles may be used; an empty list is no restriction."""

    published_after: AwareDatetime | None = Field(None, description="Inclusive.")
    published_before: AwareDatetime | None = Field(None, description="Exclusive.")
    publishers: tuple[Label, ...] = Field((), max_length=100)
    tags: tuple[Label, ...] = Field((), max_length=100)
    document_ids: tuple[Identifier, ...] = Field((), max_length=1_000)

    def to_filters(self) -> Filters:
        """The same, as storage reads it."""
        return Filters(**self.model_dump())


class OptionsIn(_In):
    """How to answer. ``rerank`` and ``granularity`` are taken and change nothing yet."""

    top_k: int = Field(20, ge=1, le=50)
    mode: Mode = "hybrid"
    rerank: bool = True
    answer_style: Literal["concise", "detailed", "extractive"] = "concise"
    language: Literal["zh-CN", "zh", "en"] | None = None
    granularity: Literal["sentence", "token"] = "sentence"
    max_citations_per_sentence: int = Field(3, ge=1, le=5)
    follow_ups: int = Field(3, ge=0, le=5)
    include_sources: bool = True
    as_of: AwareDatetime | None = None

    def to_options(self) -> Options:
        """The same, as the answer service reads it."""
        return Options(
            top_k=self.top_k,
            mode=self.mode,
            max_citations_per_sentence=self.max_citations_per_sentence,
            language=None if self.language is None else ("en" if self.language == "en" else "zh"),
            as_of=self.as_of,
            style=self.answer_style,
        )


class TurnIn(_In):
    """One earlier turn."""

    role: Literal["user", "assistant"]
    content: str = Field(max_length=4_000)


class AskIn(_In):
    """``POST /v1/ask``."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"question": "徽商银行公布了多少家合作机构？"},
                {
                    "question": "助贷新规什么时候施行？",
                    "stream": True,
                    "filters": {"published_after": "2025-09-01T00:00:00+08:00"},
                    "options": {"answer_style": "extractive"},
                },
            ]
        }
    )

    question: str = Field(min_length=1, max_length=MAX_CHARS)
    stream: bool = False
    conversation_id: Identifier | None = None
    history: tuple[TurnIn, ...] = Field((), max_length=20)
    filters: FiltersIn = FiltersIn()
    options: OptionsIn = OptionsIn()
    metadata: dict[Label, ShortText | int | float | bool | None] = Field({}, max_length=16)

    def to_question(self, owner: str) -> Question:
        """The same, as the desk reads it."""
        return Question(
            text=self.question,
            owner=owner,
            filters=self.filters.to_filters(),
            options=self.options.to_options(),
            history=tuple(Turn(role=turn.role, content=turn.content) for turn in self.history),
            conversation_id=self.conversation_id,
            include_sources=self.options.include_sources,
            follow_ups=self.options.follow_ups,
        )


class SearchIn(_In):
    """``POST /v1/search``."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"query": "助贷 白名单", "top_k": 5}]}
    )

    query: str = Field(min_length=1, max_length=MAX_CHARS)
    top_k: int = Field(10, ge=1, le=50)
    mode: Mode = "hybrid"
    rerank: bool = True
    filters: FiltersIn = FiltersIn()
    group_by: Literal["document", "chunk"] = "chunk"
    highlight: bool = True


class DocumentOut(BaseModel):
    """An article, without its text."""

    id: str
    title: str
    publisher: str
    author: str | None = None
    published_at: datetime | None
    url: str | None
    language: str | None = None
    truncated: bool


class DateOut(BaseModel):
    """A relative date in a quote and the days that it means; ``start``, ``end`` as the quote's."""

    text: str
    start: int
    end: int
    first: date
    last: date


class QuoteOut(BaseModel):
    """The exact words behind sentences of the answer, and what stands around them."""

    id: str
    chunk_id: str
    text: str
    start: int
    end: int
    prefix: str
    suffix: str
    sentence_indexes: list[int]
    dates: list[DateOut] = []


class CitationOut(BaseModel):
    """An article under the number that its markers carry; ``reprints`` say the same elsewhere."""

    number: int
    document: DocumentOut
    quotes: list[QuoteOut]
    reprints: list[DocumentOut]
    score: float


class SentenceOut(BaseModel):
    """One sentence of the answer and its verdict."""

    index: int
    text: str
    start: int
    end: int
    citations: list[int]
    support: Literal["supported", "partial", "unsupported", "not_required"]
    reason: str | None
    score: float


class SourceOut(BaseModel):
    """A passage that was read, and its place in the article; ``number`` where that is cited."""

    number: int | None
    document_id: str
    chunk_id: str
    rank: int
    score: float
    cited: bool
    start: int
    end: int
    document: DocumentOut | None = None


class NearestOut(BaseModel):
    """An article that comes near a question, without answering it."""

    id: str
    title: str
    publisher: str
    published_at: datetime | None


class AbstentionOut(BaseModel):
    """Why there is no answer, and the articles that come nearest."""

    reason: str
    message: str
    nearest: list[NearestOut] = []


class WarningOut(BaseModel):
    """What the reader should know about the answer."""

    code: str
    message: str


class ModelOut(BaseModel):
    """What made the answer."""

    generator: str
    embedder: str
    reranker: str | None = None
    index_version: str


class UsageOut(BaseModel):
    """Tokens of a language model; none on the default path."""

    input_tokens: int = 0
    output_tokens: int = 0


class AnswerOut(BaseModel):
    """A proved answer, or an abstention: both are HTTP 200."""

    id: str
    object: Literal["answer"] = "answer"
    created_at: datetime
    conversation_id: str | None = None
    question: str
    rewritten_question: str | None = None
    language: str
    status: Literal["answered", "partial", "abstained"]
    confidence: float = Field(0.0, ge=0, le=1, description="That the evidence answers it.")
    abstention: AbstentionOut | None
    answer: str
    sentences: list[SentenceOut]
    citations: list[CitationOut]
    sources: list[SourceOut]
    follow_ups: list[str] = []
    as_of: datetime | None
    warnings: list[WarningOut]
    model: ModelOut
    usage: UsageOut = UsageOut()
    timings_ms: dict[str, float]


class HighlightOut(BaseModel):
    """Where a word of the query stands in the hit's text."""

    start: int
    end: int


class HitOut(BaseModel):
    """A passage that was found; ``start`` and ``end`` are its place in the article."""

    rank: int
    score: float
    scores: dict[str, float]
    chunk_id: str
    text: str
    start: int
    end: int
    highlights: list[HighlightOut]
    document: DocumentOut


class SearchOut(BaseModel):
    """Passages, best first."""

    object: Literal["search_result"] = "search_result"
    query: str
    mode: Mode
    took_ms: float
    index_version: str
    data: list[HitOut]
    has_more: bool = False
    next_cursor: str | None = None


class SpanOut(BaseModel):
    """A sentence of an article."""

    index: int
    start: int
    end: int


class ContentOut(BaseModel):
    """An article's text and where its sentences stand."""

    id: str
    document: DocumentOut
    text: str
    sentences: list[SpanOut]
