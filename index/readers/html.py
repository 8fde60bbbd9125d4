"""The article of a web page. The only import of trafilatura, which comes with ``huawen[web]``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from index.errors import SourceUnreadable
from index.readers.jsonl import ArticleRecord, article_or_fault
from index.repair import decode_bytes
from index.types import Article, BadRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """What a page says of itself; ``published`` is a day, or ""."""

    title: str
    text: str
    publisher: str
    author: str
    published: str
    url: str


def read_html(data: bytes, source: str) -> Iterator[Article | BadRecord]:
    """The page's article, or why there is none; menus, comments and scripts are left out.

    Raises:
        SourceUnreadable: the data is no text, or ``huawen[web]`` is not installed.
    """
    page = extract_page(decode_bytes(data, source=source))
    if not page.text:
        yield BadRecord(source=source, line=1, reason="text: the page holds no article")
        return
    yield article_or_fault(partial(page_record, page), source=source, line=1)


def page_record(page: PageText, *, url: str = "") -> ArticleRecord:
    """The page as a record; ``url`` is where it was fetched from, where it was."""
    known = {
        "title": page.title[:1_000], "text": page.text, "publisher": page.publisher[:200],
        "published_at": page.published, "url": url or page.url,
    }  # fmt: skip
    return ArticleRecord.model_validate({name: value for name, value in known.items() if value})


def extract_page(html: str) -> PageText:
    """Title, text, outlet and day of a page; empty where it does not say.

    Raises:
        SourceUnreadable: ``huawen[web]`` is not installed.
    """
    try:
        from trafilatura import bare_extraction  # noqa: PLC0415 - a second, and most need it never
        from trafilatura.settings import Document  # noqa: PLC0415
    except ImportError as error:
        raise missing_extra("web", "HTML") from error
    found = bare_extraction(
        html, with_metadata=True, include_comments=False, include_tables=True, favor_precision=True
    )
    if not isinstance(found, Document):
        return PageText(title="", text="", publisher="", author="", published="", url="")
    url = found.url or ""
    return PageText(
        title=found.title or "", text=found.text or "", publisher=found.sitename or "",
        author=found.author or "", published=found.date or "",
        url=url if url.startswith(("http://", "https://")) else "",
    )  # fmt: skip


def html_text(fragment: str) -> str:
    """The words of a piece of HTML.

    Raises:
        SourceUnreadable: ``huawen[web]`` is not installed.
    """
    try:
        from trafilatura import html2txt  # noqa: PLC0415
    except ImportError as error:
        raise missing_extra("web", "HTML") from error
    whole = f"<html><body>{fragment}</body></html>"
    return str(html2txt(whole)) if "<" in fragment else fragment


def missing_extra(extra: str, what: str) -> SourceUnreadable:
    """The error of a format whose library is not installed."""
    return SourceUnreadable(
        f"{what} cannot be read by this installation",
        hint=f"Run `pip install 'huawen[{extra}]'`.",
    )
