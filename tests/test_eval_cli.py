"""``huawen eval``: what people type, what they read, and the exit codes that scripts rely on."""

import gzip
import json

import numpy as np
import pytest

from api.cli import main
from rag.scorer import load_scorer, read_scorer


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def huawen(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["eval", *arguments])
    return ended.value.code or 0


def test_shipped_set_runs_passes_its_gate_and_is_listed(tmp_path, capsys):
    assert huawen("run", "--filter", "type=numeric", "--limit", "8", "-o", "out.html") == 0
    said = capsys.readouterr().out
    assert "8 cases" in said
    assert "answer     contains" in said
    run = next((tmp_path / "runs").iterdir()).name
    assert (tmp_path / "out.html").exists()
    (tmp_path / "eval.toml").write_text('[gate]\n"citation/quote_exact" = { min = 1.0 }\n', "utf-8")
    assert huawen("gate", run, "--config", "eval.toml") == 0
    (tmp_path / "eval.toml").write_text('[gate]\n"answer/chars" = { max = 1 }\n', "utf-8")
    assert huawen("gate", run, "--config", "eval.toml") == 1
    assert "FAIL answer/chars" in capsys.readouterr().out
    assert huawen("list") == 0
    assert run in capsys.readouterr().out
    assert huawen("show", run, "--case", "fin-0001") == 0
    assert "7.15亿张" in capsys.readouterr().out
    assert huawen("compare", run, run, "--metric", "answer/contains") == 0


def test_machines_read_one_object(capsys):
    assert huawen("run", "--limit", "3", "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["schema"] == 1
    assert record["overall"]["citation/quote_exact"]["value"] == 1


def test_run_goes_on_with_the_options_it_was_begun_with(tmp_path, capsys):
    assert huawen("run", "--filter", "type=date", "--limit", "3", "--seed", "7", "--name", "x") == 0
    run = next((tmp_path / "runs").iterdir())
    kept = (run / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    (run / "cases.jsonl").write_text(f"{kept[0]}\n{kept[1][:40]}", encoding="utf-8")  # a kill
    (run / "run.json").unlink()
    capsys.readouterr()
    assert huawen("run", "--resume", "last", "--retry-errors", "-o", "x.csv") == 0
    said = capsys.readouterr()
    assert "3 cases" in said.out
    assert "seed 7" in said.out
    assert "0 failed questions" in said.err
    assert len((tmp_path / "x.csv").read_text(encoding="utf-8").splitlines()) == 4
    report = (run / "report.html").read_text(encoding="utf-8")
    assert "huawen eval run --limit 3 --filter type=date --seed 7 -j 1" in report


def test_retrieval_alone_and_sets_in_other_shapes(tmp_path, capsys):
    assert huawen("export", "finance", "beir") == 0
    assert huawen("export", "finance", "finance.csv") == 0
    assert huawen("run", "--data", "beir", "--stage", "retrieval", "--limit", "3", "--json") == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["config"]["stage"] == "retrieval"
    assert record["overall"]["retrieval/hit@10"]["n"] == 3
    feedback = {
        "id": "f1", "answer_id": "a", "rating": "down", "question": "几家？", "answer": "x",
        "expected_answer": "29家", "created_at": "2025-10-08T09:00:00Z",
        "updated_at": "2025-10-08T09:00:00Z",
    }  # fmt: skip
    (tmp_path / "f.ndjson").write_text(json.dumps(feedback) + "\n", encoding="utf-8")
    assert huawen("from-feedback", "f.ndjson") == 0
    assert huawen("list") == 0
    assert "set  feedback" in capsys.readouterr().out
    assert huawen("lint", "feedback") == 1
    assert "has no gold span" in capsys.readouterr().out


def test_judge_reports_its_agreement(capsys):
    assert huawen("judge") == 0
    assert "lexical-2: accuracy 0.9" in capsys.readouterr().out


def test_a_scorer_is_fitted_that_answers_as_the_one_that_ships_does(tmp_path, capsys):
    """To the few questions that ship, so it is worse; of contradictions they teach nothing."""
    path = tmp_path / "scorer.json"
    assert huawen("fit", "-o", str(path)) == 0
    assert "finance/unanswerable refused" in capsys.readouterr().out
    record = json.loads(path.read_text(encoding="utf-8"))
    fitted, shipped = read_scorer(record), load_scorer()
    assert 0 < fitted.partial <= fitted.answered <= 1
    assert fitted.conflict == shipped.conflict
    np.testing.assert_array_equal(fitted.pair.weights, shipped.pair.weights)
    assert (fitted.sentence.weights != shipped.sentence.weights).any()
    assert record["held_out"]["right"] > 0.7


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("fit", "--data", "finance=much"), 2, "is not a number"),
        (("run", "--data", "finanse"), 2, "did you mean 'finance'"),
        (("run", "--noise", "2"), 2, "0..1"),
        (("run", "--filter", "colour=red"), 2, "--filter"),
        (("run", "--filter", "type=numerik"), 2, "did you mean 'numeric'"),
        (("run", "--stage", "retrival"), 2, "did you mean 'retrieval'"),
        (("run", "--mode", "dens"), 2, "did you mean 'dense'"),
        (("run", "-o", "out.pdf"), 2, "report format"),
        (("run", "--retry-errors"), 2, "--resume"),
        (("run", "--judge", "nli:/nowhere"), 2, "holds no model"),
        (("run", "--stage", "retrieval", "--filter", "type=unanswerable"), 2, "no case is left"),
        (("run", "--judge", "lexcal"), 2, "did you mean 'lexical'"),
        (("run", "--target", "http://127.0.0.1:9"), 3, "does not answer"),
        (("show", "nothing"), 2, "there is no run"),
        (("compare", "a", "b"), 2, "there is no run"),
        (("lint", "nowhere"), 2, "set.toml"),
    ],
)
def test_misuse_says_what_and_what_next(arguments, code, says, capsys):
    assert huawen(*arguments) == code
    assert says in capsys.readouterr().err


