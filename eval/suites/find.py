"""Which adapter reads which file, and which sets have a name."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from eval.cases import read_json_lines
from eval.errors import BadSet, UnknownName
from eval.suites import Opener, Suite, SuiteOptions
from eval.suites.beir import is_beir, open_beir
from eval.suites.own import open_folder, open_questions
from eval.suites.rgb import open_rgb
from eval.suites.squad import open_squad
from eval.suites.table import open_table
from index.readers import collect_articles

DEFAULT = "finance"


def bundled_sets() -> dict[str, Path]:
    """Folders of the sets that ship, by name."""
    root = Path(str(files("eval"))) / "data"
    return {path.parent.name: path.parent for path in sorted(root.glob("*/set.toml"))}


def local_sets() -> dict[str, Path]:
    """Folders of sets below ``evalsets`` in the current folder, by name."""
    return {path.parent.name: path.parent for path in sorted(Path("evalsets").glob("*/set.toml"))}


def open_suite(spec: str, options: SuiteOptions) -> Suite:
    """The suite that a name or a path stands for.

    Raises:
        UnknownName: it is neither a bundled set nor a path.
        BadSet: it is a path to something that no adapter reads.
        BadCase: a case is malformed.
    """
    known = bundled_sets() | local_sets()
    path = known.get(spec) or Path(spec)
    if not path.exists():
        raise UnknownName("set", spec, known)
    return _opener(path)(path, options)


def _opener(path: Path) -> Opener:
    if path.is_dir():
        return open_beir if is_beir(path) and not (path / "set.toml").exists() else open_folder
    if path.suffix == ".csv":
        return open_table
    if path.suffix == ".json":
        return open_squad
    records = read_json_lines(path)
    if not records:
        raise BadSet(f"{str(path)!r} holds no case")
    first = records[0][1]
    if {"query", "positive"} <= first.keys():
        return open_rgb
    if "question" in first:
        return open_questions
    raise BadSet(f"{str(path)!r} has the shape of no set that we know: {sorted(first)[:8]}")


def with_distractors(suite: Suite, path: Path, limit: int | None = None) -> Suite:
    """The suite with the first articles of another file among its own.

    Raises:
        SourceError: the file cannot be read as articles.
    """
    more = collect_articles([path]).articles[:limit]
    return replace(
        suite,
        name=f"{suite.name} + {path.name} ({len(more)})",
        digest=sha256(f"{suite.digest} {[a.content_hash for a in more]}".encode()).hexdigest(),
        articles=(*suite.articles, *more),
    )
