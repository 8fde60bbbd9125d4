"""Sets of other people's shapes: RGB's protocol, SQuAD, plain questions, and bad lines."""

import gzip
import json
import math
import random
import shutil
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.cases import Case, digest_cases
from eval.errors import BadCase, BadSet, UnknownName
from eval.examples import cases_to_learn
from eval.lint import lint_cases
from eval.metrics import contains_exact
from eval.suites import Suite, SuiteOptions
from eval.suites.find import bundled_sets, open_suite, with_distractors
from eval.suites.rgb import PASSAGES, draw

ROW = {
    "id": 1, "query": "徽商银行公布了几家？", "answer": [["29家", "二十九家"]],
    "positive": [f"徽商银行公布了29家。第{i}篇。" for i in range(4)],
    "negative": [f"东亚银行公布了9家。第{i}篇。" for i in range(6)],
}  # fmt: skip


def write(path, *rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


@given(
    st.lists(st.text("ab", min_size=1), unique=True, max_size=8),
    st.lists(st.text("cd", min_size=1), unique=True, max_size=8),
    st.sampled_from([0.0, 0.2, 0.4, 0.6, 0.8]),
)
def test_five_passages_with_the_asked_share_of_noise(positive, negative, noise):
    drawn = draw(positive, negative, noise, random.Random(0))
    assert len(drawn) == min(PASSAGES, len(positive) + len(negative))
    bad = sum(p in negative for p in drawn)
    wanted = math.ceil(PASSAGES * noise)
    if len(positive) >= PASSAGES and len(negative) >= PASSAGES:
        assert bad == wanted


@given(
    st.lists(st.text("ab", min_size=1), max_size=8), st.lists(st.text("cd", min_size=1), max_size=8)
)
def test_noise_one_has_no_answer_in_it(positive, negative):
    assert not set(draw(positive, negative, 1.0, random.Random(0))) & set(positive)


def test_rgb_noise_gives_a_case_a_ratio_through_the_users_filter(tmp_path):
    suite = open_suite(str(write(tmp_path / "rgb.jsonl", ROW)), SuiteOptions())
    assert [case.type for case in suite.cases] == [
        "noise-0", "noise-0.2", "noise-0.4", "noise-0.6", "noise-0.8", "noise-1",
    ]  # fmt: skip
    known = {article.id for article in suite.articles}
    for case in suite.cases:
        assert set(case.filters.document_ids) <= known
    assert not suite.cases[-1].answerable
    again = open_suite(str(tmp_path / "rgb.jsonl"), SuiteOptions())
    assert again.cases == suite.cases


def test_rgb_integration_takes_a_passage_of_every_fact(tmp_path):
    row = ROW | {"answer": ["甲", "乙"], "positive": [["事实甲。", "也是甲。"], ["事实乙。"]]}
    suite = open_suite(str(write(tmp_path / "int.jsonl", row)), SuiteOptions(noise=(0.4,)))
    texts = {a.id: a.text for a in suite.articles}
    shown = {texts[i] for i in suite.cases[0].filters.document_ids}
    assert {"事实甲。", "事实乙。"} <= shown


def test_rgb_counterfactual_asks_right_only_and_mixed(tmp_path):
    wrong = [text.replace("29", "39") for text in ROW["positive"]]
    row = ROW | {"answer": "29家", "fakeanswer": "39家", "positive_wrong": wrong}
    suite = open_suite(str(write(tmp_path / "cf.jsonl", row)), SuiteOptions())
    assert [(c.type, c.conflict) for c in suite.cases] == [("right-only", False), ("mixed", True)]


def test_reading_set_places_its_answers(tmp_path):
    path = tmp_path / "squad.json"
    qa = {"id": "q1", "question": "几家？", "answers": [{"text": "29家", "answer_start": 7}]}
    empty = {"id": "q2", "question": " ", "answers": [{"text": "x"}]}
    data = {"data": [{"paragraphs": [{"context": "徽商银行公布了29家。", "qas": [qa, empty]}]}]}
    path.write_text(json.dumps(data), encoding="utf-8")
    suite = open_suite(str(path), SuiteOptions())
    assert len(suite.cases) == 1
    span = suite.cases[0].gold[0]
    assert suite.articles[0].text[span.start : span.end] == "29家"


def test_distractors_may_be_compressed(tmp_path):
    suite = open_suite(str(write(tmp_path / "rgb.jsonl", ROW)), SuiteOptions())
    path = tmp_path / "more.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.write(json.dumps({"id": "n1", "text": "别的新闻。"}) + "\n")
    assert len(with_distractors(suite, path).articles) == len(suite.articles) + 1


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("{", r"bad.jsonl:1: is not JSON"),
        ("[]", r"bad.jsonl:1: is not a JSON object"),
        ('{"id": 1, "query": "?", "positive": 3}', r"bad.jsonl:1: answer"),
        ('{"question": ""}', r"bad.jsonl:1: question"),
        ('{"question": "?", "answers": 3}', r"bad.jsonl:1: answers"),
    ],
)
def test_bad_case_names_file_line_and_field(tmp_path, line, match):
    path = tmp_path / "bad.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(BadCase, match=match):
        open_suite(str(path), SuiteOptions())


