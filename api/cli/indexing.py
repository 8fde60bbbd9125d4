"""``huawen index``: what is published, whether it is sound, and writing it anew."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer

from api.cli import terminal
from api.cli.context import read_context

app = typer.Typer(no_args_is_help=True, help="Describe, verify and rebuild the index.")


@app.command(epilog="Example: huawen index info --json")
def info(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """What is in the index and how large it is."""
    with closing(read_context(context.obj).service()) as service:
        found = asdict(service.info())
    found["newest"] = found["newest"] and found["newest"].isoformat()
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for name, value in found.items():
        typer.echo(f"{name:<14} {value}")


@app.command(epilog="Example: huawen index verify")
def verify(context: typer.Context) -> None:
    """Recompute every checksum and invariant; exit code 1 where something is wrong."""
    from index.store import verify_index

    problems = verify_index(read_context(context.obj).folder())
    for problem in problems:
        typer.secho(problem, fg="red")
    if problems:
        typer.echo("Run `huawen index rebuild`.", err=True)
        raise typer.Exit(1)
    typer.echo("The index is sound.")


@app.command(epilog="Example: huawen index rebuild")
def rebuild(context: typer.Context) -> None:
    """Write the index anew from the stored articles; embeds only what has no vectors yet."""
    from index.build import IndexBuilder

    options = read_context(context.obj)
    with (
        terminal.progress() as show,
        IndexBuilder(options.folder(), options.settings().index, progress=show) as builder,
    ):
        report = builder.rebuild()
    terminal.print_report(report)
