"""What readers thought of an answer: one verdict an answer and sender, the last one counts."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from api.state.database import StateDatabase
from rag.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One piece of feedback. ``body`` is what was sent; times are seconds since 1970."""

    id: str
    answer_id: str
    body: Mapping[str, object]
    question: str
    answer: str
    created_at: float
    updated_at: float
    is_new: bool = False


class Feedback:
    """Feedback of one service. It keeps question and answer: both are needed to learn from it."""

    def __init__(self, database: StateDatabase) -> None:
        self._db = database

    def put(
        self,
        answer_id: str,
        body: Mapping[str, object],
        *,
        owner: str,
        texts: tuple[str, str],
    ) -> Verdict:
        """Add or replace the sender's verdict on an answer; ``texts``: question and answer."""
        now = time.time()
        fresh = new_id("fb")
        question, answer = texts
        self._db.write(
            "INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (answer_id, owner) DO UPDATE SET body = excluded.body,"
            " updated_at = excluded.updated_at",
            (
                fresh, answer_id, owner, json.dumps(body, ensure_ascii=False), question, answer,
                now, now,
            ),
        )  # fmt: skip
        row = self._db.read_one(
            "SELECT * FROM feedback WHERE answer_id = ? AND owner = ?", (answer_id, owner)
        )
        assert row is not None
        return _verdict(row, is_new=row["id"] == fresh)

    def fetch_texts(self, answer_id: str) -> tuple[str, str] | None:
        """Question and answer, where somebody gave a verdict on it already."""
        row = self._db.read_one(
            "SELECT question, answer FROM feedback WHERE answer_id = ?", (answer_id,)
        )
        return (row["question"], row["answer"]) if row else None

    def page(self, *, limit: int, after: str = "") -> list[Verdict]:
        """Verdicts by identifier, which is by time of the first one."""
        rows = self._db.read(
            "SELECT * FROM feedback WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
        )
        return [_verdict(row) for row in rows]

    def iterate(self) -> Iterator[Verdict]:
        """Every verdict, in the order of ``page``."""
        after = ""
        while rows := self.page(limit=500, after=after):
            yield from rows
            after = rows[-1].id


def _verdict(row: sqlite3.Row, *, is_new: bool = False) -> Verdict:
    return Verdict(
        id=row["id"], answer_id=row["answer_id"], body=json.loads(row["body"]),
        question=row["question"], answer=row["answer"], created_at=row["created_at"],
        updated_at=row["updated_at"], is_new=is_new,
    )  # fmt: skip
