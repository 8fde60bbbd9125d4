"""Published snapshots of the derived indexes: written whole, never changed, swapped by rename.

    <home>/generations/000007/   vectors.faiss, columns.npz, lexical/, manifest.json
    <home>/CURRENT               the name of the newest one

Readers keep the generation that they opened; a writer makes a new one beside it.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from index.errors import IndexDamaged, IndexFormatUnknown, IndexNotFound
from index.lexical import LexicalIndex
from index.types import Filters
from index.vectors import VectorIndex, open_vectors

FORMAT = 1
NO_DATE = np.iinfo(np.int64).min
_KEEP = 2  # the current one and the one before, which running readers may still hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a generation says of itself; ``files`` are SHA-256 by relative path."""

    format: int
    model: str
    dimension: int
    articles: int
    chunks: int
    clusters: int
    newest: str | None
    files: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """One value a vector row, and what they number. Shapes are (rows,).

    ``published`` is seconds since 1970, NO_DATE where unknown; ``article`` and ``publisher`` are
    positions in ``article_ids`` and ``publishers``; ``cluster`` in ``article_ids``.
    """

    keys: NDArray[np.int64]
    published: NDArray[np.int64]
    article: NDArray[np.int32]
    cluster: NDArray[np.int32]
    publisher: NDArray[np.int32]
    article_ids: NDArray[np.str_]
    publishers: NDArray[np.str_]
    tags: NDArray[np.str_]

    def allowed(self, filters: Filters) -> NDArray[np.int64] | None:
        """Rows that pass, ascending; None when nothing is filtered."""
        if not filters:
            return None
        mask = np.ones(len(self.keys), bool)
        if filters.published_after:
            mask &= self.published >= int(filters.published_after.timestamp())
        if filters.published_before:
            mask &= self.published < int(filters.published_before.timestamp())
            mask &= self.published != NO_DATE
        if filters.publishers:
            wanted = np.flatnonzero(np.isin(self.publishers, filters.publishers))
            mask &= np.isin(self.publisher, wanted)
        if filters.document_ids:
            wanted = np.flatnonzero(np.isin(self.article_ids, filters.document_ids))
            mask &= np.isin(self.article, wanted)
        if filters.tags:
            # Tags are kept one string an article, fenced, as lists of lists do not fit an array.
            fenced = [any(f"\x1f{t}\x1f" in tags for t in filters.tags) for tags in self.tags]
            mask &= np.array(fenced, bool)[self.article]
        return np.flatnonzero(mask)


class Generation:
    """An open snapshot. Immutable; searches may run in parallel."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name
        self.manifest = read_manifest(folder)
        self.vectors: VectorIndex = open_vectors(folder / "vectors.faiss")
        self.lexical = LexicalIndex(folder / "lexical")
        self.columns = read_columns(folder / "columns.npz")
        if len(self.columns.keys) != self.vectors.rows:
            raise IndexDamaged(
                f"generation {self.name!r} has {self.vectors.rows} vectors"
                f" for {len(self.columns.keys)} rows"
            )
        self.row_of = {int(key): row for row, key in enumerate(self.columns.keys)}


def open_current(home: Path) -> Generation:
    """The newest published generation.

    Raises:
        IndexNotFound: none was ever published.
        IndexDamaged: a file is missing, truncated or no index.
        IndexFormatUnknown: a newer huawen wrote it.
    """
    return Generation(current_folder(home))


def current_folder(home: Path) -> Path:
    """The folder that CURRENT names.

    Raises:
        IndexNotFound: there is no CURRENT.
        IndexDamaged: it names a folder that does not exist.
    """
    try:
        name = (home / "CURRENT").read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise IndexNotFound(f"there is no index in {str(home)!r}") from error
    folder = home / "generations" / name
    if not name or not folder.is_dir():
        raise IndexDamaged(f"CURRENT names the generation {name!r}, which is missing")
    return folder


def read_manifest(folder: Path) -> Manifest:
    """Raises IndexDamaged or IndexFormatUnknown, as ``open_current`` does."""
    try:
        raw: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if raw["format"] > FORMAT:
            raise IndexFormatUnknown(
                f"generation {folder.name!r} has format {raw['format']},"
                f" this huawen reads up to {FORMAT}"
            )
        return Manifest(**raw)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise IndexDamaged(f"the manifest of generation {folder.name!r} cannot be read") from error


@contextmanager
def new_generation(home: Path) -> Iterator[Path]:
    """An empty folder to write into; it has no name that a reader would follow yet."""
    generations = home / "generations"
    generations.mkdir(parents=True, exist_ok=True)
    for left in generations.glob("*.partial"):
        shutil.rmtree(left, ignore_errors=True)
    numbers = [int(path.name) for path in generations.iterdir() if path.name.isdigit()]
    folder = generations / f"{max(numbers, default=0) + 1:06d}.partial"
    (folder / "lexical").mkdir(parents=True)
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def publish(home: Path, folder: Path, manifest: Manifest) -> str:
    """Seal ``folder`` with its checksums, give it its name, point CURRENT at it; the name."""
    text = json.dumps(asdict(manifest) | {"files": checksums(folder)}, indent=2)
    _write_synced(folder / "manifest.json", text)
    for path in folder.rglob("*"):
        _sync(path)
    final = folder.with_suffix("")
    folder.rename(final)
    _sync(final.parent)
    _write_synced(home / "CURRENT.new", final.name + "\n")
    (home / "CURRENT.new").replace(home / "CURRENT")
    _sync(home)
    _drop_old(final)
    return final.name


def checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of every file but the manifest and locks, by path relative to ``folder``."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "manifest.json" and not path.name.endswith(".lock"):
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = file_digest(file, "sha256").hexdigest()
    return found


def write_columns(path: Path, columns: Columns) -> None:
    """Write to a new file."""
    np.savez(path, **{name: getattr(columns, name) for name in Columns.__slots__})


def read_columns(path: Path) -> Columns:
    """Raises IndexDamaged where the file is missing or truncated."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            return Columns(**{name: data[name] for name in data.files})
    except (OSError, ValueError, TypeError, KeyError, EOFError, BadZipFile, zlib.error) as error:
        raise IndexDamaged(f"the column file {path.name!r} cannot be read") from error


def _drop_old(final: Path) -> None:
    names = sorted(path for path in final.parent.iterdir() if path.name.isdigit())
    for old in names[:-_KEEP]:
        shutil.rmtree(old, ignore_errors=True)


def _write_synced(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
