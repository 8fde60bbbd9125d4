"""Metrics against hand-worked examples and against references."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from eval.aggregate import (
    Outcome,
    compare_paired,
    estimate_mean,
    estimate_ratio,
    refusal_metrics,
    risk_coverage,
)
from eval.cases import Case, GoldNumber, GoldSpan
from eval.metrics import (
    char_f1,
    cmrc_f1,
    contains,
    contains_exact,
    exact_match,
    number_accuracy,
    rouge_l,
    score_answer,
)
from eval.norm import norm, spell, tokens
from eval.ranking import Place, score_rankings


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("三点二亿元", "320000000元"),
        ("７.１５亿张", "715000000张"),
        ("百分之十五", "15%"),
        ("1,969.36亿元", "196936000000元"),
        ("二〇二五年十月一日", "2025-10-01"),
        ("2025年9月", "2025-09"),
        ("5個基點", "5bp"),
        ("餘額寶", "余额宝"),
        ("“花呗”，", "花呗"),
        ("3.0%", "3%"),
    ],
)
def test_one_thing_has_one_spelling(one, other):
    assert norm(one) == norm(other)


@given(st.text(max_size=80))
def test_spelling_twice_is_spelling_once(text):
    assert norm(norm(text)) == norm(text) or any(c.isdigit() for c in text)
    assert "".join(tokens(text)) == "".join(tokens(norm(text))) or any(c.isdigit() for c in text)


@pytest.mark.parametrize(
    ("said", "golds", "loose", "exact"),
    [
        ("共有7.15亿张。", [("7.15亿张",)], 1, 1),
        ("共有 7.15 亿 张。", [("7.15亿张",)], 1, 1),
        ("共有715000000张。", [("7.15亿张",)], 1, 0),
        ("共有112人。", [("12人",)], 0, 1),
        ("共有12.5%。", [("12",)], 0, 1),
        ("共有2.5%。", [("2.5%",)], 1, 1),
        ("广东和江苏", [("广东",), ("江苏", "浙江")], 1, 1),
        ("广东", [("广东",), ("江苏",)], 0, 0),
    ],
)
def test_containment_is_of_whole_figures_and_rgbs_is_of_strings(said, golds, loose, exact):
    assert contains(said, golds) == loose
    assert contains_exact(said, golds) == exact


@pytest.mark.parametrize(
    ("said", "gold", "f1"),
    [
        ("北京大学", "北京", 2 * 2 / 6),  # CMRC: the longest common run has 2 of 4 and 2 characters
        ("在北京的大学", "北京大学", 2 * 2 / 10),
        ("上海", "北京", 0.0),
        ("GPT-4模型", "GPT-4", 2 * 2 / 6),
    ],
)
def test_cmrc_f1_by_hand(said, gold, f1):
    assert cmrc_f1(said, gold) == pytest.approx(f1, abs=1e-9)


def test_character_f1_and_rouge_by_hand():
    assert char_f1("花呗用户8600万", "用户8600万") == pytest.approx(2 * 3 / 8)
    precision, recall, square = 3 / 5, 1.0, 1.44
    expected = (1 + square) * precision * recall / (recall + square * precision)
    assert rouge_l("花呗用户8600万", "用户8600万") == pytest.approx(expected)


@given(st.text("花呗用户12亿%", min_size=1, max_size=12))
def test_an_answer_agrees_with_itself(text):
    for metric in (exact_match, char_f1, cmrc_f1, rouge_l):
        assert metric(text, text) == pytest.approx(
            1.0 if tokens(text) or metric is exact_match else 0
        )


@pytest.mark.parametrize(
    ("said", "value", "unit", "tolerance", "right"),
    [
        ("共3.2亿元", 3.2e8, "元", 0, 1),
        ("共32000万元", 3.2e8, "元", 0, 1),
        ("共3.2亿张", 3.2e8, "元", 0, 0),
        ("降5个基点", 5, "bp", 0, 1),
        ("涨2.9%", 3, "%", 0.2, 1),
        ("涨2.9%", 3, "%", 0, 0),
        ("没有数字", 3, "%", 0, 0),
    ],
)
def test_figures_agree_in_value_and_unit(said, value, unit, tolerance, right):
    gold = GoldNumber(value=value, unit=unit, tolerance=tolerance)
    assert number_accuracy(said, [gold]) == right


def test_markers_do_not_count_and_forbidden_words_do():
    case = Case(id="a", question="?", answers=("29家",), must_not=("31家",))
    scores = score_answer(case, "徽商银行公布了29家[1]。")
    assert scores["answer/contains"] == 1
    assert scores["answer/must_not"] == 0
    assert scores["answer/chars"] == len("徽商银行公布了29家。")
    assert spell("2025年9月1日") == "2025-09-01"


def test_retrieval_is_trec_evals_over_spans():
    spans = tuple(
        GoldSpan(document_id=d, quote="q", start=10, end=20, grade=g)
        for d, g in (("a", 1), ("b", 2))
    )
    case = Case(id="x", question="?", gold=spans)
    places = [
        Place(document_id="c", start=0, end=50),
        Place(document_id="a", start=14, end=40),  # covers 6 of 10: enough
        Place(document_id="b", start=16, end=40),  # covers 4 of 10: not enough
        Place(document_id="z", start=0, end=9, reprints=("b",)),
    ]
    scores = score_rankings({"x": (case, places)})["x"]
    assert scores["retrieval/recall@3"] == pytest.approx(0.5)
    assert scores["retrieval/recall@5"] == pytest.approx(1.0)
    assert scores["retrieval/mrr@10"] == pytest.approx(0.5)
    assert scores["retrieval/map@10"] == pytest.approx((1 / 2 + 2 / 4) / 2)
    dcg = 1 / math.log2(3) + 2 / math.log2(5)
    ideal = 2 / math.log2(2) + 1 / math.log2(3)
    assert scores["retrieval/ndcg@10"] == pytest.approx(dcg / ideal, abs=1e-9)


outcomes = st.lists(
    st.builds(
        Outcome, answerable=st.booleans(), abstained=st.booleans(), correct=st.booleans(),
        confidence=st.floats(0, 1),
    ),
    min_size=2,
    max_size=30,
)  # fmt: skip


@given(outcomes)
def test_refusal_metrics_are_sklearns(rows):
    found = refusal_metrics(rows)
    truth, said = [not o.answerable for o in rows], [o.abstained for o in rows]
    for name, reference in (
        ("precision", precision_score), ("recall", recall_score), ("f1", f1_score),
    ):  # fmt: skip
        if f"abstain/{name}" in found:
            expected = reference(truth, said, zero_division=0)
            assert found[f"abstain/{name}"].value == pytest.approx(expected, abs=1e-9)
    curve = risk_coverage(rows)
    assert curve[-1][0] == 1
    assert all(0 <= risk <= 1 for _, risk in curve)


@given(st.lists(st.sampled_from([0.0, 0.25, 1.0]), min_size=1, max_size=50))
def test_interval_holds_the_mean(values):
    one = estimate_mean(values)
    assert one.low - 1e-9 <= one.value <= one.high + 1e-9
    assert one.n == len(values)
    assert estimate_mean(values) == one


def test_paired_test_sees_what_is_there():
    base = [0.0] * 40
    assert compare_paired(base, [1.0] * 12 + [0.0] * 28).p < 0.01
    assert compare_paired(base, base).p == 1
    assert estimate_ratio.__doc__
