"""What is understood of a question before anything is searched."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Filters
from index.words import content_words
from rag.asked import take_apart
from rag.english import translate_question
from rag.errors import BadQuestion
from rag.question import clean_question, parse_question
from rag.types import Options, Turn

NOW = datetime(2025, 10, 8, tzinfo=UTC)


def parse(text: str, **options: object):
    return parse_question(text, filters=Filters(), options=Options(**options), now=NOW)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "is empty"),
        (" \n\t　", "is empty"),
        ("\x00\x07\x1b", "is empty"),
        ("\u200b\ufeff", "is empty"),
        ("😀🎉", "holds no word"),
        ("？？！", "holds no word"),
        ("花" * 10_000, "10000 characters"),
    ],
)
def test_unusable_questions_are_refused_with_a_reason(text, match):
    with pytest.raises(BadQuestion, match=match) as caught:
        parse(text)
    assert caught.value.code == "validation_error"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (" 花呗\n是什么？ ", "花呗 是什么？"),
        ("花\u200b呗", "花呗"),
        ("😀花呗", "😀花呗"),
        ("Привет", "Привет"),
        ("a" * 2000, "a" * 2000),
    ],
)
def test_questions_become_one_visible_line(raw, clean):
    assert clean_question(raw) == clean


@given(st.text(max_size=300))
def test_any_text_is_cleaned_once_or_refused(text):
    try:
        clean = clean_question(text)
    except BadQuestion:
        return
    assert clean_question(clean) == clean
    assert "\n" not in clean


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("信用卡一共有多少张？", {"number"}),
        ("21到55岁的占比是多少？", {"percent", "number"}),
        ("00后的无卡率是多少？", {"percent", "number"}),
        ("助贷新规什么时候施行？", {"date"}),
        ("合作产品有哪些？", {"list"}),
        ("银行能不能和名单以外的机构合作？", {"yes_no"}),
        ("为什么不同报道的数字不一样？", {"reason"}),
        ("助贷新规的正式文件名称是什么？", {"name"}),
        ("建设银行行长是谁？", {"person"}),
        ("When does the rule take effect?", {"date"}),
        ("How many partners did Huishang Bank disclose?", {"number"}),
        ("花呗", set()),
    ],
)
def test_what_may_answer_is_read_from_the_question(text, kinds):
    asked = take_apart(text, text, content_words(text))
    assert asked.wanted >= kinds
    assert kinds or not asked.wanted


def test_question_is_taken_apart_into_what_must_be_met():
    text = "2025年二季度末徽商银行在《名单》里公布了多少家合作机构？"
    asked = take_apart(text, text, content_words(text))
    assert asked.years == {"2025"}
    assert asked.unit == "家"
    assert asked.titles == ("名单",)
    assert "徽商银行" in asked.bodies


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("有多少家合作机构？", "家"),
        ("全国信用卡总量", "张"),
        ("合作机构的数量是多少？", "家"),
        ("贷款余额是多少？", None),
        ("合作数量", None),
    ],
)
def test_what_is_counted_in_is_known_without_its_measure_word(text, unit):
    assert take_apart(text, text, content_words(text)).unit == unit


def test_english_question_is_also_searched_in_chinese():
    query = parse("How many partner institutions did Huishang Bank disclose?")
    assert query.language == "en"
    assert query.search_texts[1] == "多少家合作机构 徽商银行 披露"
    assert query.matched == query.search_texts[1]


@pytest.mark.parametrize(
    ("question", "chinese"),
    [
        ("When does the loan facilitation rule take effect?", "什么时候 助贷新规 施行"),
        ("How many credit cards are cancelled per minute?", "多少张信用卡 注销 每分钟"),
        ("How many credit cards are there in the United States?", "多少张信用卡 美国"),
        ("How much is the loan balance?", "多少 贷款余额"),
        ("Who issued the loan facilitation rule?", "谁 发布 助贷新规"),
        ("How many?", ""),
        ("When is it?", ""),
    ],
)
def test_what_an_english_question_asks_is_asked_in_chinese(question, chinese):
    assert translate_question(question) == chinese


def test_longest_term_wins():
    assert translate_question("small business owners") == "小微经营者"


def test_caller_may_choose_the_language_of_the_frame():
    assert parse("花呗有多少用户？", language="en").language == "en"


def test_traditional_characters_are_understood_in_a_follow_up():
    asked = Turn(role="user", content="徽商銀行公佈了多少家合作機構？")
    query = parse_question(
        "那東亞銀行呢？", filters=Filters(), options=Options(), now=NOW, history=[asked]
    )
    assert query.asked == "那東亞銀行呢？"
    assert query.text == "东亚银行公布了多少家合作机构？"
