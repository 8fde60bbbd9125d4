"""Questions in a table (CSV): what people keep in a spreadsheet, in and out."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from eval.cases import Case, digest_cases, first_fault
from eval.errors import BadCase
from eval.suites import Suite, SuiteOptions
from eval.suites.own import read_articles

COLUMNS = ("id", "question", "answers", "type", "answerable", "must_not", "tags", "split", "as_of")
_LISTS = ("answers", "must_not", "tags")
_BETWEEN, _OR = "|", "//"  # between items, and between alternatives of one item
_FORMULA = ("=", "+", "-", "@")  # a spreadsheet would compute a cell that begins so
_NO = {"0", "no", "false", "n", "否"}


def open_table(path: Path, options: SuiteOptions) -> Suite:
    """A row a case; ``question`` is needed, the other columns may be missing.

    Items of ``answers``, ``must_not`` and ``tags`` are separated by ``|``, alternatives of an
    answer by ``//``. Without answers a row is unanswerable, unless ``answerable`` says otherwise.

    Raises:
        BadCase: the file cannot be read, or a row is malformed.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, restkey="", strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadCase(f"{str(path)!r} cannot be read: {error}") from error
    return Suite(
        name=path.stem,
        digest=digest_cases(path),
        articles=tuple(read_articles(path.parent, (), options)),
        cases=tuple(_case(path, number, row) for number, row in enumerate(rows, start=2)),
    )


def write_table(path: Path, cases: Sequence[Case]) -> None:
    """The columns that a table can hold; spans, figures, claims and filters are left out."""
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        table = csv.writer(out)
        table.writerow(COLUMNS)
        for case in cases:
            answers = _BETWEEN.join(_OR.join(item) for item in case.alternatives())
            record = {
                "id": case.id, "question": case.question, "answers": answers, "type": case.type,
                "answerable": "yes" if case.answerable else "no",
                "must_not": _BETWEEN.join(case.must_not), "tags": _BETWEEN.join(case.tags),
                "split": case.split, "as_of": case.as_of.isoformat() if case.as_of else "",
            }  # fmt: skip
            table.writerow(_cell(record[name]) for name in COLUMNS)


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _case(path: Path, number: int, row: dict[str, str | None]) -> Case:
    unknown = [name for name in row if name not in COLUMNS]
    if unknown:
        raise BadCase(
            f"{path}:{number}: {unknown[0] or 'row'}: is no column; wanted {', '.join(COLUMNS)}"
        )
    held = {name: _plain(value) for name, value in row.items() if value and value.strip()}
    record: dict[str, object] = {"id": f"line-{number}", **held}
    for name in _LISTS:
        record[name] = [item.strip() for item in held.get(name, "").split(_BETWEEN) if item.strip()]
    record["answers"] = [
        item.split(_OR) if _OR in item else item for item in _strings(record["answers"])
    ]
    said = held.get("answerable", "")
    record["answerable"] = said.lower() not in _NO if said else bool(record["answers"])
    try:
        return Case.model_validate(record)
    except ValidationError as error:
        raise BadCase(f"{path}:{number}: {first_fault(error)}") from error


def _plain(value: str) -> str:
    text = value.strip()
    return text[1:] if text.startswith(tuple(f"'{sign}" for sign in _FORMULA)) else text


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
