"""Sets in our own format: a folder with ``set.toml`` and ``cases.jsonl``; or plain questions."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from pydantic import ValidationError

from eval.cases import (
    Case,
    digest_cases,
    first_fault,
    read_card,
    read_cases,
    read_json_lines,
)
from eval.errors import BadCase, BadSet
from eval.suites import Suite, SuiteOptions
from index.readers import collect_articles
from index.types import Article


def open_folder(folder: Path, options: SuiteOptions) -> Suite:
    """A set with its card.

    Raises:
        BadSet: the card is malformed, or the cases differ from the checksum on it.
        BadCase: a case is malformed.
    """
    card = read_card(folder)
    path = folder / "cases.jsonl"
    digest = digest_cases(path) if path.exists() else ""
    if digest != card.sha256:
        raise BadSet(
            f"{str(path)!r} is missing or differs from the checksum in set.toml",
            hint="Run `huawen eval lint PATH`; then put the new checksum into set.toml.",
        )
    return Suite(
        name=f"{card.name} v{card.version}",
        digest=digest,
        articles=tuple(read_articles(folder, card.articles, options)),
        cases=tuple(read_cases(path)),
        gate={name: dict(limits) for name, limits in card.gate.items()},
    )


def read_articles(folder: Path, named: str, options: SuiteOptions) -> list[Article]:
    """The articles that a set names (the sample articles, or a file beside it), or the caller's."""
    if named == "sample":
        with as_file(files("index") / "data" / "sample_articles.jsonl") as path:
            return list(collect_articles([path]).articles)
    given = folder / named if named else options.articles
    return list(collect_articles([given]).articles) if given else []


def open_questions(path: Path, options: SuiteOptions) -> Suite:
    """Plain questions: ``id, question, answers, kind``; no answers is unanswerable.

    Raises:
        BadCase: a line is malformed.
    """
    cases = []
    for number, record in read_json_lines(path):
        answers = record.get("answers", [])
        try:
            cases.append(
                Case(
                    id=str(record["id"]) if "id" in record else f"line-{number}",
                    question=record["question"],
                    type=record.get("kind", "fact"),
                    answers=answers,
                    answerable=bool(answers),
                    conflict=record.get("kind") == "conflict",
                )
            )
        except KeyError as error:
            raise BadCase(f"{path}:{number}: {error.args[0]}: is missing") from error
        except ValidationError as error:
            raise BadCase(f"{path}:{number}: {first_fault(error)}") from error
    return Suite(
        name=path.stem,
        digest=digest_cases(path),
        articles=tuple(read_articles(path.parent, "", options)),
        cases=tuple(cases),
    )
