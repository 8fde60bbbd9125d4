"""The truth, in SQLite: articles, chunks, vectors, names, reprint clusters.

Everything else in a home can be rebuilt from it without embedding. WAL mode and one transaction a
step: a killed process loses only the step that it had not reported as done.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.blobs import pack_names, pack_sentences, unpack_names, unpack_sentences
from index.database import connect
from index.embed import ChunkVectors
from index.types import Article, Chunk, Name

_FORMAT_WITH_NAMES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChunk:
    """A chunk with its catalog number and the key of its vectors and names."""

    key: int
    chunk: Chunk
    vector_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleCard:
    """What a list of articles shows of one; ``chars`` counts code points."""

    id: str
    title: str
    publisher: str
    published_at: datetime | None
    url: str | None
    chars: int
    chunks: int
    cluster_id: str


class Catalog:
    """One connection. Use it from one thread at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing of it."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Every read of the block sees one state, whatever another process writes meanwhile."""
        self._db.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            self._db.execute("ROLLBACK")

    # -- meta ---------------------------------------------------------------------------------

    def read_meta(self, name: str) -> str | None:
        """A named value, None where there is none."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def read_data_version(self) -> int:
        """Changes when another connection has written (SQLite's ``data_version``)."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def write_meta(self, name: str, value: str) -> None:
        """Set a named value."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    # -- articles -----------------------------------------------------------------------------

    def write_article(self, article: Article, chunks: Sequence[tuple[Chunk, str]]) -> None:
        """Replace an article and its chunks (each with the key of its vectors)."""
        self.delete_article(article.id)
        self._db.execute(
            "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                article.id, article.title, article.publisher,
                article.published_at.isoformat() if article.published_at else None,
                article.url, article.text, article.truncated, "\x1f".join(article.tags),
                article.content_hash,
            ),
        )  # fmt: skip
        self._db.executemany(
            "INSERT INTO chunks (id, article_id, ordinal, start, end, sentences, vector_hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    c.id, c.article_id, c.ordinal, c.start, c.end, pack_sentences(c.sentences),
                    vector_hash,
                )
                for c, vector_hash in chunks
            ],
        )  # fmt: skip

    def delete_article(self, article_id: str) -> bool:
        """Remove an article, its chunks and its cluster row; whether there was one."""
        self._db.execute("DELETE FROM clusters WHERE article_id = ?", (article_id,))
        return self._db.execute("DELETE FROM articles WHERE id = ?", (article_id,)).rowcount > 0

    def read_articles(self, ids: Sequence[str]) -> dict[str, Article]:
        """Articles by identifier; those that do not exist are absent."""
        found = {}
        for some in _batches(ids):
            sql = f"SELECT * FROM articles WHERE id IN ({_marks(some)})"
            found.update({row["id"]: _article(row) for row in self._db.execute(sql, some)})
        return found

    def iter_articles(self) -> Iterator[Article]:
        """Every article, by identifier."""
        for row in self._db.execute("SELECT * FROM articles ORDER BY id"):
            yield _article(row)

    def read_hashes(self) -> dict[str, str]:
        """Content hash of every article by identifier."""
        return dict(tuple(row) for row in self._db.execute("SELECT id, content_hash FROM articles"))

    def list_articles(self, *, limit: int, after: str | None = None) -> list[ArticleCard]:
        """Cards by identifier, those behind ``after``."""
        return self._cards("a.id > ? ORDER BY a.id LIMIT ?", (after or "", limit))

    def read_card(self, article_id: str) -> ArticleCard | None:
        """The card of one article."""
        return next(iter(self._cards("a.id = ?", (article_id,))), None)

    def _cards(self, where: str, values: Sequence[str | int]) -> list[ArticleCard]:
        sql = (
            "SELECT a.id, title, publisher, published_at, url, length(text) AS chars,"
            " (SELECT count(*) FROM chunks WHERE article_id = a.id) AS chunks,"
            " coalesce(cluster_id, a.id) AS cluster_id"
            f" FROM articles a LEFT JOIN clusters c ON c.article_id = a.id WHERE {where}"
        )
        return [
            ArticleCard(**{**dict(row), "published_at": _time(row["published_at"])})
            for row in self._db.execute(sql, values)
        ]

    def count_articles(self) -> int:
        """Number of articles."""
        return int(self._db.execute("SELECT count(*) FROM articles").fetchone()[0])

    # -- chunks and vectors -------------------------------------------------------------------

    def read_chunks(self, keys: Sequence[int]) -> dict[int, StoredChunk]:
        """Chunks by number; those whose article was deleted are absent."""
        found = {}
        for some in _batches(keys):
            sql = (
                "SELECT c.*, substr(a.text, c.start + 1, c.end - c.start) AS text"
                " FROM chunks c JOIN articles a ON a.id = c.article_id"
                f" WHERE c.key IN ({_marks(some)})"
            )
            found.update({row["key"]: _stored(row) for row in self._db.execute(sql, some)})
        return found

    def alive_keys(self, keys: Sequence[int]) -> set[int]:
        """Those of ``keys`` whose article still exists."""
        found: set[int] = set()
        for some in _batches(keys):
            sql = f"SELECT key FROM chunks WHERE key IN ({_marks(some)})"
            found.update(row["key"] for row in self._db.execute(sql, some))
        return found

    def iter_chunks(self) -> Iterator[StoredChunk]:
        """Every chunk, by number."""
        sql = (
            "SELECT c.*, substr(a.text, c.start + 1, c.end - c.start) AS text"
            " FROM chunks c JOIN articles a ON a.id = c.article_id ORDER BY c.key"
        )
        for row in self._db.execute(sql):
            yield _stored(row)

    def count_chunks(self) -> int:
        """Number of chunks."""
        return int(self._db.execute("SELECT count(*) FROM chunks").fetchone()[0])

    def missing_vectors(self, model: str) -> list[StoredChunk]:
        """Chunks that have no vectors of ``model`` yet, one for each distinct text, by number."""
        return self._missing("vectors", "model", model)

    def _missing(self, table: str, column: str, maker: str) -> list[StoredChunk]:
        sql = (
            "SELECT min(c.key) AS first, c.*, substr(a.text, c.start + 1, c.end - c.start) AS text"
            " FROM chunks c JOIN articles a ON a.id = c.article_id"
            f" WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE hash = c.vector_hash AND {column} = ?)"
            " GROUP BY c.vector_hash ORDER BY first"
        )
        return [_stored(row) for row in self._db.execute(sql, (maker,))]

    def write_vectors(self, model: str, rows: Iterable[tuple[str, ChunkVectors]]) -> None:
        """Store vectors, as float16, under (hash, model)."""
        packed = [
            (h, model, v.chunk.astype("<f2").tobytes(), v.sentences.astype("<f2").tobytes())
            for h, v in rows
        ]
        self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)", packed)

    def read_vectors(self, model: str, hashes: Sequence[str]) -> list[tuple[str, ChunkVectors]]:
        """What ``write_vectors`` took, for those of ``hashes`` that there are."""
        found = []
        for some in _batches(hashes):
            sql = f"SELECT * FROM vectors WHERE model = ? AND hash IN ({_marks(some)})"
            for row in self._db.execute(sql, (model, *some)):
                chunk = np.frombuffer(row["chunk"], "<f2").astype(np.float32)
                sentences = np.frombuffer(row["sentences"], "<f2").astype(np.float32)
                shaped = sentences.reshape(-1, len(chunk))
                found.append((row["hash"], ChunkVectors(chunk=chunk, sentences=shaped)))
        return found

    def read_chunk_vectors(
        self, model: str, dimension: int
    ) -> tuple[list[int], NDArray[np.float32]]:
        """Numbers and vectors, shape (chunks, dimension), by number; chunks without are absent."""
        sql = (
            "SELECT c.key, v.chunk FROM chunks c"
            " JOIN vectors v ON v.hash = c.vector_hash AND v.model = ? ORDER BY c.key"
        )
        keys, blobs = [], []
        for row in self._db.execute(sql, (model,)):
            keys.append(row["key"])
            blobs.append(row["chunk"])
        flat = np.frombuffer(b"".join(blobs), "<f2").astype(np.float32)
        return keys, flat.reshape(len(keys), dimension)

    def read_sentence_vectors(
        self, model: str, hashes: Sequence[str]
    ) -> dict[str, NDArray[np.float32]]:
        """Sentence vectors, shape (sentences, dimension), by vector key."""
        found = {}
        for some in _batches(hashes):
            sql = (
                "SELECT hash, length(chunk) AS size, sentences FROM vectors"
                f" WHERE model = ? AND hash IN ({_marks(some)})"
            )
            for row in self._db.execute(sql, (model, *some)):
                flat = np.frombuffer(row["sentences"], "<f2").astype(np.float32)
                found[row["hash"]] = flat.reshape(-1, row["size"] // 2)
        return found

    # -- names: of what has the same vectors; offsets count from the chunk's start ---------------

    def missing_names(self, tagger: str) -> list[StoredChunk]:
        """Chunks that ``tagger`` has not read yet, one for each distinct text, by number."""
        return self._missing("names", "tagger", tagger)

    def write_names(self, tagger: str, rows: Iterable[tuple[str, Sequence[Name]]]) -> None:
        """Store names under (hash, tagger); of a chunk that names nothing, that it was read."""
        packed = [(h, tagger, pack_names(names)) for h, names in rows]
        self._db.executemany("INSERT OR REPLACE INTO names VALUES (?, ?, ?)", packed)

    def read_names(self, tagger: str, hashes: Sequence[str]) -> dict[str, tuple[Name, ...]]:
        """What ``write_names`` took, for those of ``hashes`` that were read; none in format 1."""
        found: dict[str, tuple[Name, ...]] = {}
        if self._db.execute("PRAGMA user_version").fetchone()[0] < _FORMAT_WITH_NAMES:
            return found
        for some in _batches(hashes):
            sql = f"SELECT hash, spans FROM names WHERE tagger = ? AND hash IN ({_marks(some)})"
            rows = self._db.execute(sql, (tagger, *some))
            found.update({row["hash"]: unpack_names(row["spans"]) for row in rows})
        return found

    def drop_orphans(self) -> None:
        """Forget vectors and names that no chunk uses."""
        for table in ("vectors", "names"):
            self._db.execute(
                f"DELETE FROM {table} WHERE NOT EXISTS"
                f" (SELECT 1 FROM chunks WHERE chunks.vector_hash = {table}.hash)"
            )

    # -- clusters -----------------------------------------------------------------------------

    def write_clusters(self, members: dict[str, str]) -> None:
        """Replace all clusters: cluster identifier by article identifier."""
        self._db.execute("DELETE FROM clusters")
        self._db.executemany("INSERT INTO clusters VALUES (?, ?)", members.items())

    def read_cluster_of(self, article_ids: Sequence[str]) -> dict[str, str]:
        """Cluster identifier by article identifier."""
        found: dict[str, str] = {}
        for some in _batches(article_ids):
            sql = f"SELECT * FROM clusters WHERE article_id IN ({_marks(some)})"
            found.update(tuple(row) for row in self._db.execute(sql, some))
        return found

    def read_members(self, cluster_ids: Sequence[str]) -> dict[str, list[str]]:
        """Article identifiers by cluster identifier."""
        found: dict[str, list[str]] = {}
        for some in _batches(cluster_ids):
            sql = f"SELECT * FROM clusters WHERE cluster_id IN ({_marks(some)})"
            for row in self._db.execute(sql, some):
                found.setdefault(row["cluster_id"], []).append(row["article_id"])
        return found


def open_catalog(home: Path, *, write: bool = False) -> Catalog:
    """Open the catalog of a home; with ``write``, make or migrate it where it must be.

    Raises:
        IndexNotFound: nothing was ingested here (only without ``write``).
        HomeNotWritable: the folder cannot be made or written.
        IndexFormatUnknown: a newer huawen wrote it.
        IndexDamaged: the file is no SQLite database.
    """
    return Catalog(connect(home, write=write))


def _article(row: sqlite3.Row) -> Article:
    return Article(
        id=row["id"],
        title=row["title"],
        publisher=row["publisher"],
        published_at=_time(row["published_at"]),
        url=row["url"],
        text=row["text"],
        truncated=bool(row["truncated"]),
        tags=tuple(filter(None, row["tags"].split("\x1f"))),
    )


def _stored(row: sqlite3.Row) -> StoredChunk:
    chunk = Chunk(
        id=row["id"],
        article_id=row["article_id"],
        ordinal=row["ordinal"],
        start=row["start"],
        end=row["end"],
        text=row["text"],
        sentences=unpack_sentences(row["sentences"]),
    )
    return StoredChunk(key=row["key"], chunk=chunk, vector_hash=row["vector_hash"])


def _time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _batches(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for first in range(0, len(values), 500):  # SQLite bounds the number of parameters
        yield values[first : first + 500]


def _marks(values: Sequence[Any]) -> str:
    return ",".join("?" * len(values))
