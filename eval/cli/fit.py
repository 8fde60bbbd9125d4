"""``huawen eval fit``."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eval.cases import Case
    from eval.examples import Example
    from eval.fit import FitReport
    from eval.suites import Suite


def fit(
    data: Annotated[
        list[str] | None,
        typer.Option(
            help="A set to fit to, SET[=WEIGHT][@ARTICLES]; of one that is split, its train split. "
            "May be repeated."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the folds and of every shuffle.")] = 0,
    every: Annotated[
        int, typer.Option(min=1, help="Of a reading set or a train split, take each n-th case.")
    ] = 3,
    draws: Annotated[
        int, typer.Option(min=1, help="Of a set with noise, draw the passages so many times.")
    ] = 1,
    keep_contradictions: Annotated[
        bool,
        typer.Option(
            "--keep-contradictions",
            help="The model of contradictions that ships stays, as it "
            "does where no sources can be made to disagree.",
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print, write nothing.")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write here instead of into the package.")
    ] = None,
) -> int:
    """Fit the sentence scorer and the abstention; refuses to write one that is worse."""
    from eval.cli.run import bar
    from eval.examples import cases_to_learn
    from eval.fit import fit_scorer

    examples: list[Example] = []
    for spec in data or ["finance"]:
        given, _, articles = spec.partition("@")
        name, _, weight = given.partition("=")
        suite = open_draws(name, seed, draws, articles)
        share = len(suite.cases) / len(open_draws(name, seed, 1, articles).cases)
        examples += read_all(suite, cases_to_learn(suite, every), _read_weight(weight) / share)
        examples += _read_contradicted(suite, seed, _read_weight(weight) / share, every)
    if len({example.case.question for example in examples}) < 20:  # noqa: PLR2004
        raise UsageError("there are fewer than 20 questions to fit to")
    keeps = keep_contradictions or not any(example.other for example in examples)
    in_package = Path(str(files("rag"))) / "data" / "scorer.json"
    path = output or in_package
    with bar("reading") as show:
        report = fit_scorer(
            examples,
            seed=seed,
            shipped=_read_record(path) if path.exists() else {},
            kept=_read_record(in_package) if keeps else None,
            say=lambda line: typer.echo(line, err=True),
            progress=show,
        )
    _print(report)
    if dry_run:
        return 0
    if report.is_worse:
        typer.secho("The new scorer is worse than the one that ships: not written.", fg="red")
        return 1
    path.write_text(json.dumps(report.record, ensure_ascii=False, indent=1) + "\n", "utf-8")
    typer.echo(f"written to {path}")
    return 0


def _read_record(path: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def _read_weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError as error:
        raise UsageError(f"the weight {text!r} is not a number") from error


def open_draws(name: str, seed: int, draws: int, articles: str) -> Suite:
    """A set, or where it draws its passages, several draws of it as one."""
    from dataclasses import replace

    from eval.suites import SuiteOptions
    from eval.suites.find import open_suite

    place = Path(articles) if articles else None
    found = [
        open_suite(name, SuiteOptions(seed=seed + draw, articles=place)) for draw in range(draws)
    ]
    cases = {
        (case.id, case.question, case.filters.document_ids): case
        for suite in found
        for case in suite.cases
    }
    known = {article.id: article for suite in found for article in suite.articles}
    return replace(found[0], cases=tuple(cases.values()), articles=tuple(known.values()))


def read_all(suite: Suite, cases: Sequence[Case], weight: float) -> Iterator[Example]:
    """Examples of some cases of a suite, whose articles are indexed where they are not yet."""
    from eval.cli.run import bar
    from eval.examples import read_examples
    from eval.indexes import suite_home
    from index.settings import IndexSettings
    from index.store import LocalStore

    with bar(f"{suite.name}: indexing") as show:
        home = suite_home(suite, IndexSettings(), lambda _stage, done, total: show(done, total))
    store = LocalStore(home, IndexSettings())
    try:
        with bar(f"{suite.name}: retrieving") as show:
            yield from read_examples(suite, store, cases, weight=weight, progress=show)
    finally:
        store.close()


def _read_contradicted(suite: Suite, seed: int, weight: float, every: int) -> list[Example]:
    """Examples of the suite's questions with sources that are made to disagree."""
    from dataclasses import replace

    from eval.contradict import contradict
    from eval.examples import cases_to_learn

    made = contradict(suite, seed)
    if not made.suite.cases:
        return []
    read = read_all(made.suite, cases_to_learn(made.suite, every), weight)
    return [replace(one, other=made.other[one.case.id]) for one in read]


def _print(report: FitReport) -> None:
    typer.echo(f"{'held out':<44}{'before':>9}{'after':>9}   95 %              n")
    for name, one in sorted(report.after.items()):
        old = report.before.get(name)
        before = f"{old:.3f}" if old is not None else "-"
        digits = 1 if name.endswith("chars") else 3
        typer.echo(
            f"{name:<44}{before:>9}{one.value:>9.{digits}f}   "
            f"{one.low:.{digits}f} to {one.high:.{digits}f}   {one.n:>5}"
        )
