"""Step 3: every sentence of the best passages, and every part of the best ones, gets a score."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.words import content_words, normalize
from rag.asked import Asked, take_apart
from rag.features import COLUMN, SentenceRow, Table, build_table
from rag.measures import Matrix
from rag.scorer import SUFFICIENCY, Blend, Scorer, probability
from rag.spans import SPAN, Span, span_features
from rag.types import Evidence, Passage, Query
from rag.values import Value, list_values

CUT = 8  # best sentences that are looked at clause by clause
# Log odds that a sentence loses where the question names a bank, and it and its neighbours do not,
# or it names another one, or a deputy of who is asked for; and that the whole evidence loses where
# the best sentence is such a one. It is a rule, not a fitted weight: what another bank did is never
# an answer.
_ABOUT_ANOTHER = 3.0
# Measures and offices, and the words without which no text tells them: a turnover is no share
# price. Rates of growth are not here, which 增长8% tells as well.
_MEASURES = tuple(
    (re.compile(sought), re.compile(proof))
    for sought, proof in (
        (r"股价|市值", r"股价|市值|每股|收盘|股票"),
        (r"利率|利息", r"利率|利息|年化|[日月年]息|费率|[Ll][Pp][Rr]"),
        (r"不良率|不良贷款率|坏账", r"不良|坏账"),
        (r"逾期率", r"逾期"),
        (r"渗透率", r"渗透"),
        (r"年费", r"年费"),
        (
            r"(?:最高|最多)[^,。?]{0,4}借|借[^,。?]{0,4}(?:最高|最多)|额度",
            r"额度|最高|最多|上限|限额|授信|[可能]借",
        ),
        (r"首席执行官|ceo", r"首席执行官|行政总裁|[Cc][Ee][Oo]"),
        (r"(?<!副)行长", r"(?<!副)行长"),
        (r"(?<!副)董事长", r"(?<!副)董事长"),
    )
)
_COUNT = re.compile(r"(\d+)([家张款种项只户])(?!以)")
# Who is asked for; his deputies are others.
_OFFICE = re.compile(
    r"(?<!副)(?:行长|董事长|总裁|总经理|市长|省长|部长|局长|主席|会长|总统|总理|书记|主任)"
)
_LOOSELY_NAMED = ("集团", "公司", "总局", "协会", "委员会")
_NEWEST_WORDS = frozenset(("最近", "最新", "近期", "近日", "日前", "刚刚", "一次"))
_UNNAMED, _NO_ANSWER = 1.0, 10.0  # log odds, see ``doubt``
_FEW = 10
_NO_OTHER = -6.0  # log odds of the best sentence of other clusters, where there is none
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
    asked = take_apart(query.text, query.matched, _sought_words(query, query.matched))
    tables = [build_table(asked, passages, of_whole)]
    for column, part in enumerate(query.parts, start=len(of_whole)):
        asked = take_apart(part, part, _sought_words(query, part))
        tables.append(build_table(asked, passages, [column]))
    return tuple(tables)


def _sought_words(query: Query, text: str) -> tuple[str, ...]:
    """The words that a sentence is to hold: what is new does not call itself 最近一次."""
    words = content_words(text)
    others = tuple(word for word in words if word not in _NEWEST_WORDS)
    return others if query.newest and others else words


def rank_table(table: Table, sentence: Blend, value: Blend, span: Blend) -> Ranking:
    """Score the sentences of a table, and the values and parts of the best ones."""
    log_odds = sentence.log_odds(table.features)
    log_odds = log_odds - _ABOUT_ANOTHER * _is_about_another(table)
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


def doubt(ranking: Ranking) -> float:
    """Log odds that the evidence loses where its best sentence is about another body or measure.

    So, too, where it counts otherwise than the question: 29家 where that is about 39家. Fewer where
    it names no body itself, and only what stands around it names the right one.
    """
    best = int(ranking.log_odds.argmax())
    row, asked = ranking.table.rows[best], ranking.table.asked
    if _is_unheard_of(asked, row) or _is_of_another_measure(asked, row):
        return _NO_ANSWER
    if _counts_otherwise(asked, row):
        return _NO_ANSWER
    if _is_about_another(ranking.table)[best]:
        return _ABOUT_ANOTHER
    named = f"{row.passage.article.title}\n{row.facts.text}"
    return 0.0 if not asked.bodies or any(b in named for b in asked.bodies) else _UNNAMED


def _is_of_another_measure(asked: Asked, row: SentenceRow) -> bool:
    """Whether the measure that is asked for stands nowhere in a sentence's passage."""
    told = _told(row)
    return any(sought.search(asked.text) and not proof.search(told) for sought, proof in _MEASURES)


def _is_unheard_of(asked: Asked, row: SentenceRow) -> bool:
    """Whether the bank or product that is asked about stands nowhere in a sentence's passage.

    A company or an authority may stand there under a name that we do not know.
    """
    told = normalize(_told(row))
    known = [body for body in asked.bodies if not body.endswith(_LOOSELY_NAMED)]
    return bool(known) and not any(body in told for body in asked.bodies)


def _told(row: SentenceRow) -> str:
    return f"{row.passage.article.title}\n{row.passage.chunk.text}"


def _counts_otherwise(asked: Asked, row: SentenceRow) -> bool:
    """Whether no count of the question stands in the passage, and the sentence has another one."""
    sought = set(_COUNT.findall(asked.text))
    units = {unit for _, unit in sought}
    told = normalize(_told(row))
    return bool(
        sought
        and not sought & set(_COUNT.findall(told))
        and any(unit in units for _, unit in _COUNT.findall(row.facts.text))
    )


def _is_about_another(table: Table) -> NDArray[np.bool_]:
    """For each row whether it is about another body than what is asked about, or about a deputy."""
    astray = np.array([not row.is_about for row in table.rows], bool)
    for office in _OFFICE.findall(table.asked.text):
        astray |= np.array([_has_deputy_alone(office, row.facts.text) for row in table.rows], bool)
    return astray | (table.features[:, COLUMN["other_body"]] > 0)


def _has_deputy_alone(office: str, text: str) -> bool:
    deputies = text.count(f"副{office}")
    return deputies > 0 and text.count(office) == deputies


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
    }
    return np.array([[float(values[name]) for name in SUFFICIENCY]])


def _best_of_other_cluster(ranking: Ranking, best: int) -> float:
    """Log odds of the best sentence that is no reprint of the best one's article."""
    own = ranking.table.rows[best].passage.cluster_id
    others = [row.passage.cluster_id != own for row in ranking.table.rows]
    return float(ranking.log_odds[others].max(initial=_NO_OTHER))
