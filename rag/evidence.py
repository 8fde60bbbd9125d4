"""Step 3: every sentence of the best passages, and every part of the best ones, gets a score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.words import content_words
from rag.asked import ASKS, Asked, ask_plainly, take_apart
from rag.doubt import ABOUT_ANOTHER, is_about_another
from rag.features import COLUMN, Table, build_table
from rag.match import HARDLY
from rag.measures import Column, Matrix
from rag.scorer import SUFFICIENCY, Blend, Scorer, probability
from rag.spans import SPAN, Span, span_features
from rag.types import Evidence, Passage, Query
from rag.values import Value, list_values

CUT = 8  # best sentences that are looked at clause by clause
_NEWEST_WORDS = frozenset(("最近", "最新", "近期", "近日", "日前", "刚刚", "一次"))
_FEW = 10
_NO_OTHER = -6.0  # log odds of the best sentence of other clusters, or value, where there is none
_TELLING = 4.0  # from this rarity on a word of the question is no mere help of a sentence
_OF_SPAN = {
    "span_typed": SPAN.index("typed_subject_there"),
    "span_cue": SPAN.index("cue_by_value_there"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Sentences and spans under the question, or under one part of it.

    Attributes:
        log_odds: that a sentence holds an answer, one for each row of the table.
        values: what in the best sentences may be the answer itself; ``value_features``, shape
            (values, len(VALUE)), and ``value_log_odds`` belong to them.
        spans: parts of the best sentences; ``span_features``, shape (spans, len(SPAN)), and
            ``span_log_odds`` belong to them.
    """

    table: Table
    log_odds: Matrix
    values: tuple[Value, ...]
    value_features: Matrix
    value_log_odds: Matrix
    spans: tuple[Span, ...]
    span_features: Matrix
    span_log_odds: Matrix

    def evidence(self, row: int) -> Evidence:
        """A row as evidence."""
        found = self.table.rows[row]
        return Evidence(
            passage=found.passage,
            sentence=found.passage.chunk.sentences[found.index],
            text=found.text,
            score=float(probability(self.log_odds[row : row + 1])[0]),
        )


def rank_sentences(
    query: Query, passages: Sequence[Passage], scorer: Scorer
) -> tuple[Ranking, ...]:
    """The ranking of the whole question, then one for each of its parts."""
    tables = build_tables(query, passages)
    return tuple(rank_table(table, scorer.sentence, scorer.value, scorer.span) for table in tables)


def build_tables(query: Query, passages: Sequence[Passage]) -> tuple[Table, ...]:
    """The table of the whole question, then one for each of its parts."""
    of_whole = range(len(query.search_texts) - len(query.parts))
    tables = [build_table(_take_apart(query, query.text, query.matched), passages, of_whole)]
    for column, part in enumerate(query.parts, start=len(of_whole)):
        tables.append(build_table(_take_apart(query, part, part), passages, [column]))
    return tuple(tables)


def _take_apart(query: Query, text: str, matched: str) -> Asked:
    text, matched = ask_plainly(text), ask_plainly(matched)
    return take_apart(text, matched, _sought_words(query, matched))


def _sought_words(query: Query, text: str) -> tuple[str, ...]:
    """The words that a sentence is to hold: what is new does not call itself 最近一次."""
    words = content_words(text)
    others = tuple(word for word in words if word not in _NEWEST_WORDS)
    return others if query.newest and others else words


def rank_table(table: Table, sentence: Blend, value: Blend, span: Blend) -> Ranking:
    """Score the sentences of a table, and the values and parts of the best ones."""
    return rank_scored(table, score_table(table, sentence), value, span)


def score_table(table: Table, sentence: Blend) -> Column:
    """Log odds that each sentence of a table holds an answer, one for each row."""
    return sentence.log_odds(table.features) - ABOUT_ANOTHER * is_about_another(table)


