"""Step 6: the extractive composer. The fewest words of the articles that answer, in their order.

Spans are chosen together: the aim is the probability that every part of the question is answered
by at least one of them, less a little for every character.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag import prompts
from rag.asked import character_pairs
from rag.conflict import Witness
from rag.evidence import Ranking
from rag.facts import NATIVE_MARK, read_facts
from rag.features import Matrix
from rag.scorer import probability
from rag.types import Evidence, Language, Query

GENERATOR = "extractive-2"
_SOFTEN = 0.8  # of the log odds: spans are not as independent as their product pretends
_PER_CHAR = 0.0003  # of log probability, that a character must earn
_WEAK = 0.2  # a span that is this much less likely than the best of its part is left out
_POOL = 16  # spans of each part that are looked at
_BEAM = 12
_SAME = 0.8  # share of character pairs from which two texts say the same

_LEAD_IN = re.compile(
    r"^(?:[“”\"…\s]|\.{2,}|[A-Z][a-z]{2} \d{1,2}, \d{4}\s*(?:\.{2,}|…)\s*|[-•·*▲■●]\s*"
    r"|(?:同时|此外|另外|其中|而且|不过|但是|因此|所以|据悉|值得注意的是)，)+"
)
_TAIL = "，；;、,：:—… "
_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,200}>")
_MARKUP = re.compile(r"[<>`*_#|~\[\]{}]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A sentence of an answer before it has a number.

    ``text`` is what the reader sees, ``claim`` the part of it that the evidence must prove.
    """

    text: str
    claim: str
    evidence: tuple[Evidence, ...]
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """A span as the reader would see it, with its log odds for each part of the question."""

    text: str
    evidence: Evidence
    pairs: frozenset[str]
    place: tuple[str, int]
    log_odds: tuple[float, ...]


def compose(
    query: Query,
    rankings: Sequence[Ranking],
    *,
    max_sentences: int,
    max_chars: int,
    witnesses: Sequence[Witness] = (),
) -> list[Draft]:
    """Sentences for the answer; at least one when there is evidence.

    Args:
        query: decides the frame.
        rankings: of the whole question, then of its parts.
        max_sentences: for each part.
        max_chars: code points for a question of one part; each further part has half as many more.
        witnesses: rows of the first ranking that disagree: their sentences are the answer.
    """
    if witnesses:
        return [frame_draft(_testimony(rankings[0], one), query.language) for one in witnesses]
    parts = rankings[1:] or rankings
    units = _read_units(parts)
    if not units:
        return []
    more = len(parts) - 1
    chosen = _choose(
        units, max_units=max_sentences * (1 + more), max_chars=max_chars + more * max_chars // 2
    )
    drafts = [
        Draft(
            text=unit.text,
            claim=unit.text,
            evidence=(unit.evidence,),
            score=float(probability(np.array([max(unit.log_odds)]))[0]),
        )
        for unit in _in_reading_order(chosen)
    ]
    return [frame_draft(draft, query.language) for draft in drafts]


def _testimony(ranking: Ranking, witness: Witness) -> Draft:
    """The likeliest part of a witness's sentence that holds its value; else the sentence."""
    row = ranking.table.rows[witness.row]
    spans = [
        (float(log_odds), row.text[span.start : span.end])
        for span, log_odds in zip(ranking.spans, ranking.span_log_odds, strict=True)
        if span.row == witness.row
    ]
    holding = [pair for pair in spans if witness.value in read_facts(pair[1]).text]
    text = clean_span(max(holding)[1] if holding else row.text)
    return Draft(
        text=text, claim=text, evidence=(ranking.evidence(witness.row),), score=witness.weight
    )


