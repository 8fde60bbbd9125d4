"""The catalog's file: its schema, its format, and how it is opened."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from index.errors import HomeNotWritable, IndexDamaged, IndexFormatUnknown, IndexNotFound

FORMAT = 2
FILE_NAME = "catalog.sqlite"

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
  id TEXT PRIMARY KEY, title TEXT NOT NULL, publisher TEXT NOT NULL, published_at TEXT, url TEXT,
  text TEXT NOT NULL, truncated INTEGER NOT NULL, tags TEXT NOT NULL, content_hash TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE chunks (
  key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, sentences BLOB NOT NULL,
  vector_hash TEXT NOT NULL
);
CREATE INDEX chunks_by_article ON chunks (article_id, ordinal);
CREATE INDEX chunks_by_vector ON chunks (vector_hash);
CREATE TABLE vectors (
  hash TEXT NOT NULL, model TEXT NOT NULL, chunk BLOB NOT NULL, sentences BLOB NOT NULL,
  PRIMARY KEY (hash, model)
) WITHOUT ROWID;
CREATE TABLE clusters (article_id TEXT PRIMARY KEY, cluster_id TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX clusters_by_id ON clusters (cluster_id);
"""
# What format 2 has beyond format 1. Two processes may migrate one home at once.
_NAMES = """
CREATE TABLE IF NOT EXISTS names (
  hash TEXT NOT NULL, tagger TEXT NOT NULL, spans BLOB NOT NULL, PRIMARY KEY (hash, tagger)
) WITHOUT ROWID;
"""


def connect(home: Path, *, write: bool) -> sqlite3.Connection:
    """A connection to the catalog of a home.

    With ``write`` the file is made where it is missing, and one of an earlier format is migrated;
    reading leaves it as it is.

    Raises:
        IndexNotFound: nothing was ingested here (only without ``write``).
        HomeNotWritable: the folder cannot be made or written.
        IndexFormatUnknown: a newer huawen wrote it.
        IndexDamaged: the file is no SQLite database.
    """
    path = home / FILE_NAME
    if write:
        _make_home(home)
    elif not path.exists():
        raise IndexNotFound(f"there is no index in {str(home)!r}")
    try:
        return _open(path, write=write)
    except sqlite3.OperationalError as error:
        raise HomeNotWritable(f"the catalog {str(path)!r} cannot be opened: {error}") from error
    except sqlite3.DatabaseError as error:
        raise IndexDamaged(
            f"the catalog {str(path)!r} is damaged: {error}",
            hint="Restore it from a backup, or ingest the articles into a new `--home DIR`.",
        ) from error


def _open(path: Path, *, write: bool) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA foreign_keys = ON")
        if write:
            db.execute("PRAGMA journal_mode = WAL")
        _check_format(db, path, write=write)
    except BaseException:
        db.close()
        raise
    return db


def _check_format(db: sqlite3.Connection, path: Path, *, write: bool) -> None:
    (found,) = db.execute("PRAGMA user_version").fetchone()
    if found > FORMAT:
        raise IndexFormatUnknown(
            f"the catalog {str(path)!r} has format {found}, this huawen reads up to {FORMAT}"
        )
    if found == 0 and write:
        db.executescript(f"BEGIN;{_SCHEMA}{_NAMES}PRAGMA user_version = {FORMAT};COMMIT;")
    elif found == 0:
        raise IndexNotFound(f"there is no index in {str(path.parent)!r}")
    elif found < FORMAT and write:
        db.executescript(f"BEGIN IMMEDIATE;{_NAMES}PRAGMA user_version = {FORMAT};COMMIT;")


def _make_home(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise HomeNotWritable(
            f"the home folder {str(home)!r} cannot be written: {error.strerror}"
        ) from error
