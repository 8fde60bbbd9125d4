"""Articles from JSON lines: ``id?, title?, text, publisher?, published_at?, url?, tags?``.

``truncated`` says that the text is known to be cut off.

Other fields are ignored, so that exports of other systems can be read as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from index.errors import SourceUnreadable
from index.repair import decode_bytes, repair_text, repair_title
from index.types import Article, BadRecord, digest_id

SHANGHAI = ZoneInfo("Asia/Shanghai")
Identifier = Annotated[str, StringConstraints(pattern=r"^[^\s\x00-\x1f/?#]{1,128}$")]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")]


class ArticleRecord(BaseModel):
    """One line, as it comes in. A time without a zone is China's."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Identifier | None = None
    title: str | None = Field(None, max_length=1_000)
    text: str = Field(max_length=1_000_000)
    publisher: str | None = Field(None, max_length=200)
    published_at: datetime | None = None
    url: str | None = Field(None, max_length=2_000, pattern=r"^https?://[^\s<>\"]+$")
    tags: tuple[Tag, ...] = Field((), max_length=50)
    truncated: bool = False

    def to_article(self) -> Article:
        """The repaired article.

        Raises:
            ValueError: nothing is left of the text.
        """
        repaired = repair_text(self.text)
        if not repaired.text:
            raise ValueError("text: is empty")
        title = repair_title(self.title or "")
        publisher = repair_title(self.publisher or "")
        when = self.published_at
        if when is not None and when.tzinfo is None:
            when = when.replace(tzinfo=SHANGHAI)
        stamp = when.isoformat() if when else ""
        # Two texts without outlet or time may share a headline such as 公告, and be two articles.
        known_by = title if title and publisher and stamp else f"{title}\n{repaired.text}".strip()
        return Article(
            id=self.id or digest_id("doc", publisher, stamp, known_by),
            title=title,
            publisher=publisher,
            published_at=when,
            url=self.url,
            text=repaired.text,
            truncated=self.truncated or repaired.truncated,
            tags=self.tags,
        )


def read_jsonl(data: bytes, source: str) -> Iterator[Article | BadRecord]:
    """Every line's article, or what is wrong with it; blank lines are passed over.

    Raises:
        SourceUnreadable: the data as a whole is no text.
    """
    for number, line in enumerate(_lines(data, source), start=1):
        if isinstance(line, SourceUnreadable):
            yield BadRecord(source=source, line=number, reason=str(line))
        elif line.strip():
            record = partial(ArticleRecord.model_validate_json, line)
            yield article_or_fault(record, source=source, line=number)


def _lines(data: bytes, source: str) -> list[str | SourceUnreadable]:
    r"""Decoded as a whole; where that fails, line by line, so that one bad line is one bad record.

    Split at "\n" alone: a JSON string may hold U+2028, which ``splitlines`` would cut.
    """
    try:
        return list(decode_bytes(data, source=source).split("\n"))
    except SourceUnreadable:
        if b"\0" in data:
            raise
    decoded: list[str | SourceUnreadable] = []
    for line in data.split(b"\n"):
        try:
            decoded.append(decode_bytes(line, source=source))
        except SourceUnreadable as error:
            decoded.append(error)
    if not any(isinstance(line, str) and line.strip() for line in decoded):
        raise SourceUnreadable(f"{source!r} is not UTF-8 text")
    return decoded


def article_or_fault(
    read: Callable[[], ArticleRecord], *, source: str, line: int
) -> Article | BadRecord:
    """The article of what ``read`` returns; where that is no record, what is wrong with it."""
    try:
        return read().to_article()
    except ValidationError as error:
        return BadRecord(source=source, line=line, reason=explain(error))
    except ValueError as error:
        return BadRecord(source=source, line=line, reason=str(error))


def explain(error: ValidationError) -> str:
    """The first thing that is wrong with a record, with the field's name."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {first['msg']}" if field else first["msg"]
