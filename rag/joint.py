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

import numpy as np
from numpy.typing import NDArray

from index.domain import current_domain
from rag.asked import Asked, matcher, presence
from rag.clauses import split_clauses
from rag.facts import Facts, read_names
from rag.focus import COUNT, PERCENT

JOINT = (
    "cue", "near_cue", "head", "cue_by_value", "head_by_value", "subject", "near_subject",
    "passage_subject", "rarest_subject", "passage_rarest_subject", "two_of_subject",
    "cue_value_subject", "typed", "near_typed", "typed_subject", "clause_typed",
    "clause_typed_subject", "clause_untyped", "typed_count", "type_missing",
)  # fmt: skip
PART = ("cue_there", "cue_by_value_there", "subject_there", "typed_there", "typed_subject_there")
_UNKNOWN = 0.5  # where the question does not tell what an answer looks like
_FAR = 6.0  # characters that halve the nearness of two things
_DAY = r"\d{1,2}月|\d{1,2}[日号]|[上中下]旬"
_YEAR = r"(?:19|20)\d\d年"
_WHICH_YEAR = re.compile(r"哪一?年|年份|何年")
_ANY_FIGURE = r"\d[万亿千百多余]*(?![年月日号\d.万亿千百多余])"

Place = tuple[int, int]
Matrix = NDArray[np.float64]


def find_typed(asked: Asked, facts: Facts) -> list[Place] | None:
    """Where something of the type that is asked for stands in a normalised sentence.

    What the question says itself does not count. None where the question does not tell a type.
    """
    if asked.focus.expected in ("person", "place") or not _patterns(asked):
        return _typed_names(asked, facts)
    return [
        match.span()
        for pattern in _patterns(asked)
        for match in _compile(pattern).finditer(facts.text)
        if match[0] not in asked.text
    ]


def _patterns(asked: Asked) -> list[str]:
    expected, wanted = asked.focus.expected, asked.wanted
    patterns = [expected] if expected not in ("", "person", "place") else []
    if expected == COUNT and asked.unit:
        patterns = [COUNT + asked.unit]
    if "date" in wanted:
        patterns.append(_YEAR if _WHICH_YEAR.search(asked.text) else _DAY)
    if not expected and "percent" in wanted:
        patterns.append(PERCENT)
    elif not expected and "number" in wanted:
        patterns.append(COUNT + asked.unit if asked.unit else _ANY_FIGURE)
    return patterns


@lru_cache(maxsize=256)
def _compile(pattern: str) -> re.Pattern[str]:
    """With the digits that the pattern begins in the middle of."""
    return re.compile(rf"(?:\d[\d.]*)?(?:{pattern})")


def _typed_names(asked: Asked, facts: Facts) -> list[Place] | None:
    expected, wanted = asked.focus.expected, asked.wanted
    persons = expected == "person" or (not expected and "person" in wanted)
    places = expected == "place" or (not expected and "place" in wanted)
    if not persons and not places:
        return None
    names = read_names(facts.text)
    every = (names.persons if persons else frozenset()) | (names.places if places else frozenset())
    return _stands(facts.text, (name for name in every if name not in asked.text))


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
        weights = np.array([asked.words[at].weight for at in asked.focus.subject])
        self.weights = weights / max(float(weights.sum()), 1e-9)
        self.rarest = np.argsort(-weights, kind="stable")[:2]
        words = (asked.words[at].text for at in asked.focus.subject)
        self._found = [
            (matcher(word, domain), weight)
            for word, weight in zip(words, self.weights.tolist(), strict=True)
        ]

    def in_text(self, text: str) -> float:
        """Of a normalised text."""
        return math.fsum(find(text) * weight for find, weight in self._found)


