"""Which texts say the same: one of them is enough for a reader."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from rag.asked import character_pairs

_SAME = 0.7  # share of character pairs from which two texts say the same
_FIGURE = re.compile(r"(\d+(?:\.\d+)?)([万亿]?.?)")


def say_the_same(texts: Sequence[str]) -> NDArray[np.bool_]:
    """For every two normalised texts whether they say the same, shape (texts, texts).

    Not where each has a figure of one unit that the other has not: 18% and 15% are no repetition,
    whatever else the texts have in common.
    """
    figures = [_figures(text) for text in texts]
    bits = _pair_bits(texts)
    sizes = [some.bit_count() for some in bits]
    same = np.eye(len(texts), dtype=np.bool_)
    for (i, one), (j, other) in combinations(enumerate(bits), 2):
        alike = (one & other).bit_count() >= _SAME * min(sizes[i], sizes[j])
        same[i, j] = same[j, i] = alike and not _differ(figures[i], figures[j])
    return same


def _pair_bits(texts: Sequence[str]) -> list[int]:
    """The character pairs of each text, as the bits of a number."""
    bit_of: dict[str, int] = {}
    return [
        sum(bit_of.setdefault(pair, 1 << len(bit_of)) for pair in character_pairs(text))
        for text in texts
    ]


def _figures(text: str) -> dict[str, set[str]]:
    """The figures of a text by their unit: 亿元, 年, %."""
    found: dict[str, set[str]] = {}
    for figure, unit in _FIGURE.findall(text):
        found.setdefault(unit, set()).add(figure)
    return found


def _differ(some: dict[str, set[str]], others: dict[str, set[str]]) -> bool:
    shared = some.keys() & others.keys()
    return any(some[unit] - others[unit] and others[unit] - some[unit] for unit in shared)
