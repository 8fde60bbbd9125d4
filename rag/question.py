"""Step 1: the text that somebody typed becomes a ``Query``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from index.domain import current_domain
from index.types import Filters
from index.words import to_simplified
from rag.dates import CHINA
from rag.english import HAN, translate_question
from rag.errors import BadQuestion
from rag.followup import complete_question
from rag.kinds import read_kinds
from rag.parts import split_question
from rag.times import find_event, read_periods, wants_newest
from rag.types import Kind, Language, Options, Query, Turn

MAX_CHARS = 2000
_LONGEST_NAME = 12  # characters; the words of a whole title would drown those of the question

_OVERVIEW_WORDS = re.compile(
    r"(?:主要|核心|重要|具体)?(?:讲|说|写|规定|提出)了?(?:些|哪些)?(?:什么|啥)(?:内容)?"
    r"|(?:的)?(?:主要|核心|重要|具体)(?:内容|观点|要点|看点|精神)(?:是|有)?(?:什么|哪些)?"
    r"|(?:请|帮我)?(?:概括|总结|概述|介绍|梳理|说说|讲讲|谈谈)(?:一下|下)?|是怎么回事"
)


def parse_question(
    raw: str, *, filters: Filters, options: Options, now: datetime, history: Sequence[Turn] = ()
) -> Query:
    """Trim, bound and understand a question; what it lacks comes from the history, by rule.

    Args:
        raw: as typed.
        filters: which articles may be used.
        options: the language of the frame, and the time of asking.
        now: the time of asking where the options name none.
        history: earlier turns, oldest first.

    Raises:
        BadQuestion: it is blank, longer than 2000 code points, or holds no letter or digit.
    """
    asked = clean_question(raw)
    asked_at = options.as_of or now
    today = asked_at.astimezone(CHINA).date()
    turns = [replace(turn, content=to_simplified(turn.content)) for turn in history]
    return understand(
        asked,
        complete_question(to_simplified(asked), turns, today),
        filters=filters,
        options=options,
        asked_at=asked_at,
    )


def understand(
    asked: str, whole: str, *, filters: Filters, options: Options, asked_at: datetime
) -> Query:
    """A clean question as a query.

    Args:
        asked: as typed, cleaned.
        whole: the same as a question that stands on its own, whoever made it so.
        filters: which articles may be used.
        options: the language of the frame.
        asked_at: what relative dates refer to.
    """
    simplified = to_simplified(asked)
    text = to_simplified(whole) if len(whole) <= MAX_CHARS else simplified
    english = detect_language(text) == "en"
    translated = translate_question(text) if english else ""
    kinds = read_kinds(text)
    matched = translated or _subject(text, kinds)
    parts = () if english else split_question(text)
    today = asked_at.astimezone(CHINA).date()
    periods = read_periods(text, today)
    return Query(
        asked=asked,
        text=text,
        language=options.language or detect_language(asked),
        search_texts=((text, matched) if translated else (text,)) + parts,
        matched=matched,
        parts=parts,
        filters=filters,
        asked_at=asked_at,
        other_texts=() if text == simplified else (simplified,),
        other_names=_other_names(matched),
        kinds=kinds,
        periods=periods,
        newest=wants_newest(periods, today),
        event=find_event(text),
    )


def _subject(text: str, kinds: Sequence[Kind]) -> str:
    """What sentences are held against: of an overview what it is of, else the whole question."""
    if kinds[:1] != ("overview",):
        return text
    subject, n_found = _OVERVIEW_WORDS.subn("", text)
    subject = subject.strip("的，, ?？。")
    return subject if n_found and len(subject) > 1 else text


def _other_names(text: str) -> tuple[str, ...]:
    """Other names of what a text names, where its words are not in them already."""
    domain = current_domain()
    found: dict[str, None] = {}
    for name in domain.find(text):
        for other in domain.variants(name):
            if len(other) <= _LONGEST_NAME and name not in other and other not in name:
                found[other] = None
    return tuple(found)


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
    return "en" if len(re.findall(r"[A-Za-z]+", text)) > len(re.findall(HAN, text)) else "zh"
