"""Step 6: the extractive composer. The fewest sentences that answer, in their own words."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag import prompts
from rag.evidence import WeightedWord
from rag.types import Evidence, Language, Query

GENERATOR = "extractive-1"
_TRIM_OVER = 110  # a sentence longer than this gives its weakest outer clauses
_FURTHER = 1.2  # a further sentence may be this much worse than the best, in log odds
_SAME = 0.6  # share of character pairs from which two sentences say the same

_LEAD_IN = re.compile(
    r"^(?:[“”\"]|(?:同时|此外|另外|其中|而且|不过|但是|因此|所以|据悉|值得注意的是)，)+"
)
_BULLET = re.compile(r"^[-•·*]\s*")
_CLAUSE = re.compile(r"[^，；]*[，；]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A sentence of an answer before it has a number.

    ``text`` is what the reader sees, ``claim`` the part of it that the evidence must prove.
    """

    text: str
    claim: str
    evidence: tuple[Evidence, ...]
    score: float


def compose(
    query: Query,
    ranked: Sequence[Evidence],
    words: Sequence[WeightedWord],
    *,
    max_sentences: int,
    max_chars: int,
) -> list[Draft]:
    """Sentences for the answer, best first; at least one when there is evidence.

    A further sentence is taken only while the whole stays within ``max_chars`` code points, it is
    nearly as good as the best, and it adds something.
    """
    chosen: list[Draft] = []
    for evidence in ranked:
        if len(chosen) == max_sentences or (
            chosen and _log_odds(evidence) < _log_odds(ranked[0]) - _FURTHER
        ):
            break
        text = trim_sentence(evidence.text, [word.text for word in words])
        used = sum(len(draft.text) for draft in chosen)
        if chosen and (used + len(text) > max_chars or _says_nothing_new(text, chosen)):
            continue
        chosen.append(Draft(text=text, claim=text, evidence=(evidence,), score=evidence.score))
    return [_framed(draft, query.language) for draft in chosen]


def _log_odds(evidence: Evidence) -> float:
    return math.log(evidence.score / (1 - evidence.score))


def trim_sentence(sentence: str, words: Sequence[str]) -> str:
    """The sentence without bullet and lead-in.

    A long one loses outer clauses, those first that hold the fewest figures and question words.
    """
    text = _LEAD_IN.sub("", _BULLET.sub("", sentence)).strip()
    clauses = [clause for clause in _CLAUSE.findall(text) if clause]
    while len(text) > _TRIM_OVER and len(clauses) > 1:
        first, last = _weight(clauses[0], words), _weight(clauses[-1], words)
        clauses = clauses[1:] if first < last else clauses[:-1]
        text = "".join(clauses)
    return _closed(text)


def _weight(clause: str, words: Sequence[str]) -> float:
    return sum(word in clause for word in words) + 0.5 * bool(re.search(r"\d", clause))


def _closed(text: str) -> str:
    """Ends like a sentence."""
    stripped = text.rstrip("，；;、,：:")
    return stripped if stripped.endswith(tuple("。！？!?”")) else f"{stripped}。"


def _says_nothing_new(text: str, chosen: Sequence[Draft]) -> bool:
    pairs = _pairs(text)
    return any(
        len(pairs & _pairs(draft.text)) >= _SAME * min(len(pairs), len(_pairs(draft.text)))
        for draft in chosen
    )


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def _framed(draft: Draft, language: Language) -> Draft:
    if language == "zh":
        return draft
    article = draft.evidence[0].passage.article
    date = article.published_at.date().isoformat() if article.published_at else ""
    return replace(draft, text=prompts.render_english(draft.text, article.publisher, date))
