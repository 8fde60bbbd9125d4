"""Requests that carry an ``Idempotency-Key``: the first answer is given again, for a day."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from api.state.database import StateDatabase

_KEEP_SECONDS = 86_400
# A request that is older and has no answer belongs to a process that is gone.
_ABANDONED_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A response as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Claim = Literal["ours", "in_progress", "other_body"] | Stored


class Replays:
    """Who asked what under which key."""

    def __init__(self, database: StateDatabase) -> None:
        self._db = database

    def claim(self, owner: str, key: str, digest: str) -> Claim:
        """Take a key, or say why it cannot be taken; ``digest`` is of the request."""
        now = time.time()
        self._db.write(
            "DELETE FROM replays WHERE created_at < ? OR (status IS NULL AND created_at < ?)",
            (now - _KEEP_SECONDS, now - _ABANDONED_SECONDS),
        )
        taken = self._db.write(
            "INSERT OR IGNORE INTO replays (owner, key, digest, created_at) VALUES (?, ?, ?, ?)",
            (owner, key, digest, now),
        )
        if taken:
            return "ours"
        row = self._db.read_one("SELECT * FROM replays WHERE owner = ? AND key = ?", (owner, key))
        if row is None:  # it failed, and was given free between the two statements
            return self.claim(owner, key, digest)
        if row["digest"] != digest:
            return "other_body"
        if row["status"] is None:
            return "in_progress"
        return Stored(
            status=row["status"], headers=json.loads(row["headers"]), body=bytes(row["body"])
        )

    def finish(self, owner: str, key: str, stored: Stored) -> None:
        """Keep the response."""
        self._db.write(
            "UPDATE replays SET status = ?, headers = ?, body = ? WHERE owner = ? AND key = ?",
            (stored.status, json.dumps(dict(stored.headers)), stored.body, owner, key),
        )

    def give_up(self, owner: str, key: str) -> None:
        """It failed: the same key may try again."""
        self._db.write(
            "DELETE FROM replays WHERE owner = ? AND key = ? AND status IS NULL", (owner, key)
        )
