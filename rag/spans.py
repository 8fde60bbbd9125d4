"""Parts of a sentence that may stand alone, and their features for the fitted scorer.

An answer quotes whole sentences, and says only the clauses of them that answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.clauses import split_clauses
from rag.facts import Facts, read_facts
from rag.features import COLUMN, SentenceRow, Table
from rag.joint import PART, part_columns
from rag.measures import Column, Matrix, Scope, candidate_values, find_items, measure

SPAN = (
    "sentence", "sentence_best", "length", "share", "words", "words_lost", "pairs", "pairs_lost",
    "core_pairs", "rarest", "second_rarest", "number", "date", "percent", "person", "place",
    "has_value", "values_kept", "at_start", "at_end", "closeness", "years", "other_year",
    "clauses", "unit", "is_noise", "is_whole", "agreement", "cosine", "longest_common",
    "leans_back", "lead", "sentences", "names", "near_names", "other_body",
    *PART, "clause_typed", "clause_typed_subject", "type_missing",
)  # fmt: skip
_OF_SENTENCE = (
    "agreement", "cosine", "near_names", "clause_typed", "clause_typed_subject", "type_missing"
)  # fmt: skip
_ALONE = 45  # characters up to which a sentence is taken whole
_MAX_CHARS, _MAX_CLAUSES, _MIN_CHARS = 100, 4, 8
_LEANS_BACK = re.compile(r"(?:其中|同时|此外|而|但|并|且|也|又|还|以及|同比|较|比)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of row ``row`` of a table, as code points of its text."""

    row: int
    start: int
    end: int


def list_spans(text: str) -> list[tuple[int, int]]:
    """The parts of a sentence that may stand for it: runs of clauses, and the whole."""
    clauses = split_clauses(text)
    if len(text) <= _ALONE or len(clauses) <= 1:
        return [(0, len(text))]
    spans = []
    for first, (start, _) in enumerate(clauses):
        for last in range(first, min(len(clauses), first + _MAX_CLAUSES)):
            end = clauses[last][1]
            if end - start > _MAX_CHARS and last > first:
                break
            if end - start >= _MIN_CHARS:
                spans.append((start, end))
    if len(text) <= 1.5 * _MAX_CHARS and (0, len(text)) not in spans:
        spans.append((0, len(text)))
    return spans or [(0, len(text))]


def span_features(table: Table, log_odds: Matrix, rows: list[int]) -> tuple[list[Span], Matrix]:
    """Spans of some rows of a table and their features, shape (spans, len(SPAN)).

    Args:
        table: the sentences.
        log_odds: the scorer's, of every row of the table.
        rows: which rows to cut.
    """
    spans = [
        Span(row=row, start=start, end=end)
        for row in rows
        for start, end in list_spans(table.rows[row].text)
    ]
    if not spans:
        return [], np.zeros((0, len(SPAN)))
    asked = table.asked
    facts = [_read_part(table.rows[span.row], span) for span in spans]
    of_rows = [table.rows[span.row].values for span in spans]

    kept = [candidate_values(asked, one) & some for one, some in zip(facts, of_rows, strict=True)]
    scope = Scope(asked, find_items(asked, [one.text for one in facts]))
    of_sentence = table.features[[span.row for span in spans]]
    columns = {
        **measure(asked, facts, kept, scope),
        **{name: of_sentence[:, COLUMN[name]] for name in _OF_SENTENCE},
        **_of_scores(log_odds, spans),
        **_of_place(table, spans),
        **part_columns(asked, facts, kept, scope.words),
        "has_value": np.array([float(bool(some)) for some in kept]),
        "values_kept": np.array(
            [len(some) / max(len(v), 1) for some, v in zip(kept, of_rows, strict=True)]
        ),
        "clauses": np.array([_count_clauses(table.rows[span.row].text, span) for span in spans]),
        "leans_back": np.array([float(bool(_LEANS_BACK.match(one.text))) for one in facts]),
    }
    for name in ("words", "pairs"):
        columns[f"{name}_lost"] = columns[name] - of_sentence[:, COLUMN[name]]
    return spans, np.stack([columns[name] for name in SPAN], axis=1)


def _read_part(row: SentenceRow, span: Span) -> Facts:
    """What stands in a part of a row."""
    if span.end - span.start == len(row.text):
        return row.facts
    return read_facts(row.text[span.start : span.end], row.facts.names.named)


def _count_clauses(text: str, span: Span) -> float:
    """How many clauses of a sentence a part of it takes."""
    return float(sum(span.start <= start < span.end for start, _ in split_clauses(text)))


def _of_scores(log_odds: Matrix, spans: Sequence[Span]) -> dict[str, Column]:
    """The sentence's score, also against the best one; ``lead`` is over the best other one."""
    ordered = np.sort(log_odds)[::-1]
    best, second = ordered[0], ordered[min(1, len(ordered) - 1)]
    own = log_odds[[span.row for span in spans]]
    return {
        "sentence": own,
        "sentence_best": own - best,
        "lead": own - np.where(own >= best, second, best),
        "sentences": np.full(len(spans), np.log1p(len(ordered))),
    }


def _of_place(table: Table, spans: Sequence[Span]) -> dict[str, Column]:
    """Where in its sentence a span lies."""
    start = np.array([span.start for span in spans])
    end = np.array([span.end for span in spans])
    whole = np.array([len(table.rows[span.row].text) for span in spans])
    return {
        "share": (end - start) / np.maximum(whole, 1),
        "at_start": (start == 0).astype(np.float64),
        "at_end": (end == whole).astype(np.float64),
        "is_whole": (end - start == whole).astype(np.float64),
    }
