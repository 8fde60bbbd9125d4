"""Text on its way into the index: repaired once, split into sentences, packed into chunks."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.chunks import build_chunks
from index.errors import SourceUnreadable
from index.repair import decode_bytes, repair_text, repair_title
from index.reprints import find_clusters
from index.sentences import split_sentences
from index.words import content_words, normalize, segment, to_simplified

from corpus import ARTICLES, article  # isort: skip

MARKER = " \n\t\u3000-—·"  # white space, and what begins an item of a list
ODD = st.text(
    st.sampled_from('中国银行。！？；;，,.3５5%亿万元“”"（）()[]1-—…\n \t\u200baB:/·《》条')
)


@pytest.mark.parametrize(
    ("raw", "repaired"),
    [
        ("中国 人民银行发\n布数据", "中国人民银行发布数据"),
        ("零宽\u200b字符", "零宽字符"),
        ("Visa card 很多", "Visa card很多"),
        ("正文。\n责任编辑：张三", "正文。"),
        ("", ""),
    ],
)
def test_repair(raw, repaired):
    assert repair_text(raw).text == repaired


@pytest.mark.parametrize("kept", ["5224.99亿元", "2025年9月24日", "㎡", "①", "“一人一策”", "5BP"])
def test_numbers_dates_and_quoted_words_survive_repair(kept):
    assert kept in repair_text(f"据报道，{kept}就在这里。").text


def test_a_cut_off_end_is_marked():
    assert repair_text("银行业金融机构不得直接或者间接以发卡数量...").truncated
    assert not repair_text("银行业金融机构公布了名单。").truncated


def test_a_title_stays_on_one_line():
    assert "\n" not in repair_title("信用卡\n数量 下降")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "big5"])
def test_every_usual_encoding_is_read(encoding):
    text = (
        "信用卡的數量連續下降，銀行公布名單。" if encoding == "big5" else "信用卡的数量连续下降。"
    )
    assert decode_bytes(text.encode(encoding), source="x") == text


def test_binary_is_refused_not_replaced():
    with pytest.raises(SourceUnreadable):
        decode_bytes(bytes(range(256)) * 4, source="x")


@settings(max_examples=200, deadline=None)
@given(ODD)
def test_repair_is_idempotent_and_splitting_loses_only_space_and_list_marks(text):
    repaired = repair_text(text).text
    assert repair_text(repaired).text == repaired
    sentences = split_sentences(repaired)
    ends = [0, *(s.end for s in sentences)]
    for sentence, before in zip(sentences, ends, strict=False):
        assert sentence.start >= before
        assert not repaired[before : sentence.start].strip(MARKER)
    assert not repaired[ends[-1] :].strip(MARKER)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("增长3.5%。下降2%！", ["增长3.5%。", "下降2%！"]),
        ("他说：“没有了。”然后走了。", ["他说：“没有了。”", "然后走了。"]),
        ("见《什么？》一书。", ["见《什么？》一书。"]),
        ("第一行\n第二行", ["第一行", "第二行"]),
        ("", []),
    ],
)
def test_sentences(text, expected):
    assert [text[s.start : s.end] for s in split_sentences(text)] == expected


@settings(max_examples=100, deadline=None)
@given(ODD)
def test_chunks_hold_every_sentence_once_and_their_own_text(text):
    sample = article(1, "题目", repair_text(text).text)
    chunks = build_chunks(sample, count_tokens=len, max_tokens=40)
    for chunk in chunks:
        assert sample.text[chunk.start : chunk.end] == chunk.text
    inside = [s for chunk in chunks for s in chunk.sentences]
    assert inside == list(split_sentences(sample.text))


def test_a_reprint_joins_its_origin_and_nothing_else():
    clusters = {frozenset(c.article_ids) for c in find_clusters(ARTICLES)}
    assert frozenset({"doc-01", "doc-02"}) in clusters
    assert not any(len(c) > 2 for c in clusters)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("三点二亿元", "3.2亿元"),
        ("百分之十五", "15%"),
        ("１５％", "15%"),
        ("1,200万张", "1200万张"),
        ("三點二億張", "3.2亿张"),
        ("螞蟻花唄", "蚂蚁花呗"),
    ],
)
def test_numerals_are_normalised_for_matching(text, normal):
    assert normalize(text) == normal


@given(st.text(st.sampled_from("中三點一二家ＡaÉ５5％%，,。 　 ～…ｶ①㎡e\u0301")))
def test_normalising_takes_every_form_of_a_character_for_one(text):
    assert normalize(text) == normalize(unicodedata.normalize("NFKC", text).lower())


def test_words_are_stable_over_forms():
    assert "花呗" in segment("花呗的用户")
    assert content_words("的了吗") == ()


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("00后有多少人没有信用卡？", ("00后", "信用卡")),
        ("95后的比例", ("95后", "比例")),
        ("2095后来怎样", ("2095", "后来")),
        ("信用卡现在还剩多少张？", ("信用卡",)),
        ("目前信用卡还有多少张？", ("信用卡",)),
    ],
)
def test_an_age_group_is_one_word_and_now_is_none(question, words):
    assert content_words(question) == words


def test_traditional_characters_are_the_same_words():
    assert segment("螞蟻花唄的用戶規模") == segment("蚂蚁花呗的用户规模")
    assert to_simplified("著名的「花呗」, 7.15億") == "著名的「花呗」, 7.15亿"
