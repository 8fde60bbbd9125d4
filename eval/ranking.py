"""Retrieval against gold. Definitions are trec_eval's, computed by ir-measures.

Gold is a span of a document, or a whole document, never a chunk, so a change of the chunker changes
no label: a chunk is relevant when it covers at least half of a gold span, or lies in a gold
document (the rule's version is ``RELEVANCE``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ir_measures
from ir_measures import AP, RR, P, R, Success, nDCG

from eval.cases import MAX_GRADE, Case, GoldSpan

RELEVANCE = "span-half-2"
_HALF = 0.5
CUTS = (1, 3, 5, 10, 20)
_MEASURES = {
    **{f"retrieval/recall@{k}": R @ k for k in CUTS},
    **{f"retrieval/hit@{k}": Success @ k for k in CUTS},
    **{f"retrieval/precision@{k}": P @ k for k in CUTS},
    "retrieval/ndcg@10": nDCG @ 10,
    "retrieval/mrr@10": RR @ 10,
    "retrieval/map@10": AP @ 10,
}
# Apart: in one call with these gains the library may compute plain nDCG with them, too, as the
# order of a set of strings has it.
_EXPONENTIAL = {
    "retrieval/ndcg_exp@10": nDCG(gains={g: 2**g - 1 for g in range(MAX_GRADE + 1)}) @ 10
}
NAMES = (*_MEASURES, *_EXPONENTIAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundChunk:
    """A retrieved chunk and its place; ``reprints`` are documents that say the same."""

    document_id: str
    start: int
    end: int
    chunk_id: str = ""
    score: float = 0.0
    reprints: tuple[str, ...] = ()


def score_rankings(
    rankings: Mapping[str, tuple[Case, Sequence[FoundChunk]]],
) -> dict[str, dict[str, float]]:
    """Metrics of each case that has gold: case identifier to name to score.

    Args:
        rankings: by case identifier, the case and its places, best first.
    """
    with_gold = {key: pair for key, pair in rankings.items() if pair[0].gold}
    if not with_gold:
        return {}
    qrels = [
        ir_measures.Qrel(key, f"g{i}", span.grade)
        for key, (case, _) in with_gold.items()
        for i, span in enumerate(case.gold)
    ]
    run = [doc for key, (case, places) in with_gold.items() for doc in _run(key, case, places)]
    scores = {key: dict.fromkeys(NAMES, 0.0) for key in with_gold}
    for measures in (_MEASURES, _EXPONENTIAL):
        names = {measure: name for name, measure in measures.items()}
        for found in ir_measures.iter_calc(list(names), qrels, run):
            scores[found.query_id][names[found.measure]] = float(found.value)
    return scores


def _run(key: str, case: Case, places: Sequence[FoundChunk]) -> list[ir_measures.ScoredDoc]:
    """A place stands for each gold that it covers first; else for itself.

    Where gold is whole documents, further chunks of a document that was found take no rank, be it
    found itself or by a reprint.
    """
    whole = all(span.end is None for span in case.gold)
    docs: list[ir_measures.ScoredDoc] = []
    found: set[int] = set()
    documents: set[str] = set()
    for rank, place in enumerate(places):
        if whole and place.document_id in documents:
            continue
        documents.update((place.document_id, *place.reprints))
        covered = [i for i, s in enumerate(case.gold) if i not in found and _covers(place, s)]
        found |= set(covered)
        # Gold that one chunk covers shares its rank; the tiny step keeps the order strict.
        for step, name in enumerate([f"g{i}" for i in covered] or [f"x{rank}"]):
            docs.append(ir_measures.ScoredDoc(key, name, -(rank + step / 100)))
    return docs


def _covers(place: FoundChunk, span: GoldSpan) -> bool:
    if span.document_id in place.reprints:
        return True
    if place.document_id != span.document_id:
        return False
    if span.end is None:
        return True
    common = min(place.end, span.end) - max(place.start, span.start)
    return common >= _HALF * (span.end - span.start)
