"""Does a quote prove a sentence? What a judge is, and how far one agrees with people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Protocol


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
