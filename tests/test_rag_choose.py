"""Which parts of sentences answer together: nothing twice, nothing that differs left out."""

import pytest
from asked import ask_over
from corpus import article
from hypothesis import given
from hypothesis import strategies as st

from rag.alike import say_the_same
from rag.compose import SURE

DRAFT = "青山银行协会的《信用卡分期收费规则（征求意见稿）》提出，分期手续费的年化上限为18%。"
FINAL = "青山银行协会的《信用卡分期收费规则》正式发布，分期手续费的年化上限定为15%。"
COUNT = "截至6月末，青山银行的信用卡发卡量达到321万张，比年初增加了12万张"


def ask(tmp_path, question: str, *texts: str):
    articles = [article(number, f"报道{number}", text) for number, text in enumerate(texts, 1)]
    return ask_over(tmp_path / "home", articles, question)


def test_a_draft_does_not_stand_for_its_final_text(tmp_path):
    answer = ask(tmp_path, "信用卡分期手续费的年化上限现在是多少？", DRAFT, FINAL)
    assert "15%" in answer.text


@pytest.mark.parametrize("other", [f"{COUNT}，行长王芳说。", f"据介绍，{COUNT}。"])
def test_what_two_articles_tell_alike_is_said_once(tmp_path, other):
    answer = ask(tmp_path, "青山银行的信用卡发卡量是多少？", f"{COUNT}。", other)
    assert answer.text.count("321万张") == 1


def test_a_repetition_with_another_date_is_a_repetition(tmp_path):
    told = "一组数据引起注意：6家国有大行和9家股份行的信用卡贷款余额合计7.56万亿元"
    texts = (f"{told}，比年初减少近2000亿元。", f"近期，随着2025年半年报的陆续披露，{told}。")
    answer = ask(tmp_path, "国有大行和股份行的信用卡贷款余额合计是多少？", *texts)
    assert answer.text.count("7.56万亿元") == 1


def test_a_figure_that_is_cut_off_is_not_told(tmp_path):
    texts = ("青山银行的信用卡发卡量达到321...", "青山银行的信用卡发卡量又有增长。")
    assert "321" not in ask(tmp_path, "青山银行的信用卡发卡量是多少？", *texts).text


def test_a_bare_figure_is_no_sentence(tmp_path):
    text = "青山银行公布了信用卡新规的施行时间。2025年12月8日9时。"
    answer = ask(tmp_path, "青山银行的信用卡新规什么时候施行？", text)
    assert not any(sentence.text.startswith("2025年") for sentence in answer.sentences)


def test_another_banks_figure_is_not_told(tmp_path):
    text = (
        "青山银行的信用卡贷款余额有所下降，比年初下降9.23%。"
        "东山银行的信用卡贷款余额为5224亿元，比年初下降13.88%。"
    )
    answer = ask(tmp_path, "青山银行的信用卡贷款余额下降了多少？", text)
    assert "9.23%" in answer.text
    assert "13.88%" not in answer.text


def test_two_banks_that_are_asked_about_are_no_other_bank_to_each_other(tmp_path):
    texts = (
        "东山银行披露了9家合作机构，名单会更新。",
        "徽商银行公布了29家合作机构。",
        "青山银行有14家分行，比年初多了3家。",
    )
    answer = ask(tmp_path, "徽商银行和东山银行各公布了多少家合作机构？", *texts)
    assert "29家" in answer.text
    assert "9家合作机构，" in answer.text.replace("29家", "")


def test_a_sure_answer_has_no_company_that_only_shares_its_topic(tmp_path):
    text = (
        "青山银行公布了理财用户的情况。用户年龄分布：21岁到55岁用户占比超过70%，男女比例均衡。"
        "地域分布：三线及以上城市占比72%，广东、江苏、浙江为前三大省份。"
        "月收入过万的创作者占比达25%。"
    )
    answer = ask(tmp_path, "青山银行理财用户中21岁到55岁的用户占比是多少？", text)
    assert answer.confidence > SURE
    assert "70%" in answer.text
    assert "72%" not in answer.text
    assert "25%" not in answer.text


@given(st.lists(st.text("信用卡余额降升7.5亿元%2年", max_size=12), max_size=6))
def test_saying_the_same_is_mutual(texts):
    same = say_the_same(texts)
    assert same.shape == (len(texts), len(texts))
    assert (same == same.T).all()
    assert all(same[i, j] for i, a in enumerate(texts) for j, b in enumerate(texts) if a == b)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("信用卡贷款余额为7.5亿元", "信用卡贷款余额为7.5亿元,比年初下降", True),
        ("年化上限为18%,自12月起施行", "年化上限为15%,自12月起施行", False),
        ("信用卡贷款余额合计7.5亿元,减少2亿元", "2025年信用卡贷款余额合计7.5亿元", True),
        ("花呗用户有8600万", "芝麻信用有新规", False),
    ],
)
def test_texts_with_another_figure_of_one_unit_differ(one, other, same):
    assert say_the_same([one, other])[0, 1] == same
