"""``huawen eval full``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.cli.run import RUNS

DISTRACTORS = 7_700  # as in eval/full.py, which is too heavy for `--help`


def full(
    data: Annotated[Path, typer.Argument(help="Folder with the measuring sets.")],
    results: Annotated[Path, typer.Option(help="Where summary.json and .svg go.")] = Path(
        "eval/results"
    ),
    distractors: Annotated[
        int, typer.Option(min=0, help="Articles that RGB's questions are searched among; 0: none.")
    ] = DISTRACTORS,
    reuse: Annotated[
        list[Path] | None,
        typer.Option(help="A home whose vectors of the same text are taken over; may be repeated."),
    ] = None,
    readme: Annotated[
        list[Path] | None, typer.Option(help="Put the table between this file's marks.")
    ] = None,
) -> None:
    """Run every set of a folder, write the summary, and print the table for the README."""
    from eval.full import (
        FullOptions,
        put_table,
        render_table,
        run_all,
        to_record,
        write_results,
    )

    options = FullOptions(data=data, runs=RUNS, distractors=distractors, reuse=tuple(reuse or ()))
    found = run_all(options, tell=lambda line: typer.echo(line, err=True))
    record = to_record(found)
    write_results(record, found, results)
    table = render_table(record)
    for path in readme or []:
        put_table(path, table)
    typer.echo(table)
