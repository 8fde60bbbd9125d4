"""From files on disk to repaired articles: one module a format, and the way in for all of them.

Nothing here writes. A source is read to its end before anything is stored, so that a bad record
stops an ingest while the home is still as it was.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from index.errors import BadRecordError, SourceEmpty, SourceNotFound, SourceUnreadable
from index.readers.archive import iter_archive
from index.readers.csv import read_csv
from index.readers.docx import read_docx
from index.readers.feed import read_feed
from index.readers.html import read_html
from index.readers.jsonl import read_jsonl
from index.readers.page import read_page
from index.readers.pdf import read_pdf
from index.types import Article, BadRecord

Records = Iterator[Article | BadRecord]
_READERS: dict[str, Callable[[bytes, str], Records]] = {
    ".jsonl": read_jsonl, ".ndjson": read_jsonl, ".csv": read_csv, ".html": read_html,
    ".htm": read_html, ".pdf": read_pdf, ".docx": read_docx, ".rss": read_feed, ".atom": read_feed,
    ".xml": read_feed,
}  # fmt: skip
_INSIDE = (*_READERS, ".txt")  # formats of the files in an archive
SUFFIXES = (*_INSIDE, ".jsonl.gz", ".ndjson.gz", ".zip")
MAX_BYTES = 1 << 30  # of one source, unpacked


@dataclass(frozen=True, slots=True)
class Collected:
    """What a set of sources held: articles in reading order, and what was refused."""

    articles: tuple[Article, ...]
    bad: tuple[BadRecord, ...]


def collect_articles(paths: Sequence[Path], *, skip_bad: bool = False) -> Collected:
    """Read every source; folders give their ``SUFFIXES`` files, by name, to any depth.

    Args:
        paths: files or folders.
        skip_bad: leave malformed records out and list them, instead of stopping at the first.

    Raises:
        SourceNotFound: a path does not exist.
        SourceEmpty: a source, or a folder, holds no article.
        SourceUnreadable: a source is binary, damaged, too large or may not be read.
        BadRecordError: a record is malformed and ``skip_bad`` is False.
    """
    articles: list[Article] = []
    bad: list[BadRecord] = []
    for path in (file for given in paths for file in _files(given)):
        found = list(_read(path))
        if not found:
            raise SourceEmpty(f"{str(path)!r} holds no article")
        for record in found:
            if isinstance(record, Article):
                articles.append(record)
            elif skip_bad:
                bad.append(record)
            else:
                raise BadRecordError(f"{record.source}, line {record.line}: {record.reason}")
    return Collected(tuple(articles), tuple(bad))


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise SourceNotFound(f"{str(path)!r} does not exist")
    if not path.is_dir():
        return [path]
    inside = sorted(
        file
        for file in path.rglob("*")
        if file.is_file() and file.name.lower().endswith(SUFFIXES) and not file.name.startswith(".")
    )
    if not inside:
        raise SourceEmpty(f"the folder {str(path)!r} holds no {', '.join(SUFFIXES)} file")
    return inside


def _read(path: Path) -> Records:
    data = _read_bytes(path)
    if not data.strip():
        raise SourceEmpty(f"{str(path)!r} is empty")
    if path.name.lower().endswith(".zip"):
        for name, content in iter_archive(data, str(path), _INSIDE):
            if content.strip():
                yield from _read_one(name, content, f"{path}/{name}")
    else:
        yield from _read_one(path.name.removesuffix(".gz"), data, str(path))


def _read_one(name: str, data: bytes, source: str) -> Records:
    """By suffix; of any other name JSON lines are told by their first character."""
    reader = _READERS.get(PurePath(name).suffix.lower())
    if reader is None:
        reader = read_jsonl if data.lstrip().startswith(b"{") else read_page
    return reader(data, source)


def _read_bytes(path: Path) -> bytes:
    """The whole file, unpacked where its name ends with .gz, never more than ``MAX_BYTES``."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as source:
            data = source.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceUnreadable(f"cannot read {str(path)!r}: {reason}") from error
    if len(data) > MAX_BYTES:
        raise SourceUnreadable(
            f"{str(path)!r} holds more than {MAX_BYTES >> 20} MiB",
            hint="Split it into smaller files.",
        )
    return data
