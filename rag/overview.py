"""Step 6 for 助贷新规讲了什么？: a few points from different parts of the evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from rag.asked import character_pairs
from rag.evidence import Ranking
from rag.features import COLUMN, SentenceRow
from rag.scorer import probability
from rag.spans import Span

_POOL = 40  # best sentences that may become a point
_ON_SUBJECT = 0.75  # of what the best passage holds of the question's names and words
_BEHIND = 4.0  # log odds below the best, from which a sentence is no point
_ALIKE = 0.45  # share of character pairs from which two points say the same
_ABOUT = 1.5  # log odds for a sentence that names what is asked about
_SAME_STORY, _SAME_PLACE = 0.5, 0.3  # log odds against another point of one story, one passage
_SHORTEST, _LONGEST = 12, 110  # characters of a point
_LEANS = re.compile(r"^(?:其中|对此|这|该|此|他|她|它|但|而|不过|因此|所以|例如|比如|同时)")

_HEADING = re.compile(
    r"[^，。,.；;！？!?\d]{2,22}(?:影响|表现|情况|应对|策略|建议|观点|变化|分化|转型|趋势|原因|路径|案例"
    r"|格局|偏好|画像|赋能|动向|环境|响应|要求|规模|结构|运营|生态)"
)


@dataclass(frozen=True, slots=True)
class Point:
    """A row of the ranking, and the part of its sentence that is the point."""

    row: int
    text: str
    log_odds: float


def choose_points(ranking: Ranking, *, max_points: int, max_chars: int) -> list[Point]:
    """The likeliest sentences that say different things, in the order of the evidence.

    Args:
        ranking: of the whole question.
        max_points: of the answer.
        max_chars: code points of all of them together.
    """
    pool = _read_pool(ranking)
    chosen: list[Point] = []
    while pool and len(chosen) < max_points:
        rated = [(point.log_odds - _against(point, chosen, ranking), point) for point in pool]
        worth, best = max(rated, key=lambda one: one[0])
        if chosen and worth < chosen[0].log_odds - _BEHIND:
            break
        pool = [point for point in pool if point.row != best.row and not _same(point, best)]
        if sum(len(point.text) for point in (*chosen, best)) <= max_chars or not chosen:
            chosen.append(best)
    return sorted(chosen, key=lambda point: _place(ranking.table.rows[point.row]))


def _read_pool(ranking: Ranking) -> list[Point]:
    if not ranking.table.rows:
        return []
    named = ranking.table.features[:, COLUMN["near_names"]]
    about = ranking.table.features[:, [COLUMN["passage_names"], COLUMN["passage_words"]]].sum(
        axis=1
    )
    spans: dict[int, tuple[float, Span]] = {}
    for span, log_odds in zip(ranking.spans, ranking.span_log_odds.tolist(), strict=True):
        if span.row not in spans or log_odds > spans[span.row][0]:
            spans[span.row] = (log_odds, span)
    pool = []
    for at in np.argsort(-ranking.log_odds, kind="stable")[:_POOL].tolist():
        row = ranking.table.rows[at]
        text = row.text.strip()
        if len(text) > _LONGEST and at in spans:
            span = spans[at][1]
            text = row.text[span.start : span.end].strip()
        if about[at] >= _ON_SUBJECT * about.max() and _is_point(row, text):
            odds = float(ranking.log_odds[at]) + _ABOUT * float(named[at])
            pool.append(Point(at, text, odds))
    return pool


def _is_point(row: SentenceRow, text: str) -> bool:
    return (
        _SHORTEST <= len(text) <= _LONGEST
        and not row.facts.is_noise
        and not text.endswith(("？", "?", "...", "…"))
        and _LEANS.match(text) is None
        and not is_heading(text)
    )


def is_heading(text: str) -> bool:
    """Whether a text names a subject and says nothing about it: 助贷新规对银行的影响."""
    return _HEADING.fullmatch(text.strip("。 ")) is not None


def _against(point: Point, chosen: list[Point], ranking: Ranking) -> float:
    """What speaks against another point of what was chosen from already."""
    rows = ranking.table.rows
    ours = rows[point.row].passage
    theirs = [rows[other.row].passage for other in chosen]
    same_story = sum(other.cluster_id == ours.cluster_id for other in theirs)
    same_place = sum(other.chunk.id == ours.chunk.id for other in theirs)
    return _SAME_STORY * same_story + _SAME_PLACE * same_place


def _same(one: Point, other: Point) -> bool:
    a, b = character_pairs(one.text), character_pairs(other.text)
    return len(a & b) >= _ALIKE * max(1, min(len(a), len(b)))


def _place(row: SentenceRow) -> tuple[int, int]:
    return row.passage.rank, row.index


def chance(point: Point) -> float:
    """That a point answers, in [0, 1]."""
    return float(probability(np.array([point.log_odds]))[0])
