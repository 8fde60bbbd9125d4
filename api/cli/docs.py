"""``huawen docs``: what is in the home folder."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import terminal
from api.cli.context import read_context

if TYPE_CHECKING:
    from index.catalog import Catalog

app = typer.Typer(no_args_is_help=True, help="List, show and remove articles.")


def _open(context: typer.Context) -> Catalog:
    from index.catalog import open_catalog

    return open_catalog(read_context(context.obj).folder())


@app.command("list", epilog="Example: huawen docs list --limit 20")
def list_(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Articles to show.")] = 50,
    after: Annotated[str | None, typer.Option(help="Go on behind this identifier.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Articles by identifier."""
    with closing(_open(context)) as catalog:
        cards = catalog.list_articles(limit=limit, after=after)
        total = catalog.count_articles()
    for card in cards:
        if as_json:
            when = card.published_at.isoformat() if card.published_at else None
            fields = {
                "id": card.id, "title": card.title, "publisher": card.publisher,
                "published_at": when, "url": card.url, "chars": card.chars,
                "chunks": card.chunks, "cluster_id": card.cluster_id,
            }  # fmt: skip
            typer.echo(json.dumps(fields, ensure_ascii=False))
        else:
            typer.echo(
                f"{card.id}  {terminal.day(card.published_at)}  {card.chunks:>3} chunks  "
                f"{terminal.one_line(card.publisher)}  {terminal.one_line(card.title)}"
            )
    if not as_json:
        typer.echo(f"{len(cards)} of {total} articles", err=True)


@app.command(epilog="Example: huawen docs show doc_…")
def show(
    context: typer.Context,
    article_id: Annotated[str, typer.Argument(metavar="ID", help="Identifier of the article.")],
) -> None:
    """An article as it is stored and quoted."""
    from index.errors import DocumentNotFound

    with closing(_open(context)) as catalog:
        article = catalog.read_articles([article_id]).get(article_id)
    if article is None:
        raise DocumentNotFound(f"there is no article {article_id!r}")
    typer.secho(terminal.card(article), bold=True)
    if article.url:
        typer.echo(article.url)
    for paragraph in article.text.split("\n"):
        typer.echo(terminal.one_line(paragraph))


@app.command(epilog="Example: huawen docs rm doc_…")
def rm(
    context: typer.Context,
    article_ids: Annotated[list[str], typer.Argument(metavar="ID…", help="Articles to remove.")],
) -> None:
    """Remove articles; they are gone from every search at once."""
    from index.build import IndexBuilder

    options = read_context(context.obj)
    with IndexBuilder(options.folder(), options.settings().index) as builder:
        terminal.print_report(builder.delete(article_ids))
