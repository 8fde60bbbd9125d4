"""Step 6: the extractive composer. The fewest words of the articles that answer, in their order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag import prompts
from rag.choose import choose_units
from rag.clean import clean_label, clean_span
from rag.conflict import Witness
from rag.dates import published_on
from rag.evidence import Ranking
from rag.facts import CREDIT, read_facts
from rag.overview import chance, choose_points
from rag.scorer import probability
from rag.types import Evidence, Kind, Language, Query

GENERATOR = "extractive-2"
SURE = 0.8  # confidence from which the best of the evidence needs no company
_POINTS, _OVERVIEW_TIMES = 5, 2  # points of an overview at most, and its length against others
_APART_DAYS = 30  # between two articles, from which a reader needs to know which is which
_LISTING: frozenset[Kind] = frozenset(("list", "overview", "how", "reason"))
_FIRST_ITEM = re.compile(r"一是|其一|第一[，,、是]|首先|（一）|\(一\)")
_NEXT_ITEM = re.compile(
    r"(?:[二三四五六]是|其[二三四五]|第[二三四五六][，,、是]|其次|再次|最后|（[二三四五六]）"
    r"|\([二三四五六]\))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A sentence of an answer before it has a number.

    ``text`` is what the reader sees, ``claim`` the part of it that the evidence must prove.
    """

    text: str
    claim: str
    evidence: tuple[Evidence, ...]
    score: float


def compose(
    query: Query,
    rankings: Sequence[Ranking],
    *,
    max_sentences: int,
    max_chars: int,
    witnesses: Sequence[Witness] = (),
    confidences: Sequence[float] = (),
) -> list[Draft]:
    """Sentences for the answer; at least one when there is evidence.

    Args:
        query: decides the frame.
        rankings: of the whole question, then of its parts.
        max_sentences: for each part.
        max_chars: code points for a question of one part; each further part has a third more.
        witnesses: rows that disagree about a part: their sentences are the answer to it.
        confidences: of each ranking, that the evidence answers; from ``SURE`` on nothing idle is
            said. 0 where they are not known.
    """
    known = confidences or [0.0] * len(rankings)
    parts = list(zip(rankings, known, strict=True))[1 if len(rankings) > 1 else 0 :]
    if witnesses:
        disputed, _ = parts[witnesses[0].part]
        testimony = [_testimony(disputed, one) for one in witnesses]
        others = [part for part in parts if part[0] is not disputed]
        rest = _extract(others, max_sentences, max_chars) if others else []
        new = [draft for draft in rest if not any(draft.claim in one.claim for one in testimony)]
        return [frame_draft(draft, query.language) for draft in (*testimony, *new)]
    if query.kinds[:1] == ("overview",) and not query.parts:
        points = _overview(rankings[0], max_chars=_OVERVIEW_TIMES * max_chars)
        if len(points) > 1:
            return [bulleted(frame_draft(draft, query.language)) for draft in points]
    drafts = _extract(parts, max_sentences, max_chars)
    drafts = _with_whole_lists(query, parts[0][0], drafts)
    attributed = query.newest or _of_different_times(drafts)
    return [frame_draft(draft, query.language, attributed=attributed) for draft in drafts]


def _extract(
    parts: Sequence[tuple[Ranking, float]], max_sentences: int, max_chars: int
) -> list[Draft]:
    """What of the sentences answers the parts, each with its confidence, together."""
    more = len(parts) - 1
    units = choose_units(
        [ranking for ranking, _ in parts],
        max_units=max_sentences * (1 + more),
        max_chars=max_chars + more * max_chars // 3,
        sure=[confidence >= SURE for _, confidence in parts],
    )
    return [
        Draft(
            text=unit.text,
            claim=unit.text,
            evidence=(unit.evidence(),),
            score=float(probability(np.array([max(unit.log_odds)]))[0]),
        )
        for unit in units
    ]


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
