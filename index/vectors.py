"""Dense search over chunk vectors. The only import of faiss.

Which index is built depends on the number of vectors alone:

    rows        index                          why
    < 50,000    exact, float32                 50,000 x 384 is 77 MB and a few milliseconds a search
    otherwise   inverted lists, 8-bit codes    a quarter of the memory, one list in sixteen is read
"""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.errors import IndexDamaged

EXACT_BELOW = 50_000


class VectorIndex:
    """Rows of unit vectors; immutable, so that searches need no lock."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @property
    def rows(self) -> int:
        """Number of vectors."""
        return int(self._index.ntotal)

    @property
    def kind(self) -> str:
        """For people: exact, or ivf-sq8."""
        return "exact" if isinstance(self._index, faiss.IndexFlat) else "ivf-sq8"

    def search(
        self, vector: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows and cosines of the ``k`` nearest, best first; fewer where there are fewer.

        Args:
            vector: unit vector, shape (dimension,).
            k: at least 1.
            allowed: rows that may be returned; None is all.
        """
        wanted = min(k, self.rows if allowed is None else len(allowed))
        if wanted == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        scores, rows = self._index.search(vector[None], wanted, params=self._parameters(allowed))
        found = rows[0] >= 0  # FAISS pads with -1; this is the one place that knows
        return rows[0][found], scores[0][found]

    def write(self, path: Path) -> None:
        """Write to a file that does not exist yet."""
        faiss.write_index(self._index, str(path))

    def _parameters(self, allowed: NDArray[np.int64] | None) -> faiss.SearchParameters:
        selector = {} if allowed is None else {"sel": faiss.IDSelectorBatch(allowed)}
        if self.kind == "exact":
            return faiss.SearchParameters(**selector)
        # Behind a filter every list is read: what is allowed may lie anywhere.
        lists = int(faiss.extract_index_ivf(self._index).nlist)
        probes = lists if selector else max(8, lists // 16)
        return faiss.SearchParametersIVF(nprobe=probes, **selector)  # type: ignore[call-arg]


def build_vectors(vectors: NDArray[np.float32]) -> VectorIndex:
    """An index over unit vectors of shape (rows, dimension); row numbers are positions."""
    rows, dimension = vectors.shape
    index: faiss.Index
    if rows < EXACT_BELOW:
        index = faiss.IndexFlatIP(dimension)
    else:
        lists = int(4 * np.sqrt(rows))
        index = faiss.index_factory(dimension, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
        sample = np.random.default_rng(0).choice(rows, min(rows, 40 * lists), replace=False)
        index.train(vectors[sample])
    if rows:
        index.add(vectors)
    return VectorIndex(index)


def open_vectors(path: Path) -> VectorIndex:
    """Read what ``write`` wrote.

    Raises:
        IndexDamaged: the file is missing or is no index.
    """
    try:
        return VectorIndex(faiss.read_index(str(path)))
    except RuntimeError as error:
        raise IndexDamaged(f"the vector file {path.name!r} cannot be read") from error
