"""Overviews: a few proved points from different parts of the evidence; nothing else is longer."""

from datetime import datetime

import pytest
from corpus import SHANGHAI, article

from api.http.render import render_answer
from index.build import IndexBuilder
from index.settings import IndexSettings
from rag.events import Said, gap_before
from rag.factory import open_service
from rag.overview import is_heading
from rag.prompts import BULLET
from rag.settings import RagSettings

NOTICE = (
    "助贷新规将于10月1日起施行。助贷新规要求商业银行对平台运营机构实行名单制管理。"
    "商业银行不得与名单外机构开展互联网助贷业务合作。助贷新规严禁不透明收费，增信服务费要计入综合融资成本。"
    "助贷新规要求总行集中管理合作机构，分行不再自主签约。"
)
BANKS = (
    "助贷新规发布后，银行密集披露合作机构名单，头部平台成为首选。助贷新规对银行角色的影响。"
    "中小银行受助贷新规影响较大，业界建议其聚焦区域深耕。"
)
STEPS = (
    "徽商银行的合作分为几类。合作方式有三种：一是营销获客，由平台引流；二是共同出资，双方按比例放款；"
    "三是风险分担，由担保公司承保。徽商银行表示名单不定期更新。"
)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    home = tmp_path_factory.mktemp("told")
    with IndexBuilder(home, IndexSettings()) as builder:
        builder.ingest(
            [
                article(1, "助贷新规要求名单制管理", NOTICE, publisher="监管动态"),
                article(2, "助贷新规倒计时", BANKS, publisher="银行观察"),
                article(3, "徽商银行的合作方式", STEPS, publisher="银行观察"),
            ]
        )
    service = open_service(home, IndexSettings(), RagSettings())
    yield service
    service.close()


@pytest.mark.parametrize(
    "question", ["助贷新规讲了什么？", "助贷新规有哪些要求？", "助贷新规的主要内容是什么？"]
)
def test_an_overview_has_points_of_different_content(told, question):
    answer = told.ask(question)
    assert 3 <= len(answer.sentences) <= 5
    assert all(sentence.text.startswith(BULLET) for sentence in answer.sentences)
    assert answer.text.count("\n") == len(answer.sentences) - 1
    assert len({sentence.text for sentence in answer.sentences}) == len(answer.sentences)
    assert all(
        sentence.citations and sentence.support == "supported" for sentence in answer.sentences
    )


def test_an_english_overview_frames_each_point(told):
    answer = told.ask("What does the loan facilitation rule say?")
    assert len(answer.sentences) >= 3
    assert all(
        s.text.startswith((f"{BULLET}监管动态 (", f"{BULLET}银行观察 (")) for s in answer.sentences
    )


def test_a_heading_is_no_point(told):
    assert "影响[" not in told.ask("助贷新规讲了什么？").text
    assert is_heading("助贷新规对银行角色的影响")
    assert not is_heading("中小银行受助贷新规影响较大")
    assert not is_heading("信用卡贷款余额下降9.23%")


def test_other_questions_have_no_points_and_three_sentences_at_most(told):
    for question in ("助贷新规什么时候施行？", "徽商银行的名单会更新吗？"):
        answer = told.ask(question)
        assert BULLET not in answer.text
        assert len(answer.sentences) <= 3


def test_the_items_of_a_list_stay_together(told):
    answer = told.ask("徽商银行的合作方式有哪些？")
    assert all(item in answer.text for item in ("营销获客", "共同出资", "风险分担"))


def test_a_stream_of_points_joins_to_the_answer(told):
    text, end = "", 0
    for event in told.stream("助贷新规讲了什么？"):
        if isinstance(event, Said):
            text += gap_before(event.sentence, end) + event.sentence.text
            end = event.sentence.end
        else:
            answer = getattr(event, "answer", None)
    assert text == answer.text
    assert render_answer(answer).answer == text


def test_outlet_and_date_stand_before_quotes_of_different_times(tmp_path):
    with IndexBuilder(tmp_path, IndexSettings()) as builder:
        builder.ingest(
            [
                article(
                    1, "名单更新", "徽商银行公布了29家互联网贷款合作机构。", publisher="甲报",
                    published_at=datetime(2025, 9, 3, 8, tzinfo=SHANGHAI),
                ),
                article(
                    2, "名单再更新", "徽商银行公布了31家互联网贷款合作机构。", publisher="乙报",
                    published_at=datetime(2026, 1, 9, 8, tzinfo=SHANGHAI),
                ),
            ]
        )  # fmt: skip
    service = open_service(tmp_path, IndexSettings(), RagSettings())
    text = service.ask("徽商银行最新公布了多少家互联网贷款合作机构？").text
    assert "据乙报2026年1月9日报道，徽商银行公布了31家" in text
    service.close()
