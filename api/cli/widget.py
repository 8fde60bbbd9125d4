"""``huawen widget``: what somebody pastes into a page."""

from __future__ import annotations

from typing import Annotated

import typer

from index.errors import UsageError

app = typer.Typer(
    no_args_is_help=True,
    help="The chat for other pages.",
    epilog="Example: huawen widget snippet --url https://qa.example.com --key hw_pk_…",
)


@app.callback()
def _widget() -> None:
    """Keeps `snippet` a command of its own."""


@app.command(epilog="Example: huawen widget snippet --url https://qa.example.com --key hw_pk_…")
def snippet(
    url: Annotated[str, typer.Option(help="Address of this service, as browsers reach it.")] = (
        "http://127.0.0.1:8765"
    ),
    key: Annotated[str, typer.Option(help="A publishable key of `huawen keys create`.")] = "",
    lang: Annotated[str, typer.Option(help="zh-CN or en; the page's own by default.")] = "",
) -> None:
    """Print the two tags, with the hash that browsers check."""
    from html import escape

    from api.http.pages import read_manifest

    _check(url, key)
    manifest = read_manifest()
    home = escape(url.rstrip("/"))
    attributes = {"endpoint": home, "public-key": escape(key), "lang": escape(lang)}
    shown = "".join(f' {name}="{value}"' for name, value in attributes.items() if value)
    typer.echo(
        f'<script type="module" src="{home}/widget.{manifest["hash"]}.js"'
        f' integrity="{manifest["integrity"]}" crossorigin="anonymous"></script>'
    )
    typer.echo(f"<huawen-chat{shown}></huawen-chat>")


def _check(url: str, key: str) -> None:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise UsageError(
            f"{url!r} is no address of a service", hint="Write https://qa.example.com."
        )
    if key and not key.startswith("hw_pk_"):
        raise UsageError(
            f"{key[:6]!r}… is no publishable key, and everybody can read a page",
            hint="Make one: huawen keys create --public --origin https://www.example.com",
        )