def joint_features(
    asked: Asked, facts: Sequence[Facts], values: Sequence[frozenset[str]], found: Matrix
) -> list[list[float]]:
    """``JOINT`` of each sentence of a passage.

    Args:
        asked: the question.
        facts: of the sentences.
        values: what in each may answer, by ``features.candidate_values``.
        found: presence of the question's words in the sentences and, last, in the title, shape
            (sentences + 1, words).
    """
    share = SubjectShare(asked)
    subject = _of_subject(share, found[:, list(asked.focus.subject)])
    typed = [find_typed(asked, one) for one in facts]
    cues = [cue_places(asked, one.text) for one in facts]
    cue_shares = [_cue_share(asked, one.text) for one in facts]
    heads = [asked.focus.head] if asked.focus.head else []
    rows = []
    for i, one in enumerate(facts):
        around = slice(max(0, i - 1), i + 2)
        known = typed[i] is not None
        places = typed[i] or [] if known else _stands(one.text, values[i])
        by_cue = nearness(places, cues[i])
        here, of_near, *others = subject[i]
        clause, clause_subject = _best_clause(asked, share, one.text, places)
        has = float(bool(places)) if known else _UNKNOWN
        rows.append(
            [
                cue_shares[i], max(cue_shares[around]),
                presence(heads[0], one.text) if heads else 0.0,
                by_cue, nearness(places, _stands(one.text, heads)) if places else 0.0,
                here, of_near, *others, by_cue * of_near, has,
                float(any(typed[around])) if known else _UNKNOWN, has * of_near,
                clause * known, clause_subject * known, clause * (not known),
                math.log1p(len(places)) * known, float(known and not places),
            ]
        )  # fmt: skip
    return rows


def _of_subject(share: SubjectShare, found: Matrix) -> list[list[float]]:
    """For each sentence: how much of the subject stands in it, near it, in the passage.

    Then, of the subject's two rarest words: the lesser one near it and in the passage, and their
    mean near it.
    """
    near, whole = reach(found), found.max(axis=0)
    rare = near[:, share.rarest]
    every = np.ones(len(near))
    columns: list[list[float]] = np.stack(
        [
            found[:-1] @ share.weights, near @ share.weights, every * (whole @ share.weights),
            rare.min(axis=1, initial=1.0), every * whole[share.rarest].min(initial=1.0),
            rare.mean(axis=1) if rare.shape[1] else every,
        ],
        axis=1,
    ).tolist()  # fmt: skip
    return columns


def part_features(
    asked: Asked, share: SubjectShare, facts: Facts, values: frozenset[str]
) -> list[float]:
    """``PART`` of a part of a sentence."""
    typed = find_typed(asked, facts)
    places = _stands(facts.text, values) if typed is None else typed
    of_subject = share.in_text(facts.text)
    has = _UNKNOWN if typed is None else float(bool(typed))
    return [
        _cue_share(asked, facts.text), nearness(places, cue_places(asked, facts.text)),
        of_subject, has, has * of_subject,
    ]  # fmt: skip


def reach(found: Matrix) -> Matrix:
    """What stands in each sentence, in the ones beside it, or in the title (the last row)."""
    here, title = found[:-1], found[-1]
    near: Matrix = np.maximum(here, title)
    near[1:] = np.maximum(near[1:], here[:-1])
    near[:-1] = np.maximum(near[:-1], here[1:])
    return near


def _cue_share(asked: Asked, text: str) -> float:
    """Share of the rows of cues of which one stands there."""
    cues, head = asked.focus.cues, asked.focus.head
    if not cues:
        return presence(head, text) if head else 0.0
    return sum(cue.search(text) is not None for cue in cues) / len(cues)


def _best_clause(
    asked: Asked, share: SubjectShare, text: str, places: Sequence[Place]
) -> tuple[float, float]:
    """Of two neighbouring clauses with a value: subject and cue together, and the subject alone."""
    if not places:
        return 0.0, 0.0
    clauses = split_clauses(text)
    windows = [(a[0], b[1]) for a, b in pairwise(clauses)] or [(0, len(text))]
    best = most = 0.0
    for start, end in windows:
        if any(start <= a and b <= end for a, b in places):
            part = text[start:end]
            of_subject = share.in_text(part)
            cue = float(bool(cue_places(asked, part)))
            best = max(best, (0.3 + 0.7 * of_subject) * (0.3 + 0.7 * cue))
            most = max(most, of_subject)
    return best, most
