"""A run: scored, kept, resumed, compared, held against limits; targets that fail."""

import json
import re
from dataclasses import replace

import pytest
from answers import answer_of

from api.http.schemas import UsageOut
from eval.cases import Case, Claim, GoldFilters, GoldSpan
from eval.compare import compare_runs, to_rows
from eval.errors import BadSet, NotComparable, TargetUnreachable, UnknownName
from eval.folder import forget_errors, read_config, read_rows, read_summary
from eval.gate import check_gate, limits_of, read_limits
from eval.http_target import HttpTarget
from eval.lexical_judge import LexicalJudge
from eval.options import RunOptions
from eval.page import render_comparison, render_html
from eval.report import command_of, render_csv, render_junit, render_markdown, verdict, write_report
from eval.run import run_suite
from eval.suites import Suite, SuiteOptions
from eval.suites.find import open_suite
from eval.summary import RunConfig
from eval.targets import LocalTarget, Reply, TargetError
from index.errors import UsageError

CONFIG = RunConfig(
    name="r", suite="s", suite_sha256="0", target="t", judge="lexical-1", seed=0, jobs=1, repeat=1
)
QUIET = lambda done, total: None  # noqa: E731


class SaysAll:
    """Answers with everything that it may read."""

    name = "says-all"

    def __init__(self, suite: Suite) -> None:
        self._texts = {article.id: article.text for article in suite.articles}

    def ask(self, case: Case) -> Reply:
        text = "".join(self._texts[i] for i in case.filters.document_ids)
        return Reply(answer=answer_of(text), ms=1)

    def search(self, case: Case) -> Reply:
        raise NotImplementedError

    def text_of(self, document_id: str) -> str | None:
        return None


class SaysNothing:
    """Always abstains."""

    name = "says-nothing"

    def ask(self, case: Case) -> Reply:
        return Reply(answer=answer_of("x", abstained=True), ms=1)

    def search(self, case: Case) -> Reply:
        raise NotImplementedError

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
    assert summary.overall["robust/noise_drop"].value == 0


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


def test_hostile_answers_and_questions_stay_text_everywhere(done, small):
    _, summary, rows = done
    evil = "<script>alert(1)</script>"
    answer = rows[0].answer.model_copy(update={"answer": f"{evil}29家[1]"})
    bad = [replace(rows[0], question=f"={evil}", answer=answer), *rows[1:]]
    page = render_html(summary, bad, small.cases)
    assert evil not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<mark>29家</mark>" in page
    broken = [replace(bad[0], scores={**rows[0].scores, "answer/contains": 0.0}), *rows[1:]]
    found = compare_runs((summary, broken), (summary, rows), ["answer/contains"])
    assert len(found.fixed) == 1
    assert evil not in render_comparison(found)
    assert f"'={evil}" in render_csv(bad)
    assert evil not in render_markdown(summary, [replace(bad[0], error="x"), *rows[1:]])


def test_gold_that_the_answer_lacks_is_said_to_be_missing(done, small):
    _, summary, rows = done
    case = small.cases[0].model_copy(update={"answers": ("29家", "三千家")})
    page = render_html(summary, rows, (case, *small.cases[1:]))
    assert '<span class="no">✗ 三千家</span>' in page


def test_reports_stand_alone(done, small, tmp_path):
    _, summary, rows = done
    page = render_html(summary, rows, small.cases)
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert page.count("<svg") == page.count("<desc>") >= 5
    assert page.count("<details><summary>table") == page.count("<figure>")
    for block in ("latency", "citations", "risk and coverage", "confidence",
                  "answered or abstained", "By type", "Cases", "How to reproduce"):  # fmt: skip
        assert block in page, block
    assert '<span class="ok">✓ 29家</span>' in page
    assert '<a class="chip" href="#case-' in page
    assert "| citation/precision |" in render_markdown(summary, rows)
    for suffix in (".html", ".json", ".jsonl", ".csv", ".xml", ".md"):
        write_report(tmp_path / f"out{suffix}", summary, rows, small.cases)
    with pytest.raises(UnknownName, match="report format"):
        write_report(tmp_path / "out.pdf", summary, rows, small.cases)


