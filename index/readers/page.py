"""Articles from a pasted news-search page.

The page begins with whatever its site shows above the results. Then, for each article: a line with
the headline, a line ``publisher· YYYY-MM-DD HH:MM``, and the body up to the next headline.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from index.errors import SourceEmpty
from index.repair import decode_bytes, repair_text, repair_title
from index.types import Article, BadRecord, digest_id

SHANGHAI = ZoneInfo("Asia/Shanghai")

# The line is matched after NFKC, which turns full-width digits and colons into plain ones.
_BYLINE = re.compile(
    r"^(?P<publisher>[^·•・‧∙⋅。！？!?]{1,30}?)\s*[·•・‧∙⋅.]\s*"
    r"(?:(?P<date>\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}日?)"
    r"(?:\s*T?(?P<time>\d{1,2}:\d{2})(?::\d{2})?)?"
    r"|(?P<vague>\d{1,2}-\d{1,2}(?:\s+\d{1,2}:\d{2})?|\d+\s*(?:分钟|小时|天)前"
    r"|(?:刚刚|今天|昨天|前天)(?:\s*\d{1,2}:\d{2})?)?)\s*$"
)


@dataclass(frozen=True, slots=True)
class _Byline:
    """Where a byline stands (0-based line), and what it says."""

    line: int
    publisher: str
    date: str | None
    time: str | None


def read_page(data: bytes, source: str) -> Iterator[Article | BadRecord]:
    """Every article of the page, or what is wrong with it.

    A time is China's. A byline without a date, or with one relative to a day that the page does
    not name ("昨天"), gives an article without a time of publication.

    Raises:
        SourceUnreadable: the data is no text.
        SourceEmpty: no line looks like a byline.
    """
    lines = re.split(r"\r\n?|\n", decode_bytes(data, source=source))
    bylines = [byline for i, line in enumerate(lines) if (byline := _read_byline(i, line))]
    if not bylines:
        raise SourceEmpty(f"{source!r} has no line of the form 'publisher· 2025-09-24 02:29'")
    titles = [_title_line(lines, byline.line) for byline in bylines]
    ends = [*titles[1:], len(lines)]
    for byline, title, end in zip(bylines, titles, ends, strict=True):
        try:
            yield _build(byline, lines[title], "\n".join(lines[byline.line + 1 : end]))
        except ValueError as error:
            yield BadRecord(source=source, line=byline.line + 1, reason=str(error))


def _read_byline(number: int, line: str) -> _Byline | None:
    found = _BYLINE.match(unicodedata.normalize("NFKC", line.strip()))
    if not found or (found["publisher"].isdigit() and not found["date"]):
        return None
    return _Byline(number, found["publisher"].strip(), found["date"], found["time"])


def _title_line(lines: list[str], byline: int) -> int:
    """The nearest line above that is not blank; the byline itself where there is none."""
    return next((i for i in range(byline - 1, -1, -1) if lines[i].strip()), byline)


def _build(byline: _Byline, title: str, body: str) -> Article:
    repaired = repair_text(body)
    if not repaired.text:
        raise ValueError(f"the article {repair_title(title)!r} has no text")
    when = _read_time(byline)
    headline = repair_title(title)
    stamp = when.isoformat() if when else ""
    return Article(
        id=digest_id("doc", byline.publisher, stamp, headline),
        title=headline,
        publisher=byline.publisher,
        published_at=when,
        url=None,
        text=repaired.text,
        truncated=repaired.truncated,
    )


def _read_time(byline: _Byline) -> datetime | None:
    if byline.date is None:
        return None
    year, month, day = (int(part) for part in re.findall(r"\d+", byline.date))
    hour, minute = (int(part) for part in (byline.time or "0:0").split(":"))
    try:
        return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)
    except ValueError as error:
        raise ValueError(f"{byline.date} {byline.time or ''} is no date: {error}") from error
