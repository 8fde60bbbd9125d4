"""``huawen ask`` and ``huawen search``."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import terminal
from api.cli.context import read_context
from index.errors import UsageError

if TYPE_CHECKING:
    from index.types import Filters

Json = Annotated[bool, typer.Option("--json", help="The response object of the HTTP service.")]
Publisher = Annotated[list[str] | None, typer.Option(help="Only this outlet; may be repeated.")]
Document = Annotated[list[str] | None, typer.Option(help="Only this article; may be repeated.")]
Day = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="In China.")
]


def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="One question, in Chinese or English.")],
    as_json: Json = False,
    earlier: Annotated[
        list[str] | None,
        typer.Option(help="A question asked before this one; may be repeated, oldest first."),
    ] = None,
    publisher: Publisher = None,
    document: Document = None,
    after: Day = None,
    before: Day = None,
) -> None:
    """Answer one question, with the sentences that prove it."""
    from rag.types import Turn

    history = [Turn(role="user", content=one) for one in earlier or ()]
    with closing(read_context(context.obj).service()) as service:
        filters = _filters(publisher, document, after, before)
        answer = service.ask(question, filters=filters, history=history)
    if as_json:
        from api.http.render import render_answer

        typer.echo(render_answer(answer).model_dump_json())
    else:
        terminal.print_answer(answer)


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="Words, or a question.")],
    top_k: Annotated[int, typer.Option(min=1, max=50, help="Passages to show.")] = 10,
    as_json: Json = False,
    publisher: Publisher = None,
    document: Document = None,
    after: Day = None,
    before: Day = None,
) -> None:
    """Show the passages that a question would be answered from."""
    with closing(read_context(context.obj).service()) as service:
        filters = _filters(publisher, document, after, before)
        found = service.search(query, filters=filters, top_k=top_k)
    if as_json:
        from api.http.render import render_search

        typer.echo(render_search(found).model_dump_json())
    else:
        terminal.print_passages(found)


def _filters(
    publisher: list[str] | None,
    document: list[str] | None,
    after: datetime | None,
    before: datetime | None,
) -> Filters:
    from zoneinfo import ZoneInfo

    from index.types import Filters

    if after and before and after >= before:
        raise UsageError("`--after` must be a day before `--before`")
    china = ZoneInfo("Asia/Shanghai")
    return Filters(
        publishers=tuple(publisher or ()),
        document_ids=tuple(document or ()),
        published_after=after and after.replace(tzinfo=china),
        published_before=before and before.replace(tzinfo=china),
    )
