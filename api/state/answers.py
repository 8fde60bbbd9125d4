"""Answers of the last day: fetched again after a dropped stream; the turns of a conversation."""

from __future__ import annotations

import sqlite3
import time

from api.state.database import StateDatabase
from rag.types import Answer, Turn

KEEP_SECONDS = 86_400
_MOST = 20_000  # answers; the oldest go first
_TURNS = 6
_SWEEP_EVERY = 256


class Answers:
    """The answers that were given lately. Questions are kept no longer than a day."""

    def __init__(self, database: StateDatabase) -> None:
        self._db = database
        self._since_sweep = _SWEEP_EVERY

    def remember(
        self, answer: Answer, body: str, *, owner: str, conversation_id: str | None
    ) -> None:
        """Keep what was sent."""
        self._db.write(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)",
            (answer.id, owner, conversation_id, answer.question, answer.text, body, time.time()),
        )
        self._since_sweep += 1
        if self._since_sweep >= _SWEEP_EVERY:
            self._since_sweep = 0
            self._sweep()

    def fetch(self, answer_id: str) -> str | None:
        """The body that was sent, as JSON."""
        row = self._row(answer_id, "body")
        return row["body"] if row else None

    def fetch_texts(self, answer_id: str) -> tuple[str, str] | None:
        """Question and answer."""
        row = self._row(answer_id, "question, answer")
        return (row["question"], row["answer"]) if row else None

    def read_turns(self, owner: str, conversation_id: str) -> tuple[Turn, ...]:
        """The last turns of a conversation, oldest first."""
        rows = self._db.read(
            "SELECT question, answer FROM answers WHERE owner = ? AND conversation_id = ?"
            " AND created_at > ? ORDER BY created_at DESC LIMIT ?",
            (owner, conversation_id, time.time() - KEEP_SECONDS, _TURNS),
        )
        return tuple(
            turn
            for row in reversed(rows)
            for turn in (
                Turn(role="user", content=row["question"]),
                Turn(role="assistant", content=row["answer"]),
            )
        )

    def _row(self, answer_id: str, columns: str) -> sqlite3.Row | None:
        return self._db.read_one(
            f"SELECT {columns} FROM answers WHERE id = ? AND created_at > ?",
            (answer_id, time.time() - KEEP_SECONDS),
        )

    def _sweep(self) -> None:
        self._db.write(
            "DELETE FROM answers WHERE created_at < ? OR created_at <"
            " (SELECT created_at FROM answers ORDER BY created_at DESC LIMIT 1 OFFSET ?)",
            (time.time() - KEEP_SECONDS, _MOST),
        )
