"""Articles, one at a time: add, change, look at, take away."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    model_validator,
)
from starlette.responses import Response

from api.errors import NotFound, UnsupportedRequest
from api.http.auth import Principal, needs
from api.http.paging import Cursor, Page
from api.http.render import render_content
from api.http.replay import once
from api.http.routes import PROBLEMS, DeskHere, StateHere, json_only, send
from api.http.schemas import ContentOut
from api.state.cards import Card
from api.state.jobs import Job, JobOptions
from api.state.service import ServiceState
from index.catalog import ArticleCard
from index.errors import DocumentNotFound, HomeBusy
from index.readers.html import extract_page
from index.readers.jsonl import ArticleRecord, Identifier, Tag
from index.repair import repair_title
from index.types import Article
from rag.service import AnswerService

router = APIRouter(prefix="/v1/documents")
_WAIT_SECONDS = 30.0
_BUSY_SECONDS = 10.0
_ON_CARD = ("author", "language", "metadata")  # what no search needs to know
_EXAMPLE: JsonValue = {
    "id": "news-1", "title": "青山银行公布合作机构名单", "publisher": "示例日报",
    "published_at": "2025-09-24T08:00:00+08:00", "text": "青山银行公布了17家合作机构。",
}  # fmt: skip
Writer = Annotated[Principal, Depends(needs("documents:write"))]
READER = Depends(needs("documents:read"))
Short = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Metadata = dict[
    Short, Annotated[str, StringConstraints(max_length=500)] | int | float | bool | None
]


class DocumentIn(BaseModel):
    """An article, as ``text`` or as the ``html`` of its page.

    Without ``id``, outlet, time and title decide whether it is known already; where one of them is
    missing, its text does.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [_EXAMPLE]}
    )

    id: Identifier | None = None
    title: str = Field(min_length=1, max_length=1_000)
    text: str | None = Field(None, min_length=1, max_length=1_000_000)
    html: str | None = Field(None, min_length=1, max_length=1_000_000)
    publisher: str | None = Field(None, max_length=200)
    author: str | None = Field(None, max_length=200)
    published_at: AwareDatetime | None = None
    url: str | None = Field(None, max_length=2_000, pattern=r"^https?://[^\s<>\"]+$")
    language: str | None = Field(None, max_length=35, pattern=r"^[A-Za-z0-9-]+$")
    tags: tuple[Tag, ...] = Field((), max_length=50)
    metadata: Metadata = Field({}, max_length=50)

    @model_validator(mode="after")
    def _has_one_body(self) -> Self:
        if (self.text is None) == (self.html is None):
            raise ValueError("give either text or html")
        return self

    def to_article(self) -> Article:
        """The repaired article.

        Raises:
            UnsupportedRequest: nothing is left of the text.
            SourceUnreadable: this installation reads no HTML.
        """
        text = self.text if self.html is None else extract_page(self.html).text
        known = self.model_dump(exclude={"author", "language", "metadata", "html"})
        try:
            return ArticleRecord.model_validate({**known, "text": text}).to_article()
        except ValueError as error:
            raise UnsupportedRequest(
                f"nothing is left of the article: {error}", zh="正文里没有可以收录的文字。",
                pointer="#/text" if self.html is None else "#/html",
            ) from error  # fmt: skip


class DocumentPatch(BaseModel):
    """What to change; the text stays. A field that is absent is left as it is."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"tags": ["信用卡"]}]}
    )

    title: str = Field("", min_length=1, max_length=1_000)
    publisher: str | None = Field(None, max_length=200)
    author: str | None = Field(None, max_length=200)
    published_at: AwareDatetime | None = None
    url: str | None = Field(None, max_length=2_000, pattern=r"^https?://[^\s<>\"]+$")
    language: str | None = Field(None, max_length=35, pattern=r"^[A-Za-z0-9-]+$")
    tags: tuple[Tag, ...] = Field((), max_length=50)
    metadata: Metadata = Field({}, max_length=50)

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("nothing to change")
        return self


class DocumentCardOut(BaseModel):
    """An article without its text."""

    id: str
    object: Literal["document"] = "document"
    title: str
    publisher: str
    author: str | None
    published_at: datetime | None
    url: str | None
    language: str | None
    tags: list[str]
    metadata: dict[str, Any]
    content_hash: str
    char_count: int
    chunk_count: int
    truncated: bool
    status: Literal["indexed", "pending", "failed", "duplicate"]
    duplicate_of: str | None
    created_at: datetime | None
    updated_at: datetime | None


@router.post(
    "",
    status_code=201,
    response_model=DocumentCardOut,
    responses={
        **PROBLEMS,
        200: {"model": DocumentCardOut, "description": "It was known: replaced, or unchanged."},
        202: {"model": DocumentCardOut, "description": "Stored; it will be found shortly."},
    },
    dependencies=[Depends(json_only)],
)
def add_document(
    body: DocumentIn, request: Request, desk: DeskHere, state: StateHere, who: Writer
) -> Response:
    """Add an article, or replace the one with the same identifier."""

    def work() -> Response:
        card = Card(author=body.author, language=body.language, metadata=body.metadata)
        return _put(body.to_article(), card, desk.service, state)

    return once(request, who, body.model_dump_json(), work)


@router.get("", response_model=Page[DocumentCardOut], responses=PROBLEMS, dependencies=[READER])
def list_documents(
    desk: DeskHere,
    state: StateHere,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """Articles by identifier."""
    store = desk.service.store
    cards = store.list_articles(limit=limit + 1, after=Page.position(cursor))
    extra = state.cards.read([card.id for card in cards])
    found = [(card, store.fetch_article(card.id)) for card in cards]
    rows = [
        _render(article, card, extra.get(card.id, Card()))
        for card, article in found
        if article is not None
    ]
    return send(Page[DocumentCardOut].cut(rows, limit, lambda row: row.id))


@router.get(
    "/{document_id}", response_model=DocumentCardOut, responses=PROBLEMS, dependencies=[READER]
)
def document(document_id: str, desk: DeskHere, state: StateHere) -> Response:
    """One article's card."""
    return send(_card(document_id, desk.service, state))


