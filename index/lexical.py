"""Lexical search over chunks (BM25). The only import of tantivy.

Text arrives already segmented (``words.py``) and is joined by spaces, so tantivy only splits at
white space. Each document carries the chunk's catalog number and what filters need.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import tantivy
from tantivy import Occur, Query

from index.errors import IndexDamaged
from index.types import Filters

_MEMORY = 64_000_000
_NO_DATE = -(2**62)


@dataclass(frozen=True, slots=True, kw_only=True)
class LexicalRow:
    """One chunk to be indexed; ``published`` in seconds since 1970, None where unknown."""

    key: int
    article_id: str
    publisher: str
    published: int | None
    tags: tuple[str, ...]
    title_words: list[str]
    words: list[str]


class LexicalIndex:
    """An open index; searches may run in parallel."""

    def __init__(self, folder: Path) -> None:
        try:
            self._index = tantivy.Index.open(str(folder))
        except ValueError as error:
            raise IndexDamaged(f"the lexical folder {folder.name!r} cannot be opened") from error
        self._schema = self._index.schema
        self._searcher = self._index.searcher()

    @property
    def rows(self) -> int:
        """Number of chunks."""
        return int(self._searcher.num_docs)

    def search(self, words: list[str], k: int, filters: Filters) -> list[tuple[int, float]]:
        """Keys and BM25 scores of the best ``k`` chunks with any of ``words``, best first."""
        if not words or not self.rows:
            return []
        scored = [(Occur.Should, self._term("words", word)) for word in dict.fromkeys(words)]
        titled = [
            (Occur.Should, Query.boost_query(self._term("title", word), 0.3))
            for word in dict.fromkeys(words)
        ]
        query = Query.boolean_query(
            [(Occur.Must, Query.boolean_query(scored + titled)), *self._filter_clauses(filters)]
        )
        found = self._searcher.search(query, limit=k, count=False)
        return [
            (int(self._searcher.doc(address)["key"][0]), float(score))
            for score, address in found.hits
        ]

    def _term(self, field: str, word: str) -> Query:
        return Query.term_query(self._schema, field, word, "freq")

    def _filter_clauses(self, filters: Filters) -> list[tuple[Occur, Query]]:
        clauses = []
        for field, values in (
            ("article", filters.document_ids),
            ("publisher", filters.publishers),
            ("tag", filters.tags),
        ):
            if values:
                clauses.append(Query.term_set_query(self._schema, field, list(values)))
        if filters.published_after or filters.published_before:
            after, before = filters.published_after, filters.published_before
            clauses.append(
                Query.range_query(
                    self._schema,
                    "published",
                    tantivy.FieldType.Integer,
                    int(after.timestamp()) if after else _NO_DATE + 1,
                    int(before.timestamp()) if before else 2**62,
                    include_upper=False,
                )
            )
        return [(Occur.Must, Query.const_score_query(clause, 0.0)) for clause in clauses]


def write_lexical(
    folder: Path,
    rows: Iterable[LexicalRow],
    *,
    base: Path | None = None,
    removed: Iterable[int] = (),
) -> None:
    """Write an index into an empty ``folder``: ``base`` without ``removed``, and ``rows``.

    tantivy never changes a file in place, so the files of ``base`` are linked, not copied.
    """
    if base is not None:
        _link_files(base, folder)
        index = tantivy.Index.open(str(folder))
    else:
        index = tantivy.Index(_schema(), path=str(folder))
    writer = index.writer(_MEMORY, 1)
    for key in removed:
        writer.delete_documents_by_term("key", key)
    for row in rows:
        writer.add_document(_document(row))
    writer.commit()
    writer.wait_merging_threads()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("key", stored=True, indexed=True)
    builder.add_integer_field("published", indexed=True, fast=True)
    for field in ("article", "publisher", "tag"):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    for field in ("title", "words"):
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def _document(row: LexicalRow) -> tantivy.Document:
    document = tantivy.Document()
    document.add_integer("key", row.key)
    document.add_integer("published", _NO_DATE if row.published is None else row.published)
    document.add_text("article", row.article_id)
    document.add_text("publisher", row.publisher)
    for tag in row.tags:
        document.add_text("tag", tag)
    document.add_text("title", " ".join(row.title_words))
    document.add_text("words", " ".join(row.words))
    return document


def _link_files(source: Path, target: Path) -> None:
    for file in source.iterdir():
        if not file.name.endswith(".lock"):
            os.link(file, target / file.name)
