"""Sentences side by side: neighbours never cross from one passage into the next."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.words import content_words
from rag.asked import take_apart
from rag.facts import read_facts
from rag.layout import Layout
from rag.measures import Scope, candidate_values, find_items, measure

passages = st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=5), min_size=1, max_size=5)


@given(passages, st.data())
def test_reach_is_the_plain_loop_over_each_passage(values, data):
    titles = data.draw(st.lists(st.floats(0, 1), min_size=len(values), max_size=len(values)))
    layout = Layout([len(some) for some in values])
    flat = np.array([value for some in values for value in some])

    near = [
        max(*some[max(0, i - 1) : i + 2], title)
        for some, title in zip(values, titles, strict=True)
        for i in range(len(some))
    ]
    beside = [
        max([*some[max(0, i - 1) : i], *some[i + 1 : i + 2]], default=some[i])
        for some in values
        for i in range(len(some))
    ]
    assert layout.reach(flat, np.array(titles)).tolist() == near
    assert layout.beside(flat).tolist() == beside
    assert layout.whole(flat, np.array(titles)).tolist() == [
        max(*some, title) for some, title in zip(values, titles, strict=True)
    ]
    assert layout.index.tolist() == [i for some in values for i in range(len(some))]


@pytest.mark.parametrize(
    "question",
    [
        "徽商银行2025年的不良率是多少？",
        "谁执导了《流浪地球》？",
        "有多少家合作机构？",
        "？",
        "GDP 3.5%",
    ],
)
def test_a_text_is_measured_the_same_alone_and_among_others(question):
    asked = take_apart(question, question, content_words(question))
    texts = ["徽商银行2025年不良率为1.5%。", "由郭帆执导。", "", "共有29家合作机构，东亚银行9家。"]
    facts = [read_facts(text, (("郭帆", "person"), ("东亚银行", "organisation"))) for text in texts]
    values = [candidate_values(asked, one) for one in facts]
    together = measure(
        asked,
        facts,
        values,
        Scope(asked, find_items(asked, [f.text for f in facts])),
    )
    for at, one in enumerate(facts):
        alone = measure(
            asked,
            [one],
            [values[at]],
            Scope(asked, find_items(asked, [one.text])),
        )
        assert {name: column[at] for name, column in together.items()} == {
            name: column[0] for name, column in alone.items()
        }
