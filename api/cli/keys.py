"""``huawen keys``."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, cast

import typer

from api.cli.context import Context, read_context

if TYPE_CHECKING:
    from api.state.keys import Keys, Scope

app = typer.Typer(
    no_args_is_help=True,
    help="Keys of the HTTP service.",
    epilog="Example: huawen keys create --public --origin https://www.example.com",
)
JsonFlag = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@app.command(epilog="Example: huawen keys create --name reports --scope ask --scope search")
def create(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    public: Annotated[
        bool, typer.Option("--public", help="For a web page: bound to origins, few scopes.")
    ] = False,
    scope: Annotated[list[str] | None, typer.Option(help="May be repeated; default all.")] = None,
    origin: Annotated[
        list[str] | None, typer.Option(help="Page that may use it; may be repeated.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Days until it ends.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a key. Its secret is shown once."""
    with _open(read_context(context.obj)) as keys:
        made = keys.create(
            "pk" if public else "sk",
            name=name,
            scopes=cast("list[Scope]", scope or []),
            origins=origin or [],
            seconds=days * 86_400 if days else None,
        )
    if as_json:
        typer.echo(json.dumps({**asdict(made.key), "secret": made.secret}, ensure_ascii=False))
        return
    typer.echo(made.secret)
    typer.echo(f"Keep it: only its hash is stored. It is {made.key.id}.", err=True)


@app.command("list", epilog="Example: huawen keys list --json")
def list_keys(context: typer.Context, as_json: JsonFlag = False) -> None:
    """Show every key, without its secret."""
    with _open(read_context(context.obj)) as keys:
        found = keys.list()
    if as_json:
        typer.echo(json.dumps([asdict(key) for key in found], ensure_ascii=False))
        return
    for key in found:
        ended = key.expires_at is not None and key.expires_at < time.time()
        state = "revoked" if key.revoked_at else "ended" if ended else "live"
        day = datetime.fromtimestamp(key.created_at, UTC).date()
        where = " ".join(key.origins)
        typer.echo(
            f"{key.id}  {key.prefix}…  {state}  {day}  {','.join(key.scopes)}  {where} {key.name}"
        )
    if not found:
        typer.echo("There is no key. Make one with `huawen keys create`.", err=True)


@app.command(epilog="Example: huawen keys revoke key_01J…")
def revoke(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Identifier or first characters of the secret.")],
) -> None:
    """End a key at once."""
    with _open(read_context(context.obj)) as keys:
        ended = keys.revoke(key)
    typer.echo(f"{ended.id} is revoked.")


@contextmanager
def _open(options: Context) -> Iterator[Keys]:
    from api.state.database import StateDatabase
    from api.state.keys import Keys

    folder = options.folder()
    folder.mkdir(parents=True, exist_ok=True)
    database = StateDatabase(folder)
    try:
        yield Keys(database)
    finally:
        database.close()