def test_comparison_page_shows_what_flipped_and_what_was_done_otherwise(done):
    _, summary, rows = done
    worse = [replace(rows[0], scores={**rows[0].scores, "answer/contains": 0.0}), *rows[1:]]
    later = replace(summary, config=replace(CONFIG, mode="dense", options={"mode": "dense"}))
    found = compare_runs((summary, rows), (later, worse), ["answer/contains"])
    assert [old.id for old, _ in found.broken] == ["a"]
    assert ("mode", "hybrid", "dense") in found.changed
    page = render_comparison(found)
    assert "broken (1)" in page
    assert "<td>dense</td>" in page
    assert "src=" not in page


def test_judges_may_differ_where_nothing_judged_is_compared(done):
    _, summary, rows = done
    other = replace(summary, config=replace(CONFIG, judge="llm"))
    found = compare_runs((summary, rows), (other, rows), ["answer/contains"])
    assert found.differences["answer/contains"].n == 2
    with pytest.raises(NotComparable, match="judges"):
        compare_runs((summary, rows), (other, rows), ["citation/f1"])


def test_run_that_was_begun_otherwise_is_not_gone_on_with(done, small, service):
    folder, _, _ = done
    assert read_config(folder) == CONFIG
    other = replace(CONFIG, judge="llm-1")
    with pytest.raises(NotComparable, match="begun with judge 'lexical-1', not 'llm-1'"):
        run_suite(
            small, LocalTarget(service), LexicalJudge(), config=other, folder=folder, progress=QUIET
        )


def test_failed_questions_stay_failed_until_they_are_forgotten(small, service, tmp_path):
    class Fails(LocalTarget):
        down = True

        def ask(self, case):
            if self.down and case.id == "c":
                raise TargetError("answered 503")
            return super().ask(case)

    target, folder = Fails(service), tmp_path / "r"
    arguments = {"config": CONFIG, "folder": folder, "progress": QUIET}
    assert run_suite(small, target, LexicalJudge(), **arguments)[0].errors == 1
    target.down = False
    assert run_suite(small, target, LexicalJudge(), **arguments)[0].errors == 1
    assert forget_errors(folder) == 1
    assert run_suite(small, target, LexicalJudge(), **arguments)[0].errors == 0


def test_retrieval_alone_scores_passages_and_asks_for_no_answer(service, tmp_path):
    whole = GoldSpan(document_id="doc-04")
    suite = Suite(
        name="r", digest="0", articles=(),
        cases=(Case(id="a", question="东亚银行披露了几家合作机构？", gold=(whole,)),),
    )  # fmt: skip
    config = replace(CONFIG, stage="retrieval", mode="sparse")
    summary, rows = run_suite(
        suite, LocalTarget(service, "sparse"), LexicalJudge(), config=config,
        folder=tmp_path / "r", progress=QUIET,
    )  # fmt: skip
    assert rows[0].answer is None
    assert verdict(rows[0]) == "right"
    assert summary.overall["retrieval/hit@10"].value == 1
    assert not any(name.startswith(("answer/", "abstain/")) for name in summary.overall)
    assert read_rows(tmp_path / "r") == rows
    assert "retrieval by depth" in render_html(summary, rows, suite.cases)


def test_steps_first_sentence_and_rate_are_measured(done):
    _, summary, rows = done
    for name in ("first_event_ms_p50", "first_sentence_ms_p95", "total_ms_p99"):
        assert summary.overall[f"latency/{name}"].value > 0, name
    assert summary.overall["latency/step_retrieve_ms_p50"].n == 3
    assert summary.overall["throughput/qps"].value > 0
    assert rows[0].first_event_ms <= rows[0].first_sentence_ms <= rows[0].ms
    assert rows[1].first_sentence_ms is None, "an abstention says nothing that is proved"


