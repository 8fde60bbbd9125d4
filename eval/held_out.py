"""Held-out outcomes of examples, the thresholds that they set, and the metrics that they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.aggregate import Estimate, estimate_mean
from eval.examples import Example
from eval.metrics import contains_exact
from rag.compose import compose
from rag.evidence import Ranking
from rag.measures import Column, Matrix
from rag.scorer import Blend, probability

# Of the answerable: where most passages answer, and where one in five does, or perhaps two.
_REFUSED_AT_MOST = {"most": 0.045, "one": 0.15}
_ENOUGH = 200  # answerable questions of a set, from which it helps to decide when to refuse
_CONTRADICTED_AT_MOST = 0.035  # of the answerable whose sources agree
_CAVEAT = 0.15  # of the answers that are given carry a caveat
# Types of case that do not decide the threshold: encyclopaedia paragraphs.
_OTHERWISE = ("reading", "among-all")
_MOST_ANSWER = ("noise-0", "noise-0.2", "noise-0.4", "noise-0.6")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Held-out outcome of an example under thresholds that come later.

    ``scores`` are log odds of the rows of each table; ``pairs`` are of values that may contradict
    each other, ``contradictions`` 1 for those that do.
    """

    example: Example
    fold: int
    scores: tuple[Column, ...]
    sufficiency: tuple[Matrix, ...]
    pairs: Matrix
    contradictions: Matrix
    right: bool
    chars: int


def tell(
    example: Example, rankings: Sequence[Ranking], confidences: Sequence[float]
) -> tuple[bool, int]:
    """Whether the composed answer holds every gold string, and its length.

    ``confidences`` are 0 where they are not known yet.
    """
    drafts = compose(
        example.query, rankings, max_sentences=3, max_chars=170, confidences=confidences
    )
    text = "".join(draft.text for draft in drafts)
    right = bool(drafts) and contains_exact(text, example.case.alternatives()) == 1.0
    return right, len(text)


def contradiction_of(held: Held, model: Blend) -> float:
    """How likely two values contradict each other, as the service reads it."""
    if held.example.query.parts or held.example.query.newest:
        return 0.0
    return float(probability(model.log_odds(held.pairs)).max(initial=0.0))


def refusing_sets(held: Sequence[Held]) -> set[str]:
    """The sets that have questions to refuse."""
    return {one.example.case.source for one in held if not one.example.case.answerable}


def set_thresholds(held: Sequence[Held], confidence: Matrix) -> tuple[float, float]:
    """Refuse below the first, answer without a caveat from the second on.

    The first is where as many of the answerable are refused as ``_REFUSED_AT_MOST`` allows in every
    set that has questions to refuse, and questions enough to tell: of a few dozen the share hangs
    on two or three.
    """
    sets: dict[str, dict[str, list[float]]] = {}
    refusing = refusing_sets(held)
    for one, sure in zip(held, confidence, strict=True):
        case = one.example.case
        if case.answerable and case.source in refusing and case.type not in _OTHERWISE:
            kind = "most" if case.type in _MOST_ANSWER else "one"
            sets.setdefault(case.source, {}).setdefault(kind, []).append(float(sure))
    large = [kinds for kinds in sets.values() if sum(map(len, kinds.values())) >= _ENOUGH]
    partial = min(
        float(np.quantile(values, _REFUSED_AT_MOST[kind]))
        for kinds in large or sets.values()
        for kind, values in kinds.items()
    )
    given = [float(sure) for sure in confidence if sure >= partial]
    return partial, float(np.quantile(given, _CAVEAT))


def set_conflict_threshold(held: Sequence[Held], disagree: Matrix) -> float:
    """From which as few that agree are told to disagree as ``_CONTRADICTED_AT_MOST`` allows."""
    agreeing = [
        float(sure) for one, sure in zip(held, disagree, strict=True) if _agrees(one.example)
    ]
    return float(np.quantile(agreeing, 1 - _CONTRADICTED_AT_MOST))


def _agrees(example: Example) -> bool:
    """Not asked of sets that hold true conflicts: they are what is looked for."""
    case = example.case
    return case.answerable and not example.other and case.type.startswith("noise-")


def measure_conflicts(
    held: Sequence[Held], disagree: Matrix, threshold: float
) -> dict[str, Estimate]:
    """How often a contradiction is told, by set and type."""
    told: dict[str, list[float]] = {}
    for one, sure in zip(held, disagree, strict=True):
        if one.example.other or _agrees(one.example):
            case = one.example.case
            found = told.setdefault(f"{case.source}/{case.type} contradicted", [])
            found.append(float(sure >= threshold))
    return {name: estimate_mean(found) for name, found in told.items()}


def measure_outcomes(
    held: Sequence[Held], confidence: Matrix, partial: float
) -> dict[str, Estimate]:
    """Shares by set and type, and two over everything.

    ``right`` counts cases; ``balanced`` is the mean over sets of what each answers rightly and of
    what each refuses rightly, so that a set's many answers do not outweigh its few refusals.
    """
    values: dict[str, list[float]] = {}
    sides: dict[tuple[str, bool], list[float]] = {}
    for one, sure in zip(held, confidence, strict=True):
        case, refused = one.example.case, bool(sure < partial)
        kind = f"{case.source}/{case.type}"
        outcome = float(refused if not case.answerable else one.right and not refused)
        sides.setdefault((case.source, case.answerable), []).append(outcome)
        if case.answerable:
            values.setdefault("right", []).append(float(one.right and not refused))
            values.setdefault("false_refusal", []).append(float(refused))
            values.setdefault(f"{kind} contains", []).append(float(one.right))
            values.setdefault(f"{kind} false_refusal", []).append(float(refused))
            values.setdefault(f"{kind} chars", []).append(float(one.chars))
        else:
            values.setdefault("right", []).append(float(refused))
            values.setdefault(f"{kind} refused", []).append(float(refused))
    values["balanced"] = [float(np.mean(found)) for found in sides.values()]
    return {name: estimate_mean(found) for name, found in values.items()}
