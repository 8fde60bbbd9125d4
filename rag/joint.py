"""Do the subject, what is asked of it, and something that may answer meet in one place?

Noise is on topic: it has the subject, or a figure, seldom both beside the word for what is asked.
Each feature here is of that meeting, see ``JOINT``; ``focus.py`` says what to look for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np

from index.domain import current_domain
from rag.asked import Asked
from rag.clauses import split_clauses
from rag.facts import Facts
from rag.focus import COUNT, PERCENT
from rag.layout import Layout
from rag.match import Matcher, matcher, presence
from rag.measures import Column, Matrix
from rag.types import Kind

JOINT = (
    "cue", "near_cue", "head", "cue_by_value", "head_by_value", "subject", "near_subject",
    "passage_subject", "rarest_subject", "passage_rarest_subject", "two_of_subject",
    "cue_value_subject", "typed", "near_typed", "typed_subject", "clause_typed",
    "clause_typed_subject", "clause_untyped", "typed_count", "type_missing",
)  # fmt: skip
PART = ("cue_there", "cue_by_value_there", "subject_there", "typed_there", "typed_subject_there")
_NAMED: tuple[Literal["person", "place"], ...] = ("person", "place")
_UNKNOWN = 0.5  # where the question does not tell what an answer looks like
_FAR = 6.0  # characters that halve the nearness of two things
_DAY = r"\d{1,2}月|\d{1,2}[日号]|[上中下]旬"
_YEAR = r"(?:19|20)\d\d年"
_WHICH_YEAR = re.compile(r"哪一?年|年份|何年")
_ANY_FIGURE = r"\d[万亿千百多余]*(?![年月日号\d.万亿千百多余])"

Place = tuple[int, int]


class TypeFinder:
    """Where something of the type that a question asks for stands in sentences."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked.text
        expected, wanted = asked.focus.expected, asked.wanted
        patterns = _patterns(expected, wanted, asked.unit, asked.text)
        self._patterns = [] if expected in _NAMED else patterns
        sought = {expected} if expected else wanted
        self._kinds = [kind for kind in _NAMED if kind in sought]

    def __call__(self, facts: Facts) -> list[Place] | None:
        """Its places in a normalised sentence; None where the question does not tell a type.

        What the question says itself does not count.
        """
        asked = self._asked
        if self._patterns:
            return [
                match.span()
                for pattern in self._patterns
                for match in pattern.finditer(facts.text)
                if match[0] not in asked
            ]
        if not self._kinds:
            return None
        every = {name for kind in self._kinds for name in facts.names.of(kind)}
        return _stands(facts.text, [name for name in every if name not in asked])


@lru_cache(maxsize=256)
def _patterns(
    expected: str, wanted: frozenset[Kind], unit: str | None, text: str
) -> list[re.Pattern[str]]:
    """Patterns of what is asked for, each with the digits that it begins in the middle of."""
    patterns = [expected] if expected not in ("", *_NAMED) else []
    if expected == COUNT and unit:
        patterns = [COUNT + unit]
    if "date" in wanted:
        patterns.append(_YEAR if _WHICH_YEAR.search(text) else _DAY)
    if not expected and "percent" in wanted:
        patterns.append(PERCENT)
    elif not expected and "number" in wanted:
        patterns.append(COUNT + unit if unit else _ANY_FIGURE)
    return [re.compile(rf"(?:\d[\d.]*)?(?:{pattern})") for pattern in patterns]


def _stands(text: str, values: Iterable[str]) -> list[Place]:
    return [(at, at + len(value)) for value in values if (at := text.find(value)) >= 0]


def cue_places(asked: Asked, text: str) -> list[Place]:
    """Where a cue stands in a normalised text, or the question's own word where there is none."""
    if asked.focus.cues:
        return [match.span() for cue in asked.focus.cues for match in cue.finditer(text)]
    return _stands(text, [asked.focus.head] if asked.focus.head else [])


def nearness(some: Sequence[Place], others: Sequence[Place]) -> float:
    """1 where one of each touch, falling to 0; 0 where either is missing."""
    if not some or not others:
        return 0.0
    gap = min(max(a - end, start - b, 0) for start, end in some for a, b in others)
    return 1 / (1 + gap / _FAR)


class SubjectShare:
    """How much of a question's subject stands somewhere, by the rarity of its words."""

    def __init__(self, asked: Asked) -> None:
        domain = current_domain()
        self.places = list(asked.focus.subject)
        weights = np.array([asked.words[at].weight for at in self.places])
        self.weights = weights / max(float(weights.sum()), 1e-9)
        self.rarest = np.argsort(-weights, kind="stable")[:2]
        matchers = [matcher(asked.words[at].text, domain) for at in self.places]
        self._words = list(zip(matchers, self.weights.tolist(), strict=True))

    def words_in(self, found: Sequence[float]) -> list[tuple[Matcher, float]]:
        """The subject's words that stand in a text, with their weights.

        Args:
            found: presence of the question's words in it.
        """
        return [word for at, word in zip(self.places, self._words, strict=True) if found[at] > 0]


