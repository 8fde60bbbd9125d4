"""``huawen eval compare | gate | show | lint | list | export | from-feedback | judge``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.cli.run import RUNS
from index.errors import UsageError

if TYPE_CHECKING:
    from eval.summary import Row, RunSummary


def compare(
    base: Annotated[str, typer.Argument(help="Name or folder of the run before.")],
    new: Annotated[str, typer.Argument(help="Name or folder of the run after.")],
    metric: Annotated[list[str] | None, typer.Option(help="Only these metrics.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also as HTML.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Differences with intervals and a paired permutation test, and the cases that flipped."""
    from eval.compare import compare_runs, to_json, to_rows
    from eval.page import render_comparison

    found = compare_runs(_load(base), _load(new), metric or [])
    if output:
        output.write_text(render_comparison(found), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(to_json(found), ensure_ascii=False))
        return
    header = ("metric", "base", "new", "diff", "95 %", "p", "n", "")
    for row in (header, *to_rows(found)):
        typer.echo("{:<26}{:>9}{:>9}{:>9}{:>20}{:>8}{:>6}  {}".format(*row))
    for title, pairs in (("fixed", found.fixed), ("broken", found.broken)):
        typer.echo(f"\n{title} {len(pairs)}")
        for old, _ in pairs[:20]:
            typer.echo(f"  {old.id}  {old.question}")
    for name, was, now in found.changed:
        typer.echo(f"config {name}: {was} -> {now}")


def gate(
    run: Annotated[str, typer.Argument(help="Name or folder of the run.")],
    baseline: Annotated[str, typer.Option(help="A run that it must not fall behind.")] = "",
    config: Annotated[
        Path | None, typer.Option(help="TOML with [gate]; the bundled set's limits by default.")
    ] = None,
) -> int:
    """Hold a run against limits; exit code 1 where one is missed."""
    from eval.compare import compare_runs
    from eval.gate import check_gate, limits_of, read_limits

    summary, rows = _load(run)
    limits = read_limits(config) if config else limits_of(summary)
    comparison = compare_runs(_load(baseline), (summary, rows)) if baseline else None
    checks = check_gate(summary, limits, comparison)
    for check in checks:
        mark = "ok  " if check.passed else "FAIL"
        typer.echo(f"{mark} {check.metric:<28} {check.value:.4f}  wanted {check.limit}")
    if not baseline and any("max_drop" in limit for limit in limits.values()):
        typer.echo("     max_drop is not checked without --baseline", err=True)
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
        _show_row(row, whole=bool(case))
    if len(chosen) > limit:
        typer.echo(f"… and {len(chosen) - limit} more; pass --limit {len(chosen)}")


def _show_row(row: Row, *, whole: bool) -> None:
    from eval.report import verdict

    typer.secho(f"{row.id} · {row.type} · {verdict(row)}", bold=True)
    typer.echo(f"  {row.question}")
    if row.answer is None:
        typer.echo(f"  {row.error or f'{len(row.found)} passages'}")
    else:
        typer.echo(f"  {row.answer.answer}  ({row.answer.status}, {row.answer.confidence:.2f})")
    if not whole:
        return
    for citation in row.answer.citations if row.answer else ():
        for quote in citation.quotes:
            typer.secho(f"    [{citation.number}] {quote.text}", fg="green")
    for one in row.evidence:
        if not one.supported:
            typer.secho(f"    judge: {one.sentence}: {one.reason}", fg="red")
    for name, score in row.scores.items():
        typer.echo(f"    {name:<28} {score:.4f}")


