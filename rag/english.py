"""English questions in the words of Chinese news: terms by the glossary, asking words by rule."""

from __future__ import annotations

import re

from index.domain import current_domain
from rag.asked import MEASURES

HAN = "[\u3400-\u9fff]"
_HOW_MANY = re.compile(r"\bhow many\b")
_ASKING = tuple(
    (re.compile(asked), chinese)
    for asked, chinese in (
        (r"\bwhen\b|\bwhat (?:date|day)\b", "什么时候"),
        (r"\bhow much\b", "多少"),
        (r"\bwhy\b", "为什么"),
        (r"\bwho(?:m|se)?\b", "谁"),
        (r"\bwhere\b", "哪里"),
        (r"^(?:can|could|may|must|are|is) ", "能不能"),
    )
)
_MEASURES = MEASURES | {"平台": "家", "合作方": "家"}
_COUNTED_OTHERWISE = "联名卡"  # in 款, too


def translate_question(text: str) -> str:
    """The question's Chinese terms in its own order, with what asks: 多少家合作机构 徽商银行 披露.

    "" where the glossary has none of its terms: asking words alone find nothing.
    """
    found = _find_terms(text)
    if not found:
        return ""
    lowered = text.lower()
    for match in _HOW_MANY.finditer(lowered):
        counted = next((at for at in sorted(found) if at >= match.end()), None)
        if counted is not None:
            found[counted] = f"多少{_measure_of(found[counted])}{found[counted]}"
    for asked, chinese in _ASKING:
        if asks := asked.search(lowered):
            found.setdefault(asks.start(), chinese)
    return " ".join(dict.fromkeys(found[at] for at in sorted(found)))


def _find_terms(text: str) -> dict[int, str]:
    """The Chinese in ``text`` and Chinese names of its English terms, by where they stand."""
    lowered = text.lower()
    found = {match.start(): match.group() for match in re.finditer(f"{HAN}+", text)}
    for english, chinese in current_domain().translations:
        for match in re.finditer(rf"(?<![a-z]){re.escape(english)}(?![a-z])", lowered):
            found[match.start()] = chinese
            lowered = lowered[: match.start()] + " " * len(english) + lowered[match.end() :]
    return found


def _measure_of(counted: str) -> str:
    """The measure word of a thing, by how its name ends; "" where that does not tell."""
    if counted.endswith(_COUNTED_OTHERWISE):
        return ""
    return next((_MEASURES[ending] for ending in _MEASURES if counted.endswith(ending)), "")
