"""From the nouns of asking and answering to the shapes that leave the process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from api.http.schemas import (
    AbstentionOut,
    AnswerOut,
    CitationOut,
    ContentOut,
    DateOut,
    DocumentOut,
    HighlightOut,
    HitOut,
    ModelOut,
    NearestOut,
    QuoteOut,
    SearchOut,
    SentenceOut,
    SourceOut,
    SpanOut,
    UsageOut,
    WarningOut,
)  # fmt: skip
from index.sentences import split_sentences
from index.types import Article
from index.words import content_words
from rag.events import Found
from rag.suggest import suggest_follow_ups
from rag.times import Period
from rag.types import Answer, AnswerSentence, Citation, Passage, Quote, SearchResult

CONTEXT_CHARS = 32  # of the article on each side of a quote


def render_answer(
    answer: Answer,
    *,
    include_sources: bool = True,
    conversation_id: str | None = None,
    follow_ups: int = 0,
) -> AnswerOut:
    """The body of ``POST /v1/ask`` and of ``huawen ask --json``."""
    abstention = answer.abstention
    return AnswerOut(
        id=answer.id,
        created_at=answer.created_at,
        conversation_id=conversation_id,
        question=answer.question,
        rewritten_question=answer.rewritten_question,
        language="zh-CN" if answer.language == "zh" else "en",
        status=answer.status,
        abstention=abstention
        and AbstentionOut(
            reason=abstention.reason,
            message=abstention.message,
            nearest=[_nearest(article) for article in abstention.nearest],
        ),
        confidence=round(answer.confidence, 4),
        answer=answer.text,
        sentences=[render_sentence(sentence) for sentence in answer.sentences],
        citations=[render_citation(citation) for citation in answer.citations],
        sources=_sources(answer.sources, answer.citations) if include_sources else [],
        follow_ups=list(suggest_follow_ups(answer, follow_ups)),
        as_of=answer.as_of,
        warnings=[WarningOut(code=w.code, message=w.message) for w in answer.warnings],
        model=ModelOut(
            generator=answer.generator,
            embedder=answer.embedder,
            index_version=answer.index_version,
        ),
        usage=UsageOut(
            input_tokens=answer.usage.input_tokens, output_tokens=answer.usage.output_tokens
        ),
        timings_ms=answer.timings_ms,
    )


def render_search(
    found: SearchResult, *, group_by_document: bool = False, highlight: bool = True
) -> SearchOut:
    """The body of ``POST /v1/search`` and of ``huawen search --json``.

    Grouped, only the best passage of each document stays.
    """
    passages: Iterable[Passage] = found.passages
    if group_by_document:
        best: dict[str, Passage] = {}
        for passage in found.passages:
            best.setdefault(passage.article.id, passage)
        passages = best.values()
    words = content_words(found.query) if highlight else ()
    return SearchOut(
        query=found.query,
        mode=found.mode,
        took_ms=found.took_ms,
        index_version=found.index_version,
        data=[
            HitOut(
                rank=rank, score=p.score, scores=_scores(p), chunk_id=p.chunk.id, text=p.chunk.text,
                start=p.chunk.start, end=p.chunk.end,
                highlights=_highlights(p.chunk.text, words), document=render_document(p.article),
            )
            for rank, p in enumerate(passages, start=1)
        ],
    )  # fmt: skip


def render_document(article: Article) -> DocumentOut:
    """An article's card."""
    return DocumentOut(
        id=article.id,
        title=article.title,
        publisher=article.publisher,
        published_at=article.published_at,
        url=article.url,
        truncated=article.truncated,
    )


def render_content(article: Article) -> ContentOut:
    """The body of ``GET /v1/documents/{id}/content``."""
    return ContentOut(
        id=article.id,
        document=render_document(article),
        text=article.text,
        sentences=[
            SpanOut(index=i, start=s.start, end=s.end)
            for i, s in enumerate(split_sentences(article.text))
        ],
    )


def render_sentence(sentence: AnswerSentence) -> SentenceOut:
    """One sentence and its verdict."""
    return SentenceOut(
        index=sentence.index,
        text=sentence.text,
        start=sentence.start,
        end=sentence.end,
        citations=list(sentence.citations),
        support=sentence.support,
        reason=sentence.reason or None,
        score=round(sentence.score, 4),
    )


def render_sources(found: Found) -> list[SourceOut]:
    """What will be read, before anything is cited."""
    return _sources(found.passages, ())


def render_citation(citation: Citation) -> CitationOut:
    """An article under its number, with its quotes."""
    return CitationOut(
        number=citation.number,
        document=render_document(citation.article),
        quotes=[
            _quote(citation.article, f"q{citation.number}-{i}", quote)
            for i, quote in enumerate(citation.quotes, start=1)
        ],
        reprints=[render_document(article) for article in citation.reprints],
        score=round(citation.score, 4),
    )


def _quote(article: Article, name: str, quote: Quote) -> QuoteOut:
    return QuoteOut(
        id=name,
        chunk_id=quote.chunk_id,
        text=quote.text,
        start=quote.start,
        end=quote.end,
        prefix=article.text[max(0, quote.start - CONTEXT_CHARS) : quote.start],
        suffix=article.text[quote.end : quote.end + CONTEXT_CHARS],
        sentence_indexes=list(quote.sentence_indexes),
        dates=[_date(quote, period) for period in quote.periods],
    )


def _date(quote: Quote, period: Period) -> DateOut:
    start = quote.start + period.at
    return DateOut(
        text=period.text, start=start, end=start + len(period.text), first=period.first,
        last=period.last,
    )  # fmt: skip


def _nearest(article: Article) -> NearestOut:
    return NearestOut(
        id=article.id, title=article.title, publisher=article.publisher,
        published_at=article.published_at,
    )  # fmt: skip


def _sources(passages: Sequence[Passage], citations: Sequence[Citation]) -> list[SourceOut]:
    number_of = {citation.article.id: citation.number for citation in citations}
    cited_chunks = {quote.chunk_id for c in citations for quote in c.quotes}
    return [
        SourceOut(
            number=number_of.get(p.article.id),
            document_id=p.article.id,
            chunk_id=p.chunk.id,
            rank=p.rank,
            score=round(p.score, 6),
            cited=p.chunk.id in cited_chunks,
            start=p.chunk.start,
            end=p.chunk.end,
            # A cited article's card stands under ``citations`` already.
            document=None if p.article.id in number_of else render_document(p.article),
        )
        for p in passages
    ]


def _scores(passage: Passage) -> dict[str, float]:
    """By the names that ``mode`` has for the searches."""
    return {"sparse" if via == "lexical" else via: s for via, s in passage.scores.items()}


def _highlights(text: str, words: Iterable[str]) -> list[HighlightOut]:
    """Places of the words in order; where two overlap, the earlier and longer one."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a character whose lower case is two: offsets would shift
        lowered = text
    spans = set()
    for word in words:
        at = lowered.find(word)
        while at >= 0:
            spans.add((at, at + len(word)))
            at = lowered.find(word, at + len(word))
    kept: list[HighlightOut] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1].end:
            kept.append(HighlightOut(start=start, end=end))
    return kept
