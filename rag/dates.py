"""The dates in an article's sentences, by the day on which the article was published."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from index.types import Article
from rag.times import Period, read_periods

CHINA = ZoneInfo("Asia/Shanghai")
_NO_DAY = date(2000, 1, 1)  # stands for an unknown day; what depends on it is left out


def published_on(article: Article) -> date | None:
    """The day of publication in China; None where it is unknown."""
    return article.published_at.astimezone(CHINA).date() if article.published_at else None


def iso_day(article: Article) -> str:
    """That day as 2025-09-24; "" where it is unknown."""
    day = published_on(article)
    return day.isoformat() if day else ""


def sentence_periods(text: str, article: Article) -> tuple[Period, ...]:
    """The dates and periods in a sentence; of an undated article, only the absolute ones."""
    day = published_on(article)
    if day is not None:
        return read_periods(text, day)
    return tuple(one for one in read_periods(text, _NO_DAY) if not one.relative)


def relative_periods(text: str, article: Article) -> tuple[Period, ...]:
    """The expressions that mean other days on another day: 今年二季度末, 昨日."""
    return tuple(one for one in sentence_periods(text, article) if one.relative)
