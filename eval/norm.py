"""One spelling for comparing answers with gold strings. Version ``norm-1``.

Unicode NFKC, lower case, simplified characters, Chinese numerals and scales as plain figures
(三点二亿 = 3.2亿 = 320000000), full dates as ISO days, no punctuation and no spaces; the point of a
decimal, the minus, the per cent sign and the hyphens of a date stay.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from index.words import normalize

NORM = "norm-1"

_SCALE = {"万亿": 10**12, "亿": 10**8, "千万": 10**7, "百万": 10**6, "万": 10**4}
_SCALED = re.compile(r"(\d+(?:\.\d+)?)(万亿|千万|百万|亿|万)")
_DAY = re.compile(r"(\d{4})年(\d{1,2})月(?:(\d{1,2})[日号])?")
_SHORT_DAY = re.compile(r"(?<![\d-])(\d{1,2})月(\d{1,2})[日号]")
_BASIS_POINTS = re.compile(r"(?<=\d)(?:个?基点|bps?)")
_SPACE = re.compile(r"\s+")
_DROPPED = re.compile(r"(?!(?<=\d)[.-](?=\d))(?!%|‰)[\W_]+")
_TOKEN = re.compile(r"[a-z]+|\d+(?:\.\d+)?%?|[^\W\d_]|%")

NUMBER = re.compile(
    r"(?P<digits>-?\d+(?:\.\d+)?)(?P<unit>%|‰|个百分点|bp|元|张|家|倍|个|款|人|户|岁|天|年|月|日|次|项|笔|位)?"
)


def squeeze(text: str) -> str:
    """``text`` without white space: all that RGB's protocol changes before it compares."""
    return _SPACE.sub("", text)


@lru_cache(maxsize=2048)  # one answer is held against many golds
def spell(text: str) -> str:
    """``text`` with figures, scales and dates in one spelling; punctuation stays."""
    plain = _SPACE.sub("", normalize(text))
    plain = _BASIS_POINTS.sub("bp", plain)
    plain = _SCALED.sub(lambda m: f"{Decimal(m[1]) * _SCALE[m[2]]:f}".rstrip("."), plain)
    plain = re.sub(r"(\d+\.\d*?)0+(?!\d)", lambda m: m[1].rstrip("."), plain)
    plain = _DAY.sub(
        lambda m: "-".join([m[1], *(f"{int(p):02d}" for p in m.groups()[1:] if p)]), plain
    )
    return _SHORT_DAY.sub(lambda m: f"{int(m[1]):02d}-{int(m[2]):02d}", plain)


@lru_cache(maxsize=2048)
def norm(text: str) -> str:
    """``text`` in the spelling that gold strings are compared in."""
    return _DROPPED.sub("", spell(text))


def tokens(text: str) -> list[str]:
    """Characters of Chinese, whole words and figures of everything else, normalised."""
    return _TOKEN.findall(norm(text))