def lint(
    path: Annotated[Path, typer.Argument(help="A set in our own format: its name or its folder.")],
    articles: Annotated[
        Path | None, typer.Option(help="Where its articles are, if not beside it.")
    ] = None,
) -> int:
    """Check a set: spans, identifiers, leakage between splits, dates, licence, checksum."""
    from eval.cases import digest_cases, read_card, try_cases
    from eval.lint import lint_cases
    from eval.suites import SuiteOptions
    from eval.suites.find import bundled_sets, local_sets
    from eval.suites.own import read_articles

    folder = (bundled_sets() | local_sets()).get(str(path), path)
    card = read_card(folder)
    cases, problems = try_cases(folder / "cases.jsonl")
    known = read_articles(folder, card.articles, SuiteOptions(articles=articles))
    problems += lint_cases(cases, {article.id: article for article in known})
    digest = digest_cases(folder / "cases.jsonl")
    if digest != card.sha256:
        problems.append(f"set.toml: sha256 is {card.sha256!r}, the cases have {digest!r}")
    for problem in problems:
        typer.echo(problem)
    typer.echo(f"{len(cases)} cases, {len(problems)} problems")
    return int(bool(problems))


def export(
    data: Annotated[str, typer.Argument(help="A set: its name, or a path in any shape we read.")],
    target: Annotated[Path, typer.Argument(help="A file .csv, or a folder (BEIR).")],
) -> None:
    """Write a set as a CSV table, or as BEIR's three files."""
    from eval.suites import SuiteOptions
    from eval.suites.beir import write_beir
    from eval.suites.find import open_suite
    from eval.suites.table import write_table

    suite = open_suite(data, SuiteOptions(all_passages=True))
    if target.suffix == ".csv":
        write_table(target, suite.cases)
    else:
        write_beir(target, suite.cases, suite.articles)
    typer.echo(f"{len(suite.cases)} cases written to {target}")


def from_feedback(
    path: Annotated[Path, typer.Argument(help="Export of GET /v1/feedback?format=ndjson.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the new set.")] = Path(
        "evalsets/feedback"
    ),
) -> None:
    """Readers' verdicts as a draft set; what they were not clear about is listed."""
    from eval.feedback import read_feedback, write_draft

    draft = read_feedback(path)
    if not draft.cases:
        raise UsageError(f"no verdict in {str(path)!r} says what a right answer is")
    write_draft(output, draft.cases)
    typer.echo(f"{len(draft.cases)} cases written to {output}")
    for verdict in draft.unclear:
        typer.echo(f"to label  {verdict.id}  {verdict.rating}  {verdict.question or '?'}")
    typer.echo(f"next: huawen eval lint {output}, then huawen eval run --data {output}")


def list_all() -> None:
    """The sets that ship, those below evalsets/, and the runs in this folder."""
    from eval.cases import read_card
    from eval.folder import list_runs
    from eval.suites.find import bundled_sets, local_sets

    for name, folder in (bundled_sets() | local_sets()).items():
        card = read_card(folder)
        typer.echo(f"set  {name:<16} v{card.version}  {card.language}  {card.licence}")
    for name in list_runs(RUNS):
        typer.echo(f"run  {name}")


def judge(
    name: Annotated[
        str, typer.Argument(help="'lexical', nli:PATH, llm:URL, or 'llm' (HUAWEN_RAG_LLM_…).")
    ] = "lexical",
    wrong: Annotated[bool, typer.Option("--wrong", help="List what it gets wrong.")] = False,
) -> None:
    """How far a judge agrees with the labelled triples that ship."""
    from eval.cli.run import open_judge
    from eval.judge import measure_agreement, read_triples

    found = measure_agreement(open_judge(name), read_triples())
    typer.echo(
        f"{found.judge}: accuracy {found.accuracy:.3f}, kappa {found.kappa:.3f}, n={found.n}"
    )
    for kind, (right, count) in found.by_kind.items():
        typer.echo(f"  {kind:<12} {right} of {count}")
    for triple in found.wrong if wrong else ():
        label = "supported" if triple.supported else "not supported"
        typer.echo(f"  [{triple.kind}] {label}: {triple.sentence} <- {triple.quote}")


def _load(name: str) -> tuple[RunSummary, list[Row]]:
    from eval.folder import find_run, read_rows, read_summary

    folder = find_run(RUNS, name)
    return read_summary(folder), read_rows(folder)
