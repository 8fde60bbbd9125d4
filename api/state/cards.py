"""What clients say of an article beside its text: author, language, metadata, and when they did."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from api.state.database import StateDatabase


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Times are seconds since 1970, None where the article did not come through the service."""

    author: str | None = None
    language: str | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)
    created_at: float | None = None
    updated_at: float | None = None


class Cards:
    """Cards by article identifier."""

    def __init__(self, database: StateDatabase) -> None:
        self._db = database

    def put(self, article_id: str, card: Card) -> None:
        """Add or replace; the time of creation stays."""
        now = time.time()
        self._db.write(
            "INSERT INTO cards VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " author = excluded.author, language = excluded.language,"
            " metadata = excluded.metadata, updated_at = excluded.updated_at",
            (
                article_id, card.author, card.language,
                json.dumps(dict(card.metadata), ensure_ascii=False), now, now,
            ),
        )  # fmt: skip

    def read(self, article_ids: Sequence[str]) -> dict[str, Card]:
        """The cards that exist."""
        marks = ",".join("?" * len(article_ids))
        rows = self._db.read(f"SELECT * FROM cards WHERE id IN ({marks})", article_ids)
        return {
            row["id"]: Card(
                author=row["author"], language=row["language"],
                metadata=json.loads(row["metadata"]), created_at=row["created_at"],
                updated_at=row["updated_at"],
            )
            for row in rows
        }  # fmt: skip

    def delete(self, article_id: str) -> None:
        """Forget a card."""
        self._db.write("DELETE FROM cards WHERE id = ?", (article_id,))
