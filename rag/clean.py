"""Text of an article on its way to a reader or a model: no markup, no marks, nothing invisible."""

from __future__ import annotations

import html
import re
import unicodedata

from rag.markers import MARK

_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,200}>")
_ENTITY = re.compile(r"&(?:#x?[0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});")
# Not `*ST康美`, a share under a delisting warning, nor `3~5%`, a range, or `~10%`, about a tenth.
_MARKUP = re.compile(r"(?:[<>`_#|\[\]{}•]|\*(?!ST)|~(?!\d))+")
_EMPHASIS = re.compile(r"(\*\*|~~)(?=\S)(.+?)(?<=\S)\1")
_INVISIBLE = ("Cc", "Cf", "Co", "Cs", "Cn")
_ROLE = re.compile(r"<\|[^|<>]{1,30}\|>|<</?[A-Za-z]{2,12}>>|\[/?INST\]")  # of chat templates
_LONGEST_LABEL = 80
_LEAD_IN = re.compile(
    r"^(?:[“”\"…\s]|\.{2,}|[A-Z][a-z]{2} \d{1,2}, \d{4}\s*(?:\.{2,}|…)\s*|(?:[-•·▲■●]|\*(?!ST))\s*"
    r"|(?:同时|此外|另外|其中|而且|不过|但是|因此|所以|据悉|值得注意的是)，)+"
)
_TAIL = "，；;、,：:—…. "


def clean_text(raw: str) -> str:
    """One line that cannot be taken for markup, a citation mark or an order to a terminal."""
    plain = _ENTITY.sub(lambda match: html.unescape(match[0]), drop_invisible(raw))
    plain = MARK.sub("", _TAG.sub("", _ROLE.sub("", plain)))
    plain = _EMPHASIS.sub(r"\2", plain)
    plain = _MARKUP.sub(" ", plain)  # a space, so that 7*7 does not become 77
    while (without := MARK.sub("", plain)) != plain:  # 【]3】 is a mark only now
        plain = without
    return " ".join(plain.split())


def clean_label(raw: str) -> str:
    """The same for a title or an outlet, 80 characters at most."""
    plain = clean_text(raw)
    return plain if len(plain) <= _LONGEST_LABEL else f"{plain[: _LONGEST_LABEL - 1]}…"


def drop_invisible(raw: str) -> str:
    """Without control, formatting and unassigned characters; white space is kept as a space."""
    if raw.isprintable():
        return raw
    return "".join(
        " " if c.isspace() else c
        for c in raw
        if c.isspace() or unicodedata.category(c) not in _INVISIBLE
    )


def clean_span(raw: str) -> str:
    """What the reader sees of a span: no marks of the article's own, no markup, no lead-in."""
    plain = _LEAD_IN.sub("", clean_text(raw)).rstrip(_TAIL)
    if not any(character.isalnum() for character in plain):
        return ""
    return plain if plain.endswith(tuple("。！？!?”")) else f"{plain}。"
