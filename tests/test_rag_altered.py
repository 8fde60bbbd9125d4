"""One sentence told twice with one thing changed."""

import pytest

from index.words import content_words
from rag.altered import find_altered
from rag.asked import take_apart
from rag.facts import read_facts


def change(question: str, *sentences: str):
    asked = take_apart(question, question, content_words(question))
    facts = [read_facts(sentence) for sentence in sentences]
    articles = [f"doc_{i}" for i in range(len(sentences))]
    found = find_altered(asked, facts, articles, [0.9] * len(sentences))
    return found and {found.one_value, found.other_value}


@pytest.mark.parametrize(
    ("question", "one", "other", "values"),
    [
        (
            "二季度末信用卡不良率是多少？",
            "截至二季度末，信用卡不良率为1.25%，较年初上升。",
            "截至二季度末，信用卡不良率为1.75%，较年初上升。",
            {"1.25", "1.75"},
        ),
        (
            "新规什么时候施行？",
            "监管部门表示，新规将于2025年10月1日起正式施行。",
            "监管部门表示，新规将于2025年12月1日起正式施行。",
            {"2025年10月1日", "2025年12月1日"},
        ),
        (
            "这部电影的导演是谁？",
            "这部电影由詹姆斯·卡梅隆执导，讲述了一段故事。",
            "这部电影由斯蒂夫·康拉德执导，讲述了一段故事。",
            {"詹姆斯·卡梅隆", "斯蒂夫·康拉德"},
        ),
    ],
)
def test_one_changed_value_is_found(question, one, other, values):
    assert change(question, one, other) == values


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (
            "不良率是多少？",
            "截至二季度末，信用卡不良率为1.25%，较年初上升。",
            "截至二季度末，信用卡不良率为1.25%，较年初上升。",
        ),
        (
            "贷款余额是多少？",
            "截至二季度末，该行贷款余额为1051.41亿元，同比增长。",
            "截至二季度末，该行贷款余额为1051.42亿元，同比增长。",
        ),
        (
            "新规什么时候施行？",
            "金融监管总局9月20日宣布，新规将为行业带来变化。",
            "金融监管总局9月21日宣布，新规将为行业带来变化。",
        ),
        (
            "不良率是多少？",
            "记者张三从该行获悉，信用卡不良率持续下降，资产质量向好。",
            "记者李四从该行获悉，信用卡不良率持续下降，资产质量向好。",
        ),
        ("不良率是多少？", "信用卡不良率为1.25%。", "房贷方面，该行余额增长3.75%，位居前列。"),
    ],
    ids=["the same", "a rounding", "dates of two reports", "another kind", "another sentence"],
)
def test_what_is_no_disagreement_is_not_found(question, one, other):
    assert change(question, one, other) is None


def test_one_article_does_not_disagree_with_itself():
    asked = take_apart("不良率是多少？", "不良率是多少？", content_words("不良率是多少？"))
    facts = [
        read_facts(f"截至二季度末，信用卡不良率为{n}%，较年初上升。") for n in ("1.25", "1.75")
    ]

    assert find_altered(asked, facts, ["doc", "doc"], [0.9, 0.9]) is None
