"""The lexical judge: agreement with the labelled triples, and the hard pairs one by one."""

import json
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.errors import BadJudge
from eval.judge import measure_agreement, read_triples
from eval.lexical_judge import LexicalJudge
from eval.nli_judge import NliJudge

JUDGE = LexicalJudge()
QUOTE = "到2025年二季度末，信用卡和借贷合一卡剩下7.15亿张，比一季度末少了600万张。"


def test_judge_agrees_with_people_on_nine_triples_in_ten():
    triples = read_triples()
    assert len(triples) >= 180
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


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory):
    """A real cross-encoder, two layers deep and untrained: what it says is fixed, not wise."""
    import torch  # noqa: PLC0415 - seconds, for this alone
    from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: PLC0415
    from transformers import (  # noqa: PLC0415
        BertConfig,
        BertForSequenceClassification,
        PreTrainedTokenizerFast,
    )

    folder = tmp_path_factory.mktemp("nli")
    letters = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"到年二季度末信用卡和借贷合一剩下亿张比少了万"]
    bare = Tokenizer(models.WordLevel({c: i for i, c in enumerate(letters)}, unk_token="[UNK]"))
    bare.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=bare, **names).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(letters), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, id2label={0: "contradiction", 1: "entailment", 2: "neutral"},
        label2id={"contradiction": 0, "entailment": 1, "neutral": 2},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def test_entailment_model_judges_and_its_name_tells_its_weights(cross_encoder):
    judge = NliJudge(cross_encoder)
    assert judge.name.startswith("nli-nli")
    found = judge.judge("信用卡少了600万张。", [QUOTE])
    assert found == judge.judge("信用卡少了600万张。", [QUOTE])
    assert found.supported or found.reason.startswith("the model says ")
    agreement = measure_agreement(judge, read_triples()[:4])
    assert agreement.n == 4


def test_folder_without_a_fitting_model_is_refused(tmp_path, cross_encoder):
    with pytest.raises(BadJudge, match=r"config.json"):
        NliJudge(tmp_path)
    other = shutil.copytree(cross_encoder, tmp_path / "other")
    config = json.loads((other / "config.json").read_text(encoding="utf-8"))
    config["id2label"] = {"0": "A", "1": "B", "2": "C"}
    (other / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(BadJudge, match="no label is entailment"):
        NliJudge(other)


@given(st.text("花呗用户银行不得下降12亿%，。", min_size=2, max_size=30))
def test_a_sentence_proves_itself(text):
    judged = JUDGE.judge(text, [text])
    assert judged.supported or "%" in judged.reason or "negation" in judged.reason
