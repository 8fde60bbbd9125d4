"""From files on disk to repaired articles: one module a format, and the way in for all of them.

Nothing here writes. A source is read to its end before anything is stored, so that a bad record
stops an ingest while the home is still as it was.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import BadRecordError, SourceEmpty, SourceNotFound, SourceUnreadable
from index.readers.jsonl import read_jsonl
from index.readers.page import read_page
from index.types import Article, BadRecord

SUFFIXES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz", ".txt")
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
        if file.is_file() and file.name.endswith(SUFFIXES) and not file.name.startswith(".")
    )
    if not inside:
        raise SourceEmpty(f"the folder {str(path)!r} holds no {', '.join(SUFFIXES)} file")
    return inside


def _read(path: Path) -> Iterator[Article | BadRecord]:
    data = _read_bytes(path)
    if not data.strip():
        raise SourceEmpty(f"{str(path)!r} is empty")
    named_jsonl = path.name.endswith(SUFFIXES[:4])
    reader: Callable[[bytes, str], Iterator[Article | BadRecord]]
    reader = read_jsonl if named_jsonl or data.lstrip().startswith(b"{") else read_page
    return reader(data, str(path))


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
