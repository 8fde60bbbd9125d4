"""The bundled model's tokenizer: the likeliest pieces of a text (Kudo 2018, unigram model).

The library tokenizers does the same for articles; it takes most of a second to load, which a
question asked on the command line would wait for.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from index.packed import Vocabulary

_SPACE = "▁"  # stands before every word
_WORD = re.compile(f"{_SPACE}[^{_SPACE}]*")
_BREAKS = re.compile(r"[\n\r\t\u2028\u2029\u0085]")
_SPACES = re.compile(" {2,}")
_UNKNOWN = 10.0  # log probability that an unknown character has less than the rarest piece


class Unigram:
    """Texts to numbers of pieces. Nothing changes between texts: safe for threads."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._scores = vocabulary.scores
        self._unknown = vocabulary.unk
        self._unknown_score = min(vocabulary.scores) - _UNKNOWN
        special = (vocabulary.bos, vocabulary.eos, vocabulary.pad, vocabulary.unk)
        self._numbers = {piece: number for number, piece in enumerate(vocabulary.pieces)}
        for number in special:  # what is written in a text is never one
            del self._numbers[vocabulary.pieces[number]]
        self._longest = max(map(len, vocabulary.pieces))

    def encode(self, text: str) -> list[int]:
        """The pieces of a text, without special ones; [] of a text without a visible character."""
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
        size = len(word)
        best = [0.0] + [float("-inf")] * size
        came_from: list[tuple[int, int]] = [(0, 0)] * (size + 1)
        for start in range(size):
            so_far = best[start]
            for end in range(start + 1, min(size, start + self._longest) + 1):
                number = self._numbers.get(word[start:end])
                if number is not None:
                    score = so_far + self._scores[number]
                elif end == start + 1:
                    number, score = self._unknown, so_far + self._unknown_score
                else:
                    continue
                if score > best[end]:
                    best[end], came_from[end] = score, (start, number)
        pieces, at = [], size
        while at:
            at, number = came_from[at]
            pieces.append(number)
        return pieces[::-1]