def joint_columns(
    asked: Asked,
    facts: Sequence[Facts],
    values: Sequence[frozenset[str]],
    found: tuple[Matrix, Matrix, Matrix],
    layout: Layout,
) -> dict[str, Column]:
    """``JOINT`` of each sentence of some passages.

    Args:
        asked: the question.
        facts: of the sentences.
        values: what in each may answer, by ``measures.candidate_values``.
        found: presence of the question's words in each sentence, near it, and in its passage, each
            of shape (sentences, words).
        layout: of the sentences.
    """
    share = SubjectShare(asked)
    here, near, whole = (some[:, share.places] for some in found)
    subject, near_subject = here @ share.weights, near @ share.weights
    rare = near[:, share.rarest]
    known, places = _find_places(asked, facts, values)
    has = np.array([float(bool(some)) for some in places])
    typed = has if known else np.full(len(facts), _UNKNOWN)
    by_cue = np.array(
        [_by_cue(asked, one, some) for one, some in zip(facts, places, strict=True)], np.float64
    )
    cue, head, by_head = _cues(asked, facts, places)
    clause, clause_subject = _clauses(asked, share, facts, places, found[0])
    return {
        "cue": cue,
        "near_cue": layout.around(cue),
        "head": head,
        "cue_by_value": by_cue,
        "head_by_value": by_head,
        "subject": subject,
        "near_subject": near_subject,
        "passage_subject": whole @ share.weights,
        "rarest_subject": rare.min(axis=1, initial=1.0),
        "passage_rarest_subject": whole[:, share.rarest].min(axis=1, initial=1.0),
        "two_of_subject": rare.mean(axis=1) if rare.shape[1] else np.ones(len(facts)),
        "cue_value_subject": by_cue * near_subject,
        "typed": typed,
        "near_typed": layout.around(has) if known else typed,
        "typed_subject": typed * near_subject,
        "clause_typed": clause * known,
        "clause_typed_subject": clause_subject * known,
        "clause_untyped": clause * (not known),
        "typed_count": np.array([math.log1p(len(some)) for some in places]) * known,
        "type_missing": (has == 0) * float(known),
    }


def _find_places(
    asked: Asked, facts: Sequence[Facts], values: Sequence[frozenset[str]]
) -> tuple[bool, list[list[Place]]]:
    """Whether the question tells a type, and where in each text something may answer.

    Where it tells none, each of ``values`` may answer.
    """
    typed = list(map(TypeFinder(asked), facts))
    known = bool(typed) and typed[0] is not None  # the same for every text
    return known, [
        (some or []) if known else _stands(one.text, candidates)
        for one, candidates, some in zip(facts, values, typed, strict=True)
    ]


def _by_cue(asked: Asked, facts: Facts, places: Sequence[Place]) -> float:
    return nearness(places, cue_places(asked, facts.text)) if places else 0.0


def _cues(
    asked: Asked, facts: Sequence[Facts], places: Sequence[Sequence[Place]]
) -> tuple[Column, Column, Column]:
    """How far the cues stand in each text, and the question's own word, and that by a value."""
    texts = [one.text for one in facts]
    head = asked.focus.head
    if not head:
        nothing = np.zeros(len(texts))
        return np.array([_cue_share(asked, text) for text in texts]), nothing, nothing
    of_head = np.array(matcher(head, current_domain()).column(texts))
    by_head = [
        nearness(some, _stands(text, [head])) if some else 0.0
        for text, some in zip(texts, places, strict=True)
    ]
    shares = [_cue_share(asked, text) for text in texts] if asked.focus.cues else of_head
    return np.array(shares), of_head, np.array(by_head)


def part_columns(
    asked: Asked,
    facts: Sequence[Facts],
    values: Sequence[frozenset[str]],
    found: Matrix,
) -> dict[str, Column]:
    """``PART`` of parts of sentences.

    Args:
        asked: the question.
        facts: of the parts.
        values: what in each may answer.
        found: presence of the question's words in each, shape (parts, words).
    """
    share = SubjectShare(asked)
    known, places = _find_places(asked, facts, values)
    subject = found[:, share.places] @ share.weights
    has = np.array([float(bool(some)) if known else _UNKNOWN for some in places])
    return {
        "cue_there": np.array([_cue_share(asked, one.text) for one in facts]),
        "cue_by_value_there": np.array(
            [_by_cue(asked, one, some) for one, some in zip(facts, places, strict=True)]
        ),
        "subject_there": subject,
        "typed_there": has,
        "typed_subject_there": has * subject,
    }


def _cue_share(asked: Asked, text: str) -> float:
    """Share of the rows of cues of which one stands there."""
    cues, head = asked.focus.cues, asked.focus.head
    if not cues:
        return presence(head, text) if head else 0.0
    return sum([cue.search(text) is not None for cue in cues]) / len(cues)


def _clauses(
    asked: Asked,
    share: SubjectShare,
    facts: Sequence[Facts],
    places: Sequence[Sequence[Place]],
    found: Matrix,
) -> tuple[Column, Column]:
    """Of two neighbouring clauses with a value: subject and cue together, and the subject alone."""
    best, most = np.zeros(len(facts)), np.zeros(len(facts))
    for i, (one, some) in enumerate(zip(facts, places, strict=True)):
        if some:
            words = share.words_in(found[i].tolist())
            best[i], most[i] = _best_clause(asked, words, one.text, some)
    return best, most


def _best_clause(
    asked: Asked, words: Sequence[tuple[Matcher, float]], text: str, places: Sequence[Place]
) -> tuple[float, float]:
    clauses = split_clauses(text)
    windows = [(a[0], b[1]) for a, b in pairwise(clauses)] or [(0, len(text))]
    best = most = 0.0
    for start, end in windows:
        if any(start <= a and b <= end for a, b in places):
            part = text[start:end]
            of_subject = math.fsum(find(part) * weight for find, weight in words)
            cue = float(bool(cue_places(asked, part)))
            best = max(best, (0.3 + 0.7 * of_subject) * (0.3 + 0.7 * cue))
            most = max(most, of_subject)
    return best, most
