"""What readers said about answers, as a set of cases: ``huawen eval from-feedback``.

Reads the export of the service (``GET /v1/feedback?format=ndjson``). A verdict becomes a case where
it says what a right answer is; the others are counted, for a person to label.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from api.http.feedback import FeedbackOut
from eval.cases import Case, Claim, digest_cases, first_fault, read_json_lines
from eval.errors import BadCase
from eval.metrics import strip_markers
from index.sentences import split_sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Cases, and the verdicts that say too little to be one."""

    cases: tuple[Case, ...]
    unclear: tuple[FeedbackOut, ...]


def read_feedback(path: Path) -> Draft:
    """A case for each question that readers were clear about; the last verdict counts.

    An expected answer is gold; "should have abstained" makes the question unanswerable; what a
    praised answer says must be said again.

    Raises:
        BadCase: a line is malformed; the message names file, line and field.
    """
    clear: dict[str, Case] = {}
    unclear: dict[str, FeedbackOut] = {}
    for number, record in read_json_lines(path):
        try:
            verdict = FeedbackOut.model_validate(record)
        except ValidationError as error:
            raise BadCase(f"{path}:{number}: {first_fault(error)}") from error
        key = "".join((verdict.question or verdict.id).split())
        clear.pop(key, None)
        unclear.pop(key, None)
        case = _to_case(verdict)
        if case:
            clear[key] = case
        else:
            unclear[key] = verdict
    return Draft(cases=tuple(clear.values()), unclear=tuple(unclear.values()))


def write_draft(folder: Path, cases: Sequence[Case]) -> None:
    """A set in our own format, to be looked through before it is used."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "cases.jsonl"
    lines = "".join(case.model_dump_json(exclude_defaults=True) + "\n" for case in cases)
    path.write_text(lines, encoding="utf-8")
    card = {
        "name": folder.resolve().name, "version": 1, "language": "zh",
        "licence": "readers' words, not for distribution",
        "provenance": f"readers' feedback, exported {date.today().isoformat()}",
        "sha256": digest_cases(path),
    }  # fmt: skip
    # A JSON string or number is one in TOML, too.
    text = "".join(f"{k} = {json.dumps(v, ensure_ascii=False)}\n" for k, v in card.items())
    (folder / "set.toml").write_text(text, encoding="utf-8")


def _to_case(verdict: FeedbackOut) -> Case | None:
    if not verdict.question:
        return None
    tags = tuple(verdict.reasons)
    made = Case(
        id=verdict.id, question=verdict.question, tags=tags, source="feedback",
        as_of=verdict.created_at.date(),
    )  # fmt: skip
    if "should_have_abstained" in verdict.reasons:
        return made.model_copy(update={"answerable": False, "type": "unanswerable"})
    if verdict.expected_answer and verdict.expected_answer.strip():
        return made.model_copy(update={"answers": (verdict.expected_answer.strip(),)})
    if verdict.rating == "up" and verdict.answer:
        return made.model_copy(update={"claims": _claims(verdict.answer)})
    return None


def _claims(answer: str) -> tuple[Claim, ...]:
    said = strip_markers(answer)
    return tuple(Claim(text=said[s.start : s.end]) for s in split_sentences(said))
