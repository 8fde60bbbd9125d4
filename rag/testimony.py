"""What each article testifies: its likeliest values, and how two of them stand to each other."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.asked import character_pairs
from rag.evidence import Ranking
from rag.facts import CREDIT
from rag.features import SentenceRow
from rag.values import PLACE, Value, asks_for_date, asks_for_several, is_report_date

# Kinds that may contradict each other: a team is a place or a body, whichever the tagger thinks.
GROUP = {
    "person": "person", "place": "place", "organisation": "place", "other": "place",
    "work": "work", "date": "date", "year": "date", "percent": "percent", "number": "number",
}  # fmt: skip
_GROUPS = ("person", "place", "work", "date", "percent", "number")
_FIGURES = ("percent", "number")
_ALIKE_MATTERS = ("person", "place", "date")
_WITHIN = 2.5  # log odds below its article's likeliest value, that a value may be
_OF_BEST, _LIKELY = 3.2, -2.7  # below the likeliest of all; at least
_AROUND, _MOST_ALIKE, _LONGEST_SAME = 10, 10, 6  # characters
_MANY = 5  # articles that are heard; of more, some speak of something else
_DRAFT = re.compile(r"征求意见稿|草案|拟")
_COUNTED = re.compile(r"(?<![\d.])\d+(?:家|个|张|款|种|项|户|类|省|国)")
_MONTH = re.compile(r"[a-z]{3,4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A value that an article gives, and what it is compared by.

    Attributes:
        at: its place in the ranking's values.
        log_odds: that it is the answer; ``below`` its article's likeliest one by so much.
        features: of ``values.VALUE``.
        holders: which articles, in the order of ``hear``, hold it.
        is_draft: whether it stands in a draft.
        counts: those of the question that its sentence holds, as 9家.
        before, after, around: character pairs on both sides, and of the whole sentence.
    """

    at: int
    value: Value
    row: SentenceRow
    log_odds: float
    below: float
    features: list[float]
    holders: NDArray[np.bool_]
    is_draft: bool
    counts: frozenset[str]
    before: frozenset[str]
    after: frozenset[str]
    around: frozenset[str]


def hear(ranking: Ranking) -> list[list[Said]]:
    """For each of the best articles its likeliest values, each once, where it is likeliest."""
    texts = _best_articles(ranking)
    log_odds = ranking.value_log_odds.tolist()
    heard: list[dict[str, int]] = [{} for _ in texts]
    article = {name: number for number, name in enumerate(texts)}
    wants_date = asks_for_date(ranking.table.asked)
    least = max(max(log_odds, default=0.0) - _OF_BEST, _LIKELY)
    for at, value in enumerate(ranking.values):
        row = ranking.table.rows[value.row]
        if log_odds[at] < least or row.passage.article.id not in texts:
            continue
        if wants_date and GROUP[value.kind] in _FIGURES:
            continue
        if row.is_about and not _is_of_report(row.facts.text, value):
            known = heard[article[row.passage.article.id]]
            if value.text not in known or log_odds[known[value.text]] < log_odds[at]:
                known[value.text] = at
    holders: dict[str, NDArray[np.bool_]] = {}
    said = []
    for known in heard:
        best = max((log_odds[at] for at in known.values()), default=0.0)
        likely = [at for at in known.values() if log_odds[at] >= best - _WITHIN]
        said.append([_say(ranking, at, best, texts, holders) for at in likely])
    return said


def _is_of_report(text: str, value: Value) -> bool:
    """Whether a value only says who reported, or when."""
    credit = CREDIT.match(text)
    if (credit and value.start < credit.end()) or _MONTH.fullmatch(value.text):
        return True
    return is_report_date(text, (value.start, value.end))


def _best_articles(ranking: Ranking) -> dict[str, str]:
    """The normalised sentences together of each article that has one of the best sentences."""
    found: dict[str, list[str]] = {}
    best: dict[str, float] = {}
    for row, log_odds in zip(ranking.table.rows, ranking.log_odds.tolist(), strict=True):
        name = row.passage.article.id
        found.setdefault(name, []).append(row.facts.text)
        best[name] = max(log_odds, best.get(name, log_odds))
    names = sorted(best, key=lambda name: -best[name])[:_MANY]
    return {name: "\n".join(found[name]) for name in names}


def _say(
    ranking: Ranking,
    at: int,
    best: float,
    texts: dict[str, str],
    holders: dict[str, NDArray[np.bool_]],
) -> Said:
    value = ranking.values[at]
    row = ranking.table.rows[value.row]
    text, log_odds = row.facts.text, float(ranking.value_log_odds[at])
    if value.text not in holders:
        holders[value.text] = np.array([holds(one, value.text) for one in texts.values()])
    return Said(
        at=at,
        value=value,
        row=row,
        log_odds=log_odds,
        below=best - log_odds,
        features=ranking.value_features[at].tolist(),
        holders=holders[value.text],
        is_draft=_DRAFT.search(f"{row.passage.article.title}\n{row.text}") is not None,
        counts=frozenset(c for c in _COUNTED.findall(ranking.table.asked.text) if c in text),
        before=character_pairs(text[max(0, value.start - _AROUND) : value.start]),
        after=character_pairs(text[value.end : value.end + _AROUND]),
        around=character_pairs(text),
    )


def holds(text: str, value: str) -> bool:
    """Whether a value stands in a text: 70 does not in 170."""
    at = text.find(value)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(value) : at + len(value) + 1]
        inside = (value[0].isdigit() and before.isdigit()) or (
            value[-1].isdigit() and after.isdigit()
        )
        if not inside:
            return True
        at = text.find(value, at + 1)
    return False


def following(said: Said) -> str:
    """The character behind a value: the unit of a figure."""
    return said.row.facts.text[said.value.end : said.value.end + 1]


def compare(ranking: Ranking, a: Said, b: Said) -> list[float]:
    """``scorer.PAIR`` of two values."""
    x, y = a.row.facts.text, b.row.facts.text
    group = GROUP[a.value.kind]
    alike = min(len(a.before & b.before) + len(a.after & b.after), _MOST_ALIKE)
    few, many = sorted(int(one.holders.sum()) for one in (a, b))
    less, more = sorted((a.log_odds, b.log_odds))

    def both(name: str) -> float:
        return min(a.features[PLACE[name]], b.features[PLACE[name]])

    def either(name: str) -> float:
        return max(a.features[PLACE[name]], b.features[PLACE[name]])

    return [
        less, more, max(a.below, b.below), float(ranking.value_log_odds.max()) - less, float(alike),
        float(_same(x[: a.value.start][::-1], y[: b.value.start][::-1])),
        float(_same(x[a.value.end :], y[b.value.end :])),
        len(a.around & b.around) / max(1, min(len(a.around), len(b.around))),
        float(bool((a.holders & b.holders).any())), float(few), float(many),
        float(len(a.holders)), both("sentence"), float(a.value.kind == b.value.kind),
        both("typed"), both("cue"), both("sentence_subject"), both("clause_subject"),
        either("of_its_kind"), float(bool(a.row.facts.years & b.row.facts.years)),
        float(following(a) == following(b)), float(asks_for_several(ranking.table.asked)),
        either("listed"), *(float(group == name) for name in _GROUPS),
        *(alike * float(group == name) for name in _ALIKE_MATTERS),
    ]  # fmt: skip


def _same(x: str, y: str) -> int:
    """How many characters two texts begin with in common."""
    length = 0
    while length < min(len(x), len(y), _LONGEST_SAME) and x[length] == y[length]:
        length += 1
    return length
