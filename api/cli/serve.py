"""``huawen serve``."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.context import Context, read_context


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")
    ] = None,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Show the chat page in a browser.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Server processes.")] = 1,
    auth: Annotated[
        bool, typer.Option("--auth/--no-auth", help="Ask for a key unless on loopback.")
    ] = True,
) -> None:
    """Run the HTTP service and the chat page."""
    run(
        read_context(context.obj), host=host, port=port, open_browser=open_browser,
        workers=workers, auth=auth,
    )  # fmt: skip


def run(
    options: Context,
    *,
    host: str | None,
    port: int | None,
    open_browser: bool,
    workers: int = 1,
    auth: bool = True,
) -> None:
    """Listen with the settings, overruled by what is not None."""
    from api.http.serve import serve as listen

    settings = options.settings().api
    chosen = {"host": host, "port": port, "require_key": None if auth else "never"}
    settings = settings.model_copy(update={k: v for k, v in chosen.items() if v is not None})
    listen(
        options.folder(), settings, tell=_tell, open_browser=open_browser, workers=workers
    )  # fmt: skip


def _tell(address: str) -> None:
    typer.echo(f"huawen listens on {address} (Ctrl-C ends it)")
