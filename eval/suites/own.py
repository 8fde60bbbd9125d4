"""Sets in our own format: a folder with ``set.toml`` and ``cases.jsonl``; or plain questions."""

from __future__ import annotations

from collections.abc import Sequence
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
    cases = read_cases(path)
    return Suite(
        name=f"{card.name} v{card.version}",
        digest=digest,
        articles=tuple(_asked_of(cases, read_articles(folder, card.articles, options))),
        cases=tuple(cases),
        gate={name: dict(limits) for name, limits in card.gate.items()},
    )


def _asked_of(cases: Sequence[Case], articles: list[Article]) -> list[Article]:
    """The articles that questions are asked of: all of them, unless each names its own."""
    named = [case.filters.document_ids for case in cases]
    wanted = {one for ids in named for one in ids}
    return [a for a in articles if a.id in wanted] if all(named) else articles


def read_articles(folder: Path, named: Sequence[str], options: SuiteOptions) -> list[Article]:
    """The articles that a set names, or else the caller's.

    Args:
        folder: of the set.
        named: files beside the set, or in the caller's folder of articles, or the caller's file;
            "sample" for the sample articles.
        options: with the caller's articles.

    Raises:
        BadSet: a file that the set names is in neither place.
    """
    if list(named) == ["sample"]:
        with as_file(files("index") / "data" / "sample_articles.jsonl") as path:
            return list(collect_articles([path]).articles)
    given = options.articles
    paths = [_find(name, folder, given) for name in named] or ([given] if given else [])
    return list(collect_articles(paths).articles) if paths else []


def _find(name: str, folder: Path, given: Path | None) -> Path:
    if given and given.name == name:
        return given
    for place in (folder, given):
        if place and (place / name).is_file():
            return place / name
    raise BadSet(
        f"the set {folder.name!r} is about the articles in {name!r}, which is not beside it",
        hint="Give the folder that holds it with --articles FOLDER.",
    )


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
        articles=tuple(read_articles(path.parent, (), options)),
        cases=tuple(cases),
    )
