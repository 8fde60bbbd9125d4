"""Parts of a sentence that may stand alone, and their features for the fitted scorer.

An answer quotes whole sentences, and says only the clauses of them that answer.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from rag.asked import Asked, longest_common, presence, share_in
from rag.clauses import split_clauses
from rag.facts import read_facts
from rag.features import (
    COLUMN,
    Matrix,
    Table,
    candidate_values,
    closeness,
    kind_matches,
    names_met,
    other_body,
    unit_match,
    years_differ,
)  # fmt: skip
from rag.joint import PART, SubjectShare, part_features

SPAN = (
    "sentence", "sentence_best", "length", "share", "words", "words_lost", "pairs", "pairs_lost",
    "core_pairs", "rarest", "second_rarest", "number", "date", "percent", "person", "place",
    "has_value", "values_kept", "at_start", "at_end", "closeness", "years", "other_year",
    "clauses", "unit", "is_noise", "is_whole", "agreement", "cosine", "longest_common",
    "leans_back", "lead", "sentences", "names", "near_names", "other_body",
    *PART, "clause_typed", "clause_typed_subject", "type_missing",
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
    spans: list[Span] = []
    features: list[list[float]] = []
    ordered = np.sort(log_odds)[::-1]
    for row in rows:
        reader = _SentenceReader(table, row, float(log_odds[row]), ordered)
        for start, end in list_spans(table.rows[row].text):
            spans.append(Span(row=row, start=start, end=end))
            features.append(reader.features(start, end))
    return spans, np.array(features, np.float64).reshape(len(spans), len(SPAN))


class _SentenceReader:
    def __init__(self, table: Table, row: int, log_odds: float, ordered: Matrix) -> None:
        self.asked = table.asked
        self.row = table.rows[row]
        self.of_table = table.features[row]
        self.log_odds, self.best = log_odds, float(ordered[0])
        second = float(ordered[min(1, len(ordered) - 1)])
        self.lead = log_odds - (second if log_odds >= self.best else self.best)
        self.sentences = math.log1p(len(ordered))
        self.words = _words(self.asked, self.row.facts.text)
        self.subject = SubjectShare(table.asked)
        self.pairs = share_in(self.asked.pairs, self.row.facts.text)

    def features(self, start: int, end: int) -> list[float]:
        asked, whole = self.asked, self.row.text
        part = whole[start:end]
        facts = read_facts(part)
        text = facts.text
        words, pairs = _words(asked, text), share_in(asked.pairs, text)
        rarest = [presence(word.text, text) for word in asked.rarest] + [1.0, 1.0]
        kept = candidate_values(asked, facts) & self.row.values
        return [
            self.log_odds, self.log_odds - self.best, math.log(len(text) + 1),
            (end - start) / max(len(whole), 1), words, words - self.words,
            pairs, pairs - self.pairs, share_in(asked.core_pairs, text),
            rarest[0], rarest[1], *kind_matches(asked, facts),
            float(bool(kept)), len(kept) / max(len(self.row.values), 1),
            float(start == 0), float(end == len(whole)), closeness(asked, text, kept),
            float(asked.years <= facts.years), years_differ(asked.years, facts.years),
            float(len(split_clauses(part))), unit_match(asked, text), float(facts.is_noise),
            float(end - start == len(whole)), float(self.of_table[COLUMN["agreement"]]),
            float(self.of_table[COLUMN["cosine"]]),
            longest_common(asked.core, text) / max(len(asked.core), 1),
            float(bool(_LEANS_BACK.match(text))),
            self.lead, self.sentences, names_met(asked, text),
            float(self.of_table[COLUMN["near_names"]]), other_body(asked, facts),
            *part_features(asked, self.subject, facts, kept),
            *(float(self.of_table[COLUMN[n]]) for n in SPAN[-3:]),
        ]  # fmt: skip


def _words(asked: Asked, text: str) -> float:
    return sum(presence(word.text, text) * word.weight for word in asked.words) / asked.total
