"""``huawen``: global options, the commands, and how every failure ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from api.cli import ask, demo, docs, doctor, indexing, ingest, keys, serve, widget
from api.cli.context import Context
from index.errors import HuawenError, UsageError

app = typer.Typer(
    name="huawen",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="花问: answers from Chinese financial news, every sentence proved by a citation.",
    epilog="Start with: huawen demo",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"huawen {version('huawen')}")
        raise typer.Exit


@app.callback()
def _global(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(
            help="Folder that holds articles and index; HUAWEN_HOME, or the platform's data folder."
        ),
    ] = None,
    debug: Annotated[bool, typer.Option(help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    del version
    context.obj = Context(home=home, debug=debug)


app.command(epilog="Example: huawen ingest news.jsonl page.txt --skip-bad")(ingest.ingest)
app.command(epilog='Example: huawen ask "徽商银行公布了多少家合作机构？"')(ask.ask)
app.command(epilog='Example: huawen search "助贷 白名单" --top-k 5')(ask.search)
app.add_typer(docs.app, name="docs")
app.add_typer(indexing.app, name="index")
app.command(epilog="Example: huawen serve --port 8765 --open")(serve.serve)
app.add_typer(keys.app, name="keys")
app.add_typer(widget.app, name="widget")
app.command(epilog="Example: huawen demo --no-serve")(demo.demo)
app.command(epilog="Example: huawen doctor")(doctor.doctor)
app.add_typer(doctor.config_app, name="config")


@app.command(
    "eval",
    context_settings={
        "allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []
    },
    epilog="Example: huawen eval bench",
)  # fmt: skip
def _eval(context: typer.Context) -> None:
    """Measure huawen: quality, speed and memory."""
    from eval.cli import main as eval_main

    raise typer.Exit(eval_main(list(context.args), context.obj.home))


def main(arguments: list[str] | None = None) -> None:
    """Run one command and end the process: 0 well, 1 failed, 2 misused, 130 interrupted."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = app(given, prog_name="huawen", standalone_mode=False)
    except HuawenError as error:
        if "--debug" in given:
            raise
        _complain(str(error), error.hint)
        code = 2 if isinstance(error, UsageError) else 1
    except TyperException as error:  # a command or option that does not exist, or lacks something
        _complain(error.format_message(), "See `huawen --help`, or `--help` behind the command.")
        code = error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("Interrupted; what was written before is kept.", err=True)
        code = 130
    except BrokenPipeError:
        # Whoever read us has left; without this, Python complains once more while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        if "--debug" in given:
            raise
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        _complain(
            f"huawen has a fault ({what})", "Run it again with `huawen --debug …`, report it."
        )
        code = 1
    sys.exit(int(code or 0))


def _complain(message: str, hint: str) -> None:
    if not message:  # a group without a command: its help was shown, and is all there is to say
        return
    typer.secho(f"Error: {message}", fg="red", err=True)
    typer.echo(hint, err=True)
