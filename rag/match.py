"""How far a word of the question stands in texts: one text, or many side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from index.domain import Domain, current_domain
from index.words import word_rarity

_SHORT_FORM = 5.0  # from this rarity on a word of two or three characters may be a short form
_SHORTENED = 0.6  # how far it stands where its long form does
_IN_PART = 0.7  # how far a word stands of which every pair of characters does


def presence(word: str, text: str) -> float:
    """How far a word stands in a text: 1 whole, up to 0.7 in part; a figure only as a whole one.

    A word that names something stands there under each of its names, 男单 also as 男子单打.
    """
    return matcher(word, current_domain())(text)


class Matcher:
    """``presence`` of one word, prepared once for the many texts that it is sought in."""

    def __init__(self, word: str, domain: Domain) -> None:
        self._word = word
        self._figure = _figure(word)
        self._names = domain.variants(word)
        self._long = _long_form(word)
        self._pairs = [word[i : i + 2] for i in range(len(word) - 1)] if len(word) > 2 else []  # noqa: PLR2004

    def __call__(self, text: str) -> float:
        """Of a normalised text."""
        return self.column([text])[0]

    def column(self, texts: Sequence[str]) -> list[float]:
        """Of each of some normalised texts."""
        if self._figure is not None:
            search = self._figure.search
            return [float(search(text) is not None) for text in texts]
        word = self._word
        found = [1.0 if word in text else 0.0 for text in texts]
        if self._names or self._long is not None or self._pairs:
            for at, text in enumerate(texts):
                if not found[at]:
                    found[at] = self._otherwise(text)
        return found

    def _otherwise(self, text: str) -> float:
        """Under another name, as the long form of a short one, or in part."""
        for name in self._names:
            if name in text:
                return 1.0
        if self._long is not None and self._word[0] in text and self._long.search(text):
            return _SHORTENED
        if not self._pairs:
            return 0.0
        return _IN_PART * sum([pair in text for pair in self._pairs]) / len(self._pairs)


@lru_cache(maxsize=4096)
def matcher(word: str, domain: Domain) -> Matcher:
    """The matcher of a word that is not empty."""
    return Matcher(word, domain)


def _figure(word: str) -> re.Pattern[str] | None:
    """A figure as a whole one: 12 is not 2."""
    return re.compile(rf"(?<![\d.]){re.escape(word)}(?!\d|\.\d)") if word[0].isdigit() else None


def _long_form(word: str) -> re.Pattern[str] | None:
    """What 男单 or 欧冠 may be short for: the same characters in order, others between them."""
    if not re.fullmatch(r"[\u4e00-\u9fff]{2,3}", word) or word_rarity(word) < _SHORT_FORM:
        return None
    return re.compile(r"[\u4e00-\u9fff]{1,4}".join(word))


def longest_common(core: str, text: str) -> int:
    """Length of the longest run of ``core`` that stands in ``text``."""
    best = 0
    for start in range(len(core)):
        while start + best < len(core) and core[start : start + best + 1] in text:
            best += 1
    return best
