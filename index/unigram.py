"""The bundled model's tokenizer: the likeliest pieces of a text (Kudo 2018, unigram model).

The library tokenizers does the same for articles. It takes most of a second to load, which a
question asked on the command line would wait for.
"""

from __future__ import annotations

import re
from unicodedata import normalize

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from index.packed import Vocabulary

_SPACE = "▁"  # stands before every word
_WORD = re.compile(f"{_SPACE}[^{_SPACE}]*")
_BREAKS = re.compile(r"[\n\r\t\u2028\u2029\u0085]")
_SPACES = re.compile(" {2,}")
_UNKNOWN = 10.0  # log probability that an unknown character has less than the rarest piece
_SEED, _PRIME = np.uint64(14695981039346656037), np.uint64(1099511628211)  # of FNV-1a, 64 bits


class Unigram:
    """Texts to numbers of pieces. Nothing changes between texts: safe for threads."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._pieces = _PieceTable(vocabulary)
        self._scores = vocabulary.scores
        self._unknown = vocabulary.unk
        self._unknown_score = float(vocabulary.scores.min()) - _UNKNOWN

    def encode(self, text: str) -> list[int]:
        """The pieces of a text, without special ones; [] of an empty one."""
        plain = _SPACES.sub(" ", normalize("NFKC", _BREAKS.sub(" ", text)))
        if not plain:
            return []
        words = plain.replace(" ", _SPACE)
        words = words if words.startswith(_SPACE) else _SPACE + words
        found: list[int] = []
        for word in _WORD.findall(words):
            for number in self._split(word):
                # Unknown characters side by side are one piece.
                if number != self._unknown or found[-1:] != [number]:
                    found.append(number)
        return found

    def _split(self, word: str) -> list[int]:
        """The likeliest pieces (Viterbi)."""
        data = word.encode()
        ends = np.cumsum([len(character.encode()) for character in word])
        best = [0.0] + [float("-inf")] * len(data)
        came_from: list[tuple[int, int]] = [(0, 0)] * (len(data) + 1)
        start = 0
        for after, found in zip(ends.tolist(), self._pieces.find(data, ends), strict=True):
            ways = [(end, number, float(self._scores[number])) for end, number in found]
            if not any(end == after for end, _, _ in ways):
                ways.append((after, self._unknown, self._unknown_score))
            for end, number, score in ways:
                if best[start] + score > best[end]:
                    best[end], came_from[end] = best[start] + score, (start, number)
            start = after
        pieces, at = [], len(data)
        while at:
            at, number = came_from[at]
            pieces.append(number)
        return pieces[::-1]


class _PieceTable:
    """Every piece but the special ones, by its hash: a fifth of a dictionary's time and memory."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._blob, self._offsets = vocabulary.blob, vocabulary.offsets
        self._longest = int(np.diff(self._offsets).max())
        hashes = _hash_all(np.frombuffer(self._blob, np.uint8), self._offsets)
        self._numbers = np.argsort(hashes, kind="stable").astype(np.int32)
        self._hashes = hashes[self._numbers]
        # What is written in a text is no special piece.
        self._special = {vocabulary.bos, vocabulary.eos, vocabulary.pad, vocabulary.unk}

    def find(self, data: bytes, ends: NDArray[np.int64]) -> list[list[tuple[int, int]]]:
        """The pieces that begin with each character, shortest first: their ends and numbers.

        Args:
            data: a text.
            ends: of its characters, in bytes; where one ends the next begins.
        """
        starts = np.concatenate([[0], ends[:-1]])
        hashes = self._hash_from(np.frombuffer(data, np.uint8), starts)
        # A piece is whole characters.
        is_end = np.zeros(len(data) + self._longest + 1, np.bool_)
        is_end[ends] = True
        owners, lengths = np.nonzero(sliding_window_view(is_end, self._longest)[starts + 1])
        sought = hashes[owners, lengths]
        places = np.minimum(np.searchsorted(self._hashes, sought), len(self._hashes) - 1)
        matched = np.flatnonzero(self._hashes[places] == sought)
        numbers = self._numbers[places[matched]].tolist()
        owners, lengths = owners[matched], lengths[matched]
        found: list[list[tuple[int, int]]] = [[] for _ in starts]
        of_piece = (owners.tolist(), starts[owners].tolist(), lengths.tolist(), numbers)
        for owner, start, length, number in zip(*of_piece, strict=True):
            end = start + length + 1
            if number not in self._special and self._piece(number) == data[start:end]:
                found[owner].append((end, number))
        return found

    def _hash_from(self, data: NDArray[np.uint8], starts: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Of the bytes from each start on: of the first, of two, ...; (starts, longest piece)."""
        padded = np.concatenate([data, np.zeros(self._longest, np.uint8)])
        bytes_ = sliding_window_view(padded, self._longest)[starts].T.astype(np.uint64)
        hashes = np.empty(bytes_.shape, np.uint64)
        last = np.full(len(starts), _SEED, np.uint64)
        for of_byte, column in zip(bytes_, hashes, strict=True):
            np.multiply(last ^ of_byte, _PRIME, out=column)
            last = column
        return hashes.T

    def _piece(self, number: int) -> bytes:
        return self._blob[self._offsets[number] : self._offsets[number + 1]]


def _hash_all(blob: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.uint64]:
    """FNV-1a of every piece, byte by byte for all of them at once."""
    starts, lengths = offsets[:-1], np.diff(offsets)
    hashes = np.full(len(starts), _SEED, np.uint64)
    for at in range(int(lengths.max())):
        longer = np.flatnonzero(lengths > at)
        hashes[longer] = (hashes[longer] ^ blob[starts[longer] + at]) * _PRIME
    return hashes
