"""Sets in BEIR's shape: ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/SPLIT.tsv``, in and out.

Gold is whole documents with grades; there are no answers, so such a set measures retrieval.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval.cases import MAX_GRADE, Case, GoldSpan, first_fault, read_json_lines
from eval.errors import BadCase, BadSet
from eval.suites import Suite, SuiteOptions
from index.repair import repair_text
from index.types import Article

Split = Literal["test", "dev", "train"]
SPLITS: tuple[Split, ...] = ("test", "dev", "train")
_HEADER = ("query-id", "corpus-id", "score")


class _Text(BaseModel):
    """A document or a query; BEIR's files carry more."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str = Field(alias="_id", min_length=1)
    text: str = Field(min_length=1)
    title: str = ""


def is_beir(folder: Path) -> bool:
    """Whether a folder has BEIR's files."""
    return (folder / "queries.jsonl").exists() and (folder / "qrels").is_dir()


def open_beir(folder: Path, options: SuiteOptions) -> Suite:
    """The first split of test, dev and train that there is.

    Raises:
        BadSet: a file is missing, or no query has a relevant document.
        BadCase: a line is malformed.
    """
    split = next((s for s in SPLITS if (folder / "qrels" / f"{s}.tsv").exists()), None)
    if split is None or not (folder / "corpus.jsonl").exists():
        raise BadSet(f"{str(folder)!r} has no corpus.jsonl, or no test.tsv, dev.tsv, train.tsv")
    corpus = {one.id: one for one in _read_texts(folder / "corpus.jsonl")}
    queries = {one.id: one for one in _read_texts(folder / "queries.jsonl")}
    judged = _read_qrels(folder / "qrels" / f"{split}.tsv", queries, corpus)
    if not judged:
        raise BadSet(f"{str(folder)!r}: no query of the split {split!r} has a relevant document")
    files = ("corpus.jsonl", "queries.jsonl", f"qrels/{split}.tsv")
    return Suite(
        name=folder.resolve().name,
        digest=sha256(b"".join((folder / name).read_bytes() for name in files)).hexdigest(),
        articles=tuple(_article(one) for one in corpus.values()),
        cases=tuple(
            Case(id=key, question=queries[key].text, gold=tuple(spans), split=split, source="beir")
            for key, spans in judged.items()
        ),
    )


def write_beir(folder: Path, cases: Sequence[Case], articles: Iterable[Article]) -> None:
    """The same files; gold spans become their documents, the highest grade of each."""
    qrels = folder / "qrels"
    qrels.mkdir(parents=True, exist_ok=True)
    corpus = [{"_id": a.id, "title": a.title, "text": a.text} for a in articles]
    queries = [{"_id": case.id, "text": case.question} for case in cases]
    for name, records in (("corpus", corpus), ("queries", queries)):
        lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    for split in dict.fromkeys(case.split for case in cases):
        with (qrels / f"{split}.tsv").open("w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out, delimiter="\t", lineterminator="\n")
            rows.writerow(_HEADER)
            for case in (one for one in cases if one.split == split):
                grades: dict[str, int] = {}
                for span in case.gold:
                    best = max(span.grade, grades.get(span.document_id, 0))
                    grades[span.document_id] = best
                rows.writerows((case.id, document, grade) for document, grade in grades.items())


def _article(one: _Text) -> Article:
    text = repair_text(one.text).text
    return Article(
        id=one.id, title=one.title, publisher="", published_at=None, url=None, text=text or one.text
    )


def _read_texts(path: Path) -> list[_Text]:
    texts = []
    for number, record in read_json_lines(path):
        try:
            texts.append(_Text.model_validate(record))
        except ValidationError as error:
            raise BadCase(f"{path}:{number}: {first_fault(error)}") from error
    return texts


def _read_qrels(
    path: Path, queries: dict[str, _Text], corpus: dict[str, _Text]
) -> dict[str, list[GoldSpan]]:
    """Gold of each query; a score of 0 says that a document is not relevant."""
    judged: dict[str, list[GoldSpan]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        for number, row in enumerate(rows, start=1):
            if number == 1 and row[:1] == ["query-id"]:
                continue
            query, document, grade = _read_qrel(f"{path}:{number}", row)
            for field, key, known in (
                ("query-id", query, queries),
                ("corpus-id", document, corpus),
            ):
                if key not in known:
                    raise BadCase(f"{path}:{number}: {field}: {key!r} is in no file of the set")
            if grade > 0:
                judged.setdefault(query, []).append(GoldSpan(document_id=document, grade=grade))
    return judged


def _read_qrel(place: str, row: list[str]) -> tuple[str, str, int]:
    if len(row) != len(_HEADER):
        raise BadCase(f"{place}: has {len(row)} fields, wanted {', '.join(_HEADER)}")
    try:
        grade = int(row[2])
    except ValueError as error:
        raise BadCase(f"{place}: score: {row[2]!r} is no whole number") from error
    if grade > MAX_GRADE:
        raise BadCase(f"{place}: score: {grade} is above {MAX_GRADE}")
    return row[0], row[1], grade
