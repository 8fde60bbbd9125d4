"""Does a quote prove a sentence? Judges, versioned, and how far they agree with people.

``lexical-1`` needs no model: every figure, period and name of the sentence stands in the quote,
negation and direction agree, and most words are there. It shares no code with ``rag.verify``, so
that a fault in one does not hide in the other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Protocol

from eval.norm import NUMBER, spell
from index.words import content_words

_ENOUGH_WORDS = 0.55  # of a sentence's content words must stand in the quote

_NAME = re.compile(
    r"[\u4e00-\u9fff]{2,4}?(?:银行|集团|总局|公司|协会|农商行)|花呗|借呗|白条|微粒贷|余额宝|支付宝|微信支付|月付"
    r"|增信|支付结算|正式|征求意见稿|[a-z]{2,}"
)
_PERIOD = re.compile(r"[1-4]季度|[一二三四]季度|上半年|下半年|年初|年末|季末|同比|环比")
_PERIODS = {"1季度": "一季度", "2季度": "二季度", "3季度": "三季度", "4季度": "四季度"}
_NEGATION = re.compile(
    r"不得|不能|不可|不许|不收|不会|不予|不再|不用|无需|无须|严禁|禁止|没有|并非|尚未|未能|未被"
)
_ALLOWED = re.compile(r"可以|允许|能够|有权")
_UP = re.compile(r"上升|增加|增长|提高|扩大|上涨|升到|升至|突破|增至")
_DOWN = re.compile(r"下降|减少|下滑|降低|缩小|缩水|收缩|下跌|降到|降至|少了|变少|降幅|减至")
_EXTREMES = re.compile(r"最[高低多少大小]|唯一|首[次家]|全部|超过|不足|以上|以下|以内")
_FILLER = {"目前", "报道", "指出", "表示", "显示", "据悉", "其中", "同时", "此外", "达到"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """``reason`` is "" where the sentence is supported."""

    supported: bool
    reason: str


class Judge(Protocol):
    """Decides whether quotes together prove a sentence."""

    name: str

    def judge(self, sentence: str, quotes: Sequence[str]) -> Judgement:
        """Without markers; the quotes are taken together."""
        ...


class LexicalJudge:
    """See the module."""

    name = "lexical-1"

    def judge(self, sentence: str, quotes: Sequence[str]) -> Judgement:
        """See ``Judge``."""
        return _judge(sentence, "\n".join(quotes))


@lru_cache(maxsize=4096)
def _judge(sentence: str, source: str) -> Judgement:
    claim, proof = spell(sentence), spell(source)
    for what, missing in (
        ("figure", _missing_figure(claim, proof)),
        ("period", _missing(_periods(claim), _periods(proof))),
        ("name", _missing(set(_NAME.findall(claim)), proof)),
        ("extreme", _missing(set(_EXTREMES.findall(claim)), proof)),
    ):
        if missing:
            return Judgement(supported=False, reason=f"{what} {missing!r} is not in the quotes")
    if turned := _turned(claim, proof):
        return Judgement(supported=False, reason=turned)
    words = [word for word in content_words(sentence) if word not in _FILLER]
    held = sum(_presence(word, proof) for word in words)
    share = held / len(words) if words else float(claim in proof)
    if share < _ENOUGH_WORDS:
        return Judgement(supported=False, reason=f"only {share:.0%} of the words are in the quotes")
    return Judgement(supported=True, reason="")


def _missing_figure(claim: str, proof: str) -> str:
    there = {(m["digits"], m["unit"] or "") for m in NUMBER.finditer(proof)}
    bare = {digits for digits, _ in there}
    for match in NUMBER.finditer(claim):
        digits, unit = match["digits"], match["unit"] or ""
        if (digits, unit) not in there and (unit or digits not in bare):
            return match[0]
    return ""


def _periods(text: str) -> set[str]:
    return {_PERIODS.get(found, found) for found in _PERIOD.findall(text)}


def _missing(wanted: set[str], there: set[str] | str) -> str:
    return next((word for word in sorted(wanted) if word not in there), "")


def _turned(claim: str, proof: str) -> str:
    near = _nearest_clauses(claim, proof)
    if bool(_NEGATION.search(claim)) != bool(_NEGATION.search(near)) and (
        _NEGATION.search(claim) or _ALLOWED.search(claim) or not _NEGATION.search(claim)
    ):
        return "negation differs from the quotes"
    up, down = bool(_UP.search(claim)), bool(_DOWN.search(claim))
    if up and not down and not _UP.search(near) and _DOWN.search(near):
        return "direction differs from the quotes"
    if down and not up and not _DOWN.search(near) and _UP.search(near):
        return "direction differs from the quotes"
    return ""


def _nearest_clauses(claim: str, proof: str) -> str:
    """The clauses of the proof that say what the clauses of the claim say."""
    clauses = [clause for clause in re.split(r"[,;。!?:\n]", proof) if clause]
    chosen = []
    for part in re.split(r"[,;。!?:\n]", claim):
        pairs = _pairs(part)
        if pairs and clauses:
            chosen.append(max(clauses, key=lambda c: len(_pairs(c) & pairs)))
    return ",".join(dict.fromkeys(chosen)) or proof


def _presence(word: str, text: str) -> float:
    if word in text:
        return 1.0
    pairs = _pairs(spell(word))
    return sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Triple:
    """A sentence, a quote, and whether a person says that the quote proves the sentence."""

    sentence: str
    quote: str
    supported: bool
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far a judge agrees with people.

    Attributes:
        kappa: Cohen's.
        by_kind: of each kind of triple, how many it got right, and how many there are.
        wrong: those it got wrong.
    """

    judge: str
    n: int
    accuracy: float
    kappa: float
    by_kind: dict[str, tuple[int, int]]
    wrong: tuple[Triple, ...]


def read_triples() -> list[Triple]:
    """The labelled triples that ship."""
    text = (files("eval") / "data" / "judge" / "triples.jsonl").read_text(encoding="utf-8")
    return [Triple(**json.loads(line)) for line in text.splitlines()]


def measure_agreement(judge: Judge, triples: Sequence[Triple]) -> Agreement:
    """Ask ``judge`` about every triple."""
    from sklearn.metrics import cohen_kappa_score  # noqa: PLC0415 - a second, for this alone

    said = [judge.judge(t.sentence, [t.quote]).supported for t in triples]
    truth = [t.supported for t in triples]
    wrong = tuple(t for t, one in zip(triples, said, strict=True) if one != t.supported)
    return Agreement(
        judge=judge.name,
        n=len(triples),
        accuracy=1 - len(wrong) / len(triples),
        kappa=float(cohen_kappa_score(truth, said)),
        by_kind={
            kind: (
                sum(t.kind == kind and t not in wrong for t in triples),
                sum(t.kind == kind for t in triples),
            )
            for kind in sorted({t.kind for t in triples})
        },
        wrong=wrong,
    )
