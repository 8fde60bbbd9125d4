"""Articles from a table: a first line of column names, then one article a line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial
from io import StringIO

from index.errors import SourceUnreadable
from index.readers.jsonl import ArticleRecord, article_or_fault
from index.repair import decode_bytes
from index.types import Article, BadRecord

_LONGEST = 1_000_000  # characters of one field
_NAMES = {
    "id": "id", "编号": "id", "title": "title", "标题": "title", "headline": "title",
    "text": "text", "正文": "text", "内容": "text", "content": "text", "body": "text",
    "publisher": "publisher", "来源": "publisher", "媒体": "publisher", "source": "publisher",
    "published_at": "published_at", "发布时间": "published_at", "时间": "published_at",
    "日期": "published_at", "date": "published_at", "url": "url", "链接": "url", "网址": "url",
    "tags": "tags", "标签": "tags",
}  # fmt: skip


def read_csv(data: bytes, source: str) -> Iterator[Article | BadRecord]:
    """Every line's article, or what is wrong with it; ``tags`` are separated by ``|``.

    Raises:
        SourceUnreadable: the data is no text, or no column holds the text.
    """
    csv.field_size_limit(_LONGEST)
    lines = csv.reader(StringIO(decode_bytes(data, source=source), newline=""), strict=True)
    try:
        header = next(lines, [])
    except csv.Error as error:
        raise SourceUnreadable(f"{source!r} is no table: {error}") from error
    names = [_NAMES.get(name.strip().lower().removeprefix("\ufeff"), "") for name in header]
    if "text" not in names:
        raise SourceUnreadable(
            f"{source!r} has no column `text`", hint="The first line must name the columns."
        )
    while True:
        try:
            values = next(lines, None)
        except csv.Error as error:
            yield BadRecord(source=source, line=lines.line_num, reason=str(error))
            continue
        if values is None:
            return
        if any(value.strip() for value in values):
            yield _read_row(dict(zip(names, values, strict=False)), source, lines.line_num)


def _read_row(row: dict[str, str], source: str, line: int) -> Article | BadRecord:
    fields: dict[str, object] = {name: value.strip() for name, value in row.items() if name}
    known = {name: value for name, value in fields.items() if value}
    if "published_at" in known:
        known["published_at"] = str(known["published_at"]).replace("/", "-")
    if "tags" in known:
        known["tags"] = [tag.strip() for tag in str(known["tags"]).split("|") if tag.strip()]
    return article_or_fault(partial(ArticleRecord.model_validate, known), source=source, line=line)
