"""Features of a sentence under a question: what the fitted scorer looks at.

Most are in [0, 1]; those named ``..._best`` are differences to the best sentence of the set, so 0
is the best. Every column is named in ``SENTENCE``; the scorer's data file names them again, and a
file whose names differ is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rag.asked import Asked
from rag.facts import Facts, Named, read_facts
from rag.joint import JOINT, joint_columns
from rag.layout import Layout
from rag.measures import Column, Matrix, Scope, candidate_values, find_items, measure, years_differ
from rag.types import Passage

SENTENCE = (
    "cosine", "cosine_best", "passage_cosine", "passage_cosine_best", "neighbour_cosine",
    "words", "words_best", "near_words", "near_words_best", "passage_words", "passage_words_best",
    "pairs", "pairs_best", "core_pairs", "longest_common", "rarest", "second_rarest",
    "third_rarest", "near_rarest", "near_second_rarest", "passage_rarest", "titles", "near_titles",
    "passage_titles", "years", "near_years", "passage_years", "other_year", "passage_other_year",
    "figures", "near_figures", "latin", "near_latin", "number", "date", "percent", "person",
    "place", "wants_anything", "unit", "something_new", "length", "is_short", "is_long",
    "position", "is_first", "is_question", "is_noise", "agreement", "agreement_best", "rank",
    "copula", "closeness", "is_open", "names", "near_names",
    "passage_names", "other_body", "passage_meets_all", "cosine_words", "cosine_near_words", *JOINT,
)  # fmt: skip
COLUMN = {name: i for i, name in enumerate(SENTENCE)}
_RELATIVE = ("words", "near_words", "passage_words", "pairs", "cosine", "passage_cosine")
_SHORT, _LONG = 10, 110  # characters
_MEETS_ALL = 0.85  # share of the question's words from which a passage is about all of it
_NEARLY_BEST = 0.1  # a passage that meets this much less than the best does not testify
_BELOW_BEST = 0.02  # a chunk that only the words found has no cosine; it is below its sentences'


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceRow:
    """One sentence of the table: where it stands, what it holds, and which values may answer.

    ``is_about`` says that one of the bodies in the question, if any, stands in it, beside it or in
    the title.
    """

    passage: Passage
    index: int
    text: str
    facts: Facts
    values: frozenset[str]
    is_about: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Every sentence of the passages: rows, and their features, shape (rows, len(SENTENCE)).

    Attributes:
        words: how far each of ``asked.words`` stands in each row, 0 to 1, shape (rows, words).
        anywhere: the most of it in any row or title, one for each word.
    """

    asked: Asked
    rows: tuple[SentenceRow, ...]
    features: Matrix
    words: Matrix
    anywhere: Column


def build_table(asked: Asked, passages: Sequence[Passage], columns: Sequence[int]) -> Table:
    """Features of every sentence of ``passages``.

    Args:
        asked: the question, or one part of it.
        passages: best first.
        columns: which of the searched texts ask this; the best cosine counts.
    """
    passages = [passage for passage in passages if passage.chunk.sentences]
    if not passages:
        n = len(asked.words)
        return Table(
            asked=asked, rows=(), features=np.zeros((0, len(SENTENCE))),
            words=np.zeros((0, n)), anywhere=np.zeros(n),
        )  # fmt: skip
    texts = [passage.chunk.quote(s) for passage in passages for s in passage.chunk.sentences]
    named = [some for passage in passages for some in _named(passage)]
    facts = [read_facts(text, some) for text, some in zip(texts, named, strict=True)]
    titles = [read_facts(f"{passage.article.title} {_dated(passage)}") for passage in passages]
    layout = Layout([len(passage.chunk.sentences) for passage in passages])
    found = find_items(asked, [one.text for one in facts])
    of_titles = find_items(asked, [one.text for one in titles])
    here = Scope(asked, found)
    near = Scope(asked, layout.reach(found, of_titles))
    whole = Scope(asked, layout.whole(found, of_titles)[layout.owner])

    values = [candidate_values(asked, one) for one in facts]
    features: dict[str, Column] = {
        **measure(asked, facts, values, here),
        **_of_surroundings(here, near, whole),
        **_of_years(asked, facts, titles, layout),
        **_of_meaning(passages, columns, layout, here, near),
        **_of_form(asked, facts, values, passages, layout),
        **joint_columns(asked, facts, values, (here.words, near.words, whole.words), layout),
    }
    rows = [
        SentenceRow(
            passage=passages[owner], index=index, text=texts[i], facts=facts[i], values=values[i],
            is_about=is_about,
        )
        for i, (owner, index, is_about) in enumerate(
            zip(layout.owner.tolist(), layout.index.tolist(), near.is_about.tolist(), strict=True)
        )
    ]  # fmt: skip
    features["agreement"] = _agreement(features, rows)
    for name in (*_RELATIVE, "agreement"):
        features[f"{name}_best"] = features[name] - features[name].max()
    matrix = np.stack([features[name] for name in SENTENCE], axis=1)
    in_titles = of_titles[:, : len(asked.words)]
    return Table(
        asked=asked, rows=tuple(rows), features=matrix, words=here.words,
        anywhere=np.maximum(here.words.max(axis=0), in_titles.max(axis=0)),
    )  # fmt: skip


