"""Time, all the way: evidence of the time that is asked about, what is new, what is old."""

from datetime import date, datetime

import pytest
from corpus import SHANGHAI, article

from index.build import IndexBuilder
from index.settings import IndexSettings
from rag.factory import open_service
from rag.settings import RagSettings
from rag.types import Options, Turn


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 9, 0, tzinfo=SHANGHAI)


ARTICLES = (
    article(
        1, "信用卡数量公布",
        "截至今年二季度末，全国信用卡和借贷合一卡共有7.15亿张。持卡人更爱用移动支付。",
        published_at=at(2025, 9, 24),
    ),
    article(
        2, "信用卡数量公布",
        "截至今年二季度末，全国信用卡和借贷合一卡共有7.49亿张。业内认为行业在调整。",
        published_at=at(2024, 9, 20),
    ),
    article(
        3, "助贷新规发布",
        "助贷新规将于10月1日起施行。银行不得与名单外机构开展互联网助贷业务合作。",
        published_at=at(2025, 9, 17),
    ),
    article(
        4, "央行开展操作", "央行昨日开展了2000亿元逆回购操作，利率为1.4%。市场反应平稳。",
        published_at=at(2025, 9, 3),
    ),
    article(
        5, "央行开展操作", "央行昨日开展了3500亿元逆回购操作，利率为1.4%。市场反应平稳。",
        published_at=at(2025, 9, 29),
    ),
    article(6, "旧闻", "余额宝的单日转出上限为5万元，该规则没有调整过。", published_at=None),
)  # fmt: skip


@pytest.fixture(scope="module")
def timed(tmp_path_factory):
    home = tmp_path_factory.mktemp("timed")
    with IndexBuilder(home, IndexSettings()) as builder:
        builder.ingest(ARTICLES)
    service = open_service(home, IndexSettings(), RagSettings(), clock=lambda: at(2025, 10, 8))
    yield service
    service.close()


def codes(answer) -> list[str]:
    return [notice.code for notice in answer.warnings]


@pytest.mark.parametrize(
    ("question", "asked_at", "figure"),
    [
        ("今年二季度末信用卡和借贷合一卡有多少张？", at(2025, 10, 8), "7.15亿张"),
        ("去年二季度末信用卡和借贷合一卡有多少张？", at(2025, 10, 8), "7.49亿张"),
        ("今年二季度末信用卡和借贷合一卡有多少张？", at(2024, 10, 8), "7.49亿张"),
        ("2024年二季度末信用卡和借贷合一卡有多少张？", at(2025, 10, 8), "7.49亿张"),
        ("2025年二季度末信用卡和借贷合一卡有多少张？", at(2026, 3, 1), "7.15亿张"),
    ],
)
def test_the_figure_of_the_period_that_is_asked_about_comes_first(
    timed, question, asked_at, figure
):
    answer = timed.ask(question, options=Options(as_of=asked_at))
    assert figure in answer.sentences[0].text


def test_what_is_new_goes_first_only_where_it_is_asked_for(timed):
    newest = timed.ask("央行最近一次逆回购操作的规模是多少？")
    assert "3500亿元" in newest.sentences[0].text
    assert newest.as_of == at(2025, 9, 29)


def test_relative_dates_in_quotes_carry_their_days(timed):
    answer = timed.ask("今年二季度末信用卡和借贷合一卡有多少张？")
    quote = answer.citations[0].quotes[0]
    period = next(p for p in quote.periods if p.text == "今年二季度末")
    assert (period.first, period.last) == (date(2025, 6, 30), date(2025, 6, 30))
    assert quote.text[period.at : period.at + len(period.text)] == period.text
    said = next(notice.message for notice in answer.warnings if notice.code == "relative_time")
    assert "“今年二季度末”指2025年6月30日" in said


@pytest.mark.parametrize(
    ("question", "asked_at", "stale"),
    [
        ("最近一周央行开展了多少逆回购操作？", at(2025, 10, 1), False),
        ("最近一周央行开展了多少逆回购操作？", at(2025, 10, 20), True),
        ("助贷新规什么时候施行？", at(2025, 10, 8), False),
        ("助贷新规什么时候施行？", at(2027, 10, 8), True),
        ("今年二季度末信用卡和借贷合一卡有多少张？", at(2026, 8, 1), True),
        ("2025年二季度末信用卡和借贷合一卡有多少张？", at(2026, 12, 1), False),
        ("新规施行后银行能和名单外机构合作吗？", at(2025, 10, 8), True),
        ("新规施行后银行能和名单外机构合作吗？", at(2025, 9, 20), False),
    ],
)
def test_evidence_that_is_old_against_the_question_is_said_to_be(timed, question, asked_at, stale):
    answer = timed.ask(question, options=Options(as_of=asked_at))
    assert answer.status != "abstained"
    assert ("stale_sources" in codes(answer)) is stale


def test_undated_evidence_has_no_age(timed):
    answer = timed.ask("余额宝的单日转出上限是多少？", options=Options(as_of=at(2029, 1, 1)))
    assert "undated_source" in codes(answer)
    assert "stale_sources" not in codes(answer)
    assert answer.as_of is None


@pytest.mark.parametrize("asked_at", [at(2025, 10, 8), at(2026, 11, 25)])
def test_what_has_not_happened_is_refused_as_such(timed, asked_at):
    question = "2028年二季度末信用卡和借贷合一卡有多少张？"
    answer = timed.ask(question, options=Options(as_of=asked_at))
    assert answer.abstention.reason == "future_event"


def test_a_date_ahead_that_an_article_names_is_answered(timed):
    answer = timed.ask("助贷新规从2025年10月1日起施行吗？", options=Options(as_of=at(2025, 9, 18)))
    assert answer.status != "abstained"


def test_follow_ups_are_answered_and_say_what_was_understood(timed):
    history = [Turn(role="user", content="今年二季度末信用卡和借贷合一卡有多少张？")]
    answer = timed.ask("去年呢？", history=history)
    assert "7.49亿张" in answer.sentences[0].text
    assert answer.question == "去年呢？"
    assert answer.rewritten_question == "去年二季度末信用卡和借贷合一卡有多少张？"
    assert timed.ask("助贷新规什么时候施行？", history=history).rewritten_question is None


def test_both_a_follow_up_and_its_whole_are_searched(timed):
    history = [Turn(role="user", content="助贷新规什么时候施行？")]
    answer = timed.ask("那逆回购操作呢？", history=history)
    assert {source.article.id for source in answer.sources} >= {"doc-04", "doc-05"}
