"""A run: scored, kept, resumed, compared, held against limits; targets that fail."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from api.http.schemas import AnswerOut, CitationOut, DocumentOut, ModelOut, QuoteOut, SentenceOut
from eval.cases import Case, GoldFilters
from eval.compare import compare_runs, to_rows
from eval.errors import NotComparable, TargetUnreachable, UnknownName
from eval.folder import read_rows, read_summary
from eval.gate import check_gate
from eval.judge import LexicalJudge
from eval.report import render_html, render_junit, render_markdown, verdict, write_report
from eval.run import run_suite
from eval.suites import Suite, SuiteOptions
from eval.suites.find import open_suite
from eval.summary import RunConfig
from eval.targets import HttpTarget, LocalTarget, Reply, TargetError

CONFIG = RunConfig(
    name="r", suite="s", suite_sha256="0", target="t", judge="lexical-1", seed=0, jobs=1, repeat=1
)
QUIET = lambda done, total: None  # noqa: E731


def answer_of(text: str, *, abstained: bool = False) -> AnswerOut:
    document = DocumentOut(
        id="d", title="", publisher="", published_at=None, url=None, truncated=False
    )
    quote = QuoteOut(
        id="q", chunk_id="c", text=text, start=0, end=len(text), prefix="", suffix="",
        sentence_indexes=[0],
    )  # fmt: skip
    shown = "未找到依据" if abstained else f"{text}[1]"
    sentence = SentenceOut(
        index=0, text=shown, start=0, end=len(shown), citations=[] if abstained else [1],
        support="not_required" if abstained else "supported", reason=None, score=1,
    )  # fmt: skip
    citation = CitationOut(number=1, document=document, quotes=[quote], reprints=[], score=1)
    return AnswerOut(
        id="a", created_at=datetime.now(UTC), question="?", language="zh-CN",
        status="abstained" if abstained else "answered", abstention=None, answer=shown,
        sentences=[sentence], citations=[] if abstained else [citation], sources=[], as_of=None,
        warnings=[], model=ModelOut(generator="g", embedder="e", index_version="v"), timings_ms={},
    )  # fmt: skip


class SaysAll:
    """Answers with everything that it may read."""

    name = "says-all"

    def __init__(self, suite: Suite) -> None:
        self._texts = {article.id: article.text for article in suite.articles}

    def ask(self, case: Case) -> Reply:
        text = "".join(self._texts[i] for i in case.filters.document_ids)
        return Reply(answer=answer_of(text), ms=1)

    def text_of(self, document_id: str) -> str | None:
        return None


class SaysNothing:
    """Always abstains."""

    name = "says-nothing"

    def ask(self, case: Case) -> Reply:
        return Reply(answer=answer_of("x", abstained=True), ms=1)

    def text_of(self, document_id: str) -> str | None:
        return None


@pytest.fixture
def rgb(tmp_path) -> Suite:
    rows = [
        {
            "id": i, "query": f"第{i}家银行公布了几家？", "answer": [f"{20 + i}家"],
            "positive": [f"第{i}家银行公布了{20 + i}家。第{n}篇。" for n in range(5)],
            "negative": [f"别的银行在第{n}天开会。" for n in range(6)],
        }
        for i in range(4)
    ]  # fmt: skip
    path = tmp_path / "rgb.jsonl"
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    return open_suite(str(path), SuiteOptions())


def test_saying_everything_holds_every_gold_string_and_its_length_is_shown(rgb, tmp_path):
    summary, _ = run_suite(
        rgb, SaysAll(rgb), LexicalJudge(), config=CONFIG, folder=tmp_path / "run", progress=QUIET
    )
    for kind in ("noise-0", "noise-0.4", "noise-0.8"):
        assert summary.by_type[kind]["answer/contains_exact"].value == 1
        assert summary.by_type[kind]["answer/chars"].value > 40
    assert summary.by_type["noise-1"]["abstain/recall"].value == 0


def test_saying_nothing_refuses_everything_rightly_and_wrongly(rgb, tmp_path):
    summary, _ = run_suite(
        rgb, SaysNothing(), LexicalJudge(), config=CONFIG, folder=tmp_path / "run", progress=QUIET
    )
    assert summary.overall["abstain/recall"].value == 1
    assert summary.overall["abstain/false_refusal"].value == 1
    assert summary.overall["answer/contains"].value == 0


def test_brute_force_over_the_real_set_holds_every_gold_string(news_page, tmp_path):
    suite = open_suite(str(news_page.parent / "rgb_noise_dev.jsonl"), SuiteOptions(noise=(0, 0.8)))
    summary, _ = run_suite(
        suite, SaysAll(suite), LexicalJudge(), config=CONFIG, folder=tmp_path / "r", progress=QUIET
    )
    assert summary.overall["answer/contains_exact"].value == 1


@pytest.fixture(scope="module")
def small() -> Suite:
    cases = (
        Case(id="a", question="徽商银行公布了多少家合作机构？", answers=("29家",), type="numeric"),
        Case(id="b", question="火星上有没有水？", answerable=False, type="unanswerable"),
        Case(
            id="c", question="东亚银行披露了几家？", answers=("9家",),
            filters=GoldFilters(document_ids=("doc-04",)),
        ),
    )  # fmt: skip
    return Suite(name="small", digest="0", articles=(), cases=cases)


@pytest.fixture
def done(small, service, tmp_path):
    folder = tmp_path / "run"
    summary, rows = run_suite(
        small, LocalTarget(service), LexicalJudge(), config=CONFIG, folder=folder, progress=QUIET
    )
    return folder, summary, rows


def test_real_answers_are_scored_and_quotes_are_exact(done):
    _, summary, rows = done
    assert [verdict(row) for row in rows] == ["right", "right", "right"]
    assert summary.overall["citation/quote_exact"].value == 1
    assert summary.overall["abstain/recall"].n == 1


def test_folder_gives_back_what_was_measured(done):
    folder, summary, rows = done
    assert read_summary(folder).overall.keys() == summary.overall.keys()
    assert read_rows(folder)[0].answer.answer == rows[0].answer.answer
    assert (folder / "trec_run.txt").read_text(encoding="utf-8").startswith("a Q0 ")


def test_interrupted_run_goes_on_where_it_stopped(small, service, tmp_path):
    asked: list[str] = []

    class Stops(LocalTarget):
        def ask(self, case):
            if len(asked) == 3:  # one warm-up, two cases
                asked.append("stop")
                raise KeyboardInterrupt
            asked.append(case.id)
            return super().ask(case)

    folder = tmp_path / "run"
    arguments = {"config": CONFIG, "folder": folder, "progress": QUIET}
    with pytest.raises(KeyboardInterrupt):
        run_suite(small, Stops(service), LexicalJudge(), **arguments)
    assert [row.id for row in read_rows(folder)] == ["a", "b"]
    asked.clear()
    summary, _ = run_suite(small, Stops(service), LexicalJudge(), **arguments)
    assert asked == ["a", "c"]  # warm-up, and what was missing
    assert summary.cases == 3


def test_failing_target_gives_error_rows_and_too_many_fail_the_run(small, service, tmp_path):
    class Fails(LocalTarget):
        calls = 0

        def ask(self, case):
            Fails.calls += 1
            if Fails.calls > 1 and case.id == "c":
                raise TargetError("answered 503")
            return super().ask(case)

    summary, rows = run_suite(
        small, Fails(service), LexicalJudge(), config=CONFIG, folder=tmp_path / "r", progress=QUIET
    )
    assert [row.error for row in rows] == ["", "", "answered 503"]
    assert summary.too_many_errors
    assert verdict(rows[2]) == "error"
    assert 'errors="1"' in render_junit(summary, rows)


def test_target_that_always_fails_gives_error_rows_from_the_first_question_on(small, tmp_path):
    class Down(SaysNothing):
        def ask(self, case):
            raise TargetError("answered 503")

    summary, rows = run_suite(
        small, Down(), LexicalJudge(), config=CONFIG, folder=tmp_path / "r", progress=QUIET
    )
    assert [row.error for row in rows] == ["answered 503"] * 3
    assert summary.too_many_errors


def test_server_that_is_down_is_unreachable():
    with pytest.raises(TargetUnreachable, match="does not answer"):
        HttpTarget("http://127.0.0.1:9")
    with pytest.raises(TargetUnreachable, match="not an http address"):
        HttpTarget("ftp://x")


def test_runs_are_compared_pair_by_pair_and_judges_never_mixed(done, rgb, tmp_path):
    _, summary, rows = done
    found = compare_runs((summary, rows), (summary, rows), ["answer/contains"])
    assert found.differences["answer/contains"].delta == 0
    assert to_rows(found)[0][-1] == " "
    with pytest.raises(UnknownName, match="did you mean 'answer/contains'"):
        compare_runs((summary, rows), (summary, rows), ["answer/contain"])
    other = replace(summary, config=replace(CONFIG, judge="llm"))
    with pytest.raises(NotComparable, match="judges"):
        compare_runs((summary, rows), (other, rows))


def test_gate_holds_a_run_against_limits(done):
    _, summary, _ = done
    good = check_gate(summary, {"citation/quote_exact": {"min": 1.0}})
    bad = check_gate(summary, {"answer/chars": {"max": 1}})
    assert [c.passed for c in (*good, *bad)] == [True, False]
    with pytest.raises(UnknownName, match="metric"):
        check_gate(summary, {"citation/quote_exac": {"min": 1.0}})


def test_reports_stand_alone(done, small, tmp_path):
    _, summary, rows = done
    page = render_html(summary, rows, small.cases)
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert page.count("<svg") >= 2
    assert page.count("<details><summary>table") == page.count("<figure>")
    assert "<script>alert" not in page
    assert "| citation/precision |" in render_markdown(summary, rows)
    for suffix in (".html", ".json", ".xml", ".md"):
        write_report(tmp_path / f"out{suffix}", summary, rows, small.cases)
    with pytest.raises(UnknownName, match="report format"):
        write_report(tmp_path / "out.pdf", summary, rows, small.cases)
