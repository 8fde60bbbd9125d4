"""What is asked of what: cues, the look of an answer, the subject."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.words import content_words, normalize
from rag.asked import BODY, find_bodies, take_apart
from rag.facts import read_facts
from rag.joint import JOINT, TypeFinder, cue_places, joint_columns, nearness
from rag.layout import Layout
from rag.match import presence


def ask(question: str):
    return take_apart(question, question, content_words(question))


@pytest.mark.parametrize(
    ("question", "head", "subject"),
    [
        ("《流浪地球》的导演是谁？", "导演", {"流浪", "地球"}),
        ("二季度末全国信用卡贷款余额是多少？", "贷款余额", {"信用卡"}),
        ("助贷新规什么时候施行？", "助贷新规", {"助贷新规"}),
        ("2022年重庆的GDP增长率", "增长率", {"重庆"}),
    ],
)
def test_question_falls_into_what_is_asked_and_its_subject(question, head, subject):
    asked = ask(question)
    words = {asked.words[at].text for at in asked.focus.subject}

    assert asked.focus.head == head
    assert subject <= words | {head}
    assert "时间" not in words


@pytest.mark.parametrize(
    ("question", "sentence", "typed"),
    [
        ("《流浪地球》的导演是谁？", "由吴京执导。", ["吴京"]),
        ("新规什么时候施行？", "自2025年10月1日起施行。", ["10月", "1日"]),
        ("2022年的新规什么时候施行？", "2022年发布的新规很重要。", []),
        ("不良率是多少？", "不良率为1.5%，余额30亿元。", ["1.5%"]),
        ("贷款余额是多少？", "不良率为1.5%，余额30亿元。", ["30亿元"]),
        ("有多少家合作机构？", "共有12家合作机构，覆盖3个省。", ["12家"]),
        ("女性用户增长了多少？", "女性用户数量翻倍，男性用户增长4倍。", ["翻倍", "4倍"]),
        ("苏联解体在哪一年？", "1991年12月25日解体。", ["1991年"]),
    ],
)
def test_only_what_looks_like_the_answer_is_typed(question, sentence, typed):
    facts = read_facts(sentence, (("吴京", "person"),))
    places = TypeFinder(ask(question))(facts)

    assert places is not None
    assert sorted(facts.text[a:b] for a, b in places if facts.text[a:b]) == sorted(typed)


def test_question_that_tells_no_type_has_none():
    assert TypeFinder(ask("消费者应该注意"))(read_facts("注意风险。")) is None


@given(st.text(st.sampled_from("中国工商银行集团公司花呗白条月付委员会协，a"), max_size=30))
def test_bodies_are_all_that_the_pattern_finds(text):
    assert find_bodies(text) == BODY.findall(text)


def test_cues_stand_for_the_word_that_is_asked():
    places = cue_places(ask("《流浪地球》的导演是谁？"), "该片由郭帆执导")

    assert [(a, b) for a, b in places] == [(5, 7)]


def test_nearness_is_one_where_two_things_touch_and_falls_with_distance():
    assert nearness([(0, 2)], [(2, 4)]) == 1.0
    assert nearness([(0, 2)], [(8, 9)]) == pytest.approx(0.5)
    assert nearness([], [(0, 1)]) == 0.0


def test_subject_cue_and_value_in_one_clause_outweigh_each_alone():
    asked = ask("徽商银行的不良率是多少？")
    texts = ["徽商银行的不良率为1.2%。", "徽商银行发布了年报。", "另一家机构的不良率为3.4%。"]
    facts = [read_facts(text) for text in texts]
    found = np.array([[float(w.text in f.text) for w in asked.words] for f in facts])
    layout = Layout([len(facts)])
    near = layout.around(found)
    columns = joint_columns(asked, facts, [frozenset()] * 3, (found, near, near), layout)
    clause = columns["clause_typed"]

    assert clause[0] > clause[2] > clause[1]
    assert columns["type_missing"].tolist() == [0.0, 1.0, 0.0]
    assert set(columns) == set(JOINT)


def test_short_form_stands_where_its_long_form_does():
    assert presence("欧冠", normalize("欧洲冠军联赛决赛")) == pytest.approx(0.6)
    assert presence("欧冠", "足球决赛") == 0.0