def rank_scored(table: Table, log_odds: Matrix, value: Blend, span: Blend) -> Ranking:
    """Score the values and parts of the best sentences of a table.

    Args:
        table: the sentences.
        log_odds: that each holds an answer.
        value: the model of values.
        span: the model of parts.
    """
    values, value_features = list_values(table, log_odds)
    value_log_odds = value.log_odds(value_features)
    best = [int(row) for row in np.argsort(-log_odds, kind="stable")[:CUT]]
    spans, features = span_features(table, log_odds, best)
    return Ranking(
        table=table,
        log_odds=log_odds,
        values=tuple(values),
        value_features=value_features,
        value_log_odds=value_log_odds,
        spans=tuple(spans),
        span_features=features,
        span_log_odds=span.log_odds(features),
    )


def sufficiency_features(ranking: Ranking) -> Matrix:
    """What tells whether the evidence as a whole answers; shape (1, len(SUFFICIENCY))."""
    if not len(ranking.log_odds):
        return np.zeros((1, len(SUFFICIENCY)))
    order = np.argsort(-ranking.log_odds, kind="stable")
    sentences = ranking.log_odds[order]
    features = ranking.table.features
    top = features[order[:3]]

    def best(name: str) -> float:
        return float(features[:, COLUMN[name]].max())

    def of_top(name: str) -> float:
        return float(top[:, COLUMN[name]].max())

    kinds = top[:, [COLUMN[name] for name in ("number", "date", "percent", "person", "place")]]
    spans = np.sort(ranking.span_log_odds)[::-1]
    best_span = ranking.span_features[int(ranking.span_log_odds.argmax())]
    values = {
        "best_span": spans[0],
        "best_sentence": sentences[0],
        "second_sentence": sentences[min(1, len(sentences) - 1)],
        "fourth_margin": sentences[0] - sentences[min(3, len(sentences) - 1)],
        "spans_over_half": np.log1p(float((spans > 0).sum())),
        "best_cosine": best("cosine"),
        "passage_cosine": best("passage_cosine"),
        "passage_words": best("passage_words"),
        "near_words": of_top("near_words"),
        "rarest": of_top("near_rarest"),
        "years_met": of_top("near_years"),
        "other_year": float(top[0, COLUMN["other_year"]]),
        "agreement": of_top("agreement"),
        "wanted_there": float(kinds.min(axis=1).max()),
        "titles_met": of_top("near_titles"),
        "latin_met": of_top("near_latin"),
        "names": of_top("near_names"),
        "passage_names": best("passage_names"),
        "other_body": float(top[0, COLUMN["other_body"]]),
        # The best of many is better by chance alone; below ten the fit has seen too little to say.
        "sentences": np.log1p(max(len(sentences), _FEW)),
        **{name: best(name) for name in ("clause_typed", "clause_typed_subject")},
        **{
            name: of_top(name)
            for name in ("cue_value_subject", "typed_subject", "two_of_subject", "near_subject")
        },
        "type_missing": float(top[0, COLUMN["type_missing"]]),
        "other_cluster": _best_of_other_cluster(ranking, int(order[0])),
        **{name: float(best_span[at]) for name, at in _OF_SPAN.items()},
        "words_nowhere": _count_missing(ranking.table.asked, ranking.table.anywhere),
        "words_not_in_best": _count_missing(ranking.table.asked, ranking.table.words[order[0]]),
        "value_in_best": _best_value_of(ranking, int(order[0])),
    }
    return np.array([[float(values[name]) for name in SUFFICIENCY]])


def _count_missing(asked: Asked, found: Column) -> float:
    """How many telling words of the question are missing, as log(1 + n).

    Args:
        asked: the question.
        found: how far each of its words stands there.
    """
    missing = [
        word.weight >= _TELLING and not ASKS.search(word.text) and there < HARDLY
        for word, there in zip(asked.words, found.tolist(), strict=True)
    ]
    return float(np.log1p(sum(missing)))


def _best_value_of(ranking: Ranking, row: int) -> float:
    """Log odds of the likeliest value in a row."""
    of_row = [value.row == row for value in ranking.values]
    return float(ranking.value_log_odds[of_row].max(initial=_NO_OTHER))


def _best_of_other_cluster(ranking: Ranking, best: int) -> float:
    """Log odds of the best sentence that is no reprint of the best one's article."""
    own = ranking.table.rows[best].passage.cluster_id
    others = [row.passage.cluster_id != own for row in ranking.table.rows]
    return float(ranking.log_odds[others].max(initial=_NO_OTHER))