def _read_units(parts: Sequence[Ranking]) -> list[_Unit]:
    """The spans of every part; one that two parts rank is one unit with two scores."""
    found: dict[tuple[str, int, int, int], list[float]] = {}
    first: dict[tuple[str, int, int, int], tuple[Ranking, int, str]] = {}
    for number, ranking in enumerate(parts):
        best = np.argsort(-ranking.span_log_odds, kind="stable")[:_POOL]
        for at in best:
            span = ranking.spans[at]
            row = ranking.table.rows[span.row]
            key = (row.passage.chunk.id, row.index, span.start, span.end)
            found.setdefault(key, [-6.0] * len(parts))[number] = float(ranking.span_log_odds[at])
            first.setdefault(key, (ranking, span.row, row.text[span.start : span.end]))
    units = []
    for key, log_odds in found.items():
        ranking, row_number, raw = first[key]
        text = clean_span(raw)
        if text:
            units.append(
                _Unit(
                    text=text, evidence=ranking.evidence(row_number), pairs=character_pairs(text),
                    place=key[:2], log_odds=tuple(log_odds),
                )
            )  # fmt: skip
    return units


def clean_span(raw: str) -> str:
    """What the reader sees of a span: no marks of the article's own, no markup, no lead-in."""
    plain = _TAG.sub("", NATIVE_MARK.sub("", raw))
    plain = _MARKUP.sub(" ", plain)  # a space, so that 7*7 does not become 77
    plain = " ".join(_LEAD_IN.sub("", plain).split()).rstrip(_TAIL)
    if not any(character.isalnum() for character in plain):
        return ""
    return plain if plain.endswith(tuple("。！？!?”")) else f"{plain}。"


def _choose(units: Sequence[_Unit], *, max_units: int, max_chars: int) -> list[_Unit]:
    """Beam search for the best set of units."""
    chance = probability(_SOFTEN * np.array([unit.log_odds for unit in units]))
    missing = np.log1p(-np.clip(chance, 1e-6, 1 - 1e-6))  # log probability of no answer, per part
    strong = np.flatnonzero((chance >= _WEAK * chance.max(axis=0)).any(axis=1)).tolist()
    beam: list[tuple[int, ...]] = [()]
    best: tuple[float, tuple[int, ...]] = (-np.inf, ())
    for _ in range(max_units):
        grown = {
            tuple(sorted((*chosen, new)))
            for chosen in beam
            for new in strong
            if _fits(units, chosen, new, max_chars)
        }
        rated = sorted(((_worth(units, missing, one), one) for one in grown), reverse=True)
        if not rated:
            break
        best = max(best, rated[0])
        beam = [one for _, one in rated[:_BEAM]]
    return [units[i] for i in best[1]]


def _fits(units: Sequence[_Unit], chosen: tuple[int, ...], new: int, max_chars: int) -> bool:
    if not chosen:
        return True
    if new in chosen or sum(len(units[i].text) for i in (*chosen, new)) > max_chars:
        return False
    unit = units[new]
    return all(
        unit.place != units[i].place
        and len(unit.pairs & units[i].pairs) < _SAME * min(len(unit.pairs), len(units[i].pairs))
        for i in chosen
    )


def _worth(units: Sequence[_Unit], missing: Matrix, chosen: tuple[int, ...]) -> float:
    answered = np.log(1 - np.exp(missing[list(chosen)].sum(axis=0)) + 1e-9).sum()
    return float(answered) - _PER_CHAR * sum(len(units[i].text) for i in chosen)


def _in_reading_order(chosen: Sequence[_Unit]) -> list[_Unit]:
    """By the part that each answers best, then the surest first."""

    def key(unit: _Unit) -> tuple[int, float]:
        part = max(range(len(unit.log_odds)), key=lambda number: unit.log_odds[number])
        return part, -unit.log_odds[part]

    return sorted(chosen, key=key)


def frame_draft(draft: Draft, language: Language) -> Draft:
    """The draft as a reader of ``language`` sees it; its claim stays as it is."""
    if language == "zh":
        return draft
    article = draft.evidence[0].passage.article
    date = article.published_at.date().isoformat() if article.published_at else ""
    return replace(draft, text=prompts.render_english(draft.text, article.publisher, date))
