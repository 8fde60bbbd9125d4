"""Sets that come in and go out: BEIR, tables, readers' feedback; and what lint finds."""

import json
import tomllib
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.cases import Case, GoldFilters, GoldSpan, read_card
from eval.errors import BadCase, BadSet
from eval.feedback import read_feedback, write_draft
from eval.lint import lint_cases
from eval.suites import SuiteOptions
from eval.suites.beir import write_beir
from eval.suites.find import open_suite
from eval.suites.table import write_table
from index.types import Article

PLAIN = SuiteOptions()


def article(key: str, text: str) -> Article:
    return Article(id=key, title="题", publisher="", published_at=None, url=None, text=text)


def test_what_is_written_as_beir_is_read_again(tmp_path):
    articles = (article("a", "徽商银行公布了29家。"), article("b", "东亚银行9家。"))
    span = GoldSpan(document_id="a", quote="29家", start=7, end=10, grade=2)
    cases = [
        Case(id="q1", question="几家？", gold=(span, GoldSpan(document_id="b"))),
        Case(id="q2", question="火星？", answerable=False),
    ]
    write_beir(tmp_path / "set", cases, articles)
    qrels = (tmp_path / "set" / "qrels" / "test.tsv").read_text(encoding="utf-8")
    assert qrels == "query-id\tcorpus-id\tscore\nq1\ta\t2\nq1\tb\t1\n"
    suite = open_suite(str(tmp_path / "set"), PLAIN)
    assert {a.id: a.text for a in suite.articles} == {a.id: a.text for a in articles}
    assert [(c.id, c.question) for c in suite.cases] == [("q1", "几家？")]
    assert {(g.document_id, g.grade, g.end) for g in suite.cases[0].gold} == {
        ("a", 2, None), ("b", 1, None),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "match"),
    [
        ("q1\ta", r"test.tsv:2: has 2 fields"),
        ("q9\ta\t1", r"test.tsv:2: query-id: 'q9'"),
        ("q1\tz\t1", r"test.tsv:2: corpus-id: 'z'"),
        ("q1\ta\tx", r"test.tsv:2: score: 'x' is no whole number"),
        ("q1\ta\t99", r"test.tsv:2: score: 99 is above 10"),
    ],
)
def test_bad_qrel_names_file_line_and_field(tmp_path, row, match):
    write_beir(tmp_path, [Case(id="q1", question="?")], [article("a", "字。")])
    (tmp_path / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{row}\n", "utf-8")
    with pytest.raises(BadCase, match=match):
        open_suite(str(tmp_path), PLAIN)


def test_beir_without_judged_queries_is_refused(tmp_path):
    write_beir(tmp_path, [Case(id="q1", question="?")], [article("a", "字。")])
    with pytest.raises(BadSet, match="no query"):
        open_suite(str(tmp_path), PLAIN)


words = st.text("花呗29家%=+-@,\"' \n。", min_size=1, max_size=12).filter(str.strip)
cells = words.map(str.strip).filter(lambda t: not t.startswith("'"))


@settings(max_examples=30)
@given(
    st.lists(
        st.builds(
            Case, id=cells, question=cells, answerable=st.booleans(),
            answers=st.lists(cells, max_size=3).map(tuple),
            must_not=st.lists(cells, max_size=2).map(tuple),
            split=st.sampled_from(["train", "dev", "test"]),
            as_of=st.none() | st.dates(date(2020, 1, 1)),
        ),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_what_is_written_as_a_table_is_read_again(tmp_path_factory, cases):
    path = tmp_path_factory.mktemp("table") / "set.csv"
    write_table(path, cases)
    assert list(open_suite(str(path), PLAIN).cases) == cases


def test_a_spreadsheet_computes_no_cell(tmp_path):
    path = tmp_path / "set.csv"
    write_table(path, [Case(id="a", question="=1+1", answers=("-3%",))])
    assert "'=1+1,'-3%" in path.read_text(encoding="utf-8-sig")
    assert open_suite(str(path), PLAIN).cases[0].answers == ("-3%",)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("question,colour\n?,red\n", r"set.csv:2: colour: is no column"),
        ("question\n?,surplus\n", r"set.csv:2: row: is no column"),
        ("id,answers\na,b\n", r"set.csv:2: question"),
        ("question,split\n?,tset\n", r"set.csv:2: split"),
    ],
)
def test_bad_table_names_file_line_and_column(tmp_path, text, match):
    path = tmp_path / "set.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadCase, match=match):
        open_suite(str(path), PLAIN)


def test_table_of_questions_alone(tmp_path):
    path = tmp_path / "set.csv"
    path.write_text("question,answers\n几家？,29家//二十九家|徽商银行\n火星？,\n", encoding="utf-8")
    first, second = open_suite(str(path), PLAIN).cases
    assert first.answers == (("29家", "二十九家"), "徽商银行")
    assert (second.id, second.answerable) == ("line-3", False)


def verdict(key: str, question: str, **more) -> dict[str, object]:
    return {
        "id": key, "answer_id": f"ans_{key}", "rating": "down", "question": question,
        "answer": "徽商银行公布了29家[1]。", "created_at": "2025-10-08T09:00:00Z",
        "updated_at": "2025-10-08T09:00:00Z", **more,
    }  # fmt: skip


def test_clear_verdicts_become_cases_and_the_others_are_listed(tmp_path):
    rows = [
        verdict("1", "几家？", expected_answer="31家"),
        verdict("2", "火星？", reasons=["should_have_abstained"]),
        verdict("3", "哪天？", rating="up"),
        verdict("4", "为何？", reasons=["unclear"]),
        verdict("5", "几家 ？", expected_answer="32家"),  # the same question: the last one counts
        verdict("6", ""),
    ]
    path = tmp_path / "feedback.ndjson"
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    draft = read_feedback(path)
    assert [(c.id, c.answers, c.answerable) for c in draft.cases] == [
        ("2", (), False), ("3", (), True), ("5", ("32家",), True),
    ]  # fmt: skip
    assert draft.cases[1].claims[0].text == "徽商银行公布了29家。"
    assert [one.id for one in draft.unclear] == ["4", "6"]
    write_draft(tmp_path / "读者", draft.cases)
    assert tomllib.loads((tmp_path / "读者" / "set.toml").read_text("utf-8"))["name"] == "读者"
    assert open_suite(str(tmp_path / "读者"), PLAIN).cases == draft.cases
    assert "not for distribution" in read_card(tmp_path / "读者").licence


def test_bad_verdict_names_file_line_and_field(tmp_path):
    path = tmp_path / "f.ndjson"
    path.write_text(json.dumps(verdict("1", "?", rating="sideways")) + "\n", encoding="utf-8")
    with pytest.raises(BadCase, match=r"f.ndjson:1: rating"):
        read_feedback(path)


GOLD = (GoldSpan(document_id="a", quote="29家", start=7, end=10),)
TEXT = {"a": article("a", "徽商银行公布了29家。")}


def case(key: str = "x", question: str = "几家？", **more) -> Case:
    return Case(id=key, question=question, answers=("29家",), gold=GOLD).model_copy(update=more)


@pytest.mark.parametrize(
    ("cases", "says"),
    [
        ([case(), case()], "used 2 times"),
        ([case(gold=(GOLD[0].model_copy(update={"start": 6, "end": 9}),))], "is not at 6..9"),
        ([case(gold=(GoldSpan(document_id="z"),))], "no article 'z'"),
        ([case(), case("y", "几 家？", split="train")], "stands in the splits test, train"),
        ([case(as_of=date(2031, 1, 1))], "still to come"),
        ([case(filters=GoldFilters(published_after="2025-02-01T00:00:00Z",
                                   published_before="2025-01-01T00:00:00Z"))], "before it begins"),
        ([case(paraphrase_of="w")], "no original"),
        ([case(), case("y", "多少家？", paraphrase_of="x", split="dev")], "a leak"),
        ([case(), case("y", "多少家？", paraphrase_of="x", answers=("9家",))], "another answer"),
        ([case(answers=())], "no answers"),
        ([case(gold=())], "no gold span"),
    ],
)  # fmt: skip
def test_lint_finds(cases, says):
    assert any(says in problem for problem in lint_cases(cases, TEXT, today=date(2026, 1, 1)))


def test_lint_finds_nothing_in_a_sound_set():
    good = [case(), case("y", "公布了多少家？", paraphrase_of="x")]
    assert lint_cases(good, TEXT, today=date(2026, 1, 1)) == []
