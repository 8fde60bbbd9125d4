"""The packed file of the bundled model: its shape, its vocabulary, its weights.

The file is little-endian: magic ``E5S1``; version; seven int32 (hidden, layers, heads,
feed-forward, vocabulary, positions, types); float32 epsilon; int32 block size; a vocabulary; a
table that normalises characters; a directory of tensors. Matrices are Q4_0: blocks of 32 weights,
a float16 scale and 16 bytes whose low nibbles are weights 0..15 and high ones 16..31, each minus 8.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError

BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
BLOCK_SIZE = 32  # weights
_Q4_0 = 1
_HALF = 8  # of the sixteen levels
_FINE = 63  # the largest of seven bits
_SCALES = (1.0, 0.95, 0.9, 0.85, 0.8, 1.05)  # shares of the largest weight that are tried

Tensor = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes of the model; ``vocabulary`` in pieces, ``positions`` in tokens of a text at most."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Pieces with the logarithms of their probabilities; the four special ones by number.

    Piece i is ``blob[offsets[i]:offsets[i + 1]]``, UTF-8.
    """

    blob: bytes
    offsets: NDArray[np.int64]
    scores: Tensor
    bos: int
    eos: int
    pad: int
    unk: int

    def pieces(self) -> list[str]:
        """Every piece as text."""
        return [self.blob[start:end].decode() for start, end in pairwise(self.offsets.tolist())]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedModel:
    """The file, mapped into memory.

    Attributes:
        blocks: of each matrix, in rows of ``BLOCK``.
        plain: every other tensor, flat.
    """

    shape: Shape
    vocabulary: Vocabulary
    blocks: Mapping[str, NDArray[np.void]]
    plain: Mapping[str, Tensor]

    def tensor(self, name: str) -> Tensor:
        """A tensor, flat."""
        return self.plain[name] if name in self.plain else dequantise(self.blocks[name])

    def names(self) -> list[str]:
        """Of every tensor."""
        return [*self.blocks, *self.plain]


def read_packed(path: Path) -> PackedModel:
    """The model in a packed file.

    Raises:
        ModelError: it is no packed file.
    """
    with path.open("rb") as file:
        cursor = _Cursor(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if cursor.take_bytes(4) != b"E5S1":
        raise ModelError(f"the weight file {path.name!r} does not begin with 'E5S1'")
    cursor.take("i")
    sizes = cursor.take("7i")
    (epsilon,) = cursor.take("f")
    cursor.take("i")
    shape = Shape(
        hidden=sizes[0], layers=sizes[1], heads=sizes[2], feed_forward=sizes[3],
        vocabulary=sizes[4], positions=sizes[5], types=sizes[6], epsilon=epsilon,
    )  # fmt: skip
    vocabulary = _read_vocabulary(cursor)
    _, table_bytes = cursor.take("iI")
    cursor.skip(table_bytes)  # NFKC by another name: the library's own stands in for it
    blocks, plain = _read_tensors(cursor)
    return PackedModel(shape=shape, vocabulary=vocabulary, blocks=blocks, plain=plain)


def dequantise(blocks: NDArray[np.void]) -> Tensor:
    """The weights of blocks, flat."""
    nibbles = blocks["nibbles"]
    levels = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32) - 8
    scaled: Tensor = levels * blocks["scale"].astype(np.float32)[..., None]
    return scaled.ravel()


def quantise(values: Tensor) -> NDArray[np.void]:
    """Blocks of weights that are many times ``BLOCK_SIZE``; ``dequantise`` gives them nearly back.

    Of a few scales, each block takes the one that loses least.
    """
    rows = values.reshape(-1, BLOCK_SIZE)
    scales, levels = _best_levels(rows, [share / _HALF for share in _SCALES])
    blocks = np.zeros(len(rows), BLOCK)
    blocks["scale"] = scales
    halves = (levels + _HALF).astype(np.uint8)
    blocks["nibbles"] = halves[:, : BLOCK_SIZE // 2] | halves[:, BLOCK_SIZE // 2 :] << 4
    return blocks


def _best_levels(rows: Tensor, shares: Sequence[float]) -> tuple[Tensor, Tensor]:
    """Of each row: a scale, which is a share of its largest weight, and its levels."""
    largest = rows[np.arange(len(rows)), np.abs(rows).argmax(axis=1)]
    best, scales, chosen = np.full(len(rows), np.inf), np.zeros_like(largest), np.zeros_like(rows)
    for share in shares:
        scale = (-largest * share).astype(np.float16).astype(np.float32)
        levels = np.round(rows / np.where(scale == 0, 1, scale)[:, None])
        levels = np.clip(levels, -_HALF, _HALF - 1)
        lost = ((levels * scale[:, None] - rows) ** 2).sum(axis=1)
        better = lost < best
        best[better], scales[better], chosen[better] = lost[better], scale[better], levels[better]
    return scales, chosen


def quantise_rows(matrix: Tensor) -> tuple[NDArray[np.int8], Tensor]:
    """Seven bits a weight, transposed to shape (columns, rows), and a scale for each row.

    Seven, for processors that add two products of bytes in sixteen bits.
    """
    scales = np.abs(matrix).max(axis=1, initial=0.0) / _FINE
    levels = np.round(matrix / np.where(scales == 0, 1, scales)[:, None]).astype(np.int8)
    return np.ascontiguousarray(levels.T), scales.astype(np.float32)


class _Cursor:
    """Reads little-endian values one after another."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.skip(struct.calcsize("<" + layout))
        return values

    def take_bytes(self, count: int) -> bytes:
        self.skip(count)
        return self.data[self.at - count : self.at]

    def skip(self, count: int) -> None:
        self.at += count


def _read_vocabulary(cursor: _Cursor) -> Vocabulary:
    count, bos, eos, pad, unk = cursor.take("5i")
    (blob_length,) = cursor.take("Q")
    offsets = np.frombuffer(cursor.take_bytes(4 * (count + 1)), "<u4").astype(np.int64)
    scores = np.frombuffer(cursor.take_bytes(4 * count), "<f4")
    blob = cursor.take_bytes(blob_length)
    return Vocabulary(blob=blob, offsets=offsets, scores=scores, bos=bos, eos=eos, pad=pad, unk=unk)


def _read_tensors(cursor: _Cursor) -> tuple[dict[str, NDArray[np.void]], dict[str, Tensor]]:
    blocks: dict[str, NDArray[np.void]] = {}
    plain: dict[str, Tensor] = {}
    (count,) = cursor.take("i")
    for _ in range(count):
        (name_length,) = cursor.take("H")
        name = cursor.take_bytes(name_length).decode()
        dtype, _, offset, n_bytes = cursor.take("BIQQ")
        raw = memoryview(cursor.data)[offset : offset + n_bytes]
        if dtype == _Q4_0:
            blocks[name] = np.frombuffer(raw, BLOCK)
        else:
            plain[name] = np.frombuffer(raw, "<f4")
    return blocks, plain
