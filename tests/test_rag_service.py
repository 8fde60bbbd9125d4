"""One question, all the way: found, proved, cited, dated; or refused."""

from datetime import datetime

import pytest
from corpus import SHANGHAI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.types import Filters
from rag.errors import BadQuestion
from rag.types import Options


@pytest.mark.parametrize(
    ("question", "gold", "article_id"),
    [
        ("截至2025年二季度末，信用卡和借贷合一卡一共有多少张？", "7.15亿张", "doc-01"),
        ("信用卡数量的最高位是多少，出现在哪一年？", "8.07亿张", "doc-01"),
        ("徽商银行公布了多少家合作机构？", "29家", "doc-03"),
        ("银行能不能和名单以外的机构开展互联网助贷合作？", "不得", "doc-03"),
        ("助贷新规什么时候施行？", "10月1日", "doc-05"),
        ("移动支付的渗透率是多少？", "92.3%", "doc-07"),
    ],
)
def test_facts_are_answered_with_their_source(service, question, gold, article_id):
    answer = service.ask(question)
    assert answer.status in ("answered", "partial")
    assert gold in answer.text
    cited = {c.article.id for c in answer.citations}
    cited |= {other.id for c in answer.citations for other in c.reprints}
    assert article_id in cited


@pytest.mark.parametrize(
    "question", ["火星上有没有水？", "建设银行行长是谁？", "What is the weather in Paris?"]
)
def test_what_no_article_says_is_refused(service, question):
    answer = service.ask(question)
    assert answer.status == "abstained"
    assert answer.citations == ()
    assert answer.abstention.message


@pytest.mark.parametrize(
    ("asked", "simplified"),
    [
        ("徽商銀行公佈了多少家合作機構？", "徽商银行公布了多少家合作机构？"),
        ("助貸新規什麼時候施行？", "助贷新规什么时候施行？"),
    ],
)
def test_traditional_characters_ask_the_same(service, asked, simplified):
    answer = service.ask(asked)
    assert answer.text == service.ask(simplified).text
    assert (answer.question, answer.rewritten_question) == (asked, simplified)
    assert answer.status != "abstained"


def test_refusal_says_so_in_the_readers_language(service):
    assert service.ask("火星上有没有水？").text.startswith("未找到依据")
    assert service.ask("Who won the football match?").text.startswith("No evidence")


def test_english_question_gets_an_english_frame_around_the_quote(service):
    answer = service.ask("How many partner institutions did Huishang Bank disclose?")
    assert "29家" in answer.text
    assert "银行观察 (2025-09-03)" in answer.text
    assert answer.language == "en"


def test_reprints_are_one_citation(service):
    answer = service.ask("信用卡较一季度末减少了多少张？")
    assert len(answer.citations) == 1
    assert len(answer.citations[0].reprints) == 1


def test_answers_carry_date_and_warnings(service):
    dated = service.ask("徽商银行公布了多少家合作机构？")
    assert dated.as_of == datetime(2025, 9, 3, 8, tzinfo=SHANGHAI)
    cut = service.ask("支付宝理财内容消费用户里有多少花呗用户？")
    assert "truncated_source" in [notice.code for notice in cut.warnings]
    undated = service.ask("移动支付交易规模达到多少？")
    assert undated.as_of is None
    assert "undated_source" in [notice.code for notice in undated.warnings]


def test_filters_keep_other_articles_out(service):
    question = "徽商银行公布了多少家合作机构？"
    answer = service.ask(question, filters=Filters(document_ids=("doc-04",)))
    assert {source.article.id for source in answer.sources} == {"doc-04"}
    assert "29家" not in answer.text


def test_filter_that_nothing_passes_is_refused(service):
    answer = service.ask("花呗有多少用户？", filters=Filters(publishers=("没有这家",)))
    assert answer.abstention.reason == "no_relevant_source"


def test_orders_inside_an_article_are_not_followed(service):
    answer = service.ask("某银行客服热线每天工作多久？")
    assert "密码" not in answer.text
    assert "一切正常" not in answer.text


def test_answers_are_short(service):
    answer = service.ask("信用卡的数量和合作机构名单是怎样的？")
    assert len(answer.sentences) <= 3
    assert len(answer.text) <= 200


@pytest.mark.parametrize("mode", ["hybrid", "dense", "sparse"])
def test_every_mode_finds_the_passage(service, mode):
    found = service.search("徽商银行公布了多少家合作机构？", mode=mode, top_k=3)
    assert found.passages[0].article.id == "doc-03"
    assert len(found.passages) <= 3
    options = Options(mode=mode)
    assert "29家" in service.ask("徽商银行公布了多少家合作机构？", options=options).text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_yields_a_valid_answer_or_a_clear_refusal(service, text):
    try:
        answer = service.ask(text)
    except BadQuestion:
        return
    for citation in answer.citations:
        for quote in citation.quotes:
            assert citation.article.text[quote.start : quote.end] == quote.text


def test_same_question_gives_the_same_answer(service):
    first, second = (service.ask("助贷新规什么时候施行？") for _ in range(2))
    assert (first.text, first.citations) == (second.text, second.citations)
