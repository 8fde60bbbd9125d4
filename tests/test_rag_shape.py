"""Evidence of the kind that is asked for goes first, where it competes."""

import pytest
from corpus import article

from index.build import IndexBuilder
from index.settings import IndexSettings
from rag.factory import open_service
from rag.settings import RagSettings

TEXTS = (
    "助贷新规将于10月1日起施行，推动银行密集披露合作机构名单。助贷新规对银行的角色有较大影响。",
    "金融监管总局发布《关于加强商业银行互联网助贷业务管理提升金融服务质效的通知》，自10月1日起施行。",
    "信用卡业务在缩水，二季度减少600万张。移动支付的普及是信用卡业务缩水的重要原因。",
    "东亚银行披露了9家合作机构，名单会更新。它与徽商银行的名单有重叠。",
    "徽商银行公布了29家合作机构。徽商银行的合作产品还有微粒贷。徽商银行的合作产品包括花呗、借呗和京东白条。",
    "东亚银行披露9家助贷机构，且与徽商银行名单存在重叠。",
    "14家上市银行的信用卡贷款余额收缩，6家国有大行和8家股份行合计余额7.52万亿元，比年初减少1975.72亿元。",
    "新规要求对平台运营机构实行名单制管理，不得与名单外机构开展互联网助贷合作。",
    "平安银行信用卡余额下降9.23%，兴业银行信用卡余额下降8.07%。中国银行信用卡余额下降13.88%。",
    "一组数据引起注意：6家国有大型商业银行和9家主要股份制商业银行的信用卡贷款余额合计7.56万亿元。",
)


@pytest.fixture(scope="module")
def shaped(tmp_path_factory):
    home = tmp_path_factory.mktemp("shaped")
    with IndexBuilder(home, IndexSettings()) as builder:
        builder.ingest([article(i, f"第{i}篇报道", text) for i, text in enumerate(TEXTS, start=1)])
    service = open_service(home, IndexSettings(), RagSettings(partial_threshold=0.0))
    yield service
    service.close()


@pytest.mark.parametrize(
    ("question", "held"),
    [
        (
            "助贷新规的正式文件名称是什么？",
            "《关于加强商业银行互联网助贷业务管理提升金融服务质效的通知》",
        ),
        ("What is the full name of the loan facilitation rule?", "《关于加强商业银行互联网助贷"),
        ("谁发布了助贷新规？", "金融监管总局发布"),
        ("Who issued the loan facilitation rule?", "金融监管总局发布"),
        ("徽商银行的合作产品有哪些？", "花呗、借呗和京东白条"),
        ("兴业银行信用卡余额下降了多少？", "8.07%"),
        ("银行可以跟白名单外的平台合作吗？", "不得与名单外机构"),
        ("助贷新规从哪天起施行？", "10月1日起施行"),
        ("哪些银行公布了合作机构？", "徽商银行公布了29家"),
        ("6家国有大行和9家股份行的信用卡贷款余额合计多少？", "7.56万亿元"),
        ("How many partner institutions did Huishang Bank disclose?", "徽商银行公布了29家"),
    ],
)
def test_first_sentence_holds_what_is_asked_for(shaped, question, held):
    assert held in shaped.ask(question).sentences[0].text
