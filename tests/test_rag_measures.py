"""What is near an answer and none: another measure, another count, a deputy."""

import pytest
from asked import ask_over
from corpus import article

TURNOVER = "招商银行成为唯一交易额突破2万亿元的银行，交易额为2.02万亿元。"


def ask(tmp_path, question: str, text: str):
    return ask_over(tmp_path / "home", [article(1, "银行半年报", text)], question)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("招商银行的股价是多少？", TURNOVER),
        ("花呗的年化利率是多少？", "45%的年轻人认为花呗和数字银行卡更方便，花呗占比为12%。"),
        ("招商银行的不良率是多少？", "招商银行贷款余额的增长率是8.25%，招商银行占比为12.5%。"),
        ("美团月付的用户规模有多大？", "移动支付的交易规模达到672万亿元，用户规模继续增长。"),
        ("在借呗最多可以借到多少钱？", "合作产品包括花呗、借呗和白条，年费为300元。"),
        (
            "徽商银行为什么公布了39家合作机构？",
            "徽商银行公布了29家合作机构，因为新规要求公开名单。",
        ),
        ("美国有多少张信用卡？", "截至二季度末，全国信用卡数量为7.15亿张，比年初减少1200万张。"),
        (
            "2025年三季度末全国信用卡有多少张？",
            "截至2025年二季度末，全国信用卡数量为7.15亿张。报道发表于9月25日。",
        ),
        ("什么是助贷？", "助贷新规将于10月1日起施行，多家银行公布了助贷机构名单。"),
        ("花呗是什么？", "徽商银行的合作产品包括花呗和借呗，花呗用户有8600万。"),
        (
            "Who is the chief executive of Ant Group?",
            "蚂蚁集团资深副总裁金晓龙在2025年中国普惠金融国际论坛上发言。",
        ),
    ],
)
def test_another_measure_is_no_answer(tmp_path, question, text):
    assert ask(tmp_path, question, text).status == "abstained"


@pytest.mark.parametrize(
    ("question", "text", "gold"),
    [
        ("招商银行的股价是多少？", "截至9月1日，招商银行的收盘价是42.15元。", "42.15元"),
        pytest.param(
            "招商银行的股价是多少？",
            "截至9月1日收盘，招商银行报42.15元。",
            "42.15元",
            marks=pytest.mark.xfail(reason="the reader was never taught that 报 tells a price"),
        ),
        ("花呗的年化利率是多少？", "花呗分期的年化利率为15.33%。", "15.33%"),
        ("花呗的利率是多少？", "花呗的日息为万分之五，折合年化18.25%。", "18.25%"),
        ("招商银行的交易额是多少？", TURNOVER, "2.02万亿元"),
        ("借呗最多可以借到多少钱？", "借呗的授信额度最高为30万元。", "30万元"),
        (
            "徽商银行为什么公布了29家合作机构？",
            "徽商银行公布了29家合作机构，因为新规要求公开名单。",
            "新规要求公开名单",
        ),
        ("美国有多少张信用卡？", "数据显示，美国信用卡数量为6.31亿张。", "6.31亿张"),
        (
            "2025年三季度末全国信用卡有多少张？",
            "截至2025年9月末，全国信用卡数量为7.07亿张。",
            "7.07亿张",
        ),
        ("徽商银行的注册资本是多少？", "徽商银行的注册资本为138.9亿元。", "138.9亿元"),
        ("网商银行服务了多少小微企业？", "网商银行累计服务了6800多万小微经营者。", "6800多万"),
        ("青山手机的发售日期", "青山手机于2013年11月15日起在北美发售。", "11月15日"),
        ("全国信用卡总量", "截至二季度末，全国信用卡数量为7.15亿张。", "7.15亿张"),
        (
            "什么是助贷？",
            "助贷新规将于10月1日起施行。助贷是指银行与互联网平台合作发放贷款的业务。",
            "互联网平台合作发放贷款",
        ),
        ("花呗是什么？", "花呗用户有8600万。花呗是一款消费信贷产品。", "消费信贷产品"),
        (
            "Who is the chief executive of Ant Group?",
            "蚂蚁集团首席执行官韩歆毅在论坛上发言。",
            "韩歆毅",
        ),
    ],
)
def test_the_measures_own_words_prove_it(tmp_path, question, text, gold):
    answer = ask(tmp_path, question, text)
    assert answer.status in ("answered", "partial")
    assert gold in answer.text


DEPUTY = "青山银行副行长李明在会上致辞。"


FEWER = "全国信用卡和借贷合一卡比2023年减少5200万张。折算下来，平均每分钟有近65张信用卡被注销。"


@pytest.mark.parametrize(
    ("question", "gold"),
    [
        ("全国有多少张信用卡？", None),
        ("全国信用卡的数量是多少？", None),
        ("全国信用卡比2023年减少了多少张？", "5200万张"),
        ("平均每分钟有多少张信用卡被注销？", "65张"),
    ],
)
def test_a_change_or_a_rate_does_not_tell_how_many_there_are(tmp_path, question, gold):
    answer = ask(tmp_path, question, FEWER)
    assert (answer.status == "abstained") == (gold is None)
    assert not gold or gold in answer.text


@pytest.mark.parametrize(
    ("question", "text", "gold"),
    [
        ("信用卡还剩多少张？", "信用卡剩下7.15亿张，比一季度末少了600万张。", "7.15亿张"),
        ("花呗的用户有多少？", "花呗的用户增加到5.1亿人。", "5.1亿人"),
        ("花呗用户中90后占多少？", "花呗用户中90后的占比提升至45%。", "45%"),
        ("爆炸造成多少人死亡？", "爆炸造成至少3人死亡。", "3人"),
    ],
)
def test_a_figure_that_was_reached_is_no_change(tmp_path, question, text, gold):
    assert gold in ask(tmp_path, question, text).text


def test_a_deputy_is_not_who_is_asked_for(tmp_path):
    assert ask(tmp_path, "青山银行的行长是谁？", DEPUTY).status == "abstained"


@pytest.mark.parametrize(
    ("question", "text", "gold"),
    [
        ("青山银行的副行长是谁？", DEPUTY, "李明"),
        ("青山银行的行长是谁？", f"{DEPUTY}青山银行行长王芳出席了会议。", "王芳"),
    ],
)
def test_who_is_asked_for_is_told(tmp_path, question, text, gold):
    assert gold in ask(tmp_path, question, text).text
