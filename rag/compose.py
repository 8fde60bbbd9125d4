"""Step 6: the extractive composer. The fewest words of the articles that answer, in their order.

Spans are chosen together: the aim is the probability that every part of the question is answered
by at least one of them, less a little for every character.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.words import normalize
from rag import prompts
from rag.asked import character_pairs
from rag.clean import clean_label, clean_text
from rag.conflict import Witness
from rag.dates import published_on
from rag.evidence import Ranking
from rag.facts import CREDIT, read_facts
from rag.measures import Matrix
from rag.overview import chance, choose_points, is_heading
from rag.scorer import probability
from rag.types import Evidence, Kind, Language, Query
from rag.values import asks_for_several

GENERATOR = "extractive-2"
_SOFTEN = 0.7  # of the log odds: spans are not as independent as their product pretends
_PER_CHAR = 0.0002  # of log probability, that a character must earn
# Of log probability, what a value earns by its chance: each one where several are asked for, else
# the likeliest that each part is answered with.
_PER_VALUE, _BEST_VALUE = 0.5, 1.0
_WEAK = 0.2  # a span that is this much less likely than the best of its part is left out
_POOL = 16  # spans of each part that are looked at
_BEAM = 12
_SAME = 0.8  # share of character pairs from which two texts say the same

_LEAD_IN = re.compile(
    r"^(?:[“”\"…\s]|\.{2,}|[A-Z][a-z]{2} \d{1,2}, \d{4}\s*(?:\.{2,}|…)\s*|(?:[-•·▲■●]|\*(?!ST))\s*"
    r"|(?:同时|此外|另外|其中|而且|不过|但是|因此|所以|据悉|值得注意的是)，)+"
)
_POINTS, _OVERVIEW_TIMES = 5, 2  # points of an overview at most, and its length against others
_APART_DAYS = 30  # between two articles, from which a reader needs to know which is which
_LISTING: frozenset[Kind] = frozenset(("list", "overview", "how", "reason"))
_FIRST_ITEM = re.compile(r"一是|其一|第一[，,、是]|首先|（一）|\(一\)")
_NEXT_ITEM = re.compile(
    r"(?:[二三四五六]是|其[二三四五]|第[二三四五六][，,、是]|其次|再次|最后|（[二三四五六]）"
    r"|\([二三四五六]\))"
)
_TAIL = "，；;、,：:—… "


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
    """A span as the reader would see it, with its log odds for each part of the question.

    ``earned`` is log probability by its values, see ``_earn``.
    """

    text: str
    evidence: Evidence
    pairs: frozenset[str]
    place: tuple[str, int]
    log_odds: tuple[float, ...]
    earned: dict[tuple[int, str], float]


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
        max_chars: code points for a question of one part; each further part has a third more.
        witnesses: rows of the first ranking that disagree: their sentences are the answer.
    """
    if witnesses:
        return [frame_draft(_testimony(rankings[0], one), query.language) for one in witnesses]
    if query.kinds[:1] == ("overview",) and not query.parts:
        points = _overview(rankings[0], max_chars=_OVERVIEW_TIMES * max_chars)
        if len(points) > 1:
            return [bulleted(frame_draft(draft, query.language)) for draft in points]
    parts = rankings[1:] or rankings
    units = _read_units(parts)
    if not units:
        return []
    more = len(parts) - 1
    chosen = _choose(
        units, max_units=max_sentences * (1 + more), max_chars=max_chars + more * max_chars // 3
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
    drafts = _with_whole_lists(query, parts[0], drafts)
    attributed = query.newest or _of_different_times(drafts)
    return [frame_draft(draft, query.language, attributed=attributed) for draft in drafts]


def _overview(ranking: Ranking, *, max_chars: int) -> list[Draft]:
    """A few points, each from another part of the evidence."""
    points = choose_points(ranking, max_points=_POINTS, max_chars=max_chars)
    drafts = []
    for point in points:
        if text := clean_span(point.text):
            proof = (ranking.evidence(point.row),)
            drafts.append(Draft(text=text, claim=text, evidence=proof, score=chance(point)))
    return drafts


def bulleted(draft: Draft) -> Draft:
    """The draft as one point of several."""
    return replace(draft, text=f"{prompts.BULLET}{draft.text}")


def _with_whole_lists(query: Query, ranking: Ranking, drafts: list[Draft]) -> list[Draft]:
    """The drafts, each first item of a list (一是…) followed by the other items of it."""
    if not _LISTING.intersection(query.kinds):
        return drafts
    whole: list[Draft] = []
    said = {draft.evidence[0].sentence for draft in drafts}
    for draft in drafts:
        whole.append(draft)
        if _FIRST_ITEM.search(draft.claim):
            for evidence in _other_items(ranking, draft.evidence[0]):
                text = clean_span(evidence.text)
                if text and evidence.sentence not in said and len(whole) < _POINTS:
                    whole.append(
                        Draft(text=text, claim=text, evidence=(evidence,), score=evidence.score)
                    )
    return whole


def _other_items(ranking: Ranking, first: Evidence) -> list[Evidence]:
    """The sentences behind the first item that go on with the list."""
    found = []
    for number, row in enumerate(ranking.table.rows):
        if row.passage.chunk.id == first.passage.chunk.id:
            sentence = row.passage.chunk.sentences[row.index]
            if sentence.start > first.sentence.start:
                if not _NEXT_ITEM.match(row.text.strip()):
                    break
                found.append(ranking.evidence(number))
    return found


def _of_different_times(drafts: Sequence[Draft]) -> bool:
    """Whether the drafts come from articles that lie far apart in time."""
    days = [day for d in drafts if (day := published_on(d.evidence[0].passage.article))]
    return bool(days) and (max(days) - min(days)).days > _APART_DAYS


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
    likely = _likely_values(parts)
    units = []
    for key, log_odds in found.items():
        ranking, row_number, raw = first[key]
        text = clean_span(raw)
        if text and not is_heading(text):
            units.append(
                _Unit(
                    text=text, evidence=ranking.evidence(row_number), pairs=character_pairs(text),
                    place=key[:2], log_odds=tuple(log_odds),
                    earned=_earn(likely, normalize(text)),
                )
            )  # fmt: skip
    return units


def _likely_values(parts: Sequence[Ranking]) -> dict[tuple[int, bool, str], float]:
    """What may answer each part, and how likely.

    A key is the part's number, whether it asks for several values, and the value.
    """
    found: dict[tuple[int, bool, str], float] = {}
    for number, ranking in enumerate(parts):
        several = asks_for_several(ranking.table.asked)
        chances = probability(ranking.value_log_odds).tolist()
        for value, sure in zip(ranking.values, chances, strict=True):
            key = (number, several, value.text)
            found[key] = max(sure, found.get(key, 0.0))
    return found


def _earn(likely: dict[tuple[int, bool, str], float], text: str) -> dict[tuple[int, str], float]:
    """What a normalised text earns by each value where several are asked for, else by the best.

    A key is the part's number and the value, or "" for the best.
    """
    earned: dict[tuple[int, str], float] = {}
    for (part, several, value), sure in likely.items():
        if value in text:
            key = (part, value if several else "")
            worth = (_PER_VALUE if several else _BEST_VALUE) * sure
            earned[key] = max(worth, earned.get(key, 0.0))
    return earned


def clean_span(raw: str) -> str:
    """What the reader sees of a span: no marks of the article's own, no markup, no lead-in."""
    plain = _LEAD_IN.sub("", clean_text(raw)).rstrip(_TAIL)
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
    earned: dict[tuple[int, str], float] = {}
    for i in chosen:
        for key, worth in units[i].earned.items():
            earned[key] = max(worth, earned.get(key, 0.0))
    length = sum(len(units[i].text) for i in chosen)
    return float(answered) + sum(earned.values()) - _PER_CHAR * length


def _in_reading_order(chosen: Sequence[_Unit]) -> list[_Unit]:
    """By the part that each answers best, then the surest first."""

    def key(unit: _Unit) -> tuple[int, float]:
        part = max(range(len(unit.log_odds)), key=lambda number: unit.log_odds[number])
        return part, -unit.log_odds[part]

    return sorted(chosen, key=key)


def frame_draft(draft: Draft, language: Language, *, attributed: bool = False) -> Draft:
    """The draft as a reader of ``language`` sees it; its claim stays as it is.

    In English every quote has its outlet and date; in Chinese where it is ``attributed``.
    """
    article = draft.evidence[0].passage.article
    day, publisher = published_on(article), clean_label(article.publisher)
    if language == "en":
        date = day.isoformat() if day else ""
        return replace(draft, text=prompts.render_english(draft.text, publisher, date))
    if not attributed or CREDIT.match(draft.text):
        return draft
    return replace(draft, text=prompts.render_credit(publisher, day) + draft.text)
