"""How far a word of the question stands in texts: one text, or many side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache

from index.domain import Domain, current_domain
from index.words import word_rarity

_SHORT = re.compile(r"[\u4e00-\u9fff]{2,3}")
_SHORT_FORM = 5.0  # from this rarity on a word of two or three characters may be a short form
_BETWEEN = r"[^\W\da-z_]{1,4}"  # Chinese characters; their range takes a millisecond to compile
_SHORTENED = 0.6  # how far it stands where its long form does
HARDLY = 0.2  # below it a word does not stand there: a pair of its characters may, 小微 of 小微企业
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
        self._is_figure = word[0].isdigit()
        self._names = domain.variants(word)
        self._may_be_short = _may_be_short(word)
        self._pairs = [word[i : i + 2] for i in range(len(word) - 1)] if len(word) > 2 else []  # noqa: PLR2004

    def __call__(self, text: str) -> float:
        """Of a normalised text."""
        return self.column([text])[0]

    def column(self, texts: Sequence[str]) -> list[float]:
        """Of each of some normalised texts."""
        word = self._word
        if self._is_figure:
            return [float(word in text and self._whole.search(text) is not None) for text in texts]
        found = [1.0 if word in text else 0.0 for text in texts]
        if self._names or self._may_be_short or self._pairs:
            for at, text in enumerate(texts):
                if not found[at]:
                    found[at] = self._otherwise(text)
        return found

    def _otherwise(self, text: str) -> float:
        """Under another name, as the long form of a short one, or in part."""
        for name in self._names:
            if name in text:
                return 1.0
        if self._may_be_short and self._stands_apart(text) and self._long.search(text):
            return _SHORTENED
        if not self._pairs:
            return 0.0
        return _IN_PART * sum([pair in text for pair in self._pairs]) / len(self._pairs)

    def _stands_apart(self, text: str) -> bool:
        for character in self._word:  # noqa: SIM110 -- most texts lack the first, and are many
            if character not in text:
                return False
        return True

    # Patterns take longer to compile than to search with, and most words never need theirs.

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        """A figure as a whole one: 12 is not 2."""
        return re.compile(rf"(?<![\d.]){re.escape(self._word)}(?!\d|\.\d)")

    @cached_property
    def _long(self) -> re.Pattern[str]:
        """The same characters in order, others between them."""
        return re.compile(_BETWEEN.join(self._word))


@lru_cache(maxsize=4096)
def matcher(word: str, domain: Domain) -> Matcher:
    """The matcher of a word that is not empty."""
    return Matcher(word, domain)


def _may_be_short(word: str) -> bool:
    """Whether a word may be short for another, as 男单 and 欧冠 are."""
    return bool(_SHORT.fullmatch(word)) and word_rarity(word) >= _SHORT_FORM


def longest_common(core: str, text: str) -> int:
    """Length of the longest run of ``core`` that stands in ``text``."""
    best = 0
    for start in range(len(core)):
        while start + best < len(core) and core[start : start + best + 1] in text:
            best += 1
    return best
