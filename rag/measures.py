"""What a sentence and a part of one are measured by, for many of them at once.

A column is an array with one value a text. Those that sentences and parts share are computed by
``measure`` under one name for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from index.domain import current_domain
from rag.asked import Asked
from rag.facts import Facts
from rag.match import longest_common, matcher
from rag.types import Kind

Column = NDArray[np.float64]
Matrix = NDArray[np.float64]

_MATCHED: tuple[Kind, ...] = ("number", "date", "percent", "person", "place")
_NEAR = 12  # characters that halve closeness


def find_items(asked: Asked, texts: Sequence[str]) -> Matrix:
    """How far each item of the question stands in each of some normalised texts.

    Shape (texts, items): words, names, titles, figures, Latin words, bodies; see ``Scope``.
    """
    domain = current_domain()
    sought = dict.fromkeys((*(word.text for word in asked.words), *asked.names, *asked.figures))
    known = {item: matcher(item, domain).column(texts) for item in sought}
    columns = [known[word.text] for word in asked.words]
    columns += [known[name] for name in asked.names]
    columns += [_contains(title, texts) for title in asked.titles]
    columns += [known[figure] for figure in asked.figures]
    columns += [_contains(word, texts) for word in asked.latin]
    columns += [_contains(body, texts) for body in asked.bodies]
    return np.array(columns, np.float64).reshape(len(columns), len(texts)).T


class Scope:
    """What of the question stands in some texts: every attribute is an array over the texts.

    Where the question names nothing of a kind, nothing of it is missing.

    Args:
        asked: the question.
        found: of ``find_items``.
    """

    def __init__(self, asked: Asked, found: Matrix) -> None:
        items = (asked.words, asked.names, asked.titles, asked.figures, asked.latin)
        words, names, titles, figures, latin = accumulate(len(some) for some in items)
        complete: Column = np.ones(len(found))
        self.words = found[:, :words]
        self.share: Column = self.words @ asked.shares
        self.names: Column = found[:, words:names].mean(axis=1) if names > words else complete
        self.titles = _all_there(found[:, names:titles])
        self.figures = _all_there(found[:, titles:figures])
        self.latin = _all_there(found[:, figures:latin])
        self.is_about = (found[:, latin:].max(axis=1, initial=0.0) > 0) | (not asked.bodies)
        self.rarest = [self.words[:, at] for at in asked.rarest_at]
        self.rarest += [complete] * (3 - len(self.rarest))


def measure(
    asked: Asked,
    facts: Sequence[Facts],
    values: Sequence[frozenset[str]],
    scope: Scope,
) -> dict[str, Column]:
    """What sentences and parts of them share, by the names of ``SENTENCE`` and ``SPAN``.

    Args:
        asked: the question.
        facts: of the texts.
        values: what in each may answer, see ``candidate_values``.
        scope: of the texts.
    """
    texts = [one.text for one in facts]
    columns: dict[str, Column] = {
        "words": scope.share,
        "rarest": scope.rarest[0],
        "second_rarest": scope.rarest[1],
        "names": scope.names,
        **_pairs(asked, texts),
        **{kind: _kind_column(asked, facts, kind) for kind in _MATCHED},
        **_years(asked, facts),
        "unit": _units(asked, texts),
        "closeness": _floats(
            [closeness(asked, text, some) for text, some in zip(texts, values, strict=True)]
        ),
        "other_body": _other_bodies(asked, facts),
        "is_noise": _floats([one.is_noise for one in facts]),
        "length": np.log(np.array([len(text) for text in texts], np.float64) + 1),
    }
    core_pairs = columns["core_pairs"].tolist()
    core = asked.core
    columns["longest_common"] = _floats(
        [
            # Without a pair of it nothing longer than one character is common.
            longest_common(core, text) if some else any([c in text for c in core])
            for text, some in zip(texts, core_pairs, strict=True)
        ]
    ) / max(len(core), 1)
    return columns


def candidate_values(asked: Asked, facts: Facts) -> frozenset[str]:
    """What in a text may be the answer: the figures, dates or names that are not asked with."""
    wanted = asked.wanted
    found: set[str] = set()
    if not wanted or wanted & {"number", "percent", "list", "name"}:
        found |= facts.quantities
    if "date" in wanted:
        found |= facts.dates
    if not wanted or wanted & {"person", "name", "place", "list"}:
        found |= facts.names.every
    return frozenset([value for value in found if value not in asked.text])


def years_differ(asked: frozenset[str], found: frozenset[str]) -> bool:
    """Whether both name years, and none in common."""
    return bool(asked and found and not asked & found)


def counts_in(unit: str, text: str) -> bool:
    """Whether a measure word follows a figure."""
    at = text.find(unit)
    while at > 0:
        if text[:at].rstrip("万亿多余")[-1:].isdigit():
            return True
        at = text.find(unit, at + 1)
    return False


def closeness(asked: Asked, text: str, values: frozenset[str]) -> float:
    """How near a possible answer stands to one of the rarest words: 1 beside it, falling to 0."""
    if not values:
        return 0.0
    words = [at for word in asked.rarest if (at := text.find(word.text)) >= 0]
    places = [at for value in values if (at := text.find(value)) >= 0] if words else []
    if not places:
        return 0.0
    return 1 / (1 + min([abs(a - b) for a in words for b in places]) / _NEAR)


def _years(asked: Asked, facts: Sequence[Facts]) -> dict[str, Column]:
    """Are the years of the question there; are only others?"""
    if not asked.years:
        return {"years": np.ones(len(facts)), "other_year": np.zeros(len(facts))}
    return {
        "years": _floats([asked.years <= one.years for one in facts]),
        "other_year": _floats([years_differ(asked.years, one.years) for one in facts]),
    }


def _units(asked: Asked, texts: Sequence[str]) -> Column:
    """Whether a figure is counted in what is asked for, if in anything."""
    unit = asked.unit
    return _floats([unit is None or counts_in(unit, text) for text in texts])


def _other_bodies(asked: Asked, facts: Sequence[Facts]) -> Column:
    """Whether a body is asked about, and only others stand in the text."""
    if not asked.bodies:
        return np.zeros(len(facts))
    return _floats(
        [bool(one.bodies) and not any([b in one.text for b in asked.bodies]) for one in facts]
    )


def _pairs(asked: Asked, texts: Sequence[str]) -> dict[str, Column]:
    """The shares of the question's pairs, and of its core's, that stand in each text."""
    found = {pair: np.array(_contains(pair, texts)) for pair in asked.pairs | asked.core_pairs}
    nothing = np.zeros(len(texts))
    return {
        name: np.sum([nothing, *(found[pair] for pair in pairs)], axis=0) / max(len(pairs), 1)
        for name, pairs in (("pairs", asked.pairs), ("core_pairs", asked.core_pairs))
    }


def _kind_column(asked: Asked, facts: Sequence[Facts], kind: Kind) -> Column:
    """1 where a kind is wanted and there, -1 wanted and missing, else 0."""
    if kind not in asked.wanted:
        return np.zeros(len(facts))
    if kind in ("person", "place"):
        there = [any(name not in asked.text for name in one.names.of(kind)) for one in facts]
    else:
        there = [_holds(asked, one, kind) for one in facts]
    return np.where(there, 1.0, -1.0)


def _holds(asked: Asked, facts: Facts, kind: Kind) -> bool:
    """Whether a figure or date stands there that the question does not name itself."""
    if kind == "number":
        return any(n not in asked.figures and n not in asked.years for n in facts.numbers)
    return bool(facts.dates) if kind == "date" else facts.has_percent


def _all_there(found: Matrix) -> Column:
    return np.array(found.all(axis=1), np.float64)


def _contains(string: str, texts: Sequence[str]) -> list[float]:
    return [1.0 if string in text else 0.0 for text in texts]


def _floats(values: Sequence[float]) -> Column:
    return np.array(values, np.float64)
