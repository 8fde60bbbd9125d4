"""``huawen eval compare | gate | show | lint | list | judge``: what is done with finished runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.cli.run import RUNS

if TYPE_CHECKING:
    from eval.summary import Row, RunSummary


def compare(
    base: Annotated[str, typer.Argument(help="Name or folder of the run before.")],
    new: Annotated[str, typer.Argument(help="Name or folder of the run after.")],
    metric: Annotated[list[str] | None, typer.Option(help="Only these metrics.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also as HTML.")] = None,
) -> None:
    """Differences with intervals and a paired permutation test, and the cases that flipped."""
    from eval.compare import compare_runs, render_html, to_rows

    found = compare_runs(_load(base), _load(new), metric or [])
    header = ("metric", "base", "new", "diff", "95 %", "p", "n", "")
    for row in (header, *to_rows(found)):
        typer.echo("{:<26}{:>9}{:>9}{:>9}{:>20}{:>8}{:>6}  {}".format(*row))
    for title, pairs in (("fixed", found.fixed), ("broken", found.broken)):
        typer.echo(f"\n{title} {len(pairs)}")
        for old, _ in pairs[:20]:
            typer.echo(f"  {old.id}  {old.question}")
    if output:
        output.write_text(render_html(found), encoding="utf-8")


def gate(
    run: Annotated[str, typer.Argument(help="Name or folder of the run.")],
    baseline: Annotated[str, typer.Option(help="A run that it must not fall behind.")] = "",
    config: Annotated[
        Path | None, typer.Option(help="TOML with [gate]; the bundled set's limits by default.")
    ] = None,
) -> int:
    """Hold a run against limits; exit code 1 where one is missed."""
    from eval.cases import read_card
    from eval.compare import compare_runs
    from eval.gate import check_gate, read_limits
    from eval.suites.find import DEFAULT, bundled_sets

    summary, rows = _load(run)
    limits = read_limits(config) if config else read_card(bundled_sets()[DEFAULT]).gate
    comparison = compare_runs(_load(baseline), (summary, rows)) if baseline else None
    checks = check_gate(summary, limits, comparison)
    for check in checks:
        mark = "ok  " if check.passed else "FAIL"
        typer.echo(f"{mark} {check.metric:<28} {check.value:.4f}  wanted {check.limit}")
    if summary.too_many_errors:
        typer.echo(f"FAIL {summary.errors} of {summary.cases} questions failed")
    return int(summary.too_many_errors or not all(check.passed for check in checks))


def show(
    run: Annotated[str, typer.Argument(help="Name or folder of the run.")],
    failed: Annotated[bool, typer.Option("--failed", help="Only what is not right.")] = False,
    case: Annotated[str, typer.Option(help="Only this case.")] = "",
    limit: Annotated[int, typer.Option(min=1)] = 50,
) -> None:
    """Print answers of a run."""
    from eval.errors import UnknownName
    from eval.report import verdict

    _, rows = _load(run)
    if case and case not in {row.id for row in rows}:
        raise UnknownName("case", case, {row.id for row in rows})
    chosen = [
        row
        for row in rows
        if (not case or row.id == case) and not (failed and verdict(row) == "right")
    ]
    for row in chosen[:limit]:
        typer.secho(f"{row.id} · {row.type} · {verdict(row)}", bold=True)
        typer.echo(f"  {row.question}")
        if row.answer is None:
            typer.echo(f"  {row.error}")
            continue
        typer.echo(f"  {row.answer.answer}  ({row.answer.status}, {row.answer.confidence:.2f})")
        for citation in row.answer.citations if case else []:
            for quote in citation.quotes:
                typer.secho(f"    [{citation.number}] {quote.text}", fg="green")
    if len(chosen) > limit:
        typer.echo(f"… and {len(chosen) - limit} more; pass --limit {len(chosen)}")


def lint(path: Annotated[Path, typer.Argument(help="Folder of a set in our own format.")]) -> int:
    """Check a set: spans, identifiers, leakage between splits, dates, licence, checksum."""
    from eval.cases import digest_cases, lint_cases, read_card, read_cases
    from eval.suites import SuiteOptions
    from eval.suites.own import read_articles

    card = read_card(path)
    cases = read_cases(path / "cases.jsonl")
    articles = {a.id: a for a in read_articles(path, card.articles, SuiteOptions())}
    problems = lint_cases(cases, articles)
    digest = digest_cases(path / "cases.jsonl")
    if digest != card.sha256:
        problems.append(f"set.toml: sha256 is {card.sha256!r}, the cases have {digest!r}")
    for problem in problems:
        typer.echo(problem)
    typer.echo(f"{len(cases)} cases, {len(problems)} problems")
    return int(bool(problems))


def list_all() -> None:
    """The sets that ship, and the runs in this folder."""
    from eval.cases import read_card
    from eval.folder import list_runs
    from eval.suites.find import bundled_sets

    for name, folder in bundled_sets().items():
        card = read_card(folder)
        typer.echo(f"set  {name:<16} v{card.version}  {card.language}  {card.licence}")
    for name in list_runs(RUNS):
        typer.echo(f"run  {name}")


def judge(
    wrong: Annotated[bool, typer.Option("--wrong", help="List what it gets wrong.")] = False,
    llm: Annotated[bool, typer.Option("--llm", help="The judge behind HUAWEN_RAG_LLM_….")] = False,
) -> None:
    """How far the judge agrees with the labelled triples that ship."""
    from eval.judge import LexicalJudge, measure_agreement, read_triples

    if llm:
        from eval.llm_judge import open_llm_judge

        found = measure_agreement(open_llm_judge(), read_triples())
    else:
        found = measure_agreement(LexicalJudge(), read_triples())
    typer.echo(
        f"{found.judge}: accuracy {found.accuracy:.3f}, kappa {found.kappa:.3f}, n={found.n}"
    )
    for triple in found.wrong if wrong else ():
        label = "supported" if triple.supported else "not supported"
        typer.echo(f"  [{triple.kind}] {label}: {triple.sentence} <- {triple.quote}")


def _load(name: str) -> tuple[RunSummary, list[Row]]:
    from eval.folder import find_run, read_rows, read_summary

    folder = find_run(RUNS, name)
    return read_summary(folder), read_rows(folder)
