"""Step 1: the text that somebody typed becomes a ``Query``."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from index.domain import current_domain
from index.types import Filters
from rag.errors import BadQuestion
from rag.parts import split_question
from rag.types import Language, Options, Query

MAX_CHARS = 2000

_HAN = "[㐀-鿿]"


def parse_question(raw: str, *, filters: Filters, options: Options, now: datetime) -> Query:
    """Trim, bound and understand a question.

    Raises:
        BadQuestion: it is blank, longer than 2000 code points, or holds no letter or digit.
    """
    text = clean_question(raw)
    language = detect_language(text)
    translated = translate_terms(text) if language == "en" else ()
    matched = " ".join(translated) or text
    parts = split_question(text) if language == "zh" else ()
    whole = (text, matched) if translated else (text,)
    return Query(
        text=text,
        language=options.language or language,
        search_texts=whole + parts,
        matched=matched,
        parts=parts,
        filters=filters,
        asked_at=options.as_of or now,
    )


def clean_question(raw: str) -> str:
    """One line without control or invisible characters.

    Raises:
        BadQuestion: see ``parse_question``.
    """
    visible = "".join(" " if c.isspace() else c for c in raw if c.isspace() or not _hidden(c))
    text = " ".join(visible.split())
    if not text:
        raise BadQuestion("the question is empty")
    if len(text) > MAX_CHARS:
        raise BadQuestion(f"the question has {len(text)} characters, the limit is {MAX_CHARS}")
    if not any(unicodedata.category(c)[0] in "LN" for c in text):
        raise BadQuestion(f"the question {text[:20]!r} holds no word")
    return text


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs", "Cn")


def detect_language(text: str) -> Language:
    """``en`` where Latin words outnumber Chinese characters ("What is 花呗?"), else ``zh``."""
    return "en" if len(re.findall(r"[A-Za-z]+", text)) > len(re.findall(_HAN, text)) else "zh"


def translate_terms(text: str) -> tuple[str, ...]:
    """The Chinese in ``text`` and Chinese names of its English terms, in the order of the text."""
    lowered = text.lower()
    found = {match.start(): match.group() for match in re.finditer(f"{_HAN}+", text)}
    for english, chinese in current_domain().translations:
        for match in re.finditer(rf"(?<![a-z]){re.escape(english)}(?![a-z])", lowered):
            found[match.start()] = chinese
            lowered = lowered[: match.start()] + " " * len(english) + lowered[match.end() :]
    return tuple(dict.fromkeys(found[at] for at in sorted(found)))
