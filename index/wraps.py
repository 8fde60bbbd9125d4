"""Which breaks of a pasted page are the author's, and which are the page's.

A news page, a PDF or a search result is cut at a fixed width, inside words ("进入全 新发展阶段"),
and its line breaks may have become spaces. Typography tells the two apart: a line that ends before
the full width was ended by its author. Three layouts, each with its own rule:

* wrapped: the lines are of one width. A full line goes on; a short one ends a paragraph.
* loose: paragraphs are longer than any page is wide. Nothing was wrapped, so a space between two
  Chinese words ("记者 陈婷婷 胡永新") is the author's and stays.
* unknown: too short to tell. Chinese is joined.

Every line break that is kept becomes a blank line, or stands before a list item, so that repairing
a text again never takes it for a wrap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

BULLET = re.compile(r"(?:[-*] |[•●◆■▪►▶○] ?)(?=\S)")
"""The marker of a list item, at a line's start; "-5%" and "*ST中珠" are no list items."""

CJK = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Chinese characters, without punctuation: the inside of a regular expression's class."""

_WIDEST_PAGE = 140  # columns; pages seen are 60 to 100 wide
_NARROWEST_PAGE = 40
_FULL = 0.85  # of the widest line; indents and proportional fonts take the rest
_HEADING_COLUMNS = 16  # what is shorter is a name in a byline
_CLAUSE_CHARS = 4

_HAN = re.compile(f"[{CJK}]")
_WIDE_MARK = re.compile(r"[\u3000-\u3004\u3008-\u303f\uff00-\uffef]")
_NARROW_MARK = re.compile(r"""["'“”‘’—…·,.;:!?%()\[\]]""")
_SENTENCE_END = re.compile(r"""[。！？!?；;]["'”’」』）)】]*$""")
_NUMBERED = re.compile(
    r"#{1,6} |[（(][一二三四五六七八九十\d]{1,3}[)）]|[一二三四五六七八九十]{1,3}、"
    r"|\d{1,2}[.、)](?!\d)|第[一二三四五六七八九十百\d]{1,4}[章节条]|【"
)
_BYLINE = re.compile(f"^([{CJK}]{{0,8}}(?:记者|通讯员)) ([{CJK}]{{2,4}}) (?=\\S)", re.MULTILINE)
_DIGEST = re.compile(r"\[\d{1,2}\] - \S|^- \S", re.MULTILINE)
_FLAT_BULLET = re.compile(f"(?<=[{CJK}\\]。！？；”》）)]) - (?=\\S)")
_MIN_BULLETS = 3  # fewer are dashes of the text
_MARKS = re.compile(r" ?(?:\[\d{1,2}\])+(?: +|$)")
# What cannot end a clause: "将于 10月1日" is one, and "增长3 年" has no unit yet.
_DANGLING = re.compile(r"[于在至自从到约近达超为是的和与及或A-Za-z0-9、，,：:；;。！？!?（(“《]$")


@dataclass(frozen=True, slots=True)
class _Layout:
    kind: Literal["wrapped", "loose", "unknown"]
    full: float  # columns from which a line is full; infinite where nothing is wrapped


def join_breaks(text: str) -> str:
    """The text with the page's breaks taken out and the author's made unmistakable.

    Args:
        text: white space is spaces and line feeds only.

    Returns:
        Paragraphs separated by a blank line, list items each on a line, the clauses of a digest's
        item separated by "，".
    """
    text = _BYLINE.sub(r"\1\2\n\n", _unfold_digest(text))
    lines = [" ".join(line.split()) for line in text.split("\n")]
    prose = [line for line in lines if line and not BULLET.match(line)]
    by_line = _read_layout(prose)
    by_space = _read_layout(piece for line in prose for piece in line.split(" "))
    parts: list[str] = []
    for before, line in pairwise(["", *lines]):
        if line:
            parts.append(_separator(before, line, by_line))
            parts.append(_join_line(line, by_space))
    return "".join(parts).strip()


