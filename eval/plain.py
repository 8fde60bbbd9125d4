"""What anyone would write first: sentence-transformers, FAISS, nothing else.

It is the yardstick of ``bench.py``: the same model in float32, the same passages, in the order in
which they come.
"""

from __future__ import annotations

import faiss
import numpy as np
from sentence_transformers import SentenceTransformer


class PlainScript:
    """Embeds passages in reading order, 32 at a time, and searches them exactly."""

    def __init__(self, model_folder: str) -> None:
        self._model = SentenceTransformer(model_folder, device="cpu", local_files_only=True)
        self._index: faiss.IndexFlatIP | None = None

    def ingest(self, passages: list[str]) -> None:
        """Embed ``passages`` and index them."""
        batches = [
            self._model.encode(
                [f"passage: {text}" for text in passages[first : first + 32]],
                batch_size=32,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
            for first in range(0, len(passages), 32)
        ]
        vectors = np.concatenate(batches).astype(np.float32)
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def search(self, question: str, k: int = 10) -> list[int]:
        """Positions of the ``k`` nearest passages, best first."""
        if self._index is None:
            raise ValueError("nothing was ingested")
        vector = self._model.encode(
            [f"query: {question}"], normalize_embeddings=True, show_progress_bar=False
        )
        _, rows = self._index.search(np.asarray(vector, np.float32), k)
        return [int(row) for row in rows[0] if row >= 0]
