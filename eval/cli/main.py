"""``huawen eval``: the commands and how they end.

Exit codes: 0 well, 1 the gate failed, 2 misused, 3 the target failed, 130 interrupted.
"""

from __future__ import annotations

from pathlib import Path

import typer

from eval.cli import bench, fit, full, run, runs, teach
from eval.errors import TargetUnreachable
from index.errors import HuawenError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Measure huawen: quality, speed and memory.",
    epilog="Start with: huawen eval run",
)
app.command(epilog="Example: huawen eval run --data finance -o report.html")(run.run)
app.command(epilog="Example: huawen eval compare 20261123-1420-base 20261123-1502-new")(
    runs.compare
)
app.command(epilog="Example: huawen eval gate 20261123-1420-base --config eval.toml")(runs.gate)
app.command(epilog="Example: huawen eval show 20261123-1420-base --failed")(runs.show)
app.command(epilog="Example: huawen eval lint my-set")(runs.lint)
app.command(epilog="Example: huawen eval export finance finance.csv")(runs.export)
app.command(
    "from-feedback", epilog="Example: huawen eval from-feedback feedback.ndjson -o evalsets/readers"
)(runs.from_feedback)
app.command("list", epilog="Example: huawen eval list")(runs.list_all)
app.command(epilog="Example: huawen eval judge")(runs.judge)
app.command(epilog="Example: huawen eval fit --data rgb_noise.jsonl --dry-run")(fit.fit)
app.command(epilog="Example: huawen eval teach --data news@FOLDER")(teach.teach)
app.command(
    epilog="Example: huawen eval bench --articles news.jsonl --questions questions.jsonl --json"
)(bench.bench)
app.command(epilog="Example: huawen eval full ../data --readme README.md")(full.full)


@app.callback()
def _group(context: typer.Context) -> None:
    """Measure huawen: quality, speed and memory."""
    context.ensure_object(dict)


def main(args: list[str], home: Path | None) -> int:
    """Run ``huawen eval ARGS`` over ``home`` where a set has no articles of its own."""
    try:
        result = app(args, prog_name="huawen eval", standalone_mode=False, obj={"home": home})
    except TargetUnreachable as error:
        _complain(error)
        return 3
    return int(result or 0)


def _complain(error: HuawenError) -> None:
    typer.secho(f"Error: {error}", fg="red", err=True)
    typer.echo(error.hint, err=True)
