"""Sentences of several passages side by side: which belong together, which are neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Layout:
    """How the sentences of passages lie in one array, passage after passage.

    Args:
        counts: how many sentences each passage has; at least one.

    Attributes:
        starts: where each passage begins; ``bounds``: where it begins and ends.
        owner: for each sentence the number of its passage; ``index``: its number in it.
    """

    def __init__(self, counts: Sequence[int]) -> None:
        ends = np.cumsum(counts)
        self.starts = ends - np.array(counts)
        self.bounds = np.stack([self.starts, ends], axis=1)
        self.owner = np.repeat(np.arange(len(counts)), counts)
        self.index = np.arange(len(self.owner)) - self.starts[self.owner]
        self._same = self.owner[1:] == self.owner[:-1]  # a sentence and the next one

    def beside(self, values: Array) -> Array:
        """The larger of a sentence's two neighbours in its passage; its own where it has none."""
        found = np.full(values.shape, -np.inf)
        found[1:][self._same] = values[:-1][self._same]
        after = values[1:][self._same]
        found[:-1][self._same] = np.maximum(found[:-1][self._same], after)
        result: Array = np.where(np.isinf(found), values, found)
        return result

    def around(self, values: Array) -> Array:
        """The largest of a sentence and its neighbours; first axis sentences."""
        result: Array = np.maximum(values, self.beside(values))
        return result

    def reach(self, values: Array, titles: Array) -> Array:
        """The same, with the title of the passage; ``titles`` has one row a passage."""
        result: Array = np.maximum(self.around(values), titles[self.owner])
        return result

    def whole(self, values: Array, titles: Array) -> Array:
        """The largest of a passage's sentences and its title: one row a passage."""
        result: Array = np.maximum(np.maximum.reduceat(values, self.starts, axis=0), titles)
        return result
