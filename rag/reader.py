"""Question and sentence read together: a network says how likely the sentence holds the answer.

The scorer counts words and figures; this one has learned what they mean to each other (净赚 and
净利润). It takes tens of milliseconds a sentence, so few are read: see ``reread.py``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.bundled import PROMPT, TokenEmbedder, load_model, open_bundled
from rag.features import SentenceRow
from rag.measures import Column

_QUESTION, _SENTENCE, _WINDOW = 60, 110, 130  # characters; a window has what stands before, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A sentence as it is read: its text, and the end of the one before it in the passage."""

    text: str
    before: str


def window_of(row: SentenceRow) -> Window:
    """The window of a row of a table."""
    chunk = row.passage.chunk
    before = chunk.quote(chunk.sentences[row.index - 1]) if row.index else ""
    text = row.text[:_SENTENCE]
    return Window(text=text, before=before[max(0, len(before) - _WINDOW + len(text)) :])


def tokenize_question(embedder: TokenEmbedder, question: str) -> list[int]:
    """The tokens of a question, as they stand before those of each window."""
    return [embedder.bos, *embedder.tokenize(PROMPT + question[:_QUESTION]), embedder.eos]


def tokenize(embedder: TokenEmbedder, asked: list[int], window: Window) -> tuple[list[int], range]:
    """The tokens that are read, and which of them are the sentence's.

    Args:
        embedder: knows the tokens.
        asked: those of the question.
        window: what is read with it.
    """
    said = embedder.tokenize(window.text)
    tokens = [*asked, *said, embedder.eos]
    if window.before:
        tokens += [*embedder.tokenize(window.before), embedder.eos]
    return tokens[: embedder.most], range(len(asked), len(asked) + len(said))


class Reader:
    """Loads on construction (half a second); safe for threads, a sentence takes one core.

    The lower layers are those of the bundled embedding model. ``data/reader.npz``, which
    ``huawen eval teach`` writes, has the head, and of the upper layers how they differ from the
    model's: the difference needs four bits a weight, the layers themselves seven.
    """

    def __init__(self) -> None:
        _, self._embedder = load_model()
        with as_file(files("rag") / "data" / "reader.npz") as path, np.load(path) as file:
            learned: Mapping[str, NDArray[Any]] = dict(file)
        self._head, self._bias = learned["head"], float(learned["bias"])
        self._network = open_bundled(learned)
        self._threads = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="reader")

    def read(self, question: str, windows: Sequence[Window]) -> Column:
        """Log odds that each window's sentence holds the answer."""
        asked = tokenize_question(self._embedder, question)
        return np.array([*self._threads.map(lambda one: self._read(asked, one), windows)])

    def _read(self, asked: list[int], window: Window) -> float:
        tokens, sentence = tokenize(self._embedder, asked, window)
        states = self._network.run(None, {"x": self._embedder.embed(tokens)})[0][0]
        said = states[sentence.start : sentence.stop]
        read = np.concatenate([states[0], said.mean(axis=0) if len(said) else states[0]])
        return float(read @ self._head) + self._bias


@cache
def load_reader() -> Reader:
    """The reader that ships."""
    return Reader()
