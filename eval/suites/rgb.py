"""Sets in the shape of RGB (Chen et al. 2023): a question, passages that answer it, and noise.

Five passages a question; with noise ratio r, ceil(5 r) of them are noise and the rest answer it,
and where one list runs short the other fills up. Noise 1 asks for a refusal. Three shapes: noise,
integration (``positive`` is one list a fact) and counterfactual (``positive_wrong`` repeats
``positive`` with a false value).
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from eval.cases import (
    Alternatives,
    Case,
    GoldFilters,
    GoldSpan,
    digest_cases,
    first_fault,
    read_json_lines,
)
from eval.errors import BadCase
from eval.suites import Suite, SuiteOptions
from index.repair import repair_text
from index.types import Article, digest_id

PASSAGES = 5
NOISE = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
INTEGRATION_NOISE = (0.0, 0.2, 0.4)


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: int | str
    query: str
    answer: str | tuple[Alternatives, ...]
    fakeanswer: str | None = None
    positive: tuple[str, ...] | tuple[tuple[str, ...], ...]
    positive_wrong: tuple[str, ...] | None = None
    negative: tuple[str, ...] = ()

    @property
    def golds(self) -> tuple[Alternatives, ...]:
        return (self.answer,) if isinstance(self.answer, str) else self.answer

    def flat(self) -> list[str]:
        """The answering passages; of several facts one of each in turn, so that none is missed."""
        groups = [[p] if isinstance(p, str) else list(p) for p in self.positive]
        longest = max((len(group) for group in groups), default=0)
        return [group[i] for i in range(longest) for group in groups if i < len(group)]


def open_rgb(path: Path, options: SuiteOptions) -> Suite:
    """The set as articles, one a passage, and cases, one a question and noise ratio.

    Raises:
        BadCase: a line is malformed.
    """
    rows = _read_rows(path)
    known: dict[str, Article] = {}
    cases: list[Case] = []
    for row in rows:
        rng = random.Random(f"{options.seed}:{row.id}")
        cases.extend(_cases(row, options, rng, known))
    if options.all_passages:
        gold = {str(row.id): _gold(_place(row.flat(), known)) for row in rows}
        for row in rows:
            _place(row.negative, known)
        cases = [
            case.model_copy(
                update={
                    "filters": GoldFilters(),
                    "gold": gold[case.id.rpartition(":")[0]] if case.answerable else (),
                }
            )
            for case in cases
        ]
    return Suite(
        name=path.stem,
        digest=digest_cases(path),
        articles=tuple(known.values()),
        cases=tuple(cases),
    )


def draw(
    positive: Sequence[str], negative: Sequence[str], noise: float, rng: random.Random
) -> list[str]:
    """Five passages for a noise ratio, shuffled; fewer where both lists run short.

    Args:
        positive: answering passages, the preferred ones first.
        negative: the others, the preferred ones first.
        noise: 0..1.
        rng: decides the order.
    """
    wanted = math.ceil(PASSAGES * noise)
    bad = list(negative[:wanted])
    good = list(positive[: PASSAGES - len(bad)]) if noise < 1 else []
    bad = list(negative[: PASSAGES - len(good)])
    chosen = good + bad
    rng.shuffle(chosen)
    return chosen


def _read_rows(path: Path) -> list[_Row]:
    rows = []
    for number, record in read_json_lines(path):
        try:
            rows.append(_Row.model_validate(record))
        except ValidationError as error:
            raise BadCase(f"{path}:{number}: {first_fault(error)}") from error
    return rows


def _cases(
    row: _Row, options: SuiteOptions, rng: random.Random, known: dict[str, Article]
) -> Iterator[Case]:
    if row.positive_wrong is not None:
        yield from _counterfactual(row, rng, known)
        return
    positive, negative = row.flat(), list(row.negative)
    if row.positive and isinstance(row.positive[0], str):
        rng.shuffle(positive)
    rng.shuffle(negative)
    integration = bool(row.positive) and not isinstance(row.positive[0], str)
    for noise in options.noise or (INTEGRATION_NOISE if integration else NOISE):
        drawn = draw(positive, negative, noise, rng)
        right = _place([passage for passage in drawn if passage in positive], known)
        yield _case(row, f"noise-{noise:g}", _place(drawn, known), right)


def _counterfactual(row: _Row, rng: random.Random, known: dict[str, Article]) -> Iterator[Case]:
    """Right passages alone; and right and wrong ones, of different originals, mixed."""
    right, wrong = row.flat(), list(row.positive_wrong or ())
    order = list(range(len(right)))
    rng.shuffle(order)
    half = max(1, len(order) // 2)
    mixed = [wrong[i] for i in order[:half]] + [right[i] for i in order[half:] or order]
    for kind, passages in (("right-only", right[:PASSAGES]), ("mixed", mixed[:PASSAGES])):
        chosen = list(passages)
        rng.shuffle(chosen)
        true = _place([passage for passage in chosen if passage in right], known)
        case = _case(row, kind, _place(chosen, known), true)
        yield case.model_copy(update={"conflict": kind == "mixed"})


def _case(row: _Row, kind: str, ids: Sequence[str], right: Sequence[str]) -> Case:
    """Of the passages ``ids``, those in ``right`` answer; where none does, nothing can."""
    answerable = kind != "noise-1"
    return Case(
        id=f"{row.id}:{kind}",
        question=row.query,
        type=kind,
        answerable=answerable,
        answers=row.golds if answerable else (),
        gold=_gold(right) if answerable else (),
        filters=GoldFilters(document_ids=tuple(ids)),
        source="rgb",
    )


def _gold(ids: Sequence[str]) -> tuple[GoldSpan, ...]:
    """Whole passages: RGB does not say where in them the answer stands."""
    return tuple(GoldSpan(document_id=one) for one in ids)


def _place(passages: Sequence[str], known: dict[str, Article]) -> list[str]:
    """Identifiers of ``passages`` as articles; new ones are added to ``known``."""
    ids = []
    for passage in passages:
        text = repair_text(passage).text
        if not text:
            continue
        article_id = digest_id("psg", passage)
        known.setdefault(
            article_id,
            Article(id=article_id, title="", publisher="", published_at=None, url=None, text=text),
        )
        ids.append(article_id)
    return list(dict.fromkeys(ids))
