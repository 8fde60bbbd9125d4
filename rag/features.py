"""Features of a sentence under a question: what the fitted scorer looks at.

Most are in [0, 1]; those named ``..._best`` are differences to the best sentence of the set, so 0
is the best. Every column is named in ``SENTENCE``; the scorer's data file names them again, and a
file whose names differ is refused.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from index.domain import current_domain
from rag.asked import Asked, longest_common, matcher, presence, share_in
from rag.facts import Facts, read_facts, read_names
from rag.joint import JOINT, joint_features, reach
from rag.types import Kind, Passage

Matrix = NDArray[np.float64]

SENTENCE = (
    "cosine", "cosine_best", "passage_cosine", "passage_cosine_best", "neighbour_cosine",
    "words", "words_best", "near_words", "near_words_best", "passage_words", "passage_words_best",
    "pairs", "pairs_best", "core_pairs", "longest_common", "rarest", "second_rarest",
    "third_rarest", "near_rarest", "near_second_rarest", "passage_rarest", "titles", "near_titles",
    "passage_titles", "years", "near_years", "passage_years", "other_year", "passage_other_year",
    "figures", "near_figures", "latin", "near_latin", "number", "date", "percent", "person",
    "place", "wants_anything", "unit", "something_new", "length", "is_short", "is_long",
    "position", "is_first", "is_question", "is_noise", "agreement", "agreement_best", "rank",
    "copula", "closeness", "is_open", "names", "near_names",
    "passage_names", "other_body", "passage_meets_all", "cosine_words", "cosine_near_words", *JOINT,
)  # fmt: skip
COLUMN = {name: i for i, name in enumerate(SENTENCE)}
_MATCHED: tuple[Kind, ...] = ("number", "date", "percent", "person", "place")
_RELATIVE = ("words", "near_words", "passage_words", "pairs")
_SHORT, _LONG = 10, 110  # characters
_MEETS_ALL = 0.85  # share of the question's words from which a passage is about all of it
_NEARLY_BEST = 0.1  # a passage that meets this much less than the best does not testify


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceRow:
    """One sentence of the table: where it stands, its facts, and which values may answer.

    ``is_about`` says that one of the bodies in the question, if any, stands in it, beside it or in
    the title.
    """

    passage: Passage
    index: int
    text: str
    facts: Facts
    values: frozenset[str]
    is_about: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Every sentence of the passages: rows, and their features, shape (rows, len(SENTENCE))."""

    asked: Asked
    rows: tuple[SentenceRow, ...]
    features: Matrix


def build_table(asked: Asked, passages: Sequence[Passage], columns: Sequence[int]) -> Table:
    """Features of every sentence of ``passages``.

    Args:
        asked: the question, or one part of it.
        passages: best first.
        columns: which of the searched texts ask this; the best cosine counts.
    """
    rows: list[SentenceRow] = []
    features: list[list[float]] = []
    for passage in passages:
        reader = _PassageReader(asked, passage, columns)
        for i in range(len(reader.texts)):
            row, values = reader.read(i)
            rows.append(row)
            features.append(values)
    matrix = np.array(features, np.float64).reshape(len(rows), len(SENTENCE))
    if rows:
        _make_relative(matrix)
        _count_agreement(matrix, rows)
    return Table(asked=asked, rows=tuple(rows), features=matrix)


class _Scope:
    """What of the question stands in each of some texts.

    Every attribute is an array over the texts, or a list of such arrays; where the question names
    nothing of a kind, nothing of it is missing.
    """

    def __init__(self, asked: Asked, found: Matrix) -> None:
        items = (asked.words, asked.names, asked.titles, asked.figures, asked.latin)
        words, names, titles, figures, latin = accumulate(len(some) for some in items)
        complete = np.ones(len(found))
        self.share = found[:, :words] @ asked.shares
        self.names = found[:, words:names].mean(axis=1) if names > words else complete
        self.titles = found[:, names:titles].all(axis=1)
        self.figures = found[:, titles:figures].all(axis=1)
        self.latin = found[:, figures:latin].all(axis=1)
        about = found[:, latin:].max(axis=1, initial=0.0) > 0
        self.is_about: list[bool] = (about | (not asked.bodies)).tolist()
        self.rarest = [found[:, at] for at in asked.rarest_at]
        self.rarest += [complete] * (3 - len(self.rarest))


