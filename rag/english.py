"""English questions in the words of Chinese news: terms by the glossary, asking words by rule."""

from __future__ import annotations

import re

from index.domain import current_domain

_HAN = r"[\u4e00-\u9fff]"
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
# What a thing is counted in, by how its name ends.
_MEASURES = (
    (re.compile(r"(?<!联名)卡$"), "张"),  # 联名卡 are counted in 款, too
    (re.compile(r"(?:银行|机构|公司|企业|平台|合作方)$"), "家"),
)


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
    found = {match.start(): match.group() for match in re.finditer(f"{_HAN}+", text)}
    for english, chinese in current_domain().translations:
        for match in re.finditer(rf"(?<![a-z]){re.escape(english)}(?![a-z])", lowered):
            found[match.start()] = chinese
            lowered = lowered[: match.start()] + " " * len(english) + lowered[match.end() :]
    return found


def _measure_of(counted: str) -> str:
    return next((measure for ending, measure in _MEASURES if ending.search(counted)), "")
