"""What counts as proved by a quote, and why not."""

import re
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rag.times import read_periods
from rag.verify import verify_sentence

CARDS = (
    "截至二季度末，信用卡和借贷合一卡达7.15亿张，较一季度末减少600万张，银行不得与名单外机构合作。"
)
BALANCE = "6家国有大行和9家股份行的信用卡贷款余额合计7.56万亿元，相较于年初减少近2000亿元。"
RULE = "国家金融监督管理总局发布的通知将于2025年10月1日起施行，商业银行应当披露名单。"
USERS = "21至55岁用户占比超70%，95后到00后用户数量增长4倍，女性用户可以申请免年费。"
AI = "蚂蚁集团金晓龙表示，AI理财二季度收益率波动比市场平均低5BP，全国超三分之一经营主体获得贷款。"
CLOSED = "超过40家银行信用卡分中心终止营业，中国银行停发了24款联名卡，不良率上升了0.3个百分点。"


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        (CARDS, CARDS),
        ("信用卡和借贷合一卡达7.15亿张。", CARDS),
        ("信用卡和借贷合一卡达７.１５亿张。", CARDS),
        ("信用卡和借贷合一卡达71500万张。", CARDS),
        ("信用卡和借贷合一卡达七点一五亿张。", CARDS),
        ("较一季度末减少600万张。", CARDS),
        ("较第一季度末减少了600万张。", CARDS),
        ("较一季度末减少600万张。", "较第一季度末减少600万张。"),
        ("去年末减少600万张。", "上年末减少600万张。"),
        ("银行不得与名单外机构合作。", CARDS),
        ("银行不能与名单外机构合作。", CARDS),
        ("六家国有大行和九家股份行的信用卡贷款余额合计7.56万亿元。", BALANCE),
        ("6家国有大行和9家股份行的信用卡贷款余额合计75600亿元。", BALANCE),
        ("9家股份行和6家国有大行的信用卡贷款余额合计7.56万亿元。", BALANCE),
        ("相较于年初减少近2000亿元。", BALANCE),
        ("金融监管总局发布的通知将于2025年10月1日起施行。", RULE),
        ("通知将于10月1日起施行。", RULE),
        ("商业银行应当披露名单。", RULE),
        ("21到55岁用户占比超过70%。", USERS),
        ("21-55岁用户占比超70%。", USERS),
        ("21至55岁用户占比超过百分之七十。", USERS),
        ("95后到00后用户数量增长四倍。", USERS),
        ("AI理财二季度收益率波动比市场平均低5个基点。", AI),
        ("AI理财二季度收益率波动比市场平均低0.05个百分点。", AI),
        ("全国超三分之一经营主体获得贷款。", AI),
        ("中国银行停发了二十四款联名卡。", CLOSED),
        ("不良率上升了30BP。", CLOSED),
        ("央行公布了数据。", "中国人民银行公布了数据。"),
        ("蚂蚁花呗接入征信。", "花呗接入征信。"),
    ],
)
def test_what_the_quote_says_is_supported(sentence, quote):
    verdict = verify_sentence(sentence, [quote])
    assert (verdict.support, verdict.reason) == ("supported", "")


@pytest.mark.parametrize(
    ("sentence", "quote", "reason"),
    [
        ("信用卡和借贷合一卡达7.16亿张。", CARDS, "figure"),
        ("信用卡和借贷合一卡达7.15万张。", CARDS, "figure"),
        ("信用卡和借贷合一卡达7.15张。", CARDS, "figure"),
        ("信用卡和借贷合一卡达15亿张。", CARDS, "figure"),
        ("较一季度末减少600万家。", CARDS, "figure"),
        ("较三季度末减少600万张。", CARDS, "figure"),
        ("银行可以与名单外机构合作。", CARDS, "negation"),
        ("银行与名单外机构合作。", CARDS, "negation"),
        ("信用卡和借贷合一卡未达7.15亿张。", CARDS, "negation"),
        ("较一季度末增加600万张。", CARDS, "direction"),
        ("今天天气晴朗适合出门散步。", CARDS, "time"),
        ("天气晴朗适合出门散步。", CARDS, "wording"),
        ("相较于年初增加近2000亿元。", BALANCE, "direction"),
        ("相较于年初减少超过2000亿元。", BALANCE, "over"),
        ("8家国有大行和9家股份行的信用卡贷款余额合计7.56万亿元。", BALANCE, "figure"),
        ("信用卡贷款余额合计7.56万亿美元。", BALANCE, "figure"),
        ("6家国有大行和6家股份行的信用卡贷款余额合计7.56万亿元。", BALANCE, "figure"),
        ("9家国有大行和6家股份行的信用卡贷款余额合计7.56万亿元。", BALANCE, "something else"),
        ("通知将于2025年10月24日起施行。", RULE, "date"),
        ("通知将于2024年10月1日起施行。", RULE, "date"),
        ("人民银行发布的通知将于2025年10月1日起施行。", RULE, "name"),
        ("商业银行可以披露名单。", RULE, "allowed"),
        ("商业银行不应当披露名单。", RULE, "negation"),
        ("21至55岁用户占比不足70%。", USERS, "under"),
        ("21至56岁用户占比超70%。", USERS, "figure"),
        ("21岁、55岁和70%的用户，35至55岁用户占比超70%。", USERS, "figure"),
        ("95后到00后用户数量下降4倍。", USERS, "direction"),
        ("95后到00后用户数量增长4%。", USERS, "figure"),
        ("女性用户必须申请免年费。", USERS, "must"),
        ("AI理财二季度收益率波动比市场平均低5%。", AI, "figure"),
        ("全国超四分之一经营主体获得贷款。", AI, "figure"),
        ("蚂蚁集团王蓬博表示，AI理财二季度收益率波动比市场平均低5BP。", AI, "speaker"),
        ("不足40家银行信用卡分中心终止营业。", CLOSED, "under"),
        ("工商银行停发了24款联名卡。", CLOSED, "name"),
        ("不良率上升了0.3%。", CLOSED, "figure"),
        ("不良率下降了0.3个百分点。", CLOSED, "direction"),
        ("借呗接入征信。", "花呗接入征信。", "name"),
    ],
)
def test_what_the_quote_does_not_say_is_not(sentence, quote, reason):
    verdict = verify_sentence(sentence, [quote])
    assert verdict.support == "unsupported"
    assert reason in verdict.reason


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("有40家银行的信用卡分中心终止营业了。", CLOSED),
        ("比年初减少了2000亿元的余额合计。", BALANCE),
    ],
)
def test_a_figure_without_its_bound_is_partly_supported(sentence, quote):
    assert verify_sentence(sentence, [quote]).support == "partial"


