"""Time: evidence of the period that is asked about goes first, and the reader learns what is old.

A question's dates refer to the day it is asked, a sentence's to the day its article was published.
Nothing here looks at when an article was ingested.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

import numpy as np

from index.types import Article
from rag.dates import CHINA, published_on, sentence_periods
from rag.evidence import Ranking
from rag.features import SentenceRow
from rag.measures import Matrix
from rag.shape import with_span_of_best
from rag.times import Period
from rag.types import Citation, Language, Passage, Query

_LOOKED_AT = 40  # best sentences whose dates are read
_NEAR = 3.0  # log odds below the best, within which a sentence competes with it
_OTHER_TIME = 2.0  # log odds that a sentence of another period loses, where one of the right one is
_NEW = 2.5  # log odds that the newest article gains where the question asks for what is new
_HALF_LIFE = 7.0  # days in which that gain halves
_OLD_DAYS = 365  # from this age on, evidence is old for any question
_SHOWN = 3  # dates that a warning explains
_TAKES_EFFECT = re.compile(r"施行|实施|生效|落地|执行|实行")


def favour_times(query: Query, rankings: Sequence[Ranking]) -> tuple[Ranking, ...]:
    """The rankings with sentences of the time that is asked about in front.

    A question without a date or a wish for what is new changes nothing.
    """
    about = tuple(one for one in query.periods if not one.window)
    if not about and not query.newest:
        return tuple(rankings)
    return tuple(_favour(ranking, about, newest=query.newest) for ranking in rankings)


def _favour(ranking: Ranking, about: Sequence[Period], *, newest: bool) -> Ranking:
    if not len(ranking.log_odds):
        return ranking
    change = np.zeros(len(ranking.log_odds))
    best = np.argsort(-ranking.log_odds, kind="stable")[:_LOOKED_AT]
    near = [int(i) for i in best if ranking.log_odds[i] >= ranking.log_odds[best[0]] - _NEAR]
    if about:
        change -= _OTHER_TIME * _other_times(ranking, about, best, near)
    if newest:
        change += _NEW * _newness([row.passage.article for row in ranking.table.rows], near)
    rows = [span.row for span in ranking.spans]
    changed = replace(
        ranking,
        log_odds=ranking.log_odds + change,
        value_log_odds=ranking.value_log_odds + change[[value.row for value in ranking.values]],
        span_log_odds=ranking.span_log_odds + change[rows],
    )
    return with_span_of_best(changed)


def _other_times(
    ranking: Ranking, about: Sequence[Period], best: Iterable[int], near: Sequence[int]
) -> Matrix:
    """1 for a sentence that names other times only, where one that competes names the right one."""
    met = {int(i): _meets(ranking.table.rows[i], about) for i in best}
    others = np.zeros(len(ranking.log_odds))
    if any(met[i] is True for i in near):
        others[[i for i, meets in met.items() if meets is False]] = 1.0
    return others


def _meets(row: SentenceRow, about: Sequence[Period]) -> bool | None:
    """Whether a sentence names one of the periods; None where it names no time."""
    periods = sentence_periods(row.text, row.passage.article)
    if not periods:
        return None
    return any(asked.meets(found) for asked in about for found in periods)


def _newness(articles: Sequence[Article], near: Sequence[int]) -> Matrix:
    """1 for the newest of the articles that compete, falling to 0; 0 without a date."""
    days = [published_on(article) for article in articles]
    newest = max((day for i in near if (day := days[i])), default=None)
    if newest is None:
        return np.zeros(len(articles))
    ages = [float(max((newest - day).days, 0)) if day else np.inf for day in days]
    share: Matrix = 0.5 ** (np.array(ages) / _HALF_LIFE)
    return share


def asks_of_the_future(query: Query, passages: Sequence[Passage]) -> bool:
    """Whether the question is about a time that had not come when the articles were published.

    That is a period that begins after the day of asking, or one with its year that begins after the
    newest article; unless an article speaks of it.
    """
    today = query.asked_at.astimezone(CHINA).date()
    newest = max((d for p in passages if (d := published_on(p.article))), default=today)
    ahead = [
        one
        for one in query.periods
        if not one.window and (one.first > today or (one.years and one.first > newest))
    ]
    if not ahead or len(ahead) < sum(not one.window for one in query.periods):
        return False
    spoken = (
        found
        for passage in passages
        for sentence in passage.chunk.sentences
        for found in sentence_periods(passage.chunk.quote(sentence), passage.article)
    )
    return not any(one.meets(found) for found in spoken for one in ahead)


def days_too_old(query: Query, cited: Sequence[Article], passages: Sequence[Passage]) -> int | None:
    """Age in days of the newest cited article, where all are old against the question's time.

    None where they are not, or no article is dated.
    """
    newest = max((day for article in cited if (day := published_on(article))), default=None)
    if newest is None:
        return None
    today = query.asked_at.astimezone(CHINA).date()
    since = [one.first for one in query.periods if one.window or not one.yearless]
    if query.event and (day := _event_day(passages)):
        since.append(day)
    past = bool(since) and max(since) <= newest
    too_old = any(newest < first <= today for first in since)
    age = (today - newest).days
    return age if too_old or (age > _OLD_DAYS and not past) else None


def _event_day(passages: Sequence[Passage]) -> date | None:
    """The day from which a rule applies, as the first passage that says it says it."""
    for passage in passages:
        for sentence in passage.chunk.sentences:
            text = passage.chunk.quote(sentence)
            if _TAKES_EFFECT.search(text):
                days = [p for p in sentence_periods(text, passage.article) if p.first == p.last]
                if days:
                    return days[0].first
    return None


def relative_dates(text: str, citations: Sequence[Citation]) -> tuple[Period, ...]:
    """The relative dates of the quotes that stand in the answer's text, each once."""
    found: dict[tuple[str, date], Period] = {}
    for citation in citations:
        for quote in citation.quotes:
            for period in quote.periods:
                if period.text in text:
                    found.setdefault((period.text, period.first), period)
    return tuple(found.values())[:_SHOWN]


def render_days(period: Period, language: Language) -> str:
    """The days of a period: 2025年6月30日, 2025年9月, 2025年4月1日至6月30日, 2025."""
    first, last = period.first, period.last
    if language == "en":
        return first.isoformat() if first == last else f"{first.isoformat()} to {last.isoformat()}"
    whole_year = (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)
    if whole_year and first.year == last.year:
        return f"{first.year}年"
    if first == last:
        return _day(first)
    same_year = first.year == last.year
    end = f"{last.month}月{last.day}日" if same_year else _day(last)
    return f"{_day(first)}至{end}"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def newest_date(citations: Sequence[Citation]) -> datetime | None:
    """Publication time of the newest cited article."""
    dates = [c.article.published_at for c in citations if c.article.published_at]
    return max(dates, default=None)
