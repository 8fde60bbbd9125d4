"""``huawen demo``: the sample articles, one answered question, the chat page."""

from __future__ import annotations

from contextlib import closing
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import terminal
from api.cli.context import Context, read_context
from api.cli.ingest import build
from api.cli.serve import run

if TYPE_CHECKING:
    from index.readers import Collected

QUESTION = "二季度末全国信用卡有多少张？"


def demo(
    context: typer.Context,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Go on with the chat page.")
    ] = True,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")
    ] = None,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Show the chat page in a browser.")
    ] = False,
) -> None:
    """Try huawen on its sample articles, in a folder of their own."""
    options = read_context(context.obj)
    apart = Context(home=options.home or options.folder() / "demo", debug=options.debug)
    terminal.print_report(build(apart, _samples()))
    typer.echo(f'\n$ huawen --home {apart.folder()} ask "{QUESTION}"\n')
    with closing(apart.service()) as service:
        terminal.print_answer(service.ask(QUESTION))
    if serve:
        typer.echo()
        run(apart, host=None, port=port, open_browser=open_browser)


def _samples() -> Collected:
    from index.readers import collect_articles

    with as_file(files("index") / "data" / "sample_articles.jsonl") as path:
        return collect_articles([Path(path)])
