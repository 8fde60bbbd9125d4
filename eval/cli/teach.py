"""``huawen eval teach``."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from index.errors import UsageError


def teach(
    data: Annotated[
        list[str],
        typer.Option(help="A set with a train split, SET[@ARTICLES]. May be repeated."),
    ],
    seed: Annotated[int, typer.Option(help="Of the order of the lessons.")] = 0,
    every: Annotated[
        int, typer.Option(min=2, help="Leave each n-th case of a train split for `eval fit`.")
    ] = 4,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Of 32 sentences each, at most; none is all.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write here instead of into the package.")
    ] = None,
) -> int:
    """Teach the reader, which looks again where the scorer is in doubt; then fit the scorer anew.

    An hour on two cores for ten thousand questions. What it is taught is chosen by the scorer that
    ships.
    """
    from eval.cli.fit import open_draws, read_all
    from eval.cli.run import bar
    from eval.examples import cases_to_read
    from eval.teach import Lesson, lessons_of, write_reader
    from eval.teach import teach as teach_reader
    from rag.scorer import load_scorer

    lessons: list[Lesson] = []
    for spec in data:
        name, _, articles = spec.partition("@")
        suite = open_draws(name, seed, 1, articles)
        for example in read_all(suite, cases_to_read(suite, every), 1.0):
            lessons += lessons_of(example, load_scorer())
    if not lessons:
        raise UsageError(
            "there is nothing to teach: no set has a train split",
            hint="Name one that has, such as news@FOLDER.",
        )
    with bar("teaching") as show:
        learned = teach_reader(lessons, seed=seed, steps=steps, progress=show)
    path = output or Path(str(files("rag"))) / "data" / "reader.npz"
    write_reader(path, learned)
    typer.echo(f"{len(lessons)} lessons; written to {path}")
    return 0
