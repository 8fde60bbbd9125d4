"""``huawen eval run``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from index.errors import UsageError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from eval.cases import Case
    from eval.judge import Judge
    from eval.options import RunOptions
    from eval.suites import Suite
    from eval.summary import Row, RunSummary, Stage
    from eval.targets import Target
    from rag.types import Mode

RUNS = Path("runs")


def run(
    context: typer.Context,
    data: Annotated[
        str,
        typer.Option(
            help="A set by name, or a path: our format, BEIR, CSV, questions, RGB or SQuAD shape."
        ),
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
    reuse: Annotated[
        list[Path] | None,
        typer.Option(help="A home whose vectors of the same text are taken over; may be repeated."),
    ] = None,
    noise: Annotated[
        str, typer.Option(help="RGB shape: shares of noise passages, such as 0,0.4,1.")
    ] = "",
    all_passages: Annotated[
        bool, typer.Option("--all-passages", help="Search all passages, not only a question's own.")
    ] = False,
    stage: Annotated[str, typer.Option(help="'all', or 'retrieval' alone.")] = "all",
    mode: Annotated[str, typer.Option(help="'hybrid', 'dense' or 'sparse' search.")] = "hybrid",
    judge: Annotated[
        str, typer.Option(help="'lexical', nli:PATH, llm:URL, or 'llm' (HUAWEN_RAG_LLM_…).")
    ] = "lexical",
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=1, max=64)] = 1,
    repeat: Annotated[int, typer.Option(min=1, max=100, help="Ask each case so often.")] = 1,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first cases.")] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--filter", help="field=value, such as type=numeric; may be repeated."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of shuffles and resampling.")] = 0,
    resume: Annotated[
        str,
        typer.Option(help="Go on with this run ('last': the newest), with the options it had."),
    ] = "",
    retry_errors: Annotated[
        bool, typer.Option("--retry-errors", help="With --resume: ask again what failed.")
    ] = False,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "-o", "--output", help="Also write .html .json .jsonl .csv .xml (JUnit) or .md."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> int:
    """Ask every case of a set, score the answers, keep them in runs/NAME."""
    from eval.options import RunOptions, check_choice
    from eval.report import check_formats

    check_choice("stage", stage)
    check_choice("mode", mode)
    check_formats(output or [])
    if retry_errors and not resume:
        raise UsageError("--retry-errors goes with --resume NAME")
    options = RunOptions(
        data=data, target=target, articles=str(articles or ""), distractors=str(distractors or ""),
        distractor_limit=distractor_limit, reuse=tuple(map(str, reuse or ())), noise=noise,
        all_passages=all_passages, stage=cast("Stage", stage), mode=cast("Mode", mode),
        judge=judge, repeat=repeat, limit=limit, only=tuple(only or ()), seed=seed,
    )  # fmt: skip
    folder, options = _folder(options, name, resume)
    if retry_errors:
        from eval.folder import forget_errors

        typer.echo(f"{forget_errors(folder)} failed questions are asked again", err=True)
    summary, rows, cases = _measure(options, folder, jobs, context.obj.get("home"))
    _write(summary, rows, cases, folder, output or [])
    if as_json:
        from eval.folder import to_json

        typer.echo(json.dumps(to_json(summary), ensure_ascii=False))
    else:
        _print(summary, rows, folder)
    if summary.too_many_errors:
        typer.secho(f"{summary.errors} of {summary.cases} questions failed.", fg="red", err=True)
        return 3
    return 0


def _folder(options: RunOptions, name: str, resume: str) -> tuple[Path, RunOptions]:
    """Where the run lives; one that goes on keeps the options that it was begun with."""
    from eval.folder import find_run, read_config
    from eval.options import RunOptions

    if not resume:
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        return RUNS / f"{stamp}-{name or Path(options.data).stem}", options
    folder = find_run(RUNS, resume)
    begun = read_config(folder)
    return folder, RunOptions.from_json(begun.options) if begun else options


def _measure(
    options: RunOptions, folder: Path, jobs: int, home: Path | None
) -> tuple[RunSummary, list[Row], tuple[Case, ...]]:
    from eval.options import open_cases
    from eval.run import run_suite
    from eval.summary import RunConfig

    suite = open_cases(options)
    asker = open_judge(options.judge)
    with _opened(options, suite, home) as asked, bar(f"{suite.name}: asking") as show:
        config = RunConfig(
            name=folder.name, suite=suite.name, suite_sha256=suite.digest, target=asked.name,
            judge=asker.name, seed=options.seed, jobs=jobs, repeat=options.repeat,
            stage=options.stage, mode=options.mode, options=options.to_json(),
        )  # fmt: skip
        try:
            summary, rows = run_suite(
                suite, asked, asker, config=config, folder=folder, progress=show
            )
        except KeyboardInterrupt:
            typer.echo(f"\nInterrupted. Go on with: --resume {folder.name}", err=True)
            raise
    return summary, rows, suite.cases


def _write(
    summary: RunSummary,
    rows: list[Row],
    cases: tuple[Case, ...],
    folder: Path,
    output: list[Path],
) -> None:
    from eval.report import write_report

    for path in (folder / "report.html", folder / "summary.md", folder / "junit.xml", *output):
        write_report(path, summary, rows, cases)


@contextmanager
def _opened(options: RunOptions, suite: Suite, home: Path | None) -> Iterator[Target]:
    """The target over the suite's own articles; over the caller's home where it has none."""
    if options.target != "local":
        from eval.http_target import HttpTarget

        key = os.environ.get("HUAWEN_API_KEY")
        with closing(HttpTarget(options.target, api_key=key, mode=options.mode)) as server:
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
            reuse = [Path(one) for one in options.reuse]
            home = suite_home(
                suite, settings, lambda _stage, done, total: show(done, total), reuse=reuse
            )
    service = open_service(resolve_home(home), settings, RagSettings())
    try:
        yield LocalTarget(service, options.mode)
    finally:
        service.close()


def open_judge(spec: str) -> Judge:
    """The judge that "lexical", "nli:PATH", "llm" or "llm:URL" stands for.

    Raises:
        UnknownName: no judge has that name.
    """
    from eval.errors import UnknownName
    from eval.lexical_judge import LexicalJudge

    name, _, where = spec.partition(":")
    if spec == "lexical":
        return LexicalJudge()
    if name == "nli" and where:
        from eval.nli_judge import NliJudge

        return NliJudge(Path(where))
    if name == "llm":
        from eval.llm_judge import open_llm_judge

        return open_llm_judge(where)
    raise UnknownName("judge", spec, ["lexical", "nli:PATH", "llm", "llm:URL"])


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


def _print(summary: RunSummary, rows: list[Row], folder: Path) -> None:
    from eval.report import headline, weakest

    config = summary.config
    hopeless = sum(not row.answerable for row in rows)
    typer.echo(
        f"{config.suite} · {summary.cases} cases ({hopeless} unanswerable) · errors "
        f"{summary.errors} · judge {config.judge} · seed {config.seed}"
    )
    overhead = summary.scoring_s / summary.asking_s if summary.asking_s > 0.05 else 0.0  # noqa: PLR2004
    typer.echo(f"asking {summary.asking_s:.1f} s (j={config.jobs}), scoring +{overhead:.0%}\n")
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
             "abstain/recall", "abstain/false_refusal", "retrieval/recall@10")  # fmt: skip
    if len(summary.by_type) < 2:  # noqa: PLR2004
        return
    typer.echo()
    for kind, found in summary.by_type.items():
        shown = "   ".join(
            f"{n.partition('/')[2]} {found[n].value:.3f}" for n in names if n in found
        )
        size = found["latency/total_ms_p50"].n
        typer.echo(f"  {kind:<14} n={size:<4} {shown}")