@router.get(
    "/{document_id}/content", response_model=ContentOut, responses=PROBLEMS, dependencies=[READER]
)
def content(document_id: str, desk: DeskHere) -> Response:
    """An article's text, and where its sentences stand."""
    return send(render_content(_article(document_id, desk.service)))


@router.patch(
    "/{document_id}",
    response_model=DocumentCardOut,
    responses=PROBLEMS,
    dependencies=[Depends(json_only)],
)
def change_document(
    document_id: str, body: DocumentPatch, desk: DeskHere, state: StateHere, _: Writer
) -> Response:
    """Change what is said about an article; its text stays."""
    article = _article(document_id, desk.service)
    extra = state.cards.read([document_id]).get(document_id, Card())
    wanted = body.model_dump(exclude_unset=True)
    of_card = {name: wanted.pop(name) for name in _ON_CARD if name in wanted}
    if "title" in wanted:
        wanted["title"] = repair_title(wanted["title"])
    if "publisher" in wanted:
        wanted["publisher"] = repair_title(wanted["publisher"] or "")
    changed = replace(article, **wanted)
    return _put(changed, replace(extra, **of_card), desk.service, state)


@router.delete("/{document_id}", status_code=204, responses=PROBLEMS, response_class=Response)
def delete_document(document_id: str, desk: DeskHere, state: StateHere, _: Writer) -> Response:
    """Take an article away; no search finds it when this returns."""
    _article(document_id, desk.service)
    try:
        _delete(document_id, desk.service)
    except DocumentNotFound as error:
        raise NotFound(str(error)) from error
    state.cards.delete(document_id)
    return Response(status_code=204)


def _delete(document_id: str, service: AnswerService) -> None:
    """Once whoever writes now has ended, which is mostly a moment; HomeBusy where it is not."""
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            service.store.delete([document_id])
            return
        except HomeBusy:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _put(article: Article, card: Card, service: AnswerService, state: ServiceState) -> Response:
    known = service.store.fetch_article(article.id)
    if known is None or known.content_hash != article.content_hash:
        queued = state.runner.submit([_line(article)], JobOptions())
        job = state.runner.wait(queued.id, seconds=_WAIT_SECONDS)
        if job.status == "failed":
            raise UnsupportedRequest(
                job.error or "the article could not be indexed", zh="这篇文章没有收录成功。"
            )
        state.cards.put(article.id, card)
        if not job.ended:
            return _pending(article, card, job)
    else:
        state.cards.put(article.id, card)
    shown = _card(article.id, service, state)
    return send(shown, 201 if known is None else 200, Location=_place_of(article.id))


def _place_of(document_id: str) -> str:
    """An identifier may hold any character; a header is ASCII."""
    return f"/v1/documents/{quote(document_id, safe='')}"


def _line(article: Article) -> bytes:
    """The article as the worker reads it; repairing its text again changes nothing."""
    when = article.published_at
    line = {
        "id": article.id, "title": article.title, "text": article.text,
        "publisher": article.publisher, "published_at": when.isoformat() if when else None,
        "url": article.url, "tags": article.tags, "truncated": article.truncated,
    }  # fmt: skip
    return json.dumps(line, ensure_ascii=False).encode()


def _pending(article: Article, card: Card, job: Job) -> Response:
    none_yet = ArticleCard(
        id=article.id, title=article.title, publisher=article.publisher,
        published_at=article.published_at, url=article.url, chars=len(article.text), chunks=0,
        cluster_id=article.id,
    )  # fmt: skip
    shown = _render(article, none_yet, card).model_copy(update={"status": "pending"})
    return send(shown, 202, Location=f"/v1/ingestions/{job.id}")


def _article(document_id: str, service: AnswerService) -> Article:
    article = service.store.fetch_article(document_id)
    if article is None:
        raise NotFound(f"there is no article {document_id!r}")
    return article


def _card(document_id: str, service: AnswerService, state: ServiceState) -> DocumentCardOut:
    article = _article(document_id, service)
    card = service.store.fetch_card(document_id)
    if card is None:
        raise NotFound(f"there is no article {document_id!r}")
    extra = state.cards.read([document_id]).get(document_id, Card())
    return _render(article, card, extra)


def _render(article: Article, card: ArticleCard, extra: Card) -> DocumentCardOut:
    duplicate = card.cluster_id != card.id
    return DocumentCardOut(
        id=article.id, title=article.title, publisher=article.publisher, author=extra.author,
        published_at=article.published_at, url=article.url, language=extra.language,
        tags=list(article.tags), metadata=dict(extra.metadata),
        content_hash=article.content_hash, char_count=card.chars, chunk_count=card.chunks,
        truncated=article.truncated, status="duplicate" if duplicate else "indexed",
        duplicate_of=card.cluster_id if duplicate else None,
        created_at=_time(extra.created_at), updated_at=_time(extra.updated_at),
    )  # fmt: skip


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