def _find(asked: Asked, text: str) -> list[float]:
    """Presence of each item of the question in a text."""
    domain = current_domain()
    items = dict.fromkeys((*(word.text for word in asked.words), *asked.names, *asked.figures))
    known = {item: matcher(item, domain)(text) for item in items}
    found = [known[word.text] for word in asked.words]
    found += [known[name] for name in asked.names]
    found += [float(title in text) for title in asked.titles]
    found += [known[figure] for figure in asked.figures]
    found += [float(word in text) for word in asked.latin]
    return found + [float(body in text) for body in asked.bodies]


class _PassageReader:
    """One passage under one question."""

    def __init__(self, asked: Asked, passage: Passage, columns: Sequence[int]) -> None:
        self.asked = asked
        self.passage = passage
        self.texts = [passage.chunk.quote(sentence) for sentence in passage.chunk.sentences]
        self.facts = [read_facts(text) for text in self.texts]
        self.title = read_facts(f"{passage.article.title} {_dated(passage)}")
        self.cosines = [
            max(cosines[column] for column in columns) for cosines in passage.sentence_similarity
        ]
        dense = passage.scores.get("dense")
        # A chunk that only the words found has no cosine; it is a little below its best sentence.
        self.cosine = dense if dense is not None else max(self.cosines) - 0.02
        every = (*self.facts, self.title)
        found = np.array([_find(asked, one.text) for one in every], np.float64)
        self.here, self.near = _Scope(asked, found[:-1]), _Scope(asked, reach(found))
        self.whole = _Scope(asked, found.max(axis=0, keepdims=True))
        self.years = _years(every)
        self.columns = self._columns()
        self.values = [candidate_values(asked, one) for one in self.facts]
        self.joint = joint_features(asked, self.facts, self.values, found[:, : len(asked.words)])

    def _columns(self) -> list[list[float]]:
        """For each sentence what is computed for all of them at once."""
        here, near, whole = self.here, self.near, self.whole
        cosine = np.array(self.cosines)
        every = np.ones(len(cosine))
        met = float(whole.share[0] > _MEETS_ALL)
        columns: list[list[float]] = np.stack(
            [
                here.share, near.share, every * whole.share, *here.rarest, *near.rarest[:2],
                every * whole.rarest[0], here.titles, near.titles, every * whole.titles,
                here.figures, near.figures, here.latin, near.latin,
                here.names, near.names, every * whole.names, every * met,
                10 * here.share * cosine, 10 * near.share * np.maximum(cosine - 0.75, 0.0),
            ],
            axis=1,
        ).tolist()  # fmt: skip
        return columns

    def read(self, i: int) -> tuple[SentenceRow, list[float]]:
        """A sentence and its features."""
        facts = self.facts[i]
        values = self.values[i]
        row = SentenceRow(
            passage=self.passage, index=i, text=self.texts[i], facts=facts, values=values,
            is_about=self.near.is_about[i],
        )  # fmt: skip
        return row, self._features(i, facts, values)

    def _features(self, i: int, facts: Facts, values: frozenset[str]) -> list[float]:
        asked, text = self.asked, facts.text
        (share, near_share, whole_share, *rest) = self.columns[i]
        rarest, titles, figures, names = rest[:6], rest[6:9], rest[9:13], rest[13:]
        near_years = _years((*self.facts[max(0, i - 1) : i + 2], self.title))
        cosine = self.cosines[i]
        others = [self.cosines[j] for j in (i - 1, i + 1) if 0 <= j < len(self.cosines)]
        return [
            cosine, 0.0, self.cosine, 0.0, max(others, default=cosine),
            share, 0.0, near_share, 0.0, whole_share, 0.0,
            share_in(asked.pairs, text), 0.0, share_in(asked.core_pairs, text),
            longest_common(asked.core, text) / max(len(asked.core), 1),
            *rarest, *titles,
            float(asked.years <= facts.years), float(asked.years <= near_years),
            float(asked.years <= self.years),
            years_differ(asked.years, facts.years), years_differ(asked.years, self.years),
            *figures, *kind_matches(asked, facts),
            float(not asked.wanted), unit_match(asked, text),
            float(bool(values)), math.log(len(text) + 1), float(len(text) < _SHORT),
            float(len(text) > _LONG), i / len(self.texts),
            float(i == 0 and self.passage.chunk.ordinal == 0),
            float(text.rstrip().endswith(("?", "吗", "呢"))), float(facts.is_noise),
            0.0, 0.0, 1 / self.passage.rank, float(facts.has_copula),
            closeness(asked, text, values),
            float(not text.endswith(("。", "!", "?", ".", "”", ";"))),
            *names[:3], other_body(asked, facts), *names[3:], *self.joint[i],
        ]  # fmt: skip


