"""The text of a PDF as one article. The only import of pypdfium2 (``huawen[files]``)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from index.errors import SourceUnreadable
from index.readers.html import missing_extra
from index.readers.jsonl import ArticleRecord, article_or_fault
from index.types import Article, BadRecord

MAX_PAGES = 500
_MAX_CHARS = 1_000_000
_TITLE_CHARS = 80


def read_pdf(data: bytes, source: str) -> Iterator[Article | BadRecord]:
    """The document's article, or why there is none. Scanned pages hold no text.

    Raises:
        SourceUnreadable: damaged, locked, too long, or ``huawen[files]`` is not installed.
    """
    title, text = _extract(data, source)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        yield BadRecord(source=source, line=1, reason="text: there is none; scans are not read")
        return
    known = {"title": title or lines[0][:_TITLE_CHARS], "text": text}
    yield article_or_fault(partial(ArticleRecord.model_validate, known), source=source, line=1)


def _extract(data: bytes, source: str) -> tuple[str, str]:
    """Title and text."""
    try:
        import pypdfium2  # noqa: PLC0415
    except ImportError as error:
        raise missing_extra("files", "PDF") from error
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise SourceUnreadable(f"{source!r} is damaged or locked: {error}") from error
    try:
        if len(document) > MAX_PAGES:
            raise SourceUnreadable(f"{source!r} has {len(document)} pages, above {MAX_PAGES}")
        pages: list[str] = []
        for page in document:
            pages.append(page.get_textpage().get_text_bounded())
            if sum(map(len, pages)) > _MAX_CHARS:
                raise SourceUnreadable(f"{source!r} holds more than {_MAX_CHARS} characters")
        return str(document.get_metadata_dict().get("Title", "")).strip(), "\n\n".join(pages)
    except pypdfium2.PdfiumError as error:
        raise SourceUnreadable(f"{source!r} is damaged: {error}") from error
    finally:
        document.close()
