"""Articles into a published index: add, change, delete, rebuild.

Each step is one transaction of the catalog, and what was embedded or read for names stays so: a
build that was killed goes on where it stopped when the next one starts. Only the last step,
publishing, makes anything visible to readers, except deletion, which is visible at once.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import IO

import numpy as np

from index.catalog import Catalog, StoredChunk, open_catalog
from index.chunks import build_chunks
from index.domain import add_own_domain
from index.embed import ArticleEncoder, ChunkVectors, chunk_text, model_fingerprint
from index.errors import DocumentNotFound, HomeBusy, NewsIndexError, SourceEmpty
from index.generation import (
    FORMAT,
    NO_DATE,
    Columns,
    Manifest,
    current_folder,
    new_generation,
    publish,
    read_columns,
    read_manifest,
    write_columns,
)  # fmt: skip
from index.lexical import LexicalRow, write_lexical
from index.names import FINGERPRINT as TAGGER
from index.names import name_chunks
from index.reprints import find_clusters
from index.settings import IndexSettings
from index.types import Article, BadRecord, BuildReport, Chunk
from index.vectors import build_vectors
from index.words import segment

Progress = Callable[[str, int, int], None]
_COMMIT_EVERY = 64  # chunks; at about twenty a second a kill costs three seconds of work
_BORROW_AT_ONCE = 2_000


class IndexBuilder:
    """The one writer of a home; a context manager that holds its lock.

    Args:
        home: the folder.
        settings: how articles are cut and embedded.
        progress: hears (stage, done, total).
        reuse: other homes; vectors and names are taken over where text and model are the same.
    """

    def __init__(
        self,
        home: Path,
        settings: IndexSettings,
        *,
        progress: Progress | None = None,
        reuse: Sequence[Path] = (),
    ) -> None:
        self._home = home
        self._settings = settings
        self._reuse = reuse
        self._progress: Progress = progress or (lambda _stage, _done, _total: None)
        add_own_domain(home, settings.domain)
        self._catalog = open_catalog(home, write=True)
        try:
            self._lock = _lock_home(home)
        except HomeBusy:
            self._catalog.close()
            raise
        self._model = model_fingerprint(settings.embedder)
        self._loaded: ArticleEncoder | None = None

    def __enter__(self) -> IndexBuilder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the home free."""
        self._catalog.close()
        self._lock.close()

    def ingest(self, articles: Iterable[Article], bad: tuple[BadRecord, ...] = ()) -> BuildReport:
        """Add new articles, replace changed ones, leave the rest; publish when anything changed.

        Args:
            articles: of one identifier the last one counts.
            bad: what the readers refused, passed through to the report.

        Raises:
            SourceEmpty: there is no article at all, here or in the catalog.
        """
        started = time.perf_counter()
        offered = {article.id: article for article in articles}
        if not offered and not self._catalog.count_articles():
            raise SourceEmpty("there is no article to ingest")
        known = self._catalog.read_hashes()
        fresh = [a for a in offered.values() if known.get(a.id) != a.content_hash]
        changed = sum(1 for article in fresh if article.id in known)
        self._write_articles(fresh)
        report = BuildReport(
            added=len(fresh) - changed,
            changed=changed,
            unchanged=len(offered) - len(fresh),
            bad=bad,
        )
        return self._finish(report, started)

    def knows(self, article_id: str) -> bool:
        """Whether an article of this identifier is stored."""
        return bool(self._catalog.read_articles([article_id]))

    def without_copies(self, articles: Sequence[Article]) -> list[Article]:
        """Those whose text no other identifier has, here or in the catalog."""
        of_text = {stored: known for known, stored in self._catalog.read_hashes().items()}
        kept = []
        for article in articles:
            if of_text.setdefault(article.content_hash, article.id) == article.id:
                kept.append(article)
        return kept

    def delete(self, article_ids: Sequence[str]) -> BuildReport:
        """Remove articles: gone from every search when this transaction ends.

        Raises:
            DocumentNotFound: one of them does not exist; nothing is removed then.
        """
        started = time.perf_counter()
        known = self._catalog.read_hashes()
        for article_id in article_ids:
            if article_id not in known:
                raise DocumentNotFound(f"there is no article {article_id!r}")
        with self._catalog.transaction():
            for article_id in article_ids:
                self._catalog.delete_article(article_id)
        return self._finish(BuildReport(deleted=len(article_ids)), started)

    def rebuild(self) -> BuildReport:
        """Write everything derived anew from the catalog.

        Embeds only what has no vectors yet, and looks for names only where nobody has looked.
        """
        return self._finish(BuildReport(), time.perf_counter(), whole=True)

    # -- steps, in the order in which they run --------------------------------------------------

    @property
    def _encoder(self) -> ArticleEncoder:
        """Loaded on first use: an ingest that changes nothing needs no model."""
        if self._loaded is None:
            self._progress("load", 0, 1)
            self._loaded = ArticleEncoder(self._settings.embedder)
            self._progress("load", 1, 1)
        return self._loaded

    def _write_articles(self, articles: list[Article]) -> None:
        for first in range(0, len(articles), 200):
            some = articles[first : first + 200]
            cut = [(a, self._cut(a)) for a in some]
            with self._catalog.transaction():
                for article, chunks in cut:
                    self._catalog.write_article(article, chunks)
            self._progress("chunk", first + len(some), len(articles))

    def _cut(self, article: Article) -> list[tuple[Chunk, str]]:
        chunks = build_chunks(
            article, self._encoder.count_tokens, max_tokens=self._settings.max_tokens
        )
        return [(chunk, _vector_hash(article, chunk)) for chunk in chunks]

    def _finish(self, report: BuildReport, started: float, *, whole: bool = False) -> BuildReport:
        embedded = self._embed_missing()
        self._name_missing()
        nothing_new = not (report.added or report.changed or report.deleted or embedded or whole)
        version = self._published_version() if nothing_new else None
        if version is None:
            version = self._publish(whole=whole)
        return replace(
            report,
            embedded=embedded,
            chunks=self._catalog.count_chunks(),
            version=version,
            seconds=time.perf_counter() - started,
        )

    def _published_version(self) -> str | None:
        """The current generation where it holds exactly the catalog's state."""
        try:
            folder = current_folder(self._home)
            read_manifest(folder)
        except NewsIndexError:
            return None
        published = self._catalog.read_meta("published")
        return folder.name if published == self._state() else None

    def _state(self) -> str:
        """A digest of what a generation is made of."""
        pairs = sorted(self._catalog.read_hashes().items())
        return sha256(repr(pairs).encode()).hexdigest()

    def _embed_missing(self) -> int:
        """Embed every chunk that has no vectors, in committed batches; how many there were."""
        self._borrow(lambda: self._catalog.missing_vectors(self._model), self._copy_vectors)
        missing = self._catalog.missing_vectors(self._model)
        if not missing:
            return 0
        articles = self._catalog.read_articles([stored.chunk.article_id for stored in missing])
        texts = [chunk_text(articles[s.chunk.article_id], s.chunk) for s in missing]
        rows: list[tuple[str, ChunkVectors]] = []
        encoded = self._encoder.encode_documents(texts, batch_size=self._settings.batch_size)
        for done, (i, vectors) in enumerate(encoded, start=1):
            rows.append((missing[i].vector_hash, vectors))
            if len(rows) == _COMMIT_EVERY or done == len(missing):
                with self._catalog.transaction():
                    self._catalog.write_vectors(self._model, rows)
                rows = []
            self._progress("embed", done, len(missing))
        return len(missing)

    def _name_missing(self) -> None:
        """Look for names in every chunk where nobody has looked, in committed batches.

        No generation holds names: where nothing else is new, none is published.
        """
        self._borrow(lambda: self._catalog.missing_names(TAGGER), self._copy_names)
        missing = self._catalog.missing_names(TAGGER)
        for first in range(0, len(missing), _COMMIT_EVERY):
            some = missing[first : first + _COMMIT_EVERY]
            found = name_chunks([stored.chunk for stored in some])
            with self._catalog.transaction():
                hashes = (stored.vector_hash for stored in some)
                self._catalog.write_names(TAGGER, zip(hashes, found, strict=True))
            self._progress("names", first + len(some), len(missing))

    def _borrow(
        self,
        missing: Callable[[], list[StoredChunk]],
        copy: Callable[[Catalog, Sequence[str]], None],
    ) -> None:
        for other in self._reuse:
            wanted = [stored.vector_hash for stored in missing()]
            if not wanted:
                return
            with closing(open_catalog(other)) as lender:
                for first in range(0, len(wanted), _BORROW_AT_ONCE):
                    with self._catalog.transaction():
                        copy(lender, wanted[first : first + _BORROW_AT_ONCE])

    def _copy_vectors(self, lender: Catalog, hashes: Sequence[str]) -> None:
        self._catalog.write_vectors(self._model, lender.read_vectors(self._model, hashes))

    def _copy_names(self, lender: Catalog, hashes: Sequence[str]) -> None:
        self._catalog.write_names(TAGGER, lender.read_names(TAGGER, hashes).items())

    def _publish(self, *, whole: bool) -> str:
        self._progress("publish", 0, 1)
        articles = {article.id: article for article in self._catalog.iter_articles()}
        clusters = find_clusters(articles.values())
        cluster_of = {member: c.id for c in clusters for member in c.article_ids}
        with self._catalog.transaction():
            self._catalog.write_clusters(cluster_of)
            self._catalog.drop_orphans()
        stored = list(self._catalog.iter_chunks())
        keys, vectors = self._catalog.read_chunk_vectors(self._model, self._dimension())
        by_key = {s.key: s for s in stored}
        columns = _columns([by_key[key] for key in keys], articles, cluster_of)
        newest = max((a.published_at for a in articles.values() if a.published_at), default=None)
        with new_generation(self._home) as folder:
            self._write_lexical(folder, stored, articles, whole=whole)
            build_vectors(vectors).write(folder / "vectors.faiss")
            write_columns(folder / "columns.npz", columns)
            manifest = Manifest(
                format=FORMAT, model=self._model, dimension=vectors.shape[1],
                articles=len(articles), chunks=len(keys), clusters=len(clusters),
                newest=newest.isoformat() if newest else None, files={},
            )  # fmt: skip
            name = publish(self._home, folder, manifest)
        with self._catalog.transaction():
            self._catalog.write_meta("published", self._state())
        self._progress("publish", 1, 1)
        return name

    def _dimension(self) -> int:
        dimension = self._catalog.read_meta(f"dimension:{self._model}")
        if dimension is None:
            dimension = str(self._encoder.dimension)
            self._catalog.write_meta(f"dimension:{self._model}", dimension)
        return int(dimension)

    def _write_lexical(
        self, folder: Path, stored: list[StoredChunk], articles: dict[str, Article], *, whole: bool
    ) -> None:
        """Only what changed since the generation before; all of it where there is none."""
        base, before = self._lexical_base() if not whole else (None, set())
        present = {s.key for s in stored}
        fresh = [s for s in stored if s.key not in before]
        rows = (_lexical_row(s, articles[s.chunk.article_id]) for s in fresh)
        write_lexical(
            folder / "lexical", self._counted(rows, len(fresh)), base=base, removed=before - present
        )

    def _lexical_base(self) -> tuple[Path | None, set[int]]:
        try:
            folder = current_folder(self._home)
            return folder / "lexical", set(read_columns(folder / "columns.npz").keys.tolist())
        except NewsIndexError:
            return None, set()

    def _counted(self, rows: Iterable[LexicalRow], total: int) -> Iterator[LexicalRow]:
        for done, row in enumerate(rows, start=1):
            yield row
            if done % 200 == 0 or done == total:
                self._progress("words", done, total)


