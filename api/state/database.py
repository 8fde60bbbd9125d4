"""The service's own file, ``service.sqlite`` in the home folder.

It stands beside the catalog because every server process writes it, all the time, while the catalog
has one writer that holds it for minutes. Losing it loses no news.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from index.errors import HomeError, HomeNotWritable

FILE_NAME = "service.sqlite"
FORMAT = 1
Value = str | int | float | bytes | None

_SCHEMA = """
CREATE TABLE keys (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL UNIQUE,
  prefix TEXT NOT NULL, scopes TEXT NOT NULL, origins TEXT NOT NULL, created_at REAL NOT NULL,
  expires_at REAL, revoked_at REAL
) WITHOUT ROWID;
CREATE TABLE answers (
  id TEXT PRIMARY KEY, owner TEXT NOT NULL, conversation_id TEXT, question TEXT NOT NULL,
  answer TEXT NOT NULL, body TEXT NOT NULL, created_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX answers_by_time ON answers (created_at);
CREATE INDEX answers_by_conversation ON answers (owner, conversation_id, created_at)
  WHERE conversation_id IS NOT NULL;
CREATE TABLE feedback (
  id TEXT PRIMARY KEY, answer_id TEXT NOT NULL, owner TEXT NOT NULL, body TEXT NOT NULL,
  question TEXT, answer TEXT, created_at REAL NOT NULL, updated_at REAL NOT NULL,
  UNIQUE (answer_id, owner)
) WITHOUT ROWID;
CREATE TABLE replays (
  owner TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, status INTEGER, headers TEXT,
  body BLOB, created_at REAL NOT NULL, PRIMARY KEY (owner, key)
) WITHOUT ROWID;
CREATE TABLE jobs (
  id TEXT PRIMARY KEY, status TEXT NOT NULL, stage TEXT, progress REAL NOT NULL DEFAULT 0,
  options TEXT NOT NULL, counts TEXT NOT NULL DEFAULT '{}', error TEXT,
  version_before TEXT, version_after TEXT, cancel INTEGER NOT NULL DEFAULT 0,
  created_at REAL NOT NULL, started_at REAL, finished_at REAL
) WITHOUT ROWID;
CREATE TABLE job_errors (
  job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE, line INTEGER NOT NULL,
  detail TEXT NOT NULL, PRIMARY KEY (job_id, line)
) WITHOUT ROWID;
CREATE TABLE cards (
  id TEXT PRIMARY KEY, author TEXT, language TEXT, metadata TEXT NOT NULL DEFAULT '{}',
  created_at REAL NOT NULL, updated_at REAL NOT NULL
) WITHOUT ROWID;
"""


class StateDatabase:
    """One connection for a whole process; a statement is a transaction. Safe for threads.

    Raises:
        HomeNotWritable: the file cannot be opened for writing.
        HomeError: the file is damaged, or a newer huawen wrote it.
    """

    def __init__(self, home: Path) -> None:
        path = home / FILE_NAME
        self._lock = Lock()
        try:
            self._db = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=10
            )
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA journal_mode = WAL")
            # A killed process loses nothing; a power cut may lose the last moments.
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._prepare(path)
        except sqlite3.OperationalError as error:
            raise HomeNotWritable(f"{str(path)!r} cannot be opened: {error}") from error
        except sqlite3.DatabaseError as error:
            raise HomeError(
                f"{str(path)!r} is damaged: {error}",
                hint="Move it away; keys, feedback and jobs start anew, no article is lost.",
            ) from error

    def write(self, statement: str, values: Sequence[Value] = ()) -> int:
        """Run one statement; the number of rows that it changed."""
        with self._lock:
            return self._db.execute(statement, values).rowcount

    def write_many(self, statement: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement for every row, in one transaction."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany(statement, rows)
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def read(self, statement: str, values: Sequence[Value] = ()) -> list[sqlite3.Row]:
        """Every row."""
        with self._lock:
            return self._db.execute(statement, values).fetchall()

    def read_one(self, statement: str, values: Sequence[Value] = ()) -> sqlite3.Row | None:
        """The first row."""
        with self._lock:
            row: sqlite3.Row | None = self._db.execute(statement, values).fetchone()
            return row

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._db.close()

    def _prepare(self, path: Path) -> None:
        self._db.execute("BEGIN IMMEDIATE")  # two processes may start at once
        try:
            (found,) = self._db.execute("PRAGMA user_version").fetchone()
            if found > FORMAT:
                raise HomeError(
                    f"{str(path)!r} has format {found}, this huawen reads up to {FORMAT}",
                    hint="Upgrade huawen, or choose another folder with `--home DIR`.",
                )
            if found == 0:
                for statement in _SCHEMA.split(";\n"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {FORMAT}")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
