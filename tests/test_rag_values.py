"""What in a sentence may be the answer itself, and what holds two of them against each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.names import find_names
from rag.conflict import _exclude
from rag.facts import read_facts
from rag.testimony import holds
from rag.values import KINDS, VALUE, Value, is_report_date, read_values


def facts_of(sentence: str):
    (names,) = find_names([sentence])
    return read_facts(sentence, tuple((sentence[n.start : n.end], n.kind) for n in names))


def values_of(sentence: str) -> list[tuple[str, str]]:
    facts = facts_of(sentence)
    found = read_values(facts)
    return [(facts.text[start:end], kind) for (start, end), kind in found]


@pytest.mark.parametrize(
    ("sentence", "values"),
    [
        (
            "《满江红》由张艺谋执导，2023年1月22日上映。",
            [("满江红", "work"), ("张艺谋", "person"), ("2023年1月22日", "date")],
        ),
        (
            "截至二季度末，信用卡7.15亿张，下降百分之三。",
            [("7.15亿", "number"), ("3%", "percent")],
        ),
        (
            "徽商银行在合肥公布了29家合作机构。",
            [("徽商银行", "organisation"), ("合肥", "place"), ("29", "number")],
        ),
        ("苏联1991年解体。", [("苏联", "place"), ("1991年", "year")]),
        (
            "乔布斯和史蒂夫·沃兹尼亚克创立了它。",
            [("乔布斯", "person"), ("史蒂夫·沃兹尼亚克", "person")],
        ),
        ("未找到依据。", []),
        ("", []),
    ],
)
def test_figures_dates_and_names_are_values(sentence, values):
    assert values_of(sentence) == values


@given(st.text("张艺谋在北京1月22日，.%亿《》· a", max_size=60))
def test_values_are_in_order_apart_and_inside(text):
    facts = read_facts(text, (("张艺谋", "person"), ("北京", "place"), ("在北京", "organisation")))
    found = read_values(facts)
    ends = [0, *(end for (_, end), _ in found)]
    for ((start, end), kind), before in zip(found, ends, strict=False):
        assert before <= start < end <= len(facts.text)
        assert kind in KINDS


def test_every_value_feature_has_a_name_of_its_own():
    assert len(set(VALUE)) == len(VALUE)


@pytest.mark.parametrize(
    ("text", "value", "reported"),
    [
        ("新华社3月29日电,行长介绍了产品。", "3月29日", True),
        ("该行3月29日表示,规模上升。", "3月29日", True),
        ("mar 29, 2025 该行表示", "29", True),
        ("该行3月29日晚公布了名单。", "3月29日", True),
        ("规则3月29日起施行。", "3月29日", False),
        ("卫星3月29日凌晨4时30分发射升空。", "3月29日", False),
    ],
)
def test_day_of_a_report_is_told_from_the_day_of_what_happened(text, value, reported):
    at = text.find(value)
    assert is_report_date(text, (at, at + len(value))) is reported


@pytest.mark.parametrize(
    ("text", "value", "held"),
    [
        ("共170席", "70", False),
        ("共70席", "70", True),
        ("1.70亿和70家", "70", True),
        ("10月1日", "1日", True),
        ("11日", "1日", False),
        ("", "70", False),
    ],
)
def test_a_figure_within_another_is_not_there(text, value, held):
    assert holds(text, value) is held


def value(text: str, kind: str) -> Value:
    return Value(row=0, start=0, end=len(text), kind=kind, text=text)


@pytest.mark.parametrize(
    ("one", "other", "kind", "exclude"),
    [
        ("2025年10月1日", "2025年12月1日", "date", True),
        ("2025年10月1日", "10月1日", "date", False),
        ("2025年10月1日", "10月", "date", False),
        ("2025-10-01", "2025年10月2日", "date", True),
        ("1991年", "1990年", "year", True),
        ("1.32万亿", "1.3万亿", "number", False),
        ("1051.41亿", "1051.42亿", "number", False),
        ("29", "31", "number", True),
        ("70", "170", "number", True),
        ("8.66%", "8.7%", "percent", False),
        ("7.56万亿", "7.52万亿", "number", True),
        ("1.25%", "1.75%", "percent", True),
        ("诺兰", "克里斯托弗·诺兰", "person", False),
        ("拜登", "特朗普", "person", True),
        ("德约科维奇", "乔科维奇", "person", False),
        ("佩洛西", "佩罗西", "person", False),
        ("郭帆", "郭敬明", "person", True),
        ("克里斯托弗·诺兰", "弗兰克·德拉邦特", "person", True),
        ("詹姆斯·卡梅隆", "斯蒂夫·康拉德", "person", True),
        ("葡萄牙队", "西班牙国家队", "organisation", True),
        ("abuja", "阿布贾", "place", False),
        ("骁龙835处理器", "骁龙810处理器", "other", True),
    ],
)
def test_two_values_exclude_each_other_unless_they_may_be_the_same(one, other, kind, exclude):
    assert _exclude(value(one, kind), value(other, kind)) is exclude
    assert _exclude(value(other, kind), value(one, kind)) is exclude


def test_values_of_other_kinds_say_nothing_about_each_other():
    assert not _exclude(value("北京", "place"), value("张艺谋", "person"))
    assert _exclude(value("辽宁", "place"), value("山东泰山", "organisation"))
