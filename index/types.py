"""The nouns of storage, in the order in which data becomes evidence.

Every offset in huawen is a count of Unicode code points into ``Article.text``, half-open
``[start, end)``. The text is repaired once, by a reader, before the first offset exists.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Literal, get_args

Via = Literal["dense", "lexical"]
NameKind = Literal["person", "place", "organisation", "work", "other"]
# A kind is stored as its place here: new ones go to the end.
NAME_KINDS: tuple[NameKind, ...] = get_args(NameKind)

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def base32(number: int) -> str:
    """The lowest 130 bits of ``number`` as 26 Crockford base-32 characters, highest first."""
    digits = []
    for _ in range(26):
        number, digit = divmod(number, 32)
        digits.append(_CROCKFORD[digit])
    return "".join(reversed(digits))


def digest_id(prefix: str, *parts: str) -> str:
    """A stable identifier: ``prefix`` and 26 characters of a SHA-256 over ``parts``.

    It has the shape of the ULIDs that the HTTP service mints, but the same parts always give the
    same identifier, so that reading a file twice names its articles the same.
    """
    digest = sha256("\x1f".join(parts).encode()).digest()
    return f"{prefix}_{base32(int.from_bytes(digest[:16], 'big'))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One news article, repaired.

    Attributes:
        id: unique in a home; given by the source, or derived from publisher, time and title.
        title: headline, repaired like the text; "" where there is none.
        publisher: outlet, "" where unknown.
        published_at: aware time of publication, None where unknown. Never the time of ingestion.
        url: address of the original, None where unknown.
        text: the body; what is stored, shown, quoted and counted.
        truncated: the source was cut off ("...") before its end.
        tags: free labels given by the source, for filters.
    """

    id: str
    title: str
    publisher: str
    published_at: datetime | None
    url: str | None
    text: str
    truncated: bool = False
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.published_at is not None and self.published_at.tzinfo is None:
            raise ValueError(f"published_at of {self.id!r} has no time zone")

    @property
    def content_hash(self) -> str:
        """SHA-256, hexadecimal, over everything a reader can see; decides "unchanged"."""
        seen = (
            self.title,
            self.publisher,
            self.published_at.isoformat() if self.published_at else "",
            self.url or "",
            self.text,
            str(self.truncated),
            *self.tags,
        )
        return sha256("\x1f".join(seen).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Articles that are reprints of one another: one piece of evidence, many outlets.

    Attributes:
        id: identifier of the earliest article, the origin.
        article_ids: every member, earliest publication first (unknown times last).
    """

    id: str
    article_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Sentence:
    """A sentence's place in ``Article.text``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """Where something is named, and what it is; ``other`` is a brand, a product, an event."""

    start: int
    end: int
    kind: NameKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A run of whole sentences that fits the embedder.

    Invariants: ``article.text[start:end] == text``; the sentences are in order, do not overlap,
    and lie inside ``[start, end)``; ``ordinal`` counts the article's chunks from 0.
    """

    id: str
    article_id: str
    ordinal: int
    start: int
    end: int
    text: str
    sentences: tuple[Sentence, ...]

    def quote(self, sentence: Sentence) -> str:
        """The text of one of its sentences."""
        return self.text[sentence.start - self.start : sentence.end - self.start]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A chunk found by one of the two searches.

    Attributes:
        key: the chunk's number in the catalog (what the indexes store).
        score: higher is better; cosine in [-1, 1] for dense, BM25 (>= 0) for lexical.
        rank: 1-based place among the hits of this search.
        via: which search found it.
        cluster_id: the reprint cluster of the chunk's article.
    """

    key: int
    score: float
    rank: int
    via: Via
    cluster_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a search may return. An empty tuple or None is no restriction.

    Attributes:
        published_after: earliest publication time, inclusive.
        published_before: latest publication time, exclusive. Articles without a time are outside
            any date range.
        publishers: exact outlet names.
        document_ids: article identifiers.
        tags: an article passes with any of these labels.
    """

    published_after: datetime | None = None
    published_before: datetime | None = None
    publishers: tuple[str, ...] = ()
    document_ids: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != Filters()


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexInfo:
    """What ``huawen index info`` prints, and what an answer names as its source of facts."""

    version: str
    articles: int
    chunks: int
    clusters: int
    model: str
    dimension: int
    vector_index: str
    bytes_on_disk: int
    newest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRecord:
    """A record that a reader refused: where it stands and why."""

    source: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What an ingest did, in articles, except ``embedded`` and ``chunks`` (chunks).

    ``added + changed + unchanged`` is the number of distinct good articles that were offered.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    bad: tuple[BadRecord, ...] = ()
    embedded: int = 0
    chunks: int = 0
    version: str = ""
    seconds: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
