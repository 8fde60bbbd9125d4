"""Citation marks in the shapes in which models write them.

``[1]`` ``[[1]]`` ``【1】`` ``［1］`` ``〔1〕`` ``[1,2]`` ``[1、2]``
``[1-3]`` ``[ID:1]`` ``[资料1]`` ``[^1]``.
Round brackets are left alone: they stand around years and lists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPEN, _CLOSE = r"[\[【［〔]{1,2}", r"[\]】］〕]{1,2}"
_LABEL = r"(?:ID|id|Id|资料|来源|文献|source|Source|doc|\^|†)?\s*[:：]?\s*"
_DASH = r"[-–—~～至]"
_NUMBERS = (
    rf"[0-9０-９]{{1,3}}(?:\s*(?:[,，、;；\s]|{_DASH})\s*(?:{_LABEL})[0-9０-９]{{1,3}}){{0,9}}"
)
MARK = re.compile(
    rf"\s*{_OPEN}\s*{_LABEL}(?P<numbers>{_NUMBERS})\s*(?:†[^\]】］〕]{{0,40}})?{_CLOSE}"
)
_RANGE = re.compile(rf"([0-9]{{1,3}})\s*{_DASH}\s*([0-9]{{1,3}})|([0-9]{{1,3}})")
_ASCII = str.maketrans("０１２３４５６７８９", "0123456789")
_WIDEST = 10  # numbers that one range may stand for; more is no citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A text without its marks. ``numbers`` in order of first use, known ones only."""

    text: str
    numbers: tuple[int, ...]
    unknown: int


def parse_markers(text: str, *, known: int) -> Marked:
    """Take the marks out of ``text``.

    Args:
        text: what a model wrote.
        known: passages were numbered 1..known; any other number is dropped and counted.
    """
    numbers: dict[int, None] = {}
    unknown = 0
    for match in MARK.finditer(text):
        for number in _expand(match["numbers"].translate(_ASCII)):
            if 1 <= number <= known:
                numbers[number] = None
            else:
                unknown += 1
    return Marked(text=MARK.sub("", text).strip(), numbers=tuple(numbers), unknown=unknown)


def _expand(numbers: str) -> list[int]:
    found: list[int] = []
    for first, last, single in _RANGE.findall(numbers):
        if single:
            found.append(int(single))
        elif int(first) <= int(last) < int(first) + _WIDEST:
            found.extend(range(int(first), int(last) + 1))
        else:
            found.extend((int(first), int(last)))
    return found
