"""Adapters: files in the shapes of the field become articles and cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from eval.cases import Case
from index.types import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Articles to index and cases to ask, ready to run.

    Attributes:
        name: for people; ``digest``: SHA-256 of what it was read from.
        articles: to be indexed; empty where the caller's own index is asked.
        gate: default limits, metric to {"min", "max", "max_drop"}.
    """

    name: str
    digest: str
    articles: tuple[Article, ...]
    cases: tuple[Case, ...]
    gate: dict[str, dict[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteOptions:
    """What a suite may be asked for.

    Attributes:
        noise: shares of noise passages, for sets in RGB's shape.
        seed: of every shuffle.
        articles: a file of articles that the questions are about, where the set has none.
        all_passages: search among all passages of the set, not only each question's own.
    """

    noise: tuple[float, ...] = ()
    seed: int = 0
    articles: Path | None = None
    all_passages: bool = False


Opener = Callable[[Path, SuiteOptions], Suite]
