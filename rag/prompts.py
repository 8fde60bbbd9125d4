"""Every sentence that a reader can see, in Chinese and English."""

from __future__ import annotations

from rag.types import AbstentionReason, Language

NO_EVIDENCE: dict[Language, str] = {
    "zh": "未找到依据：已收录的报道里没有能回答这个问题的内容。",
    "en": "No evidence found: no article in this collection answers this question.",
}

ABSTENTION: dict[AbstentionReason, dict[Language, str]] = {
    "no_relevant_source": {
        "zh": "已收录的报道没有涉及这个问题。",
        "en": "The collected articles do not touch this question.",
    },
    "insufficient_evidence": {
        "zh": "有相关报道，但没有一句话直接回答这个问题。",
        "en": "There are related articles, but no sentence in them answers this question.",
    },
    "conflicting_sources": {
        "zh": "各报道说法不一，无法给出一个答案。",
        "en": "The articles disagree, so no single answer can be given.",
    },
    "out_of_scope": {
        "zh": "这个问题不在收录范围内。",
        "en": "This question is outside the collection.",
    },
    "future_event": {
        "zh": "这件事在已收录的报道发表时还没有发生。",
        "en": "This had not happened when the collected articles were published.",
    },
}

WARNING: dict[str, dict[Language, str]] = {
    "weak_evidence": {
        "zh": "依据不够直接，请对照原文。",
        "en": "The evidence is indirect: please compare the quoted sentences.",
    },
    "conflicting_sources": {
        "zh": "各报道说法不一：{}；{}。",
        "en": "The articles disagree: {}; {}.",
    },
    "truncated_source": {
        "zh": "引用的报道原文不完整。",
        "en": "A cited article is incomplete.",
    },
    "undated_source": {
        "zh": "引用的报道没有发布时间。",
        "en": "A cited article has no publication time.",
    },
    "relative_time": {
        "zh": "“今年”“目前”等说法以报道发布时间为准。",
        "en": "Words such as “this year” refer to the article's publication time.",
    },
}

_ATTRIBUTION = {"dated": "{publisher} ({date}): “{quote}”", "undated": "{publisher}: “{quote}”"}
_UNKNOWN_OUTLET = "A news article"


def render_english(quote: str, publisher: str, date: str) -> str:
    """An English frame around a Chinese quote: who said it, when, and the words themselves."""
    outlet = publisher or _UNKNOWN_OUTLET
    shape = _ATTRIBUTION["dated" if date else "undated"]
    return shape.format(publisher=outlet, date=date, quote=quote)
