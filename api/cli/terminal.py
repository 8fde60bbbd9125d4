"""How answers, passages, reports and progress look in a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from index.types import Article, BuildReport
    from rag.types import Answer, SearchResult

_STAGES = {
    "load": "loading the model",
    "chunk": "cutting",
    "embed": "embedding",
    "names": "reading names",
    "words": "indexing words",
    "publish": "publishing",
}


def print_answer(answer: Answer) -> None:
    """The answer, what to know about it, then each source with the words that prove it."""
    typer.secho(answer.text, bold=True)
    if answer.abstention:
        typer.echo(answer.abstention.message)
        for article in answer.abstention.nearest:
            typer.echo(f"  - {card(article)}")
    if answer.as_of:
        from rag.prompts import AS_OF

        typer.secho(AS_OF[answer.language].format(day(answer.as_of)), dim=True)
    for notice in answer.warnings:
        typer.secho(f"! {notice.message}", fg="yellow")
    for citation in answer.citations:
        typer.echo(f"\n[{citation.number}] {card(citation.article)}")
        for quote in citation.quotes:
            typer.secho(f"    “{one_line(quote.text)}”", fg="green")
        if citation.reprints:
            names = sorted({one_line(a.publisher or a.title) for a in citation.reprints})
            typer.echo(f"    = {', '.join(names)}")


def print_passages(found: SearchResult) -> None:
    """Passages, best first."""
    if not found.passages:
        typer.echo("Nothing found.")
    for passage in found.passages:
        typer.echo(f"{passage.rank:>2}  {card(passage.article)}  {passage.score:.4f}")
        typer.secho(f"    {shorten(one_line(passage.chunk.text), 100)}", dim=True)


def print_report(report: BuildReport) -> None:
    """What an ingest did."""
    typer.echo(
        f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged, "
        f"{report.deleted} deleted; {report.embedded} chunks embedded of {report.chunks}, "
        f"index {report.version}, {report.seconds:.1f} s"
    )
    if report.bad:
        typer.secho(f"{len(report.bad)} bad records left out:", fg="yellow", err=True)
        for bad in report.bad:
            typer.echo(f"  {bad.source}, line {bad.line}: {bad.reason}", err=True)


def card(article: Article) -> str:
    """Outlet, date and headline on one line; the text's beginning where there is no headline."""
    from rag.prompts import render_headline

    headline = render_headline(one_line(article.title))
    named = headline or f"“{shorten(one_line(article.text), 24)}”"
    outlet = one_line(article.publisher)
    return " ".join(part for part in (outlet, day(article.published_at), named) if part)


def day(when: datetime | None) -> str:
    """The date in China, or a question mark."""
    from rag.dates import CHINA

    return when.astimezone(CHINA).date().isoformat() if when else "????-??-??"


def one_line(text: str) -> str:
    """Article text for a terminal: no line breaks, nothing that a terminal would obey."""
    return "".join(c for c in " ".join(text.split()) if unicodedata.category(c) not in ("Cc", "Cf"))


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each stage with rate and time left, on standard error, only on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Left

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description:<18}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"), Left(), console=console,
        disable=not console.is_terminal,
    )  # fmt: skip
    tasks = {}
    with bar:

        def update(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(_STAGES.get(stage, stage), total=total, rate="")
            task = bar.tasks[tasks[stage]]
            rate = f"{task.speed:.0f}/s" if task.speed and total > 1 else ""
            bar.update(tasks[stage], completed=done, total=total, rate=rate)

        yield update
