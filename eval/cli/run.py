"""``huawen eval run``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import UsageError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from eval.judge import Judge
    from eval.suites import Suite
    from eval.summary import Row, RunConfig, RunSummary
    from eval.targets import Target

RUNS = Path("runs")


def run(
    context: typer.Context,
    data: Annotated[
        str,
        typer.Option(help="A bundled set, or a path: our format, questions, RGB, or SQuAD shape."),
    ] = "finance",
    name: Annotated[str, typer.Option(help="What to call the run.")] = "",
    target: Annotated[str, typer.Option(help="'local', or the address of a server.")] = "local",
    articles: Annotated[
        Path | None, typer.Option(help="Articles that the questions are about.")
    ] = None,
    distractors: Annotated[
        Path | None, typer.Option(help="More articles to search among (JSON lines, also .gz).")
    ] = None,
    distractor_limit: Annotated[
        int | None, typer.Option(min=1, help="Read at most this many of them.")
    ] = None,
    noise: Annotated[
        str, typer.Option(help="RGB shape: shares of noise passages, such as 0,0.4,1.")
    ] = "",
    all_passages: Annotated[
        bool, typer.Option(help="Search among all passages, not only a question's own.")
    ] = False,
    judge: Annotated[str, typer.Option(help="'lexical', or 'llm' (HUAWEN_RAG_LLM_…).")] = "lexical",
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=1, max=64)] = 1,
    repeat: Annotated[int, typer.Option(min=1, max=100, help="Ask each case so often.")] = 1,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first cases.")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--filter", help="field=value, such as type=numeric.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of shuffles and resampling.")] = 0,
    resume: Annotated[str, typer.Option(help="Name of a run to go on with.")] = "",
    output: Annotated[
        list[Path] | None,
        typer.Option("-o", "--output", help="Also write .html, .json, .xml (JUnit) or .md."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> int:
    """Ask every case of a set, score the answers, keep them in runs/NAME."""
    from eval.folder import find_run, to_json
    from eval.report import render_html, render_junit, render_markdown, write_report
    from eval.run import run_suite
    from eval.suites import SuiteOptions
    from eval.suites.find import open_suite, with_distractors
    from eval.summary import RunConfig

    options = SuiteOptions(
        noise=_read_noise(noise), seed=seed, articles=articles, all_passages=all_passages
    )
    suite = open_suite(data, options)
    if distractors:
        suite = with_distractors(suite, distractors, distractor_limit)
    suite = _narrowed(suite, only or [], limit)
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    folder = find_run(RUNS, resume) if resume else RUNS / f"{stamp}-{name or Path(data).stem}"
    config = RunConfig(
        name=folder.name, suite=suite.name, suite_sha256=suite.digest, target=target,
        judge="", seed=seed, jobs=jobs, repeat=repeat,
    )  # fmt: skip
    with _opened(target, suite, context.obj.get("home")) as asked:
        asker = _judge(judge)
        config = replace(config, judge=asker.name, target=asked.name)
        with bar(f"{suite.name}: asking") as show:
            try:
                summary, rows = run_suite(
                    suite, asked, asker, config=config, folder=folder, progress=show
                )
            except KeyboardInterrupt:
                typer.echo(f"\nInterrupted. Go on with: --resume {folder.name}", err=True)
                raise
    write = {
        "report.html": render_html(summary, rows, suite.cases),
        "summary.md": render_markdown(summary, rows),
        "junit.xml": render_junit(summary, rows),
    }
    for file, text in write.items():
        (folder / file).write_text(text, encoding="utf-8")
    for path in output or []:
        write_report(path, summary, rows, suite.cases)
    if as_json:
        typer.echo(json.dumps(to_json(summary), ensure_ascii=False))
    else:
        _print(summary, rows, folder, config)
    if summary.too_many_errors:
        typer.secho(f"{summary.errors} of {summary.cases} questions failed.", fg="red", err=True)
        return 3
    return 0


def _read_noise(text: str) -> tuple[float, ...]:
    try:
        noise = tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise UsageError(f"--noise {text!r}: give numbers with commas between them") from error
    if any(not 0 <= share <= 1 for share in noise):
        raise UsageError(f"--noise {text!r}: every share lies in 0..1")
    return noise


def _narrowed(suite: Suite, only: list[str], limit: int | None) -> Suite:
    cases = list(suite.cases)
    for rule in only:
        field, equals, value = rule.partition("=")
        if not equals or field not in ("id", "type", "split", "source", "tag"):
            raise UsageError(
                f"--filter {rule!r}: give id, type, split, source or tag, = and a value"
            )
        cases = [
            case
            for case in cases
            if (value in case.tags if field == "tag" else getattr(case, field) == value)
        ]
    cases = cases[:limit]
    if not cases:
        raise UsageError("no case is left to ask")
    return replace(suite, cases=tuple(cases))


@contextmanager
def _opened(target: str, suite: Suite, home: Path | None) -> Iterator[Target]:
    """The target over the suite's own articles; over the caller's home where it has none."""
    if target != "local":
        from eval.targets import HttpTarget

        with closing(HttpTarget(target, api_key=os.environ.get("HUAWEN_API_KEY"))) as server:
            yield server
        return
    from eval.indexes import suite_home
    from eval.targets import LocalTarget
    from index.settings import IndexSettings, resolve_home
    from rag.factory import open_service
    from rag.settings import RagSettings

    settings = IndexSettings()
    if suite.articles:
        with bar("indexing") as show:
            home = suite_home(suite, settings, lambda _stage, done, total: show(done, total))
    service = open_service(resolve_home(home), settings, RagSettings())
    try:
        yield LocalTarget(service)
    finally:
        service.close()


def _judge(name: str) -> Judge:
    from eval.errors import UnknownName
    from eval.judge import LexicalJudge

    if name == "lexical":
        return LexicalJudge()
    if name == "llm":
        from eval.llm_judge import open_llm_judge

        return open_llm_judge()
    raise UnknownName("judge", name, ["lexical", "llm"])


@contextmanager
def bar(title: str) -> Iterator[Bar]:
    """A progress bar on stderr; silent where that is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    with Progress(
        "{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    ) as progress:  # fmt: skip
        yield Bar(progress, progress.add_task(title, total=None))


class Bar:
    """Hears how much is done."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def __call__(self, done: int, total: int) -> None:
        """``done`` of ``total``."""
        self._progress.update(self._task, completed=done, total=total)


def _print(summary: RunSummary, rows: list[Row], folder: Path, config: RunConfig) -> None:
    from eval.report import headline, weakest

    hopeless = sum(not row.answerable for row in rows)
    typer.echo(
        f"{config.suite} · {summary.cases} cases ({hopeless} unanswerable) · errors "
        f"{summary.errors} · judge {config.judge} · seed {config.seed}"
    )
    overhead = summary.scoring_s / summary.asking_s if summary.asking_s > 0.05 else 0.0  # noqa: PLR2004
    typer.echo(f"asking {summary.asking_s:.1f} s, scoring +{overhead:.0%}\n")
    for group, metrics in headline(summary):
        shown = "   ".join(
            f"{name.partition('/')[2]} {value} (n={n})" for name, value, n in metrics
        )
        typer.echo(f"  {group:<10} {shown}")
    _print_types(summary)
    weak = weakest(summary, rows)
    if weak:
        typer.echo(f"\n  weakest: {' · '.join(weak)}")
    typer.echo(
        f"  report  {folder / 'report.html'}      next: huawen eval show {folder.name} --failed"
    )


def _print_types(summary: RunSummary) -> None:
    names = ("answer/contains", "answer/chars", "conflict/shown", "conflict/false_alarm",
             "abstain/recall", "abstain/false_refusal")  # fmt: skip
    if len(summary.by_type) < 2:  # noqa: PLR2004
        return
    typer.echo()
    for kind, found in summary.by_type.items():
        shown = "   ".join(
            f"{n.partition('/')[2]} {found[n].value:.3f}" for n in names if n in found
        )
        typer.echo(f"  {kind:<14} {shown}")
