"""``huawen eval bench``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from index.errors import UsageError
from index.sentences import split_sentences
from index.types import Article


def bench(
    articles: Annotated[
        Path | None,
        typer.Option(help="Articles to ingest; the sample articles by default."),
    ] = None,
    questions: Annotated[
        Path | None,
        typer.Option(
            help="JSONL with `question` or `query`; by default headlines, or first sentences."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(help="Ingest at most this many articles.", min=1)] = 447,
    scale: Annotated[
        str, typer.Option(help="Measure growth instead: sizes such as 1000,5000,20000.")
    ] = "",
    keep: Annotated[
        Path | None,
        typer.Option(help="Where --scale builds its index and goes on after a kill; kept."),
    ] = None,
    load: Annotated[
        int, typer.Option(min=0, max=256, help="Drive --target with so many clients instead.")
    ] = 0,
    target: Annotated[str, typer.Option(help="A server on this machine.")] = "127.0.0.1:8765",
    seconds: Annotated[float, typer.Option(min=1, max=3600, help="How long to drive it.")] = 10,
    cached: Annotated[
        bool, typer.Option("--cached", help="Let --target give answers again that it gave.")
    ] = False,
    stream: Annotated[
        bool, typer.Option("--stream", help="Drive --target with streams; also their first events.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="Write the growth plot here, .svg, and its points beside it."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Speed and memory against a plain sentence-transformers and FAISS script, as ratios."""
    sizes = _read_sizes(scale)
    if load:
        from eval.load import drive

        asked = _read_questions(questions) if questions else _default_questions()
        driven = drive(
            target, asked, clients=load, seconds=seconds, cached=cached, stream=stream
        )  # fmt: skip
        _print_record(asdict(driven), as_json)
        return
    some = _read_articles(articles, max(sizes, default=limit))
    asked = _read_questions(questions) if questions else [_first_words(a) for a in some][:50]
    if sizes:
        with _folder(keep) as folder:
            _run_scale(some, asked, sizes, folder, output, as_json)
        return
    from eval.bench import render_report, run_bench, to_json

    report = run_bench(some, asked, tell=lambda line: typer.echo(line, err=True))
    if as_json:
        typer.echo(to_json(report))
        return
    for what, value in render_report(report):
        typer.echo(f"{what:<66} {value}")


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep:
        yield keep
        return
    with TemporaryDirectory(prefix="huawen-scale-") as folder:
        yield Path(folder)


def _run_scale(
    some: list[Article],
    asked: list[str],
    sizes: list[int],
    folder: Path,
    output: Path | None,
    as_json: bool,
) -> None:
    from eval.scale import measure_scale, write_scale

    points = measure_scale(
        some, asked, sizes, folder=folder, tell=lambda line: typer.echo(line, err=True)
    )
    if not points:
        raise UsageError(f"there are only {len(some)} articles, fewer than the smallest size")
    if output:
        write_scale(points, len(asked), output)
    for point in points:
        _print_record(asdict(point), as_json)


def _print_record(record: dict[str, object], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(record, ensure_ascii=False))
        return
    shown = (f"{k} {v:.1f}" if isinstance(v, float) else f"{k} {v}" for k, v in record.items())
    typer.echo("   ".join(shown))


def _read_sizes(text: str) -> list[int]:
    try:
        sizes = sorted(int(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise UsageError(f"--scale {text!r}: give numbers with commas between them") from error
    if any(size < 1 for size in sizes):
        raise UsageError(f"--scale {text!r}: sizes begin at 1")
    return sizes


def _read_articles(path: Path | None, limit: int) -> list[Article]:
    from index.readers import collect_articles

    if path is None:
        with as_file(files("index") / "data" / "sample_articles.jsonl") as sample:
            return list(collect_articles([sample]).articles)[:limit]
    return list(collect_articles([path]).articles)[:limit]


def _default_questions() -> list[str]:
    return [_first_words(article) for article in _read_articles(None, 50)]


def _first_words(article: Article) -> str:
    return article.title or article.text[: split_sentences(article.text)[0].end][:100]


def _read_questions(path: Path) -> list[str]:
    """The questions of a file, one object a line.

    Raises:
        UsageError: a line holds no question, or there is no line at all.
        BadCase: see ``read_json_lines``.
    """
    from eval.cases import read_json_lines

    questions = []
    for number, record in read_json_lines(path):
        question = record.get("question") or record.get("query")
        if not isinstance(question, str) or not question.strip():
            raise UsageError(f"{path.name!r} line {number}: neither `question` nor `query` asks")
        questions.append(question)
    if not questions:
        raise UsageError(f"{path.name!r} holds no question")
    return questions