def test_tokens_are_counted_where_a_model_writes(small, tmp_path):
    class Writes(SaysNothing):
        def ask(self, case):
            used = UsageOut(input_tokens=900, output_tokens=40)
            return Reply(answer=answer_of("29家").model_copy(update={"usage": used}), ms=1)

    summary, _ = run_suite(
        small, Writes(), LexicalJudge(), config=CONFIG, folder=tmp_path / "r", progress=QUIET
    )
    assert summary.overall["cost/tokens_in"].value == 900
    assert summary.overall["cost/tokens_out"].value == 40


def test_refused_claims_are_not_recalled(tmp_path):
    case = Case(id="a", question="?", claims=(Claim(text="徽商银行公布了29家。"),))
    suite = Suite(name="s", digest="0", articles=(), cases=(case,))
    arguments = {"config": CONFIG, "progress": QUIET}

    class Says(SaysNothing):
        def ask(self, case):
            return Reply(answer=answer_of("徽商银行公布了29家合作机构。"), ms=1)

    said, _ = run_suite(suite, Says(), LexicalJudge(), folder=tmp_path / "a", **arguments)
    silent, _ = run_suite(suite, SaysNothing(), LexicalJudge(), folder=tmp_path / "b", **arguments)
    assert said.overall["answer/claim_recall"].value == 1
    assert silent.overall["answer/claim_recall"].value == 0


def test_unsupported_sentence_is_kept_with_the_judges_reason(small, tmp_path):
    class Invents(SaysNothing):
        def ask(self, case):
            answer = answer_of("徽商银行公布了29家。")
            wrong = answer.sentences[0].model_copy(update={"text": "徽商银行公布了31家[1]。"})
            return Reply(answer=answer.model_copy(update={"sentences": [wrong]}), ms=1)

    _, rows = run_suite(
        small, Invents(), LexicalJudge(), config=CONFIG, folder=tmp_path / "r", progress=QUIET
    )
    assert rows[0].scores["citation/recall"] == 0
    assert "31" in rows[0].evidence[0].reason
    assert read_rows(tmp_path / "r")[0].evidence == rows[0].evidence


def test_command_that_repeats_a_run_names_every_option(done):
    _, summary, _ = done
    options = RunOptions(
        data="my rgb.jsonl", noise="0,1", all_passages=True, only=("type=noise-0",), limit=3
    )
    assert RunOptions.from_json(json.loads(json.dumps(options.to_json()))) == options
    config = replace(CONFIG, options=options.to_json(), jobs=2)
    assert command_of(replace(summary, config=config)) == (
        "huawen eval run --data 'my rgb.jsonl' --noise 0,1 --all-passages --limit 3"
        " --filter type=noise-0 -j 2"
    )


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "no table"), ("[gate]", "no table"), ("[gate]\na = 3", "a: give min"),
        ("[gate]\na = { most = 1 }", "a: give min"), ("[gate]\na = { min = 'x' }", "no number"),
        ("[gate]\na = { min = true }", "no number"), ("[", "cannot be read"),
    ],
)  # fmt: skip
def test_bad_limits_name_file_metric_and_key(tmp_path, text, match):
    path = tmp_path / "eval.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadSet, match=match):
        read_limits(path)


def test_limits_are_those_of_the_set_that_was_run(done):
    _, summary, _ = done
    shipped = replace(summary, config=replace(CONFIG, suite="finance v1"))
    assert limits_of(shipped)["citation/quote_exact"] == {"min": 1.0}
    with pytest.raises(UsageError, match="'s' has no limits"):
        limits_of(summary)


def test_drop_fails_only_where_it_is_significant(done):
    _, summary, rows = done
    many = [replace(rows[0], id=f"r{i}") for i in range(40)]
    fewer = [
        replace(r, scores={**r.scores, "answer/contains": float(i >= lost)})
        for lost in (1, 12)
        for i, r in enumerate(many)
    ]
    limits = {"answer/contains": {"max_drop": 0.02}}
    for new, passes in ((fewer[:40], True), (fewer[40:], False)):
        found = compare_runs((summary, many), (summary, new), ["answer/contains"])
        assert check_gate(summary, limits, found)[0].passed is passes


def test_password_in_an_address_is_not_kept():
    with pytest.raises(TargetUnreachable) as caught:
        HttpTarget("http://me:secret@127.0.0.1:9")
    assert "secret" not in str(caught.value)
