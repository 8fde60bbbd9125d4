"""Sources made to disagree: in half of the passages that answer, the answer is another one.

A question whose passages agree becomes one whose passages contradict each other, and what each side
says is known: what ``eval fit`` teaches the search for contradictions. The other answer is of the
same kind: a date of another month and day, other digits, or another question's name.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from eval.cases import Case
from eval.suites import Suite
from index.types import Article, digest_id
from index.words import content_words, normalize
from rag.asked import take_apart

AGREEING = "noise-0"
MIXED = "contradicted"
_DAY = re.compile(r"\d+(?=[日号])")
_MONTH = re.compile(r"\d+(?=月)")
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
_NAMED = frozenset(("person", "place", "name"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradicted:
    """A suite of questions whose passages contradict each other.

    ``other`` has what half of a question's passages say, by its case's identifier.
    """

    suite: Suite
    other: dict[str, str]


def contradict(suite: Suite, seed: int) -> Contradicted:
    """The questions of a suite that have one short answer and two passages that hold it."""
    rng = random.Random(seed)
    articles = {article.id: article for article in suite.articles}
    agreeing = [c for c in suite.cases if c.type == AGREEING and len(c.answers) == 1]
    known: dict[str, Article] = {}
    cases: list[Case] = []
    other: dict[str, str] = {}
    for number, case in enumerate(agreeing):
        said = sorted(case.alternatives()[0], key=len, reverse=True)
        instead = _another_answer(case, said[0], agreeing, rng)
        holding = [articles[i] for i in case.filters.document_ids if _holds(articles[i], said)]
        if not instead or len(holding) < 2:  # noqa: PLR2004
            continue
        rng.shuffle(holding)
        half = len(holding) // 2
        wrong, right = [_change(a, said, instead) for a in holding[:half]], holding[half:]
        known |= {article.id: article for article in (*wrong, *right)}
        # All of them, and one of each: most who disagree do so alone.
        for few, mixed in enumerate(([*wrong, *right], [wrong[0], right[0]])):
            filters = case.filters.model_copy(update={"document_ids": tuple(a.id for a in mixed)})
            named = f"{case.id}:{number}:{few}:{MIXED}"
            update = {"id": named, "type": MIXED, "filters": filters, "conflict": True, "gold": ()}
            cases.append(case.model_copy(update=update))
            other[named] = instead
    changed = replace(
        suite, name=f"{suite.name} {MIXED}", articles=tuple(known.values()), cases=tuple(cases)
    )
    return Contradicted(suite=changed, other=other)


def _holds(article: Article, said: Sequence[str]) -> bool:
    return any(one in article.text for one in said)


def _change(article: Article, said: Sequence[str], instead: str) -> Article:
    text = article.text
    for one in said:
        text = text.replace(one, instead)
    return replace(article, id=digest_id("psg", article.id, instead), text=text)


def _another_answer(
    case: Case, answer: str, cases: Sequence[Case], rng: random.Random
) -> str | None:
    """Something of the same kind, None where there is nothing."""
    if _MONTH.search(answer):
        return _DAY.sub(
            lambda m: _other_number(m[0], 28, rng),
            _MONTH.sub(lambda m: _other_number(m[0], 12, rng), answer),
        )
    if _FIGURE.search(normalize(answer)):
        return _FIGURE.sub(lambda m: _other_digits(m[0], rng), normalize(answer))
    names = [c.alternatives()[0][0] for c in cases if _wanted(c) & _wanted(case) & _NAMED]
    names = [n for n in names if not _FIGURE.search(normalize(n)) and not set(n) & set(answer)]
    return rng.choice(names) if names else None


def _wanted(case: Case) -> frozenset[str]:
    return frozenset(take_apart(case.question, case.question, content_words(case.question)).wanted)


def _other_number(old: str, most: int, rng: random.Random) -> str:
    return str(rng.choice([n for n in range(1, most + 1) if str(n) != old]))


def _other_digits(old: str, rng: random.Random) -> str:
    """As many digits, none of them a leading zero."""
    new = old
    while new == old:
        new = "".join(
            str(rng.randint(int(at == 0), 9)) if char.isdigit() else char
            for at, char in enumerate(old)
        )
    return new
