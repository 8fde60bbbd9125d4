"""What counts as proved by a quote, and why not."""

import pytest

from rag.verify import verify_sentence

QUOTE = (
    "截至二季度末，信用卡和借贷合一卡达7.15亿张，较一季度末减少600万张，银行不得与名单外机构合作。"
)


@pytest.mark.parametrize(
    "sentence",
    [
        QUOTE,
        "信用卡和借贷合一卡达7.15亿张。",
        "信用卡和借贷合一卡达７.１５亿张。",
        "信用卡和借贷合一卡达71500万张。",
        "较一季度末减少600万张。",
        "银行不得与名单外机构合作。",
    ],
)
def test_what_the_quote_says_is_supported(sentence):
    assert verify_sentence(sentence, [QUOTE]).support == "supported"


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("信用卡和借贷合一卡达7.16亿张。", "figure"),
        ("信用卡和借贷合一卡达7.15万张。", "figure"),
        ("较一季度末减少600万家。", "figure"),
        ("银行可以与名单外机构合作。", "negation"),
        ("较一季度末增加600万张。", "direction"),
        ("今天天气晴朗适合出门散步。", "wording"),
    ],
)
def test_what_the_quote_does_not_say_is_not(sentence, reason):
    verdict = verify_sentence(sentence, [QUOTE])
    assert verdict.support == "unsupported"
    assert reason in verdict.reason


def test_a_sentence_without_quotes_is_unsupported():
    assert verify_sentence("随便一句话。", []).reason == "cites nothing"


def test_two_quotes_may_prove_one_sentence():
    quotes = ["徽商银行公布29家机构。", "东亚银行披露9家机构。"]
    sentence = "徽商银行公布29家机构，东亚银行披露9家机构。"
    assert verify_sentence(sentence, quotes).support == "supported"
    assert verify_sentence(sentence, quotes[:1]).support == "unsupported"
