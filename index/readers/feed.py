"""The entries of an RSS or Atom feed. The only import of feedparser (``huawen[web]``)."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from index.errors import SourceUnreadable
from index.readers.html import html_text, missing_extra
from index.readers.jsonl import ArticleRecord, article_or_fault
from index.types import Article, BadRecord

MAX_ENTRIES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry: ``text`` is what the feed itself holds of the article, often little."""

    title: str
    text: str
    publisher: str
    published_at: datetime | None
    url: str

    def to_record(self) -> ArticleRecord:
        """The entry as a record.

        Raises:
            ValidationError: it lacks its text, or a field is too long.
        """
        known = {
            "title": self.title[:1_000], "text": self.text, "publisher": self.publisher[:200],
            "published_at": self.published_at, "url": self.url,
        }  # fmt: skip
        return ArticleRecord.model_validate({name: value for name, value in known.items() if value})


def read_feed(data: bytes, source: str) -> Iterator[Article | BadRecord]:
    """Every entry's article, or what is wrong with it.

    Raises:
        SourceUnreadable: the data is no feed, or ``huawen[web]`` is not installed.
    """
    for number, entry in enumerate(parse_feed(data, source), start=1):
        yield article_or_fault(entry.to_record, source=source, line=number)


def parse_feed(data: bytes, source: str) -> list[Entry]:
    """The entries, at most ``MAX_ENTRIES``.

    Raises:
        SourceUnreadable: see ``read_feed``.
    """
    try:
        import feedparser  # noqa: PLC0415
    except ImportError as error:
        raise missing_extra("web", "RSS") from error
    # Of a stream it only reads; of a string it would open the file or the address of that name.
    found = feedparser.parse(BytesIO(data), resolve_relative_uris=False)
    if not found.get("version"):
        raise SourceUnreadable(f"{source!r} is no RSS or Atom feed")
    outlet = str(found["feed"].get("title", ""))
    return [_entry(entry, outlet) for entry in found["entries"][:MAX_ENTRIES]]


def _entry(entry: Mapping[str, Any], outlet: str) -> Entry:
    contents = [str(part.get("value", "")) for part in entry.get("content", [])]
    longest = max([*contents, str(entry.get("summary", ""))], key=len)
    when = entry.get("published_parsed") or entry.get("updated_parsed")
    link = str(entry.get("link", ""))
    return Entry(
        title=str(entry.get("title", "")),
        text=html_text(longest).strip(),
        publisher=str(entry.get("source", {}).get("title", "") or outlet),
        published_at=datetime.fromtimestamp(calendar.timegm(when), UTC) if when else None,
        url=link if link.startswith(("http://", "https://")) else "",
    )
