"""Words and names of the field: what ships, what a user adds, and where both are felt."""

from importlib.resources import files

import pytest
from corpus import article
from hypothesis import given
from hypothesis import strategies as st

from index.build import IndexBuilder
from index.domain import current_domain, read_domain
from index.errors import SettingsError
from index.settings import IndexSettings
from index.words import content_words, cut_words
from rag.english import translate_question
from rag.factory import open_service
from rag.settings import RagSettings


def write(folder, text: str):
    path = folder / "domain.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_file_that_ships_is_read_and_names_nothing_twice():
    domain = read_domain(files("index") / "data" / "domain.toml")
    assert len(domain.words) > 200
    every = [term for one in domain.names for term in (one.name, *one.also)]
    assert len(every) == len(set(every))
    english = [term for one in domain.names for term in one.english]
    assert len(english) == len(set(english))


@pytest.mark.parametrize(
    ("term", "other"),
    [
        ("花呗", "蚂蚁花呗"),
        ("蚂蚁花呗", "花呗"),
        ("央行", "中国人民银行"),
        ("人行", "央行"),
        ("金融监管总局", "国家金融监督管理总局"),
        ("金融监管总局", "原银保监会"),
        ("助贷", "互联网助贷业务"),
    ],
)
def test_a_thing_is_known_under_each_of_its_names(term, other):
    assert other in current_domain().variants(term)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("央行与国家金融监督管理总局", "中国人民银行与金融监管总局"),
        ("中国人民银行", "中国人民银行"),
        ("mybank的贷款", "网商银行的贷款"),
        ("mybanks", "mybanks"),
        ("中国银行不是中行以外的银行", "中国银行不是中国银行以外的银行"),
        ("原银保监会", "银保监会"),
        ("", ""),
    ],
)
def test_every_name_has_a_first_spelling(text, canonical):
    assert current_domain().canonical(text) == canonical


@given(st.text(st.sampled_from("中国人民银行央行花呗蚂蚁mybank (a"), max_size=30))
def test_first_spellings_do_not_change_again(text):
    once = current_domain().canonical(text)
    assert current_domain().canonical(once) == once


def test_a_body_that_was_replaced_is_searched_too_but_is_another_body():
    domain = current_domain()
    assert "银保监会" in domain.variants("金融监管总局")
    assert domain.canonical("银保监会") != domain.canonical("金融监管总局")


def test_the_segmenter_keeps_terms_and_names_whole():
    assert cut_words("国家金融监督管理总局发布通知")[0] == "国家金融监督管理总局"
    assert "助贷新规" in content_words("助贷新规什么时候施行？")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("words = [", "cannot be read"),
        ("word = ['x']", "word: Extra inputs"),
        ("[[names]]\nname = '甲乙'\nkind = 'planet'", "names.0.kind"),
        ("[[names]]\nkind = 'body'", "names.0.name"),
        ("words = 3", "words"),
        ("x = '" + "a" * 1_000_000 + "'", "the limit is"),
    ],
)
def test_a_malformed_file_is_refused_with_its_name_and_field(tmp_path, text, reason):
    with pytest.raises(SettingsError, match=reason) as caught:
        read_domain(write(tmp_path, text))
    assert "domain.toml" in str(caught.value)


def test_a_missing_named_file_is_said(tmp_path):
    settings = IndexSettings(domain=str(tmp_path / "nowhere.toml"))
    with pytest.raises(SettingsError, match="nowhere"):
        IndexBuilder(tmp_path / "home", settings)


def test_names_of_an_own_file_in_the_home_are_found_and_proved(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    write(
        home,
        'words = ["云杉贷"]\n[[names]]\nname = "云杉数字银行"\nkind = "body"\n'
        'also = ["杉行"]\nenglish = ["spruce bank"]\n[english]\n"nickname" = "绰号"\n',
    )
    with IndexBuilder(home, IndexSettings()) as builder:
        builder.ingest(
            [
                article(1, "名单", "云杉数字银行公布了17家合作机构。名单每月更新一次。"),
                article(2, "另一家", "徽商银行公布了29家合作机构。名单不定期更新。"),
            ]
        )
    service = open_service(home, IndexSettings(), RagSettings())
    assert cut_words("云杉贷的利率") == ["云杉贷", "的", "利率"]
    assert "17家" in service.ask("杉行公布了多少家合作机构？").text
    english = service.ask("How many partner institutions did Spruce Bank disclose?")
    assert "17家" in english.text
    assert translate_question("its nickname") == "绰号"
    service.close()
