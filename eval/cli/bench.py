"""The commands below ``huawen eval``."""

from __future__ import annotations

import json
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer

from index.sentences import split_sentences
from index.types import Article

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Measure huawen.")


@app.callback()
def _group() -> None:
    """Measure huawen."""


@app.command(
    epilog="Example: huawen eval bench --articles news.jsonl --questions questions.jsonl --json"
)
def bench(
    articles: Annotated[
        Path | None, typer.Option(help="Articles to ingest; the sample articles by default.")
    ] = None,
    questions: Annotated[
        Path | None,
        typer.Option(help="JSONL with `question`; by default the headlines, or first sentences."),
    ] = None,
    limit: Annotated[int, typer.Option(help="Ingest at most this many articles.", min=1)] = 447,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Speed and memory against a plain sentence-transformers and FAISS script, as ratios."""
    from eval.bench import render_report, run_bench, to_json  # noqa: PLC0415
    from index.readers import collect_articles  # noqa: PLC0415

    if articles is None:
        with as_file(files("index") / "data" / "sample_articles.jsonl") as path:
            read = collect_articles([path]).articles
    else:
        read = collect_articles([articles]).articles
    some = read[:limit]
    asked = (
        _read_questions(questions)
        if questions
        else [_first_words(article) for article in some][:50]
    )
    report = run_bench(some, asked, tell=lambda line: typer.echo(line, err=True))
    if as_json:
        typer.echo(to_json(report))
        return
    for what, value in render_report(report):
        typer.echo(f"{what:<66} {value}")


def _first_words(article: Article) -> str:
    return article.title or article.text[: split_sentences(article.text)[0].end][:100]


def _read_questions(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines if line.strip()]


def main(args: list[str], home: Path | None) -> int:
    """Run ``huawen eval ARGS``; the exit code. ``home`` is not used by what exists."""
    del home
    result = app(args, prog_name="huawen eval", standalone_mode=False)
    return int(result or 0)
