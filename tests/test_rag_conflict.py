"""Sources that disagree are shown with outlet and date; those that only seem to, are not."""

from datetime import UTC, datetime

import pytest
from asked import NOW, ask_over
from corpus import article

from index.build import IndexBuilder
from index.settings import IndexSettings
from index.store import LocalStore
from index.types import Filters
from rag.evidence import rank_sentences
from rag.question import parse_question
from rag.retrieve import retrieve
from rag.scorer import load_scorer
from rag.settings import RagSettings
from rag.testimony import hear
from rag.types import Options


def ask(tmp_path, question: str, *texts: str):
    articles = [
        article(i, f"第{i}篇", text, publisher=f"第{i}家报纸")
        for i, text in enumerate(texts, start=1)
    ]
    return ask_over(tmp_path / "home", articles, question)


def codes(answer) -> list[str]:
    return [notice.code for notice in answer.warnings]


def test_two_figures_for_one_measure_are_both_shown(tmp_path):
    answer = ask(
        tmp_path,
        "徽商银行公布了多少家合作机构？",
        "徽商银行公布了29家互联网贷款合作机构。名单会更新。",
        "徽商银行公布了31家互联网贷款合作机构，涉及多种合作方式。",
    )
    assert "conflicting_sources" in codes(answer)
    assert "29家" in answer.text
    assert "31家" in answer.text
    assert len(answer.citations) == 2
    message = answer.warnings[0].message
    assert "第1家报纸, 2025-09-01" in message
    assert "第2家报纸, 2025-09-02" in message


def test_sources_are_dated_by_chinas_day(tmp_path):
    articles = [
        article(
            number, f"第{number}篇", f"徽商银行公布了{banks}家互联网贷款合作机构。", published_at=at
        )
        for number, banks, at in (
            (1, 29, datetime(2025, 9, 1, 18, tzinfo=UTC)),
            (2, 31, datetime(2025, 9, 5, 2, tzinfo=UTC)),
        )
    ]
    answer = ask_over(tmp_path / "home", articles, "徽商银行公布了多少家合作机构？")
    assert "2025-09-02" in answer.warnings[0].message
    assert "2025-09-05" in answer.warnings[0].message


def test_each_part_of_a_question_may_be_disputed(tmp_path):
    answer = ask(
        tmp_path,
        "徽商银行和东亚银行各公布了多少家合作机构？",
        "徽商银行公布了29家互联网贷款合作机构。名单会更新。",
        "徽商银行公布了31家互联网贷款合作机构，涉及多种合作方式。",
        "东亚银行公布了14家互联网贷款合作机构。",
    )
    assert "conflicting_sources" in codes(answer)
    assert all(figure in answer.text for figure in ("29家", "31家", "14家"))


