"""The benchmark's own parts, small: growth of a tiny home, and load on a real server."""

import json
import subprocess
import sys

import pytest
from corpus import ARTICLES

from eval.bench import _read_address
from eval.cli.bench import _read_questions
from eval.load import drive
from eval.scale import measure_scale, plot_scale, write_scale
from index.errors import UsageError


def test_growth_is_measured_at_each_size_and_goes_on_after_a_kill(tmp_path):
    told: list[str] = []
    asked = ["徽商银行公布了多少家？"] * 3
    first = measure_scale(ARTICLES, asked, (4,), folder=tmp_path, tell=told.append)
    told.clear()
    points = measure_scale(ARTICLES, asked, (4, 8, 99), folder=tmp_path, tell=told.append)
    assert [point.articles for point in points] == [4, 8]
    assert points[0] == first[0], "a point that was measured stays"
    assert told == ["ingesting articles 5 to 8", "asking 3 questions"]
    assert all(p.articles_per_cpu_second > 0 for p in points)
    assert all(0 < p.ask_ms_p50 <= p.ask_ms_p99 for p in points)
    plot = plot_scale(points)
    assert plot.svg.startswith("<svg")
    assert len(plot.rows) == 2
    write_scale(points, 3, tmp_path / "scale.svg")
    record = json.loads((tmp_path / "scale.json").read_text(encoding="utf-8"))
    assert record["machine"]["cpu"]
    assert [point["articles"] for point in record["points"]] == [4, 8]


@pytest.fixture
def server(home):
    command = "from api.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", command, "--home", str(home), "serve", "--port", "0", "--no-open"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    host, port = _read_address(process)
    yield f"http://{host}:{port}"
    process.terminate()
    process.wait(timeout=30)
    process.stdout.close()


def test_load_counts_what_came_back(server):
    report = drive(
        server, ["徽商银行公布了多少家？", "助贷新规什么时候施行？"], clients=3, seconds=1
    )
    assert report.errors == 0, report.first_error
    assert report.requests > 3
    assert report.p50_ms <= report.p99_ms
    assert json.dumps(report.clients) == "3"


def test_streams_are_timed_to_their_first_event(server):
    report = drive(server, ["徽商银行公布了多少家？"], clients=2, seconds=1, stream=True)
    assert report.errors == 0, report.first_error
    assert 0 < report.first_event_p50_ms <= report.first_event_p95_ms <= report.p99_ms


def test_load_is_for_this_machine_only():
    with pytest.raises(UsageError, match="not this machine"):
        drive("http://example.com", ["?"], clients=1, seconds=1)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('{"question": "花呗是什么？"}\n{"question": ""}', "line 2"),
        ('{"answer": "花呗"}', "line 1"),
        ("花呗是什么？", "is not JSON"),
        ("[1]", "not a JSON object"),
        ("\n\n", "holds no question"),
    ],
)
def test_questions_that_cannot_be_asked_are_named(tmp_path, lines, said):
    path = tmp_path / "asked.jsonl"
    path.write_text(lines, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        _read_questions(path)
