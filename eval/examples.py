"""What the scorer is fitted to: cases with what was retrieved for them.

A reading set gives three of each case: its own paragraph, all paragraphs, and all but those that
hold the answer, which asks for a refusal where everything near is on topic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from eval.cases import Case
from eval.metrics import contains_exact
from eval.suites import Suite
from eval.targets import to_request
from index.store import PassageStore
from index.types import Filters
from index.words import normalize
from rag.evidence import build_tables
from rag.facts import NATIVE_MARK
from rag.features import Table
from rag.measures import Matrix
from rag.question import parse_question
from rag.retrieve import retrieve
from rag.settings import RagSettings
from rag.types import Passage, Query

READING = "reading"
_TOP = 20
_PART = 0.45


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One case with what was retrieved for it, ready to be scored again and again.

    Attributes:
        tables: of the whole question, then of its parts.
        labels: 1 for each row of the first table that holds a gold string.
        weight: of the case against those of other sets.
        other: what some of its passages say instead; "" where they do not contradict each other.
    """

    case: Case
    query: Query
    tables: tuple[Table, ...]
    labels: Matrix
    weight: float
    other: str = ""


def read_examples(
    suite: Suite,
    store: PassageStore,
    cases: Sequence[Case],
    *,
    weight: float,
    progress: Callable[[int, int], None],
) -> Iterator[Example]:
    """Examples of some cases of a suite whose articles are in ``store``."""
    for done, case in enumerate(cases, start=1):
        for variant, query, passages in _variants(case, store):
            named = variant.model_copy(update={"source": suite.name.split(" ")[0]})
            yield make_example(named, query, passages, weight)
        progress(done, len(cases))


def cases_to_read(suite: Suite, every: int) -> list[Case]:
    """What the reader is taught: the train split but for those that ``cases_to_learn`` takes."""
    learned = {case.id for case in cases_to_learn(suite, every)}
    return [case for case in suite.cases if case.split == "train" and case.id not in learned]


def cases_to_learn(suite: Suite, every: int) -> list[Case]:
    """The train split, or all of a set that has none; each n-th of it, and of a reading set.

    Cases with a history are left out: they are about understanding the question.
    """
    cases = [case for case in suite.cases if not case.history]
    train = [case for case in cases if case.split == "train"]
    if train or (cases and cases[0].type == READING):
        return (train or cases)[::every]
    return cases


def _variants(case: Case, store: PassageStore) -> Iterator[tuple[Case, Query, tuple[Passage, ...]]]:
    request = to_request(case)
    query = parse_question(
        request.question,
        filters=request.filters.to_filters(),
        options=request.options.to_options(),
        now=datetime.now(UTC),
    )
    yield case, query, _retrieve(store, query)
    if case.type != READING:
        return
    anywhere = replace(query, filters=Filters())
    found = _retrieve(store, anywhere)
    if any(holds_gold(case, p.chunk.text) for p in found):
        yield case.model_copy(update={"type": "among-all"}), anywhere, found
    rest = tuple(p for p in found if not holds_gold(case, p.article.text))
    refusal = {"type": "none-holds-it", "answerable": False, "answers": ()}
    yield case.model_copy(update=refusal), anywhere, rest


def _retrieve(store: PassageStore, query: Query) -> tuple[Passage, ...]:
    return retrieve(store, query, settings=RagSettings(), top_k=_TOP, mode="hybrid").passages


def make_example(case: Case, query: Query, passages: Sequence[Passage], weight: float) -> Example:
    """Tables and labels of one case."""
    tables = build_tables(query, passages)
    labels = np.array([holds_gold(case, row.text) for row in tables[0].rows], np.float64)
    return Example(case=case, query=query, tables=tables, labels=labels, weight=weight)


def is_gold(answers: Iterable[str], value: str) -> bool:
    """Whether a value of a normalised sentence is one of some answers, or nearly half of it."""
    for answer in map(normalize, answers):
        part = value in answer and len(value) >= max(2, _PART * len(answer))
        if value and (answer in value or part):
            return True
    return False


def holds_gold(case: Case, text: str) -> float:
    """1 where a text holds one of the things that the answer should hold."""
    said = NATIVE_MARK.sub("", text)
    return float(any(contains_exact(said, [item]) for item in case.alternatives()))
