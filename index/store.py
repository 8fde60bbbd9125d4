"""The store as ``rag`` sees it: a protocol, and the local implementation over one home folder."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.build import IndexBuilder
from index.catalog import ArticleCard, Catalog, StoredChunk, open_catalog
from index.domain import add_own_domain
from index.embed import model_fingerprint, open_query_encoder
from index.errors import IndexModelMismatch, IndexNotFound, NewsIndexError
from index.generation import Generation, checksums, current_folder, open_current, read_manifest
from index.names import FINGERPRINT, name_chunks, place_name
from index.settings import IndexSettings
from index.types import Article, BuildReport, Chunk, Filters, Hit, IndexInfo, Name, Via
from index.words import segment

Vector = NDArray[np.float32]
_REMEMBERED = 1024  # chunks that were fetched last, of some ten kilobytes each


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedChunk:
    """A chunk with what is needed to read, weigh and cite it.

    Attributes:
        sentence_vectors: unit vectors, shape (sentences, dimension), in chunk order.
        names: what its sentences name, in order; offsets are into the article.
        reprints: the other articles of the cluster, earliest first.
    """

    key: int
    chunk: Chunk
    article: Article
    cluster_id: str
    reprints: tuple[Article, ...]
    sentence_vectors: Vector
    names: tuple[Name, ...]


class PassageStore(Protocol):
    """Where passages are kept and found. Safe for parallel searches."""

    def upsert(self, articles: Iterable[Article]) -> BuildReport:
        """Add or replace articles by identifier; they are found when this returns."""
        ...

    def delete(self, article_ids: Sequence[str]) -> BuildReport:
        """Remove articles; they are not found when this returns. DocumentNotFound if unknown."""
        ...

    def embed_queries(self, texts: list[str]) -> Vector:
        """Unit vectors, float32, shape (len(texts), dimension)."""
        ...

    def search_dense(self, vector: Vector, k: int, filters: Filters) -> list[Hit]:
        """The ``k`` chunks nearest to a unit vector, best first."""
        ...

    def search_lexical(self, text: str, k: int, filters: Filters) -> list[Hit]:
        """The ``k`` best chunks by BM25, best first."""
        ...

    def fetch_chunks(self, keys: Sequence[int]) -> list[FetchedChunk]:
        """Chunks in the order of ``keys``; those that no longer exist are absent."""
        ...

    def fetch_article(self, article_id: str) -> Article | None:
        """An article by identifier."""
        ...

    def list_articles(self, *, limit: int, after: str | None = None) -> list[ArticleCard]:
        """Cards by identifier, those behind ``after``."""
        ...

    def fetch_card(self, article_id: str) -> ArticleCard | None:
        """The card of one article."""
        ...

    def count(self) -> int:
        """Number of chunks."""
        ...

    def version(self) -> str:
        """Changes with every published change."""
        ...

    def state(self) -> str:
        """Changes with every change, also with one that is stored and not published yet."""
        ...

    def embedder(self) -> str:
        """Fingerprint of the embedding model."""
        ...

    def info(self) -> IndexInfo:
        """Counts, version and model, and the size on disk: slower than the three above."""
        ...

    def close(self) -> None:
        """Release what is held."""
        ...


class LocalStore:
    """A home folder: SQLite for the truth, FAISS and tantivy for the searches.

    A new generation, published by this or another process, is picked up by the next call.

    Raises:
        IndexNotFound: nothing was ingested into this home.
        IndexDamaged: a file of the index is missing or truncated.
        IndexFormatUnknown: a newer huawen wrote it.
        IndexModelMismatch: it was built with another embedding model.
        SettingsError: the user's own words and names cannot be read.
    """

    def __init__(self, home: Path, settings: IndexSettings) -> None:
        self._home = home
        self._settings = settings
        add_own_domain(home, settings.domain)
        self._lock = Lock()
        self._generation = open_current(home)
        self._stamp = self._read_stamp()
        _check_model(self._generation, settings)
        self._encoder = open_query_encoder(settings.embedder)
        self._catalog: Catalog = open_catalog(home)
        self._fetched: dict[int, FetchedChunk] = {}  # of the state of the catalog that is named
        self._fetched_at = -1

    def upsert(self, articles: Iterable[Article]) -> BuildReport:
        """See ``PassageStore``."""
        with IndexBuilder(self._home, self._settings) as builder:
            return builder.ingest(articles)

    def delete(self, article_ids: Sequence[str]) -> BuildReport:
        """See ``PassageStore``."""
        with IndexBuilder(self._home, self._settings) as builder:
            return builder.delete(article_ids)

    def embed_queries(self, texts: list[str]) -> Vector:
        """See ``PassageStore``."""
        return self._encoder.encode_queries(texts)

    def search_dense(self, vector: Vector, k: int, filters: Filters) -> list[Hit]:
        """See ``PassageStore``."""
        generation = self._current()
        columns = generation.columns
        rows, scores = generation.vectors.search(vector, k, columns.allowed(filters))
        found = [(int(columns.keys[row]), float(s)) for row, s in zip(rows, scores, strict=True)]
        return self._hits(generation, found, "dense")

    def search_lexical(self, text: str, k: int, filters: Filters) -> list[Hit]:
        """See ``PassageStore``."""
        generation = self._current()
        return self._hits(
            generation, generation.lexical.search(segment(text), k, filters), "lexical"
        )

    def fetch_chunks(self, keys: Sequence[int]) -> list[FetchedChunk]:
        """See ``PassageStore``."""
        model = self._current().manifest.model
        with self._lock, self._catalog.snapshot():
            written = self._catalog.read_data_version()
            if written != self._fetched_at:
                self._fetched.clear()
                self._fetched_at = written
            self._fetched |= self._read_chunks([k for k in keys if k not in self._fetched], model)
            found = [self._fetched[key] for key in keys if key in self._fetched]
            while len(self._fetched) > _REMEMBERED:
                del self._fetched[next(iter(self._fetched))]
        return found

    def fetch_article(self, article_id: str) -> Article | None:
        """See ``PassageStore``."""
        with self._lock:
            return self._catalog.read_articles([article_id]).get(article_id)

    def list_articles(self, *, limit: int, after: str | None = None) -> list[ArticleCard]:
        """See ``PassageStore``."""
        with self._lock:
            return self._catalog.list_articles(limit=limit, after=after)

    def fetch_card(self, article_id: str) -> ArticleCard | None:
        """See ``PassageStore``."""
        with self._lock:
            return self._catalog.read_card(article_id)

    def count(self) -> int:
        """See ``PassageStore``."""
        return self._current().vectors.rows

    def version(self) -> str:
        """See ``PassageStore``."""
        return self._current().name

    def state(self) -> str:
        """See ``PassageStore``."""
        with self._lock:
            written = self._catalog.read_data_version()
        return f"{self._current().name} {written}"

    def embedder(self) -> str:
        """See ``PassageStore``."""
        return self._current().manifest.model

    def info(self) -> IndexInfo:
        """See ``PassageStore``."""
        return describe_index(self._home, self._current())

    def close(self) -> None:
        """See ``PassageStore``."""
        with self._lock:
            self._catalog.close()

    def _current(self) -> Generation:
        stamp = self._read_stamp()
        if stamp != self._stamp:
            with self._lock:
                if stamp != self._stamp:
                    generation = open_current(self._home)
                    _check_model(generation, self._settings)
                    self._generation, self._stamp = generation, stamp
        return self._generation

    def _read_stamp(self) -> tuple[int, int]:
        """Changes whenever CURRENT is replaced; costs one system call."""
        try:
            stat = (self._home / "CURRENT").stat()
        except FileNotFoundError as error:
            raise IndexNotFound(f"there is no index in {str(self._home)!r} any more") from error
        return stat.st_ino, stat.st_mtime_ns

    def _hits(self, generation: Generation, found: list[tuple[int, float]], via: Via) -> list[Hit]:
        """Joined to the catalog, so that a deleted article is gone before the next generation."""
        with self._lock:
            alive = self._catalog.alive_keys([key for key, _ in found])
        columns = generation.columns
        found = [pair for pair in found if pair[0] in alive]
        owners = columns.cluster[[generation.row_of[key] for key, _ in found]]
        clusters = columns.article_ids[owners].tolist()
        return [
            Hit(key=key, score=score, rank=rank, via=via, cluster_id=cluster)
            for rank, ((key, score), cluster) in enumerate(
                zip(found, clusters, strict=True), start=1
            )
        ]

    def _read_chunks(self, keys: Sequence[int], model: str) -> dict[int, FetchedChunk]:
        """Those of some chunks that exist, by number."""
        stored = self._catalog.read_chunks(keys)
        vectors = self._catalog.read_sentence_vectors(
            model, [one.vector_hash for one in stored.values()]
        )
        articles = self._catalog.read_articles(
            list(dict.fromkeys(one.chunk.article_id for one in stored.values()))
        )
        reprints = self._reprints(articles)
        names = self._read_names(stored.values())
        return {
            key: FetchedChunk(
                key=key,
                chunk=one.chunk,
                article=articles[one.chunk.article_id],
                cluster_id=reprints[one.chunk.article_id][0],
                reprints=reprints[one.chunk.article_id][1],
                sentence_vectors=vectors[one.vector_hash],
                names=tuple(place_name(n, one.chunk.start) for n in names[one.vector_hash]),
            )
            for key, one in stored.items()
            if one.vector_hash in vectors
        }

    def _read_names(self, stored: Collection[StoredChunk]) -> dict[str, tuple[Name, ...]]:
        """Names by vector key; read from the text where a home of an earlier format has none."""
        found = self._catalog.read_names(FINGERPRINT, [one.vector_hash for one in stored])
        missing = {o.vector_hash: o.chunk for o in stored if o.vector_hash not in found}
        if missing:
            found |= zip(missing, name_chunks(list(missing.values())), strict=True)
        return found

    def _reprints(self, articles: dict[str, Article]) -> dict[str, tuple[str, tuple[Article, ...]]]:
        """Cluster identifier and the other members, for each article."""
        cluster_of = self._catalog.read_cluster_of(list(articles))
        members = self._catalog.read_members(list(set(cluster_of.values())))
        others = {m for ids in members.values() if len(ids) > 1 for m in ids}
        known = articles | self._catalog.read_articles(list(others - articles.keys()))
        found = {}
        for article_id in articles:
            cluster_id = cluster_of.get(article_id, article_id)
            rest = [known[m] for m in members.get(cluster_id, []) if m != article_id and m in known]
            found[article_id] = (cluster_id, tuple(sorted(rest, key=_earliest_first)))
        return found


def describe_index(home: Path, generation: Generation) -> IndexInfo:
    """What is in a home and how large it is."""
    manifest = generation.manifest
    files = [path for path in home.rglob("*") if path.is_file()]
    return IndexInfo(
        version=generation.name,
        articles=manifest.articles,
        chunks=manifest.chunks,
        clusters=manifest.clusters,
        model=manifest.model,
        dimension=manifest.dimension,
        vector_index=generation.vectors.kind,
        bytes_on_disk=sum(path.stat().st_size for path in files),
        newest=datetime.fromisoformat(manifest.newest) if manifest.newest else None,
    )


def verify_index(home: Path) -> tuple[str, ...]:
    """Recompute every checksum and invariant; one sentence for each problem, none when all is well.

    Raises:
        IndexNotFound: there is no index to verify.
    """
    folder = current_folder(home)
    manifest = read_manifest(folder)
    found = checksums(folder)
    problems = [
        f"file {name!r} is missing or differs from its checksum"
        for name, digest in manifest.files.items()
        if found.get(name) != digest
    ]
    try:
        generation = open_current(home)
    except NewsIndexError as error:
        return (*problems, str(error))
    catalog = open_catalog(home)
    try:
        problems += _catalog_problems(catalog, generation)
    finally:
        catalog.close()
    return tuple(problems)


def _catalog_problems(catalog: Catalog, generation: Generation) -> list[str]:
    problems = []
    keys = set()
    for stored in catalog.iter_chunks():
        keys.add(stored.key)
        chunk = stored.chunk
        if len(chunk.text) != chunk.end - chunk.start:
            problems.append(f"chunk {chunk.id!r} does not lie inside its article")
        if any(not chunk.start <= s.start < s.end <= chunk.end for s in chunk.sentences):
            problems.append(f"chunk {chunk.id!r} has a sentence outside it")
    if keys != set(generation.row_of):
        problems.append(
            "the published chunks differ from the catalog's; run `huawen index rebuild`"
        )
    if generation.lexical.rows != len(generation.row_of):
        problems.append("the lexical index has another number of chunks than the vector index")
    return problems


def _check_model(generation: Generation, settings: IndexSettings) -> None:
    wanted = model_fingerprint(settings.embedder)
    if generation.manifest.model != wanted:
        raise IndexModelMismatch(
            f"the index was built with the model {generation.manifest.model!r}, not {wanted!r}"
        )


def _earliest_first(article: Article) -> tuple[bool, float, str]:
    time = article.published_at
    return time is None, time.timestamp() if time else 0.0, article.id
