"""Words and names of the field: one data file, which a user's own file adds to.

It teaches the segmenter which words stay whole, search and proof which names mean one thing, and
English questions what Chinese news calls their terms.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Literal
from unicodedata import normalize as normalize_unicode

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.errors import SettingsError

OWN_FILE = "domain.toml"
NameKind = Literal["body", "product", "rule", "topic"]
_MOST_BYTES = 1_000_000
_LATIN = re.compile("[a-z]{2}")
_WIDEST = 60  # characters of a name


class _Name(BaseModel):
    """One ``[[names]]`` table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=2, max_length=_WIDEST)
    kind: NameKind = "topic"
    also: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    english: tuple[str, ...] = ()


class _File(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: tuple[str, ...] = ()
    names: tuple[_Name, ...] = ()
    english: dict[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One thing: its name, other names of it, what it was called before, its English names."""

    name: str
    kind: NameKind
    also: tuple[str, ...]
    former: tuple[str, ...]
    english: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Domain:
    """Everything that is known of the field. Compared by identity; never changed."""

    words: tuple[str, ...]
    names: tuple[Name, ...]
    english: tuple[tuple[str, str], ...]

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """What the segmenter keeps whole."""
        named = (term for one in self.names for term in (one.name, *one.also, *one.former))
        return tuple(dict.fromkeys((*self.words, *(t for t in named if "(" not in t))))

    @cached_property
    def translations(self) -> tuple[tuple[str, str], ...]:
        """English terms, lower case, with their Chinese names; the longest first."""
        found = dict(self.english)
        for one in self.names:
            found |= dict.fromkeys(one.english, one.name)
        return tuple(sorted(found.items(), key=lambda pair: (-len(pair[0]), pair[0])))

    def variants(self, term: str) -> tuple[str, ...]:
        """Other names under which the news may mean ``term``; () where none is known."""
        return self._variants.get(term, ())

    def kind_of(self, term: str) -> NameKind | None:
        """What a name is a name of; None where it is not known."""
        return self._kinds.get(term)

    def canonical(self, text: str) -> str:
        """``text`` (normalised, lower case) with every name in its first spelling."""
        chinese, latin = self._alias
        if _LATIN.search(text):
            text = latin.sub(lambda match: self._first[match[0]], text)
        return chinese.sub(lambda match: self._first[match[0]], text)

    def find(self, text: str) -> list[str]:
        """The names in a text as they stand there, in order; where two overlap the longer one."""
        return [match[0] for match in self._any_name.finditer(text)]

    @cached_property
    def _first(self) -> dict[str, str]:
        """Every spelling of a name → its first spelling; a first one is its own."""
        others = {
            spelling: one.name.lower()
            for one in self.names
            for spelling in map(str.lower, (*one.also, *one.english))
        }
        return others | {one.name.lower(): one.name.lower() for one in self.names}

    @cached_property
    def _alias(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        # First spellings match too, and stay: 银行 in 中国银行 is no name of its own.
        # The two scripts are apart because plain alternatives are searched much faster.
        terms = self._first
        return (
            _alternation(t for t in terms if not t[0].isascii()),
            _alternation(t for t in terms if t[0].isascii()),
        )

    @cached_property
    def _any_name(self) -> re.Pattern[str]:
        return _alternation(t for one in self.names for t in (one.name, *one.also, *one.former))

    @cached_property
    def _variants(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for one in self.names:
            every = (one.name, *one.also, *one.former)
            for term in every:
                found.setdefault(term, {}).update(dict.fromkeys(t for t in every if t != term))
        return {term: tuple(others) for term, others in found.items() if others}

    @cached_property
    def _kinds(self) -> dict[str, NameKind]:
        return {t: one.kind for one in self.names for t in (one.name, *one.also, *one.former)}


def _alternation(terms: Iterable[str]) -> re.Pattern[str]:
    """The longest of some terms; a Latin one only as whole words."""
    ordered = sorted(set(terms), key=lambda term: (-len(term), term))
    shapes = [
        rf"(?<![a-z0-9]){re.escape(t)}(?![a-z0-9])" if t[0].isascii() else re.escape(t)
        for t in ordered
    ]
    return re.compile("|".join(shapes) or r"(?!)")


def read_domain(path: Path) -> Domain:
    """A file of the shape of ``index/data/domain.toml``.

    Raises:
        SettingsError: it cannot be read, is too large, or is malformed; the field is named.
    """
    hint = "See index/data/domain.toml for the shape of the file."
    try:
        raw = path.read_bytes()
        if len(raw) > _MOST_BYTES:
            raise SettingsError(f"{str(path)!r} has {len(raw)} bytes, the limit is {_MOST_BYTES}")
        return _parse(raw.decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{str(path)!r} cannot be read: {error}", hint=hint) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise SettingsError(f"{str(path)!r}: {field}: {first['msg']}", hint=hint) from error


def _parse(text: str) -> Domain:
    record = _File.model_validate(tomllib.loads(text))
    return Domain(
        words=_plain(record.words),
        names=tuple(
            Name(
                name=one.name.strip(), kind=one.kind, also=_plain(one.also),
                former=_plain(one.former), english=tuple(t.lower() for t in _plain(one.english)),
            )
            for one in record.names
        ),
        english=tuple((term.lower(), chinese) for term, chinese in record.english.items()),
    )  # fmt: skip


def _plain(terms: Iterable[str]) -> tuple[str, ...]:
    kept = (normalize_unicode("NFKC", term).strip() for term in terms)
    return tuple(dict.fromkeys(term for term in kept if 1 < len(term) <= _WIDEST))


def merge(base: Domain, own: Domain) -> Domain:
    """Both; where both name a thing or an English term, what the own one says counts."""
    renamed = {one.name for one in own.names}
    return Domain(
        words=tuple(dict.fromkeys((*base.words, *own.words))),
        names=(*own.names, *(one for one in base.names if one.name not in renamed)),
        english=tuple((dict(base.english) | dict(own.english)).items()),
    )


class _Current:
    """The domain of this process. It only grows: what one home knows harms no other."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._domain: Domain | None = None
        self._read: set[tuple[Path, int]] = set()

    def get(self) -> Domain:
        with self._lock:
            return self._shipped()

    def add(self, path: Path) -> None:
        with self._lock:
            key = (path.resolve(), path.stat().st_mtime_ns if path.exists() else 0)
            if key in self._read:
                return
            self._domain = merge(self._shipped(), read_domain(path))
            self._read.add(key)

    def _shipped(self) -> Domain:
        if self._domain is None:
            text = (files("index") / "data" / OWN_FILE).read_text(encoding="utf-8")
            self._domain = _parse(text)
        return self._domain


_current = _Current()


def current_domain() -> Domain:
    """What is known of the field: the file that ships, and every file that was added."""
    return _current.get()


def add_own_domain(home: Path, named: str = "") -> None:
    """Add the user's own file: the one that is named, else the one in the home, if there is one.

    Raises:
        SettingsError: see ``read_domain``; a named file must exist.
    """
    path = Path(named).expanduser() if named else home / OWN_FILE
    if named or path.exists():
        _current.add(path)