def _lock_home(home: Path) -> IO[str]:
    """An open file whose lock ends with it, or with the process."""
    lock = (home / ".lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise HomeBusy(f"another process is writing to {str(home)!r}") from error
    return lock


def _vector_hash(article: Article, chunk: Chunk) -> str:
    """Key of a chunk's vectors: everything that the encoder sees of it."""
    seen = chunk_text(article, chunk)
    return sha256(repr((seen.lead, seen.text, seen.spans)).encode()).hexdigest()


def _lexical_row(stored: StoredChunk, article: Article) -> LexicalRow:
    return LexicalRow(
        key=stored.key,
        article_id=article.id,
        publisher=article.publisher,
        published=int(article.published_at.timestamp()) if article.published_at else None,
        tags=article.tags,
        title_words=segment(article.title),
        words=segment(stored.chunk.text),
    )


def _columns(
    stored: list[StoredChunk], articles: dict[str, Article], cluster_of: dict[str, str]
) -> Columns:
    ids = sorted(articles)
    place = {article_id: i for i, article_id in enumerate(ids)}
    publishers = sorted({article.publisher for article in articles.values()})
    outlet = {name: i for i, name in enumerate(publishers)}
    owners = [articles[s.chunk.article_id] for s in stored]
    return Columns(
        keys=np.array([s.key for s in stored], np.int64),
        published=np.array(
            [int(a.published_at.timestamp()) if a.published_at else NO_DATE for a in owners],
            np.int64,
        ),
        article=np.array([place[a.id] for a in owners], np.int32),
        cluster=np.array([place[cluster_of[a.id]] for a in owners], np.int32),
        publisher=np.array([outlet[a.publisher] for a in owners], np.int32),
        article_ids=np.array(ids, dtype=np.str_),
        publishers=np.array(publishers, dtype=np.str_),
        tags=np.array([f"\x1f{chr(31).join(articles[i].tags)}\x1f" for i in ids], dtype=np.str_),
    )