def _named(passage: Passage) -> Iterator[tuple[Named, ...]]:
    """What each sentence of a passage names."""
    text, at = passage.article.text, 0
    for sentence in passage.chunk.sentences:
        first = at
        while at < len(passage.names) and passage.names[at].end <= sentence.end:
            at += 1
        yield tuple((text[name.start : name.end], name.kind) for name in passage.names[first:at])


def _of_surroundings(here: Scope, near: Scope, whole: Scope) -> dict[str, Column]:
    return {
        "third_rarest": here.rarest[2],
        "titles": here.titles,
        "figures": here.figures,
        "latin": here.latin,
        "near_words": near.share,
        "near_rarest": near.rarest[0],
        "near_second_rarest": near.rarest[1],
        "near_titles": near.titles,
        "near_figures": near.figures,
        "near_latin": near.latin,
        "near_names": near.names,
        "passage_words": whole.share,
        "passage_rarest": whole.rarest[0],
        "passage_titles": whole.titles,
        "passage_names": whole.names,
        "passage_meets_all": (whole.share > _MEETS_ALL).astype(np.float64),
    }


def _of_years(
    asked: Asked, facts: Sequence[Facts], titles: Sequence[Facts], layout: Layout
) -> dict[str, Column]:
    """Are the years of the question those of the sentence's neighbours, of the passage?"""
    n = len(facts)
    if not asked.years:
        return {
            "near_years": np.ones(n), "passage_years": np.ones(n), "passage_other_year": np.zeros(n)
        }  # fmt: skip
    near, whole, other = np.empty(n), np.empty(n), np.empty(n)
    for title, (start, end) in zip(titles, layout.bounds, strict=True):
        of_passage = title.years.union(*(one.years for one in facts[start:end]))
        whole[start:end] = asked.years <= of_passage
        other[start:end] = years_differ(asked.years, of_passage)
        for i in range(start, end):
            around = facts[max(start, i - 1) : min(end, i + 2)]
            near[i] = asked.years <= title.years.union(*(one.years for one in around))
    return {"near_years": near, "passage_years": whole, "passage_other_year": other}


def _of_meaning(
    passages: Sequence[Passage], columns: Sequence[int], layout: Layout, here: Scope, near: Scope
) -> dict[str, Column]:
    """Cosines, also with those of the neighbours and with the words that are met."""
    of_texts = np.array([row for p in passages for row in p.sentence_similarity], np.float64)
    cosine = of_texts[:, list(columns)].max(axis=1)
    best = np.maximum.reduceat(cosine, layout.starts)
    dense = [passage.scores.get("dense") for passage in passages]
    of_passage = [b - _BELOW_BEST if d is None else d for d, b in zip(dense, best, strict=True)]
    return {
        "cosine": cosine,
        "passage_cosine": np.array(of_passage, np.float64)[layout.owner],
        "neighbour_cosine": layout.beside(cosine),
        "cosine_words": 10 * here.share * cosine,
        "cosine_near_words": 10 * near.share * np.maximum(cosine - 0.75, 0.0),
    }


def _of_form(
    asked: Asked,
    facts: Sequence[Facts],
    values: Sequence[frozenset[str]],
    passages: Sequence[Passage],
    layout: Layout,
) -> dict[str, Column]:
    """What a sentence looks like and where it stands, whatever it says."""
    lengths = np.array([len(one.text) for one in facts])
    opens = np.array([passage.chunk.ordinal == 0 for passage in passages])
    return {
        "wants_anything": np.full(len(facts), float(not asked.wanted)),
        "something_new": np.array([bool(some) for some in values], np.float64),
        "is_short": (lengths < _SHORT).astype(np.float64),
        "is_long": (lengths > _LONG).astype(np.float64),
        "position": layout.index / np.diff(layout.bounds)[layout.owner, 0],
        "is_first": ((layout.index == 0) & opens[layout.owner]).astype(np.float64),
        "is_question": np.array(
            [one.text.rstrip().endswith(("?", "吗", "呢")) for one in facts], np.float64
        ),
        "rank": np.array([1 / passage.rank for passage in passages])[layout.owner],
        "copula": np.array([one.has_copula for one in facts], np.float64),
        "is_open": np.array(
            [not one.text.endswith(("。", "!", "?", ".", "”", ";")) for one in facts], np.float64
        ),
    }


def _agreement(features: dict[str, Column], rows: Sequence[SentenceRow]) -> Column:
    """In how many other clusters a value stands, among passages that meet the question.

    Noise agrees with itself too, so a passage testifies only where it meets nearly as much of the
    question as the best one does, in the same year.
    """
    met = features["passage_words"]
    testifies = (met >= met.max() - _NEARLY_BEST) & (features["passage_other_year"] == 0)
    holders: dict[str, set[str]] = {}
    for at in np.flatnonzero(testifies).tolist():
        for value in rows[at].values:
            holders.setdefault(value, set()).add(rows[at].passage.cluster_id)
    most = []
    for row in rows:
        own = {row.passage.cluster_id}
        others = [len(holders.get(value, own) - own) for value in row.values]
        most.append(math.log1p(max(others, default=0)))
    return np.array(most)


def _dated(passage: Passage) -> str:
    """Publication year and month as words of the context: 今年 in the text is that year."""
    time = passage.article.published_at
    return f"{time.year}年{time.month}月" if time else ""
