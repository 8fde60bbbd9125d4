"""API keys: shown once, stored as SHA-256, limited to scopes and, for publishable ones, origins."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, cast, get_args

from api.origins import check_origin
from api.state.database import StateDatabase
from index.errors import UsageError
from rag.ids import new_id

Kind = Literal["sk", "pk", "st"]
Scope = Literal[
    "ask", "search", "documents:read", "documents:write", "ingest", "feedback:read", "admin",
    "metrics",
]  # fmt: skip
SCOPES: tuple[Scope, ...] = get_args(Scope)
PUBLIC_SCOPES: tuple[Scope, ...] = ("ask", "search", "documents:read")
_SHOWN = 12  # characters of a secret that a list shows


class KeyNotFound(UsageError):
    """There is no such key."""

    code = "key_not_found"
    default_hint = "Run `huawen keys list`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What is known of a key; times are seconds since 1970.

    Attributes:
        kind: ``sk`` secret, ``pk`` publishable, ``st`` short-lived token.
        prefix: the first characters of the secret, to recognise it by.
        origins: web origins that may use it; empty is any.
    """

    id: str
    kind: Kind
    name: str
    prefix: str
    scopes: tuple[Scope, ...]
    origins: tuple[str, ...]
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key with its secret, which is never seen again."""

    key: Key
    secret: str


class Keys:
    """The keys of one service."""

    def __init__(self, database: StateDatabase) -> None:
        self._db = database

    def create(
        self,
        kind: Kind,
        *,
        name: str = "",
        scopes: Sequence[Scope] = (),
        origins: Sequence[str] = (),
        seconds: float | None = None,
    ) -> NewKey:
        """A new key; without ``scopes``, all that its kind may have.

        Raises:
            UsageError: a publishable key without an origin, or with a scope that is not public.
            SettingsError: an origin is none.
        """
        origins = [check_origin(origin, named_by="origins") for origin in origins]
        allowed = SCOPES if kind == "sk" else PUBLIC_SCOPES
        chosen = tuple(scopes) or allowed
        if unknown := [scope for scope in chosen if scope not in allowed]:
            raise UsageError(
                f"a key of kind {kind!r} cannot have the scope {unknown[0]!r}",
                hint=f"Choose from: {', '.join(allowed)}.",
            )
        if kind == "pk" and not origins:
            raise UsageError(
                "a publishable key needs the origins of the pages that carry it",
                hint="Add `--origin https://www.example.com`.",
            )
        secret = f"hw_{kind}_{secrets.token_urlsafe(32)}"
        now = time.time()
        key = Key(
            id=new_id("key"), kind=kind, name=name, prefix=secret[:_SHOWN], scopes=chosen,
            origins=tuple(origins), created_at=now,
            expires_at=None if seconds is None else now + seconds,
        )  # fmt: skip
        self._db.write(
            "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            (
                key.id, kind, name, _digest(secret), key.prefix, json.dumps(key.scopes),
                json.dumps(key.origins), now, key.expires_at,
            ),
        )  # fmt: skip
        return NewKey(key=key, secret=secret)

    def find(self, secret: str) -> Key | None:
        """The live key behind a secret."""
        row = self._db.read_one(
            "SELECT * FROM keys WHERE digest = ? AND revoked_at IS NULL"
            " AND (expires_at IS NULL OR expires_at > ?)",
            (_digest(secret), time.time()),
        )
        return _key(row) if row else None

    def any_live(self) -> bool:
        """Whether a secret or publishable key works now."""
        return any(
            key.revoked_at is None and (key.expires_at is None or key.expires_at > time.time())
            for key in self.list()
        )

    def list(self) -> list[Key]:
        """Every secret and publishable key, oldest first; short-lived tokens are not listed."""
        rows = self._db.read("SELECT * FROM keys WHERE kind != 'st' ORDER BY id")
        return [_key(row) for row in rows]

    def origins(self) -> frozenset[str]:
        """The origins of all live publishable keys and tokens."""
        rows = self._db.read(
            "SELECT origins FROM keys WHERE revoked_at IS NULL AND origins != '[]'"
            " AND (expires_at IS NULL OR expires_at > ?)",
            (time.time(),),
        )
        return frozenset(origin for row in rows for origin in json.loads(row["origins"]))

    def revoke(self, name: str) -> Key:
        """End a key, by its identifier or its prefix.

        Raises:
            KeyNotFound: there is none, or the prefix is that of several.
        """
        rows = self._db.read(
            "SELECT * FROM keys WHERE id = ? OR prefix = ?", (name, name[:_SHOWN])
        )  # fmt: skip
        if len(rows) != 1:
            raise KeyNotFound(f"there is no single key {name[:_SHOWN]!r}")
        now = time.time()
        self._db.write(
            "UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
            (now, rows[0]["id"]),
        )
        return _key(rows[0])

    def drop_expired(self) -> None:
        """Forget tokens that ended a day ago."""
        self._db.write("DELETE FROM keys WHERE expires_at < ?", (time.time() - 86_400,))


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _key(row: sqlite3.Row) -> Key:
    return Key(
        id=row["id"], kind=cast("Kind", row["kind"]), name=row["name"], prefix=row["prefix"],
        scopes=tuple(json.loads(row["scopes"])), origins=tuple(json.loads(row["origins"])),
        created_at=row["created_at"], expires_at=row["expires_at"], revoked_at=row["revoked_at"],
    )  # fmt: skip