def test_days_of_two_dates_are_not_mixed():
    quote = "名单于9月24日公布，新规自10月1日起施行。"
    assert verify_sentence("新规自10月1日起施行。", [quote]).support == "supported"
    assert "date" in verify_sentence("新规自10月24日起施行。", [quote]).reason


def test_a_relative_date_proves_the_date_that_it_means():
    quote = "截至今年二季度末，信用卡达7.15亿张，昨日公布。"
    meant = read_periods(quote, date(2025, 9, 24))
    for sentence in ("截至2025年二季度末，信用卡达7.15亿张。", "信用卡达7.15亿张，9月23日公布。"):
        assert verify_sentence(sentence, [quote]).support == "unsupported"
        assert verify_sentence(sentence, [quote], meant).support == "supported"
    for sentence in ("截至2024年二季度末，信用卡达7.15亿张。", "信用卡达7.15亿张，9月24日公布。"):
        assert verify_sentence(sentence, [quote], meant).support == "unsupported"


def test_a_clause_that_shares_a_prohibition_does_not_stand_alone():
    quote = "银行不得与名单外机构合作，或者变相开展合作。"
    assert verify_sentence("或者变相开展合作。", [quote]).support != "unsupported"
    assert (
        verify_sentence("银行变相开展合作。", ["银行不得变相开展合作。"]).support == "unsupported"
    )


def test_a_sentence_without_quotes_is_unsupported():
    assert verify_sentence("随便一句话。", []).reason == "cites nothing"


def test_marks_that_an_article_brings_along_do_not_count():
    quote = "徽商银行公布29家机构[2]，合作涵盖营销获客[1-4]。"
    assert (
        verify_sentence("徽商银行公布29家机构，合作涵盖营销获客。", [quote]).support == "supported"
    )
    assert verify_sentence("徽商银行公布2家机构。", [quote]).support == "unsupported"


def test_two_quotes_may_prove_one_sentence():
    quotes = ["徽商银行公布29家机构。", "东亚银行披露9家机构。"]
    sentence = "徽商银行公布29家机构，东亚银行披露9家机构。"
    assert verify_sentence(sentence, quotes).support == "supported"
    assert verify_sentence(sentence, quotes[:1]).support == "unsupported"


# -- whatever is changed in a true sentence, it is not supported any more -------------------------

QUOTES = (CARDS, BALANCE, RULE, USERS, AI, CLOSED)
UNITS = ("张", "家", "倍", "%", "万", "亿", "元", "岁", "款", "年", "月", "BP")
CLAUSES = tuple(
    (clause, quote) for quote in QUOTES for clause in re.split("[，。]", quote) if len(clause) > 5
)


@given(st.sampled_from(CLAUSES))
def test_every_clause_proves_itself(pair):
    assert verify_sentence(f"{pair[0]}。", [pair[1]]).support == "supported"


@given(st.sampled_from(CLAUSES), st.data())
def test_a_changed_digit_is_never_supported(pair, data):
    clause, quote = pair
    places = [i for i, c in enumerate(clause) if c.isdigit()]
    assume(places)
    at = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([d for d in "123456789" if d != clause[at]]))
    changed = clause[:at] + digit + clause[at + 1 :]
    assume(changed not in quote)
    assert verify_sentence(f"{changed}。", [quote]).support != "supported"


@given(st.sampled_from(CLAUSES), st.data())
def test_a_changed_unit_is_never_supported(pair, data):
    clause, quote = pair
    places = [m.span() for m in re.finditer(r"(?<=\d)(?:万亿|亿|万|张|家|倍|%|款|岁|BP)", clause)]
    assume(places)
    start, end = data.draw(st.sampled_from(places))
    unit = data.draw(st.sampled_from([u for u in UNITS if u not in clause[start : end + 1]]))
    changed = clause[:start] + unit + clause[end:]
    assert verify_sentence(f"{changed}。", [quote]).support != "supported"


@given(
    st.sampled_from(CLAUSES),
    st.sampled_from(["不", "未", "没有", "不得", "严禁", "并非"]),
    st.data(),
)
def test_a_negation_that_is_put_in_is_never_supported(pair, negation, data):
    clause, quote = pair
    verbs = [
        m.start()
        for m in re.finditer(
            "达|减少|合计|施行|披露|占比|增长|获得|终止|停发|上升|申请|发布|与名单", clause
        )
    ]
    assume(verbs)
    at = data.draw(st.sampled_from(verbs))
    changed = clause[:at] + negation + clause[at:]
    assert verify_sentence(f"{changed}。", [quote]).support != "supported"


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=3))
def test_any_text_gets_a_verdict_with_a_reason_where_it_is_not_supported(sentence, quotes):
    verdict = verify_sentence(sentence, quotes)
    assert (verdict.support == "supported") == (verdict.reason == "")
