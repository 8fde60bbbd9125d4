"""Step 7: is this sentence supported by what it cites? No model, no mercy for figures.

Every number with its unit, every date and every negation of the sentence must stand in the quoted
words after normalisation, and the wording must be close. The first rule that fails is the reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.domain import current_domain
from index.words import normalize
from rag.types import Support

_FIGURE = re.compile(
    r"(\d[\d,]*(?:\.\d+)?)(万亿|亿|万|千)?"
    r"(%|个百分点|bp|元|张|家|倍|个|款|年|月|日|人|户|岁|天|季度|位|次|项|笔)?"
)
_SCALE = {"万亿": 10**12, "亿": 10**8, "万": 10**4, "千": 10**3, "": 1}
_NEGATION = re.compile(r"不得|不能|不可|不收|不会|不予|不再|不是|严禁|禁止|没有|未|无需|不")
_UP = re.compile(r"上升|增加|增长|提高|扩大|上涨|多增|升至")
_DOWN = re.compile(r"下降|减少|下滑|降低|缩小|缩水|收缩|下跌|少增|降至|瘦身|退潮")
_CLOSE, _LOOSE = 0.7, 0.45


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``reason`` is "" when supported; English, for the answer object and the logs."""

    support: Support
    reason: str


def verify_sentence(sentence: str, quotes: Sequence[str]) -> Verdict:
    """Judge one sentence (without markers) against the sentences that it cites."""
    claim, source = _normal(sentence), _normal("\n".join(quotes))
    if not quotes:
        return Verdict(support="unsupported", reason="cites nothing")
    missing = [shown for shown in _figures(claim) if shown not in _figures(source)]
    if missing:
        return Verdict(support="unsupported", reason=f"figure {missing[0]!r} is not in the quotes")
    wording = _by_wording(claim, source)
    if wording.support == "unsupported":
        return wording
    if bool(_NEGATION.search(claim)) != bool(_NEGATION.search(_closest(claim, source))):
        return Verdict(support="unsupported", reason="negation differs from the quotes")
    if _turned(claim, source):
        return Verdict(support="unsupported", reason="direction differs from the quotes")
    return wording


def _by_wording(claim: str, source: str) -> Verdict:
    share = _containment(claim, source)
    if share >= _CLOSE:
        return Verdict(support="supported", reason="")
    reason = f"only {share:.0%} of the wording is in the quotes"
    return Verdict(support="partial" if share >= _LOOSE else "unsupported", reason=reason)


def _figures(text: str) -> set[str]:
    """Numbers with their scale multiplied out and their unit: 3.2亿元 is 320000000元."""
    found = set()
    for digits, scale, unit in _FIGURE.findall(text):
        value = float(digits.replace(",", "")) * _SCALE[scale]
        found.add(f"{value:.10g}{unit}")
    return found


def _turned(claim: str, source: str) -> bool:
    up, down = bool(_UP.search(claim)), bool(_DOWN.search(claim))
    near = _closest(claim, source)
    return (up and not down and not _UP.search(near) and bool(_DOWN.search(near))) or (
        down and not up and not _DOWN.search(near) and bool(_UP.search(near))
    )


def _closest(claim: str, source: str) -> str:
    """The clauses of the source that share words with the claim."""
    clauses = re.split(r"[,;。!?、\n]", source)
    wanted = _pairs(claim)
    near = [c for c in clauses if c and len(_pairs(c) & wanted) >= max(1, len(_pairs(c)) // 3)]
    return "，".join(near) or source


def _containment(claim: str, source: str) -> float:
    wanted = _pairs(claim)
    return len(wanted & _pairs(source)) / len(wanted) if wanted else 1.0


def _pairs(text: str) -> set[str]:
    letters = re.sub(r"[\W_]+", "", text)
    return {letters[i : i + 2] for i in range(len(letters) - 1)}


def _normal(text: str) -> str:
    return current_domain().canonical(normalize(text))
