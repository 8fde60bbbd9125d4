"""Chunks: runs of whole sentences that fit the embedder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from index.sentences import split_sentences
from index.types import Article, Chunk, Sentence, digest_id

_HEADING_CHARS = 40
_MAX_HEADINGS = 2  # more short lines in a row are a table, not headings
_SENTENCE_ENDS = '。！？!?；;”"’」』）)'


@dataclass(frozen=True, slots=True)
class _Part:
    """A sentence with its tokens and its place in the article's structure."""

    sentence: Sentence
    tokens: int
    opens_paragraph: bool
    is_heading: bool


def build_chunks(
    article: Article, count_tokens: Callable[[str], int], *, max_tokens: int
) -> tuple[Chunk, ...]:
    """The article's chunks, in order; their sentences are all of the article's sentences.

    A chunk is closed when the next sentence does not fit, and already at the end of a paragraph
    when it is half full. A heading goes with what follows it. A single sentence above the budget
    is a chunk of its own: sentences are what is quoted, so they are never cut here.

    Args:
        article: its text is cut.
        count_tokens: tokens of a text; called once for each sentence.
        max_tokens: the sum of the sentences' tokens in a chunk at most.
    """
    chunks = []
    for ordinal, parts in enumerate(_pack(_read_parts(article.text, count_tokens), max_tokens)):
        start, end = parts[0].sentence.start, parts[-1].sentence.end
        chunks.append(
            Chunk(
                id=digest_id("chk", article.id, article.content_hash, str(ordinal)),
                article_id=article.id,
                ordinal=ordinal,
                start=start,
                end=end,
                text=article.text[start:end],
                sentences=tuple(part.sentence for part in parts),
            )
        )
    return tuple(chunks)


def _pack(parts: list[_Part], max_tokens: int) -> Iterator[list[_Part]]:
    chunk: list[_Part] = []
    for part in parts:
        used = sum(each.tokens for each in chunk)
        full = used + part.tokens > max_tokens
        rounded = part.opens_paragraph and used * 2 >= max_tokens
        if chunk and (full or rounded):
            n_headings = _count_trailing_headings(chunk)
            closed, chunk = chunk[: len(chunk) - n_headings], chunk[len(chunk) - n_headings :]
            yield closed
            # A heading too long to go with its sentence stands alone.
            if chunk and sum(each.tokens for each in chunk) + part.tokens > max_tokens:
                yield chunk
                chunk = []
        chunk.append(part)
    if chunk:
        yield chunk


def _count_trailing_headings(chunk: list[_Part]) -> int:
    """How many headings end the chunk; 0 where it holds nothing else."""
    n_headings = 0
    for part in reversed(chunk[-_MAX_HEADINGS:]):
        if not part.is_heading:
            return n_headings
        n_headings += 1
    return n_headings if n_headings < len(chunk) else 0


def _read_parts(text: str, count_tokens: Callable[[str], int]) -> list[_Part]:
    parts = []
    before = 0
    for sentence in split_sentences(text):
        quote = text[sentence.start : sentence.end]
        parts.append(
            _Part(
                sentence=sentence,
                tokens=count_tokens(quote),
                opens_paragraph="\n\n" in text[before : sentence.start],
                is_heading=_is_heading(text, sentence),
            )
        )
        before = sentence.end
    return parts


def _is_heading(text: str, sentence: Sentence) -> bool:
    """Whether the sentence is a short line of its own, with no mark at its end, above another."""
    starts_line = sentence.start == 0 or text[sentence.start - 1] == "\n"
    return (
        starts_line
        and text[sentence.end : sentence.end + 1] == "\n"
        and sentence.end - sentence.start <= _HEADING_CHARS
        and text[sentence.end - 1] not in _SENTENCE_ENDS
    )
