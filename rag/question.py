"""Step 1: the text that somebody typed becomes a ``Query``."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import datetime
from functools import cache
from importlib.resources import files

from index.types import Filters
from index.words import content_words
from rag.errors import BadQuestion
from rag.types import Kind, Language, Options, Query

MAX_CHARS = 2000

# Read from top to bottom: the first that matches is what is asked for.
_KINDS: tuple[tuple[Kind, str], ...] = (
    ("reason", r"为什么|为何|原因|缘何|\bwhy\b"),
    ("percent", r"百分之几|占比|比例|.率(?:是|为|有|达)?多少|降幅|增幅|percent|\brate\b|\bshare\b"),
    ("yes_no", r"吗|能不能|可不可以|是否|会不会|有没有|^(?:can|does|do|is|are|may)\b"),
    ("date", r"什么时候|何时|哪一?年|哪天|几月|什么时间|日期|\bwhen\b|what (?:date|year)"),
    ("list", r"哪些|哪几|包括什么|有什么|分别|(?:三|两|几|四|五)个.{1,6}(?:是哪|有哪)|which .*s\b"),
    ("number", r"多少|几(?:家|个|张|倍|款|种|项|次|年|成|位)|多大|多高|多长|多久"),
    ("number", r"how (?:many|much|long|large)"),
    ("name", r"叫什么|名称|全称|标题|what is the name"),
    ("how", r"如何|怎么|怎样|要求是什么|\bhow\b"),
    ("person", r"谁|哪位|\bwho\b"),
    ("organisation", r"哪(?:一)?(?:家|个)(?:银行|机构|公司|平台)|which (?:bank|company)"),
    ("place", r"哪里|哪儿|什么地方|\bwhere\b"),
    ("overview", r"讲了什么|主要内容|介绍一下|概述|summary|overview"),
)
_HAN = "[㐀-鿿]"
_COMPILED = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS)


def parse_question(raw: str, *, filters: Filters, options: Options, now: datetime) -> Query:
    """Trim, bound and understand a question.

    Raises:
        BadQuestion: it is blank, longer than 2000 code points, or holds no letter or digit.
    """
    text = clean_question(raw)
    language = detect_language(text)
    translated = translate_terms(text) if language == "en" else ()
    words = content_words(" ".join(translated) or text)
    return Query(
        text=text,
        language=options.language or language,
        kind=detect_kind(text),
        search_texts=(text, " ".join(translated)) if translated else (text,),
        words=words,
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


def detect_kind(text: str) -> Kind:
    """What the question asks for; "other" where no pattern matches."""
    return next((kind for kind, pattern in _COMPILED if pattern.search(text)), "other")


def translate_terms(text: str) -> tuple[str, ...]:
    """The Chinese in ``text`` and Chinese names of its English terms, in the order of the text."""
    lowered = text.lower()
    found = {match.start(): match.group() for match in re.finditer(f"{_HAN}+", text)}
    for english, chinese in _glossary():
        for match in re.finditer(rf"(?<![a-z]){re.escape(english)}(?![a-z])", lowered):
            found[match.start()] = chinese
            lowered = lowered[: match.start()] + " " * len(english) + lowered[match.end() :]
    return tuple(dict.fromkeys(found[at] for at in sorted(found)))


@cache
def _glossary() -> tuple[tuple[str, str], ...]:
    raw = json.loads((files("rag") / "data" / "glossary.json").read_text(encoding="utf-8"))
    return tuple(sorted(raw["terms"].items(), key=lambda pair: -len(pair[0])))
