"""Dates and periods are days: a question's by the day it is asked, a sentence's by its article."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.times import find_event, read_periods, wants_newest

ON = date(2025, 10, 8)  # a Wednesday


def days(text: str, on: date = ON) -> list[tuple[str, str, str]]:
    return [(p.text, str(p.first), str(p.last)) for p in read_periods(text, on)]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("今年二季度末", "2025-06-30", "2025-06-30"),
        ("去年", "2024-01-01", "2024-12-31"),
        ("去年年末", "2024-12-31", "2024-12-31"),
        ("上年末", "2024-12-31", "2024-12-31"),
        ("前年", "2023-01-01", "2023-12-31"),
        ("明年", "2026-01-01", "2026-12-31"),
        ("年初", "2025-01-01", "2025-01-01"),
        ("上半年", "2025-01-01", "2025-06-30"),
        ("去年下半年", "2024-07-01", "2024-12-31"),
        ("二季度", "2025-04-01", "2025-06-30"),
        ("第三季度", "2025-07-01", "2025-09-30"),
        ("前三季度", "2025-01-01", "2025-09-30"),
        ("9月", "2025-09-01", "2025-09-30"),
        ("12月", "2024-12-01", "2024-12-31"),
        ("9月底", "2025-09-30", "2025-09-30"),
        ("9月中旬", "2025-09-11", "2025-09-20"),
        ("十一月", "2024-11-01", "2024-11-30"),
        ("10月1日起", "2025-10-01", "2025-10-01"),
        ("12月1日起", "2025-12-01", "2025-12-01"),
        ("2025年9月24日", "2025-09-24", "2025-09-24"),
        ("2025-09-24", "2025-09-24", "2025-09-24"),
        ("2022年", "2022-01-01", "2022-12-31"),
        ("2024年7月", "2024-07-01", "2024-07-31"),
        ("近一个月", "2025-09-08", "2025-10-08"),
        ("近3个月", "2025-07-08", "2025-10-08"),
        ("最近一周", "2025-10-01", "2025-10-08"),
        ("过去两年", "2023-10-08", "2025-10-08"),
        ("本月", "2025-10-01", "2025-10-31"),
        ("上个月", "2025-09-01", "2025-09-30"),
        ("本周", "2025-10-06", "2025-10-12"),
        ("上周", "2025-09-29", "2025-10-05"),
        ("昨日", "2025-10-07", "2025-10-07"),
        ("本季度", "2025-10-01", "2025-12-31"),
        ("近日", "2025-09-08", "2025-10-08"),
        ("last year", "2024-01-01", "2024-12-31"),
        ("the past week", "2025-10-01", "2025-10-08"),
        ("Q2 2025", "2025-04-01", "2025-06-30"),
        ("the first half of 2025", "2025-01-01", "2025-06-30"),
        ("September 24, 2025", "2025-09-24", "2025-09-24"),
        ("October 1", "2025-10-01", "2025-10-01"),
        ("yesterday", "2025-10-07", "2025-10-07"),
        ("last month", "2025-09-01", "2025-09-30"),
    ],
)
def test_an_expression_means_days(text, first, last):
    assert [found[1:] for found in days(text)] == [(first, last)]


def test_every_expression_of_a_sentence_is_read_in_order_at_its_place():
    text = "截至今年二季度末达7.15亿张，较去年年末减少1200万张，较2022年下降11.4%。"
    assert [found[0] for found in days(text)] == ["今年二季度末", "去年年末", "2022年"]
    assert all(text[p.at : p.at + len(p.text)] == p.text for p in read_periods(text, ON))


def test_a_sentence_is_read_by_the_day_of_its_article():
    assert days("今年二季度末", date(2024, 8, 1)) == [("今年二季度末", "2024-06-30", "2024-06-30")]
    assert days("昨日", date(2024, 1, 1)) == [("昨日", "2023-12-31", "2023-12-31")]
    assert days("12月31日", date(2025, 1, 2))[0][1] == "2024-12-31"


@pytest.mark.parametrize(
    "text",
    ["", "7日年化收益率", "11个季度", "近2000亿元", "近5%", "95后到00后", "一周", "2月31日",
     "may I ask", "3.10版", "7.15亿张", "12家银行", "近年来", "三分之一"],
)  # fmt: skip
def test_what_is_no_date_is_none(text):
    assert days(text) == []


@pytest.mark.parametrize(
    ("text", "newest"),
    [
        ("最新的信用卡数据是多少？", True),
        ("最近一周央行有什么动作？", True),
        ("近日哪家银行公布了名单？", True),
        ("本月有哪些新规？", True),
        ("What is the latest figure?", True),
        ("近两年信用卡数量怎样变化？", False),
        ("今年二季度末信用卡有多少张？", False),
        ("信用卡有多少张？", False),
        ("上个月有多少张？", False),
    ],
)
def test_what_is_new_is_asked_for(text, newest):
    assert wants_newest(read_periods(text, ON), ON) is newest


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("新规实施后，银行有什么变化？", "新规实施"),
        ("助贷新规正式施行以来有哪些银行调整？", "新规正式施行"),
        ("新规什么时候实施？", None),
        ("信用卡有多少张？", None),
    ],
)
def test_the_time_after_an_event(text, event):
    assert find_event(text) == event


@given(st.text(max_size=80), st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_any_text_on_any_day(text, on):
    for period in read_periods(text, on):
        assert period.first <= period.last
        assert text[period.at : period.at + len(period.text)] == period.text


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_relative_windows_hold_or_border_the_day(on):
    for text in ("最近一周", "近一个月", "本月", "本周", "今天"):
        assert read_periods(text, on)[0].holds(on)


@pytest.mark.parametrize("number", ["两", "3", "半"])
@pytest.mark.parametrize("unit", ["天", "周", "个星期", "个月", "月", "个季度", "季度", "年"])
def test_every_span_before_today_is_a_window(number, unit):
    periods = read_periods(f"近{number}{unit}的数据", date(2025, 10, 8))

    assert len(periods) == 1
    assert periods[0].window
    assert periods[0].first < date(2025, 10, 8)
