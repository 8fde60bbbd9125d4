"""The text of a Word document as one article. The only import of docx (``huawen[files]``)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from index.errors import SourceUnreadable
from index.readers.html import missing_extra
from index.readers.jsonl import ArticleRecord, article_or_fault
from index.types import Article, BadRecord

_MAX_UNPACKED = 200 << 20  # bytes of all parts: a small file may hold gigabytes of one letter


def read_docx(data: bytes, source: str) -> Iterator[Article | BadRecord]:
    """The document's article: paragraphs and tables in their order; or why there is none.

    Raises:
        SourceUnreadable: damaged, too large, or ``huawen[files]`` is not installed.
    """
    title, text = _extract(data, source)
    lines = [line for line in text.splitlines() if line.strip()]
    known = {"title": title or (lines[0][:80] if lines else ""), "text": text}
    yield article_or_fault(partial(ArticleRecord.model_validate, known), source=source, line=1)


def _extract(data: bytes, source: str) -> tuple[str, str]:
    """Title and text."""
    try:
        from docx import Document  # noqa: PLC0415
        from docx.opc.exceptions import PackageNotFoundError  # noqa: PLC0415
        from docx.table import Table  # noqa: PLC0415
    except ImportError as error:
        raise missing_extra("files", "DOCX") from error
    try:
        with ZipFile(BytesIO(data)) as parts:
            if sum(part.file_size for part in parts.infolist()) > _MAX_UNPACKED:
                raise SourceUnreadable(f"{source!r} unpacks to more than {_MAX_UNPACKED} bytes")
        document = Document(BytesIO(data))
    except (BadZipFile, PackageNotFoundError, KeyError, ValueError) as error:
        raise SourceUnreadable(f"{source!r} is no Word document: {error}") from error
    lines: list[str] = []
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            lines += ["，".join(cell.text.strip() for cell in row.cells) for row in block.rows]
        else:
            lines.append(block.text)
    return document.core_properties.title.strip(), "\n\n".join(lines)
