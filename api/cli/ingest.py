"""``huawen ingest``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import terminal
from api.cli.context import Context, read_context

if TYPE_CHECKING:
    from index.readers import Collected
    from index.types import BuildReport


def ingest(
    context: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(help="JSONL files, pasted news pages, or folders of them.", metavar="PATH…"),
    ],
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave malformed records out and list them.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Add articles: new ones are embedded, changed ones replaced, the rest left as it is."""
    from index.readers import collect_articles

    found = collect_articles(paths, skip_bad=skip_bad)
    report = build(read_context(context.obj), found)
    if as_json:
        typer.echo(json.dumps(asdict(report), ensure_ascii=False))
    else:
        terminal.print_report(report)


def build(options: Context, found: Collected, folder: Path | None = None) -> BuildReport:
    """Ingest into the home folder, or another one, with a progress bar."""
    from index.build import IndexBuilder

    index = options.settings().index
    with (
        terminal.progress() as show,
        IndexBuilder(folder or options.folder(), index, progress=show) as builder,
    ):
        return builder.ingest(found.articles, found.bad)
