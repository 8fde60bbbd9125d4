"""Where the articles of a job come from: an upload, files, a path, a page, a feed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from api.jobs.fetch import Fetcher, FetchRefused
from api.state.jobs import JobOptions
from index.errors import SourceError
from index.readers import SUFFIXES, collect_articles
from index.readers.feed import Entry, parse_feed
from index.readers.html import extract_page, page_record
from index.readers.jsonl import article_or_fault, read_jsonl
from index.repair import decode_bytes
from index.types import Article, BadRecord

_ENOUGH = 200  # characters in a feed's entry, from which its page is not fetched
_MOST_PAGES = 50  # of one feed
Records = Iterator[Article | BadRecord]


def read_source(options: JobOptions, upload: Path, fetcher: Fetcher) -> Records:
    """The records of a job; each ``BadRecord`` has a line of its own.

    Raises:
        SourceError: the source as a whole is unusable.
    """
    match options.source_type:
        case "upload":
            yield from read_jsonl(upload.read_bytes(), "upload")
        case "path":
            yield from _number_bad(_read_path(Path(options.value)))
        case "url":
            yield from _number_bad(iter([_read_page(options.value, fetcher)]))
        case "rss":
            yield from _number_bad(_read_feed(options.value, fetcher))


def _number_bad(records: Records) -> Records:
    """Lines of several files may have one number; the list of errors wants each once."""
    bad = 0
    for record in records:
        if isinstance(record, BadRecord):
            bad += 1
            yield replace(record, line=bad)
        else:
            yield record


def _read_path(path: Path) -> Records:
    """A damaged file among several is a bad record, and no reason to drop the others."""
    inside = [path]
    if path.is_dir():
        inside = sorted(f for f in path.rglob("*") if f.name.lower().endswith(SUFFIXES))
    for file in inside:
        try:
            found = collect_articles([file], skip_bad=True)
        except SourceError as error:
            if len(inside) == 1:
                raise
            yield BadRecord(
                source=file.name, line=1, reason=str(error).replace(str(file), file.name)
            )
            continue
        yield from found.articles
        yield from found.bad


def _read_page(url: str, fetcher: Fetcher) -> Article | BadRecord:
    fetched = fetcher.fetch(url)
    page = extract_page(decode_bytes(fetched.content, source=url))
    if not page.text:
        return BadRecord(source=url, line=1, reason="text: the page holds no article")
    return article_or_fault(partial(page_record, page, url=fetched.url), source=url, line=1)


def _read_feed(url: str, fetcher: Fetcher) -> Records:
    """Entries with their own text where the feed holds it, else with that of their page."""
    pages = 0
    for entry in parse_feed(fetcher.fetch(url).content, url):
        if len(entry.text) < _ENOUGH and entry.url and pages < _MOST_PAGES:
            pages += 1
            entry = _with_page(entry, fetcher)  # noqa: PLW2901 - the same entry, with its text
        yield article_or_fault(entry.to_record, source=entry.url or url, line=1)


def _with_page(entry: Entry, fetcher: Fetcher) -> Entry:
    """The entry with the text of its page, where that can be had and is longer."""
    try:
        page = extract_page(decode_bytes(fetcher.fetch(entry.url).content, source=entry.url))
    except (FetchRefused, SourceError):
        return entry
    return replace(entry, text=page.text) if len(page.text) > len(entry.text) else entry