def test_unknown_set_names_the_nearest_and_strange_files_are_refused(tmp_path):
    with pytest.raises(UnknownName, match="did you mean 'finance'"):
        open_suite("finanse", SuiteOptions())
    with pytest.raises(BadSet, match="shape"):
        open_suite(str(write(tmp_path / "x.jsonl", {"a": 1})), SuiteOptions())


def test_shipped_set_is_sound():
    suite = open_suite("finance", SuiteOptions())
    assert lint_cases(suite.cases, {a.id: a for a in suite.articles}) == []
    assert len(suite.cases) >= 80
    assert {case.type for case in suite.cases} == {
        "fact", "numeric", "date", "compare", "timeline", "multi_hop", "summary", "unanswerable",
        "false_premise", "conflict", "temporal", "followup",
    }  # fmt: skip
    assert "finance" in bundled_sets()


def test_answers_of_the_news_sets_stand_in_the_articles_that_they_name(shared_articles):
    for name, at_least in (("finance_news", 1_700), ("news", 9_900)):
        suite = open_suite(name, SuiteOptions(articles=shared_articles))
        texts = {article.id: article.text for article in suite.articles}
        assert lint_cases(suite.cases, {a.id: a for a in suite.articles}) == []
        assert len(suite.cases) >= at_least
        for case in suite.cases:
            told = "".join(texts[span.document_id] for span in case.gold)
            assert not case.gold or contains_exact(told, case.alternatives()) == 1.0, case.id


def test_articles_beside_a_set_or_in_the_folder_that_is_given_and_only_those_asked_of(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    asked = {"id": "q", "question": "几家？", "answers": ["9家"], "gold": [{"document_id": "a"}]}
    cases = write(folder / "cases.jsonl", asked | {"filters": {"document_ids": ["a"]}})
    (folder / "set.toml").write_text(
        'name="own"\nversion=1\nlanguage="zh"\nlicence="own"\nprovenance="own"\n'
        f'sha256="{digest_cases(cases)}"\narticles=["news.jsonl"]\n',
        encoding="utf-8",
    )
    with pytest.raises(BadSet, match=r"'news\.jsonl', which is not beside it") as caught:
        open_suite(str(folder), SuiteOptions())
    assert "--articles FOLDER" in str(caught.value.hint)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    write(
        elsewhere / "news.jsonl",
        {"id": "a", "text": "东亚银行9家。"},
        {"id": "b", "text": "无关。"},
    )
    suite = open_suite(str(folder), SuiteOptions(articles=elsewhere))
    assert [article.id for article in suite.articles] == ["a"]
    shutil.copy(elsewhere / "news.jsonl", folder)
    assert open_suite(str(folder), SuiteOptions()).articles == suite.articles


def test_a_set_that_is_split_is_learned_from_by_each_nth_case_of_its_train_split():
    splits = ("train", "dev", "train", "test", "train")
    cases = [Case(id=str(i), question="?", split=split) for i, split in enumerate(splits)]
    suite = Suite(name="x", digest="", articles=(), cases=tuple(cases))
    assert [case.id for case in cases_to_learn(suite, 2)] == ["0", "4"]
    other = replace(suite, cases=(cases[1], cases[3]))
    assert len(cases_to_learn(other, 2)) == 2
