"""Step 2: passages for a query. Dense and lexical, fused by rank, reprints collapsed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.store import FetchedChunk, PassageStore
from index.types import Hit
from rag.settings import RagSettings
from rag.trace import span
from rag.types import Mode, Passage, Query

# Reciprocal rank fusion (Cormack, Clarke, Buettcher 2009, where it is 60 for runs of 1,000 hits).
# With fifty hits a smaller one lets the first ranks count.
_RRF_K = 20

_OTHER = 0.5  # weight of a text that is searched too, such as a follow-up as it was typed
_SPARE = 5  # of so many passages one is dropped at most, mostly
_NEW_SHARE = 0.3  # of its sentences must be new for a reprint's passage to stay


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """Passages, best first, and what the two halves took in milliseconds."""

    passages: tuple[Passage, ...]
    question_vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]]


def retrieve(
    store: PassageStore, query: Query, *, settings: RagSettings, top_k: int, mode: Mode
) -> Retrieved:
    """The best ``top_k`` passages; chunks at the same place of reprints count once."""
    embedder = store.embedder()
    with span(f"embeddings {embedder}", operation__name="embeddings", request__model=embedder):
        vectors = store.embed_queries([*query.search_texts, *query.other_texts])
    n_held = len(query.search_texts)
    runs: list[tuple[float, list[Hit]]] = []
    for i, text in enumerate((*query.search_texts, *query.other_texts)):
        share = 1.0 if i < n_held else _OTHER
        if mode != "sparse":
            hits = store.search_dense(vectors[i], settings.candidates, query.filters)
            runs.append((share * settings.dense_weight, hits))
        if mode != "dense":
            words = text if i else " ".join((text, *query.other_names))
            hits = store.search_lexical(words, settings.candidates, query.filters)
            runs.append((share * settings.lexical_weight, hits))
    fused = fuse(runs)
    kept = _fetch(store, [key for key, _ in fused], top_k)
    fused_score = dict(fused)
    raw = _raw_scores(runs)
    passages = tuple(
        Passage(
            chunk=found.chunk,
            article=found.article,
            cluster_id=found.cluster_id,
            rank=rank,
            score=fused_score[found.key],
            scores=raw[found.key] | {"fused": fused_score[found.key]},
            reprints=found.reprints,
            sentence_similarity=tuple(_similarity(found, vectors[:n_held])),
            names=found.names,
        )
        for rank, found in enumerate(kept, start=1)
    )
    return Retrieved(passages=passages, question_vectors=vectors)


def fuse(runs: Sequence[tuple[float, Sequence[Hit]]]) -> list[tuple[int, float]]:
    """Weighted reciprocal ranks: keys with their sums, best first, ties by key.

    The order of ``runs`` does not matter.
    """
    scores: dict[int, float] = {}
    for weight, hits in sorted(runs, key=lambda run: (run[0], [hit.key for hit in run[1]])):
        for hit in hits:
            scores[hit.key] = scores.get(hit.key, 0.0) + weight / (_RRF_K + hit.rank)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


def _raw_scores(runs: Sequence[tuple[float, Sequence[Hit]]]) -> dict[int, dict[str, float]]:
    best: dict[int, dict[str, float]] = {}
    for _, hits in runs:
        for hit in hits:
            of_key = best.setdefault(hit.key, {})
            of_key[hit.via] = max(hit.score, of_key.get(hit.via, hit.score))
    return best


def _fetch(store: PassageStore, keys: Sequence[int], top_k: int) -> list[FetchedChunk]:
    """The best ``top_k`` chunks, of twice as many at most.

    A passage is dropped if most of its sentences were seen in better ones of its reprint cluster.
    """
    seen: set[tuple[str, str]] = set()
    kept: list[FetchedChunk] = []
    few = top_k + top_k // _SPARE
    for some in (keys[:few], keys[few : 2 * top_k]):
        if len(kept) >= top_k:
            break
        for found in store.fetch_chunks(some):
            of_chunk = {(found.cluster_id, found.chunk.quote(s)) for s in found.chunk.sentences}
            if len(of_chunk - seen) > _NEW_SHARE * len(of_chunk):
                kept.append(found)
                seen |= of_chunk
    return kept[:top_k]


def _similarity(
    found: FetchedChunk, vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]]
) -> list[tuple[float, ...]]:
    return [tuple(row) for row in (found.sentence_vectors @ vectors.T).tolist()]
