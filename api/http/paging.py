"""Lists in pages: ``?limit=…&cursor=…``, a stable order, no totals."""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable
from typing import Annotated, Generic, Literal, Self, TypeVar

from fastapi import Query
from pydantic import BaseModel

from api.errors import UnsupportedRequest

T = TypeVar("T")
Cursor = Annotated[str | None, Query(max_length=400, description="`next_cursor` of a page.")]


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    object: Literal["list"] = "list"
    data: list[T]
    has_more: bool
    next_cursor: str | None

    @classmethod
    def cut(cls, rows: list[T], limit: int, position: Callable[[T], str]) -> Self:
        """The first ``limit`` of ``rows``, which holds one more where there are more."""
        more = len(rows) > limit
        shown = rows[:limit]
        cursor = urlsafe_b64encode(position(shown[-1]).encode()).decode() if more else None
        return cls(data=shown, has_more=more, next_cursor=cursor)

    @staticmethod
    def position(cursor: str | None) -> str | None:
        """Where the page before ended.

        Raises:
            UnsupportedRequest: this is no cursor of ours.
        """
        if cursor is None:
            return None
        try:
            return b64decode(cursor.encode(), altchars=b"-_", validate=True).decode()
        except (Error, UnicodeError, ValueError) as error:
            raise UnsupportedRequest(
                f"cursor: {cursor[:40]!r} is none of ours", zh="cursor 不是本服务给出的。",
                pointer="#/cursor",
            ) from error  # fmt: skip