def _years(facts: Sequence[Facts]) -> frozenset[str]:
    return frozenset().union(*(one.years for one in facts))


def candidate_values(asked: Asked, facts: Facts) -> frozenset[str]:
    """What in a sentence may be the answer: the figures, dates or names that are not asked with."""
    wanted = asked.wanted
    found: set[str] = set()
    if not wanted or wanted & {"number", "percent", "list", "name"}:
        found |= facts.quantities
    if "date" in wanted:
        found |= facts.dates
    if not wanted or wanted & {"person", "name", "place", "list"}:
        found |= read_names(facts.text).every
    return frozenset(value for value in found if value not in asked.text)


def kind_matches(asked: Asked, facts: Facts) -> list[float]:
    """For each of five kinds: 1 where it is wanted and there, -1 wanted and missing, else 0."""
    return [
        (1.0 if _holds(asked, facts, kind) else -1.0) if kind in asked.wanted else 0.0
        for kind in _MATCHED
    ]


def _holds(asked: Asked, facts: Facts, kind: Kind) -> bool:
    """Whether something of a kind stands there that the question does not name itself."""
    if kind == "number":
        return any(n not in asked.figures and n not in asked.years for n in facts.numbers)
    if kind == "date":
        return bool(facts.dates)
    if kind == "percent":
        return facts.has_percent
    names = read_names(facts.text)
    found = names.persons if kind == "person" else names.places
    return any(name not in asked.text for name in found)


def unit_match(asked: Asked, text: str) -> float:
    """1 where the measure word that is asked for follows a figure, or none is asked for."""
    if asked.unit is None:
        return 1.0
    at = text.find(asked.unit)
    while at > 0:
        if text[:at].rstrip("万亿多余")[-1:].isdigit():
            return 1.0
        at = text.find(asked.unit, at + 1)
    return 0.0


def closeness(asked: Asked, text: str, values: frozenset[str]) -> float:
    """How near a possible answer stands to one of the rarest words: 1 beside it, falling to 0."""
    words = [at for word in asked.rarest if (at := text.find(word.text)) >= 0]
    places = [at for value in values if (at := text.find(value)) >= 0]
    if not words or not places:
        return 0.0
    return 1 / (1 + min(abs(a - b) for a in words for b in places) / 12)


def names_met(asked: Asked, text: str) -> float:
    """Share of the names of the question that stand in a text; 1 where it names nothing."""
    if not asked.names:
        return 1.0
    return sum(presence(name, text) for name in asked.names) / len(asked.names)


def other_body(asked: Asked, facts: Facts) -> float:
    """1 where a body is asked about, and only others stand in the sentence."""
    if not asked.bodies or not facts.bodies:
        return 0.0
    return float(not any(body in facts.text for body in asked.bodies))


def _make_relative(matrix: Matrix) -> None:
    for name in _RELATIVE:
        values = matrix[:, COLUMN[name]]
        matrix[:, COLUMN[f"{name}_best"]] = values - values.max()
    for name in ("cosine", "passage_cosine"):
        values = matrix[:, COLUMN[name]]
        matrix[:, COLUMN[f"{name}_best"]] = values - values.max()


def _count_agreement(matrix: Matrix, rows: Sequence[SentenceRow]) -> None:
    """In how many other clusters a value stands, among passages that meet the question.

    Noise agrees with itself too, so a passage testifies only where it meets nearly as much of the
    question as the best one does, in the same year.
    """
    met = matrix[:, COLUMN["passage_words"]]
    bar = met.max() - _NEARLY_BEST
    holders: dict[str, set[str]] = {}
    for row, share, other in zip(rows, met, matrix[:, COLUMN["passage_other_year"]], strict=True):
        if share >= bar and not other:
            for value in row.values:
                holders.setdefault(value, set()).add(row.passage.cluster_id)
    for i, row in enumerate(rows):
        own = {row.passage.cluster_id}
        others = (len(holders.get(value, own) - own) for value in row.values)
        matrix[i, COLUMN["agreement"]] = math.log1p(max(others, default=0))
    agreement = matrix[:, COLUMN["agreement"]]
    matrix[:, COLUMN["agreement_best"]] = agreement - agreement.max()


def years_differ(asked: frozenset[str], found: frozenset[str]) -> float:
    """1 where both name years, and none in common."""
    return float(bool(asked and found and not asked & found))


def _dated(passage: Passage) -> str:
    """Publication year and month as words of the context: 今年 in the text is that year."""
    time = passage.article.published_at
    return f"{time.year}年{time.month}月" if time else ""
