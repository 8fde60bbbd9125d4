"""Reprints: articles that are one piece of evidence, however many outlets carry them.

Candidates come from locality-sensitive hashing of MinHash signatures (Broder, "On the resemblance
and containment of documents", 1997). Each is then compared: outlets start a story at different
paragraphs and cut it at different places, so what counts is containment, the share of the smaller
article that stands in the other one, and not their resemblance.

Everything that the comparison needs is in an article's signature, so that an update reads the
signatures of the old articles and not their texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray

from index.types import Article, Cluster
from index.words import normalize

SIGNATURE_VERSION = 1
"""Stored signatures of another version must be computed again."""

_Hashes = NDArray[np.uint32]

_TEXT_SHINGLE = 8  # characters: two Chinese words and what joins them
_TITLE_SHINGLE = 3
_LEAD_CHARS = 300  # finds the whole article of which another is the beginning
_SKETCH = 512  # hashes kept of a text: nearly all of a short article's, a sample of a long one's
_PERMUTATIONS = 48
_BANDS = (24, 2)  # of two rows each: Jaccard 0.3 is found in 9 cases of 10, 0.5 always
_MAX_CANDIDATES = 200

_COPY = 0.8  # contained: the same text, whatever the title
_SAME_FIGURES = 0.8
_TITLE_COPY = 0.9  # notices of two companies share more than 0.8 of their titles
_EXCERPT = 0.3  # under the same title, within days
_SAME_FIGURES_EXCERPT = 0.6
_SAME_DAYS = timedelta(days=7)

# A date is one figure, and the numbers of a list are none: two notices share "1、" and "2、".
_NUMBER = re.compile(r"\d{1,2}月\d{1,2}日|\d+(?:\.\d+)?(?:万亿|亿|万)?%?(?![\d、.)])")
_NOISE = re.compile(r"[\W_]+")
_SHARED = MinHash(num_perm=_PERMUTATIONS, scheme="affine32")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedArticle:
    """What clustering knows of an article; ``signature`` as ``build_signature`` made it."""

    article_id: str
    published_at: datetime | None
    signature: bytes


@dataclass(frozen=True, slots=True)
class _Signature:
    """Sorted arrays of distinct 32-bit hashes; the three MinHashes have 48 values each.

    ``text`` holds the smallest hashes of the text's shingles, ``_SKETCH`` at most; the numbers
    are those of the text and of the title.
    """

    text_minhash: _Hashes
    lead_minhash: _Hashes
    title_minhash: _Hashes
    text: _Hashes
    title: _Hashes
    numbers: _Hashes
    title_numbers: _Hashes

    def to_bytes(self) -> bytes:
        arrays = [getattr(self, name) for name in self.__slots__]
        header = np.array([SIGNATURE_VERSION, *map(len, arrays)], dtype="<u4")
        return b"".join(array.astype("<u4").tobytes() for array in (header, *arrays))

    @classmethod
    def from_bytes(cls, data: bytes) -> _Signature:
        values = np.frombuffer(data, dtype="<u4").astype(np.uint32)
        n_arrays = len(cls.__slots__)
        if len(values) <= n_arrays or values[0] != SIGNATURE_VERSION:
            raise ValueError(
                f"signature of {len(data)} bytes is not of version {SIGNATURE_VERSION}"
            )
        ends = np.cumsum(values[1 : n_arrays + 1])[:-1]
        return cls(*np.split(values[n_arrays + 1 :], ends))


def find_clusters(articles: Iterable[Article]) -> tuple[Cluster, ...]:
    """The clusters of some articles; see ``cluster_signed``."""
    return cluster_signed(
        SignedArticle(
            article_id=article.id,
            published_at=article.published_at,
            signature=build_signature(article),
        )
        for article in articles
    )


def build_signature(article: Article) -> bytes:
    """What ``cluster_signed`` compares: a few kilobytes, the same for the same title and text."""
    title, text = normalize(article.title), normalize(article.text)
    bare = _NOISE.sub("", text)
    shingles = _hash_shingles(bare, _TEXT_SHINGLE)
    title_shingles = _hash_shingles(_NOISE.sub("", title), _TITLE_SHINGLE)
    return _Signature(
        text_minhash=_minhash(shingles),
        lead_minhash=_minhash(_hash_shingles(bare[:_LEAD_CHARS], _TEXT_SHINGLE)),
        title_minhash=_minhash(title_shingles),
        text=shingles[:_SKETCH],
        title=title_shingles[:_SKETCH],
        numbers=_hash_words(_NUMBER.findall(text))[:_SKETCH],
        title_numbers=_hash_words(_NUMBER.findall(title)),
    ).to_bytes()


def cluster_signed(articles: Iterable[SignedArticle]) -> tuple[Cluster, ...]:
    """The clusters of reprints, singletons included, whatever the order of ``articles``.

    Two articles are reprints when the smaller one's text stands in the other (a copy), or when
    they have the same title, appeared within a week of each other, and share a passage (an
    excerpt). In both cases their figures must agree: the same template about another bank or
    quarter is other evidence.

    Args:
        articles: with distinct identifiers.

    Returns:
        Ordered by the publication of their origins, unknown times last; so are their members.

    Raises:
        ValueError: a signature is of another version.
    """
    ordered = sorted(articles, key=_publication_order)
    signatures = [_Signature.from_bytes(article.signature) for article in ordered]
    origins = list(range(len(ordered)))  # each row's cluster: the row of an earlier member
    for row, candidates in _find_candidates(signatures):
        for other in candidates:
            ours, theirs = _find_origin(origins, row), _find_origin(origins, other)
            if ours != theirs and _are_reprints(
                signatures[row], signatures[other], _near_in_time(ordered[row], ordered[other])
            ):
                origins[max(ours, theirs)] = min(ours, theirs)
    members: dict[int, list[str]] = {}
    for row, article in enumerate(ordered):
        members.setdefault(_find_origin(origins, row), []).append(article.article_id)
    return tuple(Cluster(id=ids[0], article_ids=tuple(ids)) for ids in members.values())


def _find_candidates(signatures: Sequence[_Signature]) -> Iterator[tuple[int, list[int]]]:
    """For each row the earlier rows that may be its reprints, the latest of them."""
    by_text, by_title = (
        MinHashLSH(num_perm=_PERMUTATIONS, params=_BANDS, prepickle=False) for _ in range(2)
    )
    for row, signature in enumerate(signatures):
        found: set[int] = set()
        views = [
            (by_text, signature.text_minhash, len(signature.text)),
            (by_text, signature.lead_minhash, len(signature.text)),
            (by_title, signature.title_minhash, len(signature.title)),
        ]
        for number, (lsh, values, size) in enumerate(views):
            if size:
                minhash = MinHash(
                    hashvalues=values, permutations=_SHARED.permutations, scheme="affine32"
                )
                found.update(key // len(views) for key in lsh.query(minhash))
                lsh.insert(row * len(views) + number, minhash, check_duplication=False)
        found.discard(row)
        # The rows are in the order of publication, and reprints follow within days.
        yield row, sorted(found, reverse=True)[:_MAX_CANDIDATES]


def _are_reprints(one: _Signature, other: _Signature, near_in_time: bool) -> bool:
    shared_figures = _containment(one.numbers, other.numbers)
    same_title_figures = _containment(one.title_numbers, other.title_numbers) == 1
    if not same_title_figures or shared_figures < _SAME_FIGURES_EXCERPT:
        return False
    contained = _containment_of_sketches(one.text, other.text)
    if contained >= _COPY and shared_figures >= _SAME_FIGURES:
        return True
    if not (near_in_time and len(one.title) and len(other.title)):
        return False
    return contained >= _EXCERPT and _containment(one.title, other.title) >= _TITLE_COPY


def _containment(one: _Hashes, other: _Hashes) -> float:
    """The share of the smaller set that is in the other; 1 where it is empty."""
    smaller = min(len(one), len(other))
    return len(np.intersect1d(one, other, assume_unique=True)) / smaller if smaller else 1.0


def _containment_of_sketches(one: _Hashes, other: _Hashes) -> float:
    """Containment estimated on the range of hashes that both sketches cover completely."""
    if not (len(one) and len(other)):
        return 0.0
    limit = min(sketch[-1] if len(sketch) == _SKETCH else 2**32 - 1 for sketch in (one, other))
    return _containment(one[one <= limit], other[other <= limit])


def _near_in_time(one: SignedArticle, other: SignedArticle) -> bool:
    if one.published_at is None or other.published_at is None:
        return True
    return abs(one.published_at - other.published_at) <= _SAME_DAYS


def _publication_order(article: SignedArticle) -> tuple[bool, datetime, str]:
    time = article.published_at
    return time is None, time or datetime.max.replace(tzinfo=UTC), article.article_id


def _find_origin(origins: list[int], row: int) -> int:
    while origins[row] != row:
        origins[row] = origins[origins[row]]  # halve the path for the next one who asks
        row = origins[row]
    return row


def _hash_shingles(text: str, length: int) -> _Hashes:
    """Distinct hashes of every run of ``length`` characters, sorted; shorter text is one run."""
    if not text:
        return np.empty(0, dtype=np.uint32)
    codes = np.frombuffer(text.encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    length = min(length, len(codes))
    n_runs = len(codes) - length + 1
    return _hash_columns(codes[offset : offset + n_runs] for offset in range(length))


def _hash_words(words: Iterable[str]) -> _Hashes:
    """The distinct hashes of words by their first 16 characters, sorted."""
    codes = np.array([*set(words)], dtype="<U16")
    return _hash_columns(codes.view("<u4").reshape(-1, 16).T.astype(np.uint64))


def _hash_columns(columns: Iterable[NDArray[np.uint64]]) -> _Hashes:
    hashes: NDArray[np.uint64] = np.zeros(1, dtype=np.uint64)
    for column in columns:
        hashes = column + hashes * np.uint64(0x100000001B3)
    # splitmix64's last step: the polynomial alone leaves the order of the characters visible.
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.unique((hashes >> np.uint64(32)).astype(np.uint32))


def _minhash(hashes: _Hashes) -> _Hashes:
    minhash = MinHash(
        num_perm=_PERMUTATIONS, hashfunc=int, permutations=_SHARED.permutations, scheme="affine32"
    )
    minhash.update_batch(hashes)
    return np.asarray(minhash.hashvalues, dtype=np.uint32)
