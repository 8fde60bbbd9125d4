"""A case: one question, what a right answer holds, and where its proof stands.

Cases are data from outside, so they are read by pydantic; a bad one is named by file, line and
field.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from eval.errors import BadCase, BadSet
from index.types import Filters

CaseType = Literal[
    "fact", "numeric", "date", "compare", "timeline", "multi_hop", "summary", "unanswerable",
    "false_premise", "conflict", "temporal", "followup",
]  # fmt: skip
CASE_TYPES: tuple[str, ...] = get_args(CaseType)
MAX_GRADE = 10
Alternatives = str | tuple[str, ...]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GoldSpan(_Record):
    """Where the proof stands: code points of the article's text, half-open.

    Without ``end`` the whole document is gold; ``quote`` is "" then.
    """

    document_id: str
    quote: str = ""
    start: int = Field(0, ge=0)
    end: int | None = Field(None, gt=0)
    grade: int = Field(1, ge=1, le=MAX_GRADE)

    @model_validator(mode="after")
    def _has_both_or_neither(self) -> GoldSpan:
        if bool(self.quote) != (self.end is not None):
            raise ValueError("a span has quote, start and end; a whole document has none of them")
        return self


class GoldNumber(_Record):
    """A figure that the answer must hold."""

    value: float
    unit: str = ""
    tolerance: float = Field(0.0, ge=0)


class Claim(_Record):
    """Something that the answer should say."""

    text: str = Field(min_length=1)
    required: bool = True


class GoldTurn(_Record):
    """One earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    content: str


class GoldFilters(_Record):
    """Which articles the question may be answered from."""

    published_after: datetime | None = None
    published_before: datetime | None = None
    publishers: tuple[str, ...] = ()
    document_ids: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def to_filters(self) -> Filters:
        """The same, as the answer service reads it."""
        return Filters(**self.model_dump())


class Case(_Record):
    """One question with its gold.

    Attributes:
        type: one of ``CASE_TYPES``, or the name that a suite gives its groups ("noise-0.2").
        answers: every item must stand in the answer; of an inner list, one of its members.
        conflict: whether the sources disagree; None where the set does not say.
        must_not: strings that a right answer does not hold.
        paraphrase_of: identifier of the case that asks the same in other words.
    """

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    history: tuple[GoldTurn, ...] = ()
    type: str = "fact"
    answerable: bool = True
    answers: tuple[Alternatives, ...] = ()
    numbers: tuple[GoldNumber, ...] = ()
    claims: tuple[Claim, ...] = ()
    gold: tuple[GoldSpan, ...] = ()
    must_not: tuple[str, ...] = ()
    filters: GoldFilters = GoldFilters()
    as_of: date | None = None
    conflict: bool | None = None
    paraphrase_of: str = ""
    tags: tuple[str, ...] = ()
    split: Literal["train", "dev", "test"] = "test"
    source: str = "human"

    def alternatives(self) -> tuple[tuple[str, ...], ...]:
        """``answers`` with every item as a tuple of alternatives."""
        return tuple((item,) if isinstance(item, str) else item for item in self.answers)


class SetCard(_Record):
    """``set.toml``: what a set is and where it comes from.

    ``articles`` names their files, beside the set or in a folder that the caller gives; "sample" is
    the sample articles.
    """

    name: str = Field(min_length=1)
    version: int = Field(ge=1)
    language: str
    licence: str = Field(min_length=1)
    provenance: str = Field(min_length=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    articles: tuple[str, ...] = ()
    gate: Mapping[str, Mapping[str, float]] = {}


def read_json_lines(path: Path) -> list[tuple[int, dict[str, object]]]:
    """Objects of a JSON lines file with their line numbers.

    Raises:
        BadCase: the file cannot be read, or a line is not a JSON object.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadCase(f"{str(path)!r} cannot be read: {error}") from error
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadCase(f"{path}:{number}: is not JSON: {error.msg}") from error
        if not isinstance(record, dict):
            raise BadCase(f"{path}:{number}: is not a JSON object")
        found.append((number, record))
    return found


def read_cases(path: Path) -> list[Case]:
    """The cases of a file in our own format.

    Raises:
        BadCase: a line is malformed; the message names file, line and field.
    """
    cases, problems = try_cases(path)
    if problems:
        raise BadCase(problems[0])
    return cases


def try_cases(path: Path) -> tuple[list[Case], list[str]]:
    """The cases that can be read, and what is wrong with each of the others.

    Raises:
        BadCase: the file cannot be read, or a line is not a JSON object.
    """
    cases, problems = [], []
    for number, record in read_json_lines(path):
        try:
            cases.append(Case.model_validate(record))
        except ValidationError as error:
            problems.append(f"{path}:{number}: {first_fault(error)}")
    return cases, problems


def first_fault(error: ValidationError) -> str:
    """Field and fault of the first thing that is wrong with a record."""
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc'])) or 'case'}: {first['msg']}"


def read_card(folder: Path) -> SetCard:
    """The card of a set's folder.

    Raises:
        BadSet: there is none, or it is malformed.
    """
    path = folder / "set.toml"
    try:
        return SetCard.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise BadSet(f"there is no {str(path)!r}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSet(f"{path}: {error}") from error
    except ValidationError as error:
        raise BadSet(f"{path}: {first_fault(error)}") from error


def digest_cases(path: Path) -> str:
    """SHA-256 of a file of cases, hexadecimal."""
    return sha256(path.read_bytes()).hexdigest()