def is_chinese_edge(text: str) -> bool:
    """Whether ``text`` begins with a Chinese character or Chinese punctuation.

    ASCII marks and curly quotation marks are Chinese where a Chinese character follows them.
    """
    for char in text[:4]:
        if _HAN.match(char) or _WIDE_MARK.match(char):
            return True
        if not _NARROW_MARK.match(char):
            return False
    return False


def _join_line(line: str, layout: _Layout) -> str:
    """One physical line with its spaces judged; it may come back as several paragraphs."""
    if marker := BULLET.match(line):
        return line[: marker.end()] + _join_clauses(line[marker.end() :].split(" "))
    return _join_pieces(line.split(" "), layout)


def _join_pieces(pieces: Sequence[str], layout: _Layout) -> str:
    joined, opens = pieces[0], True  # opens: the piece before the space begins a paragraph
    for before, after in pairwise(pieces):
        ends = layout.kind != "unknown" and _ends_sentence(before)
        heading = (
            opens
            and _HEADING_COLUMNS <= _columns(before) < layout.full <= _columns(after)
            and layout.kind == "wrapped"
        )
        opens = ends or heading
        joined += ("\n\n" if opens else _glue(before, after, layout)) + after
    return joined


def _join_clauses(pieces: Sequence[str]) -> str:
    """A digest's item: its spaces stand where prose has commas.

    A comma is written only between two clauses of some length, the first of which does not end in
    a bare number or a word that needs a complement: everything else is spacing around a number,
    an English word or a name.
    """
    joined = pieces[0]
    for before, after in pairwise(pieces):
        clauses = all(
            len(piece) >= _CLAUSE_CHARS and _HAN.search(piece) for piece in (before, after)
        )
        if clauses and not _DANGLING.search(before):
            joined += "，" + after
        else:
            joined += _glue(before, after, _UNKNOWN) + after
    return joined


def _separator(before: str, line: str, layout: _Layout) -> str:
    """What stands between two physical lines; ``before`` is empty after a blank one."""
    if BULLET.match(line):
        return "\n" if before else "\n\n"
    width = _columns(before)
    if not before or BULLET.match(before) or _ends_sentence(before):
        return "\n\n"
    if layout.kind == "loose" or (layout.kind == "wrapped" and width < layout.full):
        return "\n\n"
    if _NUMBERED.match(line) or _NUMBERED.match(before):
        return "\n\n"
    return _glue(before, line, _UNKNOWN)


def _glue(before: str, after: str, layout: _Layout) -> str:
    """A space between Latin words, and between Chinese words that nothing wrapped."""
    chinese = is_chinese_edge(before[::-1]), is_chinese_edge(after)
    if not any(chinese):
        return " "
    words = _HAN.match(before[-1]) and _HAN.match(after[0])
    return " " if layout.kind == "loose" and words else ""


def _read_layout(lines: Iterable[str]) -> _Layout:
    widths = [_columns(line) for line in lines]
    narrow = [width for width in widths if width <= _WIDEST_PAGE]
    widest = max(narrow, default=0)
    full = sum(width for width in narrow if width >= _FULL * widest)
    long = sum(width for width in widths if width > _WIDEST_PAGE)
    if widest >= _NARROWEST_PAGE and full > long:
        return _Layout("wrapped", _FULL * widest)
    return _Layout("loose", float("inf")) if long else _UNKNOWN


def _unfold_digest(text: str) -> str:
    """A digest with each item on a line, and without the marks [1][4] that name its source."""
    if not (_DIGEST.search(text) or len(_FLAT_BULLET.findall(text)) >= _MIN_BULLETS):
        return text
    lines = _FLAT_BULLET.sub("\n- ", text).split("\n")
    return "\n".join(
        _MARKS.sub("\n\n", line).rstrip("\n") if line.startswith("- ") else line for line in lines
    )


def _ends_sentence(text: str) -> bool:
    return _SENTENCE_END.search(text[-8:]) is not None


def _columns(text: str) -> int:
    # GBK writes what is one column wide in one byte and what is two in two, and C counts it.
    return len(text.encode("gbk", "replace"))


_UNKNOWN = _Layout("unknown", float("inf"))
