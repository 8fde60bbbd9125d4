"""The lexical judge: agreement with the labelled triples, and the hard pairs one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.judge import LexicalJudge, measure_agreement, read_triples

JUDGE = LexicalJudge()
QUOTE = "到2025年二季度末，信用卡和借贷合一卡剩下7.15亿张，比一季度末少了600万张。"


def test_judge_agrees_with_people_on_nine_triples_in_ten():
    triples = read_triples()
    assert len(triples) >= 120
    assert sum(t.supported for t in triples) >= 40
    found = measure_agreement(JUDGE, triples)
    assert found.accuracy >= 0.9, [t.sentence for t in found.wrong]
    assert found.kappa >= 0.8


@pytest.mark.parametrize(
    ("sentence", "supported"),
    [
        ("2025年二季度末，信用卡和借贷合一卡剩下7.15亿张。", True),
        ("信用卡和借贷合一卡剩下7.16亿张。", False),
        ("信用卡和借贷合一卡剩下7.15万张。", False),
        ("2025年三季度末，信用卡和借贷合一卡剩下7.15亿张。", False),
        ("2024年二季度末，信用卡和借贷合一卡剩下7.15亿张。", False),
        ("徽商银行的信用卡剩下7.15亿张。", False),
    ],
)
def test_one_digit_scale_period_or_bank_decides(sentence, supported):
    assert JUDGE.judge(sentence, [QUOTE]).supported is supported


def test_reason_says_what_is_missing():
    assert "7.16" in JUDGE.judge("剩下7.16张。", [QUOTE]).reason


@given(st.text("花呗用户银行不得下降12亿%，。", min_size=2, max_size=30))
def test_a_sentence_proves_itself(text):
    judged = JUDGE.judge(text, [text])
    assert judged.supported or "%" in judged.reason or "negation" in judged.reason
