"""The second look: what is read, how it reads, and when it is worth it."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from asked import NOW
from hypothesis import given
from hypothesis import strategies as st

from index.bundled import load_model
from index.settings import IndexSettings
from index.store import LocalStore
from index.types import Filters
from rag.doubt import doubt
from rag.evidence import Ranking, rank_sentences, sufficiency_features
from rag.question import parse_question
from rag.reader import Window, load_reader, tokenize, tokenize_question, window_of
from rag.reread import (
    LOOKED_AT,
    join_confidences,
    leaves_doubt,
    look,
    look_again,
    read_best,
    reads,
)
from rag.retrieve import retrieve
from rag.scorer import load_scorer, probability
from rag.settings import RagSettings
from rag.types import Options

ODD = ["", " ", "？", "花" * 400, "<s></s>", "😀", "\u200b", "1,200.50 万元", "a\nb"]


@pytest.mark.parametrize(
    ("question", "confidences", "confidence"),
    [
        ("徽商银行的营收是多少？", [0.4], 0.4),
        ("徽商银行和东亚银行的营收各是多少？", [0.2, 0.9, 0.1], 0.9),
        ("盗用张先生身份的人抓到了吗，是谁？", [0.6, 0.1, 0.9], 0.5),
    ],
)
def test_of_two_clauses_both_must_be_sure(question, confidences, confidence):
    query = parse_question(question, filters=Filters(), options=Options(), now=NOW)
    assert join_confidences(query, confidences) == pytest.approx(confidence)


def alone(text, before=""):
    return Window(text=text, before=before)


def ranked(home, question) -> tuple:
    store = LocalStore(home, IndexSettings())
    try:
        query = parse_question(question, filters=Filters(), options=Options(), now=NOW)
        found = retrieve(store, query, settings=RagSettings(), top_k=20, mode="hybrid").passages
        return query, rank_sentences(query, found, load_scorer())
    finally:
        store.close()


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        (
            "兴业银行去年净赚多少？",
            "兴业银行2022年实现归母净利润913.77亿元，同比增长10.52%。",
            "兴业银行2022年末总资产9.27万亿元，较上年末增长7.71%。",
        ),
        (
            "谁被骗走了三万元？",
            "李女士按对方的要求，向陌生账户转账3万元后才发现上当。",
            "民警提醒，凡是要求转账3万元以上的，都要先核实身份。",
        ),
        (
            "这家银行的行长是谁？",
            "行长王江在发布会上回答了记者的提问。",
            "该行副行长李运在发布会上回答了记者的提问。",
        ),
    ],
)
def test_reads_what_words_alone_do_not_tell(question, right, wrong):
    read = load_reader().read(question, [alone(right), alone(wrong)])
    assert read[0] > read[1]


def test_what_stands_before_tells_who_is_meant():
    said = "全年净利润达到46亿元。"
    read = load_reader().read(
        "徽商银行全年净利润是多少？",
        [alone(said, "徽商银行公布了年报。"), alone(said, "腾讯公布了年报。")],
    )
    assert read[0] > read[1]


@pytest.mark.parametrize("question", ODD)
def test_odd_texts_are_read_as_any_other(question):
    read = load_reader().read(question, [alone(text, text) for text in ODD])
    assert np.isfinite(read).all()


def test_many_are_read_as_each_alone_whoever_asks():
    windows = [alone(f"花呗有{number}亿用户。") for number in range(12)]
    reader = load_reader()
    expected = [reader.read("花呗有多少用户？", [one])[0] for one in windows]
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: reader.read("花呗有多少用户？", windows), range(4)):
            np.testing.assert_array_equal(found, expected)
    assert reader.read("花呗有多少用户？", []).shape == (0,)


@given(st.text(max_size=90), st.text(max_size=200), st.text(max_size=200))
def test_tokens_are_few_and_name_the_sentence(question, text, before):
    _, embedder = load_model()
    asked = tokenize_question(embedder, question)
    tokens, sentence = tokenize(embedder, asked, alone(text, before))
    assert len(tokens) <= embedder.most
    assert tokens[sentence.start : sentence.stop] == embedder.tokenize(text)


def test_windows_are_of_the_passage_and_short(built_home):
    _, (ranking,) = ranked(built_home, "徽商银行公布了多少家合作机构？")
    for row in ranking.table.rows:
        window = window_of(row)
        assert row.text.startswith(window.text)
        assert len(window.text) + len(window.before) <= 130
        assert window.before in row.passage.chunk.text
        assert bool(row.index) >= bool(window.before)


def test_a_second_look_changes_what_was_read_alone(built_home):
    query, (ranking,) = ranked(built_home, "徽商银行公布了多少家合作机构？")
    scorer, reader = load_scorer(), load_reader()
    readings = read_best(ranking.table, ranking.log_odds, query.text, reader)
    assert len(readings.rows) == min(LOOKED_AT, len(ranking.table.rows))
    assert ranking.log_odds[list(readings.rows)].min() >= np.sort(ranking.log_odds)[-LOOKED_AT]
    models = (scorer.read, scorer.value, scorer.span)
    again = look_again(ranking.table, ranking.log_odds, readings, models)
    assert isinstance(again, Ranking)
    unread = np.setdiff1d(np.arange(len(ranking.log_odds)), readings.rows)
    np.testing.assert_array_equal(again.log_odds[unread], ranking.log_odds[unread])


def test_what_is_clear_is_not_read(built_home):
    scorer, was_read = load_scorer(), set()
    for question in (
        "徽商银行公布了多少家合作机构？",
        "火星上现在有多少居民？",
        "徽商银行的注册资本是多少？",
        "徽商银行的合作机构里有哪些小贷公司？",
        "谁批准了徽商银行的名单？",
    ):
        query, first = ranked(built_home, question)
        rankings, confidences = look(query, first, scorer)
        assert len(confidences) == len(first) == 1
        assert 0 <= confidences[0] <= 1
        seen = float(scorer.sufficiency.log_odds(sufficiency_features(first[0]))[0])
        seen -= doubt(first[0].table, int(first[0].log_odds.argmax()))
        assert (rankings[0] is not first[0]) == leaves_doubt(seen)
        was_read.add(rankings[0] is not first[0])
    assert was_read == {True, False}


def test_a_second_look_can_be_switched_off(built_home):
    query, first = ranked(built_home, "徽商银行的注册资本是多少？")
    seen, confidences = look(query, first, load_scorer(), second=False)
    assert seen == first
    log_odds = load_scorer().sufficiency.log_odds(sufficiency_features(first[0]))
    log_odds -= doubt(first[0].table, int(first[0].log_odds.argmax()))
    assert confidences == pytest.approx(probability(log_odds).tolist())


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("花呗有多少用户？", [True]),
        ("How many users does Huabei have?", [False]),
        ("徽商银行有多少家合作机构？北京银行有多少家？", [False, True, True]),
    ],
)
def test_parts_are_read_and_what_the_reader_has_never_seen_is_not(question, read):
    query = parse_question(question, filters=Filters(), options=Options(), now=NOW)
    assert [reads(query, number) for number in range(len(read))] == read
    assert len(query.parts) == len(read) - 1
