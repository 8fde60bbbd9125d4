"""Two questions in one are told apart; one question stays one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.parts import split_question


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "徽商银行和东亚银行各公布了多少家合作机构？",
            ("徽商银行公布了多少家合作机构?", "东亚银行公布了多少家合作机构?"),
        ),
        (
            "移动支付交易规模达到多少，渗透率是多少？",
            ("移动支付交易规模达到多少", "移动支付渗透率是多少"),
        ),
        ("《甲》的主演和导演是谁？", ("《甲》的主演是谁?", "《甲》的导演是谁?")),
        ("2021年和2022年全国棉花产量", ("2021年全国棉花产量", "2022年全国棉花产量")),
        ("新规的过渡期和施行时间", ("新规的过渡期", "新规的施行时间")),
        (
            "小米手机的发布时间和处理器？",
            ("小米手机的发布时间?", "小米手机的处理器?"),
        ),
        ("2023年澳网男单和温单男单冠军是谁", ("2023年澳网男单冠军是谁", "2023年温单男单冠军是谁")),
        ("布林肯和耶伦访华时间", ("布林肯访华时间", "耶伦访华时间")),
        (
            "2022年金鹰奖最佳电视剧和最佳电视动画分别是什么？",
            ("2022年金鹰奖最佳电视剧是什么?", "2022年金鹰奖最佳电视动画是什么?"),
        ),
        (
            "有多少个国家和地区参加了北京冬奥会和杭州亚运会？",
            (
                "有多少个国家和地区参加了北京冬奥会?",
                "有多少个国家和地区参加了杭州亚运会?",
            ),
        ),
        ("EMNLP2022和2023的举办地", ("emnlp2022的举办地", "emnlp2023的举办地")),
        (
            "冬奥会女子和男子500米金牌分别是谁",
            ("冬奥会女子500米金牌是谁", "冬奥会男子500米金牌是谁"),
        ),
        ("世乒赛男女单打冠军是谁", ("世乒赛男单打冠军是谁", "世乒赛女单打冠军是谁")),
    ],
)
def test_two_questions_are_told_apart(question, parts):
    assert split_question(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "6家国有大行和9家股份行的信用卡贷款余额合计多少？",
        "信用卡和借贷合一卡比去年末少了多少张？",
        "银行能不能和名单以外的机构开展互联网助贷合作？",
        "支付宝财经内容与多少个高频服务场景联动？",
        "二季度末信用卡和借贷合一卡还有多少张？",
        "花呗是什么？",
        "速度与激情8什么时候在内地上映？",
        "这首歌是甲歌手和谁的对唱？",
        "和",
        "",
    ],
)
def test_one_question_stays_one(question):
    assert split_question(question) == ()


@given(st.text(max_size=60))
def test_any_text_gives_two_parts_or_none(text):
    assert len(split_question(text)) in (0, 2)