def test_lint_lists_every_problem(tmp_path, capsys):
    case = {
        "id": "x", "question": "?", "type": "odd", "answers": ["a"],
        "gold": [{"document_id": "none", "quote": "a", "start": 0, "end": 1}],
    }  # fmt: skip
    (tmp_path / "cases.jsonl").write_text(json.dumps(case) + "\n", encoding="utf-8")
    (tmp_path / "set.toml").write_text(
        'name="x"\nversion=1\nlanguage="zh"\nlicence="own"\nprovenance="own"\n'
        f'sha256="{"0" * 64}"\n',
        encoding="utf-8",
    )
    assert huawen("lint", str(tmp_path)) == 1
    said = capsys.readouterr().out
    for part in ("type 'odd'", "no article 'none'", "sha256", "3 problems"):
        assert part in said


def test_full_run_measures_what_is_there_and_writes_the_tables(tmp_path, capsys):
    data = tmp_path / "data"
    data.mkdir()
    rgb = {
        "id": 1, "query": "徽商银行公布了多少家合作机构？", "answer": ["29家"],
        "positive": ["徽商银行公布了29家合作机构。"], "negative": ["东亚银行今天开会。"],
    }  # fmt: skip
    text = json.dumps(rgb, ensure_ascii=False) + "\n"
    (data / "rgb_noise_dev.jsonl").write_text(text, encoding="utf-8")
    news = "".join(json.dumps({"id": f"n{i}", "text": f"第{i}天下雨。"}) + "\n" for i in range(9))
    with gzip.open(data / "news_20k.jsonl.gz", "wt", encoding="utf-8") as out:
        out.write(news)
    readme = tmp_path / "README.md"
    readme.write_text("a\n<!-- results: begin -->\n<!-- results: end -->\nb\n", encoding="utf-8")
    words = ("full", str(data), "--results", "results", "--readme", "README.md")
    assert huawen(*words, "--distractors", "5") == 0
    assert "seed_questions.jsonl: not in" in capsys.readouterr().err
    record = json.loads((tmp_path / "results" / "summary.json").read_text(encoding="utf-8"))
    found = record["retrieval among distractors"]
    assert found.keys() == {"hybrid", "dense", "sparse"}
    assert found["hybrid"]["chunks"] == 7
    assert found["sparse"]["retrieval/ndcg@10"]["value"] == 1
    table = readme.read_text(encoding="utf-8")
    assert "words alone 1.000 (1.000 to 1.000)" in table
    assert (tmp_path / "results" / "summary.svg").exists()
    first = len(list((tmp_path / "runs").iterdir()))
    assert huawen(*words, "--distractors", "0") == 0
    assert len(list((tmp_path / "runs").iterdir())) > first, "nothing old is read again"
