"""Sentences: the unit that is scored, quoted and cited."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from index.types import Sentence
from index.wraps import BULLET, CJK

MAX_CHARS = 300
"""Code points of a sentence at most; a longer one is cut at a comma."""

_MIN_CUT = 100  # a comma before this point would leave a stump
_SHORT_QUOTATION = 60

_END = re.compile(
    r"[。！？；]"
    # An ASCII mark ends nothing inside "a!=b", "&amp;x" or an address without its scheme.
    r"|[!?;](?![A-Za-z0-9=&/#])"
    # A Latin full stop: after three small letters or a figure, before a capital.
    r"|(?<=[a-z]{3})\.(?= +[\"“(]?[A-Z])|(?<=[0-9%)]{2})\.(?= +[\"“(]?[A-Z][a-z])"
)
_TRAILING_ENDS = re.compile(r"[。！？!?；;.”’」』）)\"']*$")
_CLOSERS = frozenset("。！？!?；;”’」』）)】］]》〉")
_QUOTES_CLOSED = frozenset('”」』"')
_INSEPARABLE = re.compile(
    r"(?:https?://|www\.)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+"
    r"|《[^《》]{1,80}》|（[^（）]{1,60}）|\([^()]{1,60}\)|【[^【】]{1,60}】|〔[^〔〕]{1,60}〕"
)
_QUOTATION = re.compile(r"“[^“”]*”|「[^「」]*」|『[^『』]*』")
_ATTRIBUTION = re.compile(
    f"[{CJK}A-Za-z·]{{1,10}}(?:说|道|表示|称|认为|指出|介绍|坦言|强调|透露|回忆)[。！!；;]"
)
_COMMA = re.compile(r"[，、：]|[,:](?!\d)|\s")
_WORD = re.compile(r"[A-Za-z0-9.%]{1,40}$")


def split_sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a repaired text, in order.

    A sentence ends with 。！？!?；; or with its line. Closing quotation marks and brackets stay
    with it, and so does a short attribution ("…有点麻烦。"梁晶说。). None ends inside a book
    title, a short bracket or quotation, a URL or a number.

    Args:
        text: a repaired text; offsets count its code points.

    Returns:
        Half-open, without white space at either end, not overlapping, ``MAX_CHARS`` long at most.
        Every character that is neither white space nor the marker of a list item is in exactly
        one of them.
    """
    sentences: list[Sentence] = []
    for line in re.finditer(r"[^\n]+", text):
        marker = BULLET.match(line[0])
        first = line.start() + (marker.end() if marker else 0)
        start = first
        for length in _find_ends(text[first : line.end()]):
            sentences.extend(_cut(text, start, first + length))
            start = first + length
    return tuple(sentences)


def _find_ends(line: str) -> Iterator[int]:
    """Where the sentences of a line end, exclusive, ascending; the last is the line's length."""
    closing = _pair_ascii_quotes(line)
    inside = _mark_inside(line, closing)
    end = 0
    for match in _END.finditer(line):
        if match.start() < end or inside[match.start()]:
            continue
        end = match.end()
        while end < len(line) and (line[end] in _CLOSERS or end in closing):
            end += 1
        if line[end - 1] in _QUOTES_CLOSED and (said := _ATTRIBUTION.match(line, end)):
            end = said.end()
        yield end
    if end < len(line):
        yield len(line)


def _pair_ascii_quotes(line: str) -> dict[int, int]:
    """The places of closing ASCII quotation marks, each with the place of the one that opens it."""
    places = [place for place, char in enumerate(line) if char == '"']
    return dict(zip(places[1::2], places[0::2], strict=False))


def _mark_inside(line: str, closing: dict[int, int]) -> bytearray:
    """For each character, 1 where no sentence may end."""
    inside = bytearray(len(line))
    for match in _INSEPARABLE.finditer(line):
        inside[match.start() : match.end()] = b"\1" * len(match[0])
    curly = ((match.start(), match.end()) for match in _QUOTATION.finditer(line))
    ascii_pairs = ((opening, close + 1) for close, opening in closing.items())
    for start, end in chain(curly, ascii_pairs):
        if end - start > _SHORT_QUOTATION + 2:
            continue
        # A quotation that is a part of its clause (喊了一声“加油！”然后…) ends nothing; one that is
        # a speech ends its sentence together with its last mark.
        is_part = _is_word(line[start - 1 : start]) and _is_word(line[end : end + 1])
        trailing = _TRAILING_ENDS.search(line, start, end)
        stop = end if is_part or trailing is None else max(trailing.start(), start)
        inside[start:stop] = b"\1" * (stop - start)
    return inside


def _is_word(char: str) -> bool:
    return char.isalnum()


def _cut(text: str, start: int, end: int) -> Iterator[Sentence]:
    """The sentence between two places without its outer white space, in pieces if too long."""
    while start < end:
        start += len(text[start:end]) - len(text[start:end].lstrip())
        stop = end if end - start <= MAX_CHARS else _find_cut(text, start)
        if piece := text[start:stop].rstrip():
            yield Sentence(start, start + len(piece))
        start = stop


def _find_cut(text: str, start: int) -> int:
    """Where to cut what is too long: after a comma, else before the word that does not fit."""
    limit = start + MAX_CHARS
    commas = _COMMA.finditer(text, start + _MIN_CUT, limit + 1)
    if ends := [comma.end() for comma in commas if comma.end() <= limit]:
        return ends[-1]
    word = _WORD.search(text, limit - 40, limit)
    return word.start() if word and _WORD.match(text[limit]) else limit
