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
        ("How many partner institutions did Huishang Bank disclose?", "徽商银行公布了29家"),
    ],
)
def test_first_sentence_holds_what_is_asked_for(shaped, question, held):
    assert held in shaped.ask(question).sentences[0].text
