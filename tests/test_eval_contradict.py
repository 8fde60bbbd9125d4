"""Sources made to disagree: one half says another answer of the same kind."""

import re

import pytest

from eval.cases import Case, GoldFilters
from eval.contradict import MIXED, contradict
from eval.examples import is_gold
from eval.suites import Suite
from index.types import Article


def suite_of(*questions: tuple[str, str, int]) -> Suite:
    """Questions with their answer and how many passages hold it."""
    articles, cases = [], []
    for number, (question, answer, holding) in enumerate(questions):
        ids = [f"{number}-{i}" for i in range(holding)]
        articles += [
            Article(
                id=name, title="", publisher="", published_at=None, url=None,
                text=f"第{name}篇说：{answer}。",
            )
            for name in ids
        ]  # fmt: skip
        cases.append(
            Case(
                id=str(number), question=question, type="noise-0", answers=(answer,),
                filters=GoldFilters(document_ids=tuple(ids)),
            )
        )  # fmt: skip
    return Suite(name="set", digest="", articles=tuple(articles), cases=tuple(cases))


@pytest.mark.parametrize(
    ("question", "answer", "pattern"),
    [
        ("春运什么时候开始？", "1月17日", r"(?!1月)\d+月(?!17日)\d+日"),
        ("票房是多少？", "472.58亿元", r"\d{3}\.\d{2}亿元"),
        ("有多少个议席？", "90", r"[1-9]\d"),
    ],
)
def test_other_answer_is_of_the_same_kind(question, answer, pattern):
    made = contradict(suite_of((question, answer, 4)), seed=0)
    case, alone = made.suite.cases
    other = made.other[case.id]

    assert made.other[alone.id] == other
    assert len(case.filters.document_ids) == 4
    assert len(alone.filters.document_ids) == 2

    assert re.fullmatch(pattern, other)
    assert other != answer
    assert case.conflict
    texts = [article.text for article in made.suite.articles]
    assert sum(other in text for text in texts) == 2
    assert sum(answer in text and other not in text for text in texts) == 2


def test_a_name_is_replaced_by_the_name_of_another_question():
    made = contradict(suite_of(("导演是谁？", "张艺谋", 2), ("主演是谁？", "沈腾", 2)), seed=0)
    assert set(made.other.values()) == {"张艺谋", "沈腾"}
    assert {case.type for case in made.suite.cases} == {MIXED}


def test_a_name_without_another_and_a_single_passage_are_left_out():
    assert not contradict(suite_of(("导演是谁？", "张艺谋", 4)), seed=0).suite.cases
    assert not contradict(suite_of(("有多少个议席？", "90", 1)), seed=0).suite.cases


def test_the_same_seed_makes_the_same_set():
    suite = suite_of(("票房是多少？", "472.58亿元", 4))
    assert contradict(suite, 3) == contradict(suite, 3)


@pytest.mark.parametrize(
    ("answers", "value", "gold"),
    [
        (["张艺谋"], "张艺谋", True),
        (["1月17日"], "2022年1月17日", True),
        (["2022年1月17日"], "1月17日", True),
        (["2022年1月17日"], "1月", False),
        (["史蒂夫·乔布斯", "乔布斯"], "乔布斯", True),
        (["张艺谋"], "张", False),
        (["张艺谋"], "", False),
        ([], "张艺谋", False),
    ],
)
def test_a_value_is_gold_where_it_is_the_answer_or_most_of_it(answers, value, gold):
    assert is_gold(answers, value) is gold