@pytest.mark.parametrize(
    ("question", "one", "other", "values"),
    [
        (
            "二季度末信用卡不良率是多少？",
            "截至二季度末，信用卡不良率为1.25%，较年初上升。",
            "截至二季度末，信用卡不良率为1.75%，较年初上升。",
            ("1.25%", "1.75%"),
        ),
        (
            "二季度末信用卡不良率是多少？",
            "截至二季度末，信用卡不良率为1.25%，较年初上升。",
            "该行表示，截至二季度末，信用卡不良率为1.75%。",
            ("1.25%", "1.75%"),
        ),
        (
            "国有大行和股份行的信用卡贷款余额合计多少？",
            "据36氪2025年9月12日报道，国有大行和股份行的信用卡贷款余额合计7.52万亿元。",
            "据经济日报2025年9月24日报道，国有大行和股份行的信用卡贷款余额合计7.56万亿元。",
            ("7.52万亿", "7.56万亿"),
        ),
        (
            "助贷新规什么时候施行？",
            "监管部门表示，助贷新规将于2025年10月1日起正式施行。",
            "监管部门表示，助贷新规将于2025年12月1日起正式施行。",
            ("2025年10月1日", "2025年12月1日"),
        ),
        (
            "电影《小微店》的导演是谁？",
            "电影《小微店》由詹姆斯·卡梅隆执导，讲述了一段故事。",
            "电影《小微店》由斯蒂夫·康拉德执导，讲述了一段故事。",
            ("詹姆斯·卡梅隆", "斯蒂夫·康拉德"),
        ),
        (
            "小米MIX2的处理器是什么？",
            "小米MIX2将搭载骁龙810处理器，同时提供6GB内存。",
            "小米MIX2将搭载骁龙835处理器，同时提供6GB内存。",
            ("骁龙810", "骁龙835"),
        ),
        (
            "卫星是什么时候发射的？",
            "卫星于2024年3月20日8时31分在文昌航天发射场发射升空。",
            "卫星于2024年5月20日8时31分在文昌航天发射场发射升空。",
            ("2024年3月20日", "2024年5月20日"),
        ),
    ],
)
def test_one_sentence_told_with_two_values_is_a_conflict(tmp_path, question, one, other, values):
    answer = ask(tmp_path, question, one, other)
    assert "conflicting_sources" in codes(answer)
    assert all(value in answer.text for value in values)


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        (
            "徽商银行公布了多少家合作机构？",
            ("徽商银行公布了29家合作机构。", "徽商银行公布了29家合作机构，名单会更新。"),
        ),
        (
            "该行贷款余额是多少？",
            (
                "截至二季度末，该行贷款余额为1051.41亿元，同比增长。",
                "截至二季度末，该行贷款余额为1051.42亿元，同比增长。",
            ),
        ),
        (
            "助贷新规什么时候施行？",
            (
                "金融监管总局9月20日宣布，助贷新规将为行业带来变化。",
                "金融监管总局9月21日宣布，助贷新规将为行业带来变化。",
            ),
        ),
        (
            "信用卡不良率是多少？",
            (
                "记者张三从该行获悉，信用卡不良率持续下降，资产质量向好。",
                "记者李四从该行获悉，信用卡不良率持续下降，资产质量向好。",
            ),
        ),
        (
            "信用卡不良率是多少？",
            ("信用卡不良率为1.25%。", "房贷方面，该行余额增长3.75%，位居前列。"),
        ),
        (
            "信用卡一共有多少张？",
            ("2023年信用卡一共有7.67亿张。", "2025年信用卡一共有7.15亿张，数量下降。"),
        ),
        (
            "徽商银行公布了多少家合作机构？",
            ("徽商银行公布了29家合作机构。", "东亚银行公布了9家合作机构。"),
        ),
        (
            "分期手续费的年化上限是多少？",
            ("征求意见稿提出分期手续费的年化上限为18%。", "正式规则的分期手续费年化上限为15%。"),
        ),
        (
            "二季度末助贷余额是多少？",
            ("二季度末助贷余额为1.32万亿元。", "二季度末助贷余额约为1.3万亿元，同比增长。"),
        ),
        (
            "6家国有大行和9家股份行的信用卡贷款余额合计多少？",
            (
                "6家国有大行和8家股份行的信用卡贷款余额合计7.52万亿元。",
                "6家国有大行和9家股份行的信用卡贷款余额合计7.56万亿元。",
            ),
        ),
        (
            "信用卡数量的高点是哪一年？",
            ("12家银行的信用卡数量创下高点。", "6家银行的信用卡数量创下高点。"),
        ),
        (
            "网商银行的行长是谁？",
            (
                "新华社杭州3月29日电，网商银行行长冯亮介绍了新产品。",
                "新华社杭州3月30日电，网商银行行长冯亮出席了论坛。",
            ),
        ),
        (
            "电影《小微店》的主演是谁？",
            ("电影《小微店》由吴京领衔主演。", "刘德华主演的电影《小微店》讲小店的故事。"),
        ),
    ],
)
def test_agreement_rounding_other_periods_banks_and_drafts_are_no_conflict(
    tmp_path, question, texts
):
    assert "conflicting_sources" not in codes(ask(tmp_path, question, *texts))


def test_of_many_articles_the_best_five_testify(tmp_path):
    subjects = ("花呗", "借呗", "微粒贷", "房贷", "车贷", "理财", "年费", "积分")
    with IndexBuilder(tmp_path / "home", IndexSettings()) as builder:
        builder.ingest(
            article(i, subject, f"{subject}方面，徽商银行公布了29家合作机构。名单会更新。")
            for i, subject in enumerate(subjects, start=1)
        )
    question = "徽商银行公布了多少家合作机构？"
    query = parse_question(question, filters=Filters(), options=Options(), now=NOW)
    store = LocalStore(tmp_path / "home", IndexSettings())
    try:
        found = retrieve(store, query, settings=RagSettings(), top_k=20, mode="hybrid")
    finally:
        store.close()
    heard = hear(rank_sentences(query, found.passages, load_scorer())[0])
    assert len(found.passages) == 8
    assert [[said.value.text for said in of_one] for of_one in heard] == [["29"]] * 5
