"""Follow-ups are made whole from the history; questions that stand on their own are left alone."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.followup import complete_question
from rag.types import Turn

ON = date(2025, 10, 8)
HUISHANG = "徽商银行公布了多少家合作机构？"
RULE = "助贷新规的文件全称是什么？"
PARTNERS = "How many partner institutions did Huishang Bank disclose?"
EFFECT = "When does the new loan facilitation rule take effect?"


def complete(question: str, *earlier: str, answer: str = "") -> str:
    turns = []
    for one in earlier:
        turns += [Turn(role="user", content=one), Turn(role="assistant", content=answer)]
    return complete_question(question, turns, ON)


@pytest.mark.parametrize(
    ("question", "earlier", "whole"),
    [
        ("那东亚银行呢？", HUISHANG, "东亚银行公布了多少家合作机构？"),
        ("东亚银行呢", HUISHANG, "东亚银行公布了多少家合作机构？"),
        ("换成上海银行呢？", HUISHANG, "上海银行公布了多少家合作机构？"),
        ("还有恒丰银行", HUISHANG, "恒丰银行公布了多少家合作机构？"),
        ("那借呗呢？", "花呗有多少用户？", "借呗有多少用户？"),
        (
            "兴业银行呢？",
            "平安银行信用卡贷款余额下降了多少？",
            "兴业银行信用卡贷款余额下降了多少？",
        ),
        (
            "花呗用户呢？",
            "支付宝理财内容用户里余额宝用户有多少？",
            "支付宝理财内容用户里花呗用户有多少？",
        ),
        ("去年呢？", "今年二季度末信用卡有多少张？", "去年二季度末信用卡有多少张？"),
        ("去年呢？", "信用卡有多少张？", "去年信用卡有多少张？"),
        ("2022年呢？", "2025年二季度末信用卡有多少张？", "2022年二季度末信用卡有多少张？"),
        ("一季度呢？", "今年二季度信用卡有多少张？", "一季度信用卡有多少张？"),
        ("90后呢？", "00后的无卡率是多少？", "90后的无卡率是多少？"),
        ("那渗透率呢？", "移动支付的交易规模有多大？", "移动支付的渗透率有多大？"),
        (
            "上海银行呢？",
            "徽商银行和东亚银行各公布了多少家合作机构？",
            "上海银行公布了多少家合作机构？",
        ),
    ],
)
def test_another_thing_takes_the_place_of_its_like(question, earlier, whole):
    assert complete(question, earlier) == whole


@pytest.mark.parametrize(
    ("question", "earlier", "whole"),
    [
        ("它什么时候施行？", RULE, "助贷新规什么时候施行？"),
        ("它的渗透率是多少？", "移动支付的交易规模有多大？", "移动支付的渗透率是多少？"),
        ("该行的合作产品有哪些？", HUISHANG, "徽商银行的合作产品有哪些？"),
        ("这家银行收支付通道费用吗？", HUISHANG, "徽商银行收支付通道费用吗？"),
        ("其合作产品有哪些？", HUISHANG, "徽商银行的合作产品有哪些？"),
        (
            "这个通知是谁发布的？",
            "2022年的信用卡通知全名叫什么？",
            "2022年的信用卡通知是谁发布的？",
        ),
        ("过渡期有多长？", "2022年的信用卡通知全名叫什么？", "2022年的信用卡通知过渡期有多长？"),
        ("什么时候施行？", RULE, "助贷新规什么时候施行？"),
        ("谁发布的？", RULE, "助贷新规谁发布的？"),
        ("有哪些要求？", RULE, "助贷新规有哪些要求？"),
        ("其中蚂蚁保用户有多少？", "支付宝理财内容用户有多少？", "支付宝蚂蚁保用户有多少？"),
        ("具体包括哪些产品？", HUISHANG, "徽商银行包括哪些产品？"),
        ("为什么？", "信用卡数量减少了多少张？", "为什么信用卡数量减少了？"),
        ("这是为什么呢？", "信用卡数量减少了多少张？", "为什么信用卡数量减少了？"),
        ("原因呢？", "银行愿意选头部机构合作吗？", "为什么银行愿意选头部机构合作？"),
    ],
)
def test_what_is_missing_comes_from_the_question_before(question, earlier, whole):
    assert complete(question, earlier) == whole


@pytest.mark.parametrize(
    ("question", "earlier", "whole"),
    [
        ("Who issued it?", EFFECT, "Who issued loan facilitation rule?"),
        (
            "What about Bank of East Asia?",
            PARTNERS,
            "How many partner institutions did Bank of East Asia disclose?",
        ),
        ("And MYbank?", PARTNERS, "How many partner institutions did MYbank disclose?"),
        ("How about last year?", "How many credit cards were there in Q2 2025?",
         "How many credit cards were there last year?"),
        ("What are its products?", PARTNERS, "What are Huishang Bank's products?"),
        ("When was this rule issued?", EFFECT, "When was loan facilitation rule issued?"),
        ("Why?", "How many cards were cancelled?", "Why: How many cards were cancelled?"),
        ("Who issued it?", RULE, "Who issued 助贷新规?"),
        ("那东亚银行呢？", PARTNERS, "How many partner institutions did 东亚银行 disclose?"),
    ],
)  # fmt: skip
def test_english_and_mixed_follow_ups(question, earlier, whole):
    assert complete(question, earlier) == whole


def test_the_answer_tells_who_was_asked_for():
    earlier = "哪家银行是唯一信用卡交易额突破2万亿元的银行？"
    whole = complete("它的年费要求是什么？", earlier, answer="招商银行交易额突破2万亿元[1]。")
    assert whole == "招商银行的年费要求是什么？"


def test_follow_ups_of_follow_ups():
    assert (
        complete("那上海银行呢？", HUISHANG, "那东亚银行呢？") == "上海银行公布了多少家合作机构？"
    )
    assert complete("什么时候施行？", "助贷新规讲了什么？", "为什么？") == "助贷新规什么时候施行？"


@pytest.mark.parametrize(
    "question",
    [
        "助贷新规什么时候施行？",
        "信用卡一共有多少张？",
        "网商银行的不良贷款率是多少？",
        "《关于加强商业银行互联网助贷业务管理提升金融服务质效的通知》什么时候施行？",
        "中小银行应该如何发展？",
        "年轻人为什么不用信用卡了？",
        "What does MYbank do with AI?",
        "How many small business owners has MYbank served?",
        "花呗",
    ],
)
def test_a_question_that_stands_on_its_own_is_left_alone(question):
    assert complete(question, HUISHANG) == question


@pytest.mark.parametrize("question", ["那东亚银行呢？", "为什么？", "它什么时候施行？", "Why?"])
def test_without_history_nothing_is_added(question):
    assert complete(question) == question
    assert complete_question(question, [Turn(role="assistant", content="你好")], ON) == question


@given(
    st.text(max_size=60),
    st.lists(
        st.builds(Turn, role=st.sampled_from(("user", "assistant")), content=st.text()), max_size=5
    ),
)
def test_any_history_gives_some_question(question, history):
    assert isinstance(complete_question(question, history, ON), str)
