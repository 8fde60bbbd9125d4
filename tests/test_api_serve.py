"""The process: one log line a request, several workers, an end in time, a swap under load."""

import json
import random
import re
import socket
import threading
import time
from contextlib import suppress
from http.client import HTTPException

import pytest
from corpus import ARTICLES
from live import live_server
from llm_server import Reply, llm_server
from served import served

from index.build import IndexBuilder
from index.settings import IndexSettings

QUESTION = "徽商银行公布了多少家合作机构？"
ASK = {"question": QUESTION}


def test_one_line_a_request_without_a_word_of_it(home):
    with served(home) as running:
        sent = {"X-Request-Id": "mine-1", "Cache-Control": "no-cache"}
        answer = running.send("POST", "/v1/ask", ASK, sent).json()
        events = running.events("助贷新规什么时候施行？")
        running.send("GET", "/healthz")
    text = running.log.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    [one] = [line for line in lines if line.get("request_id") == "mine-1"]
    assert (one["handler"], one["method"], one["status"]) == ("/v1/ask", "POST", 200)
    assert (one["answer_id"], one["outcome"]) == (answer["id"], "answered")
    assert one["timings_ms"]["total"] > 0
    streamed = [line for line in lines if line.get("answer_id") == events[0][1]["id"]]
    assert len(streamed) == 1
    assert not any(line.get("handler") == "/healthz" for line in lines)
    for word in ("徽商", "29家", "助贷", "新规"):
        assert word not in text


def test_several_workers_are_one_service(home):
    with served(home, "--workers", "2") as running:
        made = [running.send("POST", "/v1/ask", ASK).json() for _ in range(8)]
        # What one process remembers the other one knows.
        for answer in made:
            for _ in range(3):
                fetched = running.send("GET", f"/v1/answers/{answer['id']}")
                assert fetched.json()["answer"] == answer["answer"]
        key = {"Idempotency-Key": "both"}
        first = running.send("POST", "/v1/ask", ASK, key).body
        for _ in range(5):
            assert running.send("POST", "/v1/ask", ASK, key).body == first
        metrics = running.send("GET", "/metrics").body.decode()
        counted = re.findall(
            r'huawen_ask_total\{outcome="answered",stream="false"\} ([\d.]+)', metrics
        )
        assert [float(n) for n in counted] == [9.0]
        assert metrics.count("# TYPE huawen_ingest_queue_depth") == 1
        assert running.end(20) < 15


def test_end_is_in_time_with_a_stream_that_waits_for_a_stalled_model(home):
    with llm_server() as server:
        server.script = [Reply(text="无", delay=60)]
        model = {
            "HUAWEN_RAG_LLM_BASE_URL": f"http://127.0.0.1:{server.server_port}/v1",
            "HUAWEN_RAG_LLM_MODEL": "m", "HUAWEN_RAG_LLM_TIMEOUT_S": "50",
            "HUAWEN_API_GRACEFUL_SECONDS": "4",
        }  # fmt: skip
        with served(home, **model) as running:
            body = json.dumps({**ASK, "stream": True}).encode()
            head = (
                "POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            ).encode()
            with socket.create_connection(("127.0.0.1", running.port), timeout=60) as stream:
                stream.sendall(head + body)
                until = time.monotonic() + 20
                while not server.heard and time.monotonic() < until:
                    time.sleep(0.05)
                whole = threading.Thread(target=_ask_and_lose, args=(running,))
                whole.start()
                time.sleep(0.5)
                took = running.end(30)
                whole.join()
            assert 2 < took < 8  # the time that streams are given, and a moment


def _ask_and_lose(running) -> None:
    with suppress(OSError, HTTPException):
        running.send("POST", "/v1/ask", {**ASK, "question": "东亚银行有几家合作机构？"})


def test_open_stream_is_finished_when_the_server_ends(home):
    with llm_server() as server:
        server.script = [Reply(text="没有编号的话。" * 20, between=0.02)]
        model = {
            "HUAWEN_RAG_LLM_BASE_URL": f"http://127.0.0.1:{server.server_port}/v1",
            "HUAWEN_RAG_LLM_MODEL": "m",
        }  # fmt: skip
        with served(home, **model) as running:
            found = []
            reader = threading.Thread(target=lambda: found.extend(running.events(QUESTION)))
            reader.start()
            until = time.monotonic() + 20
            while not server.heard and time.monotonic() < until:
                time.sleep(0.02)
            running.end(20)
            reader.join()
    assert found[-1][0] == "answer.completed"
    assert "29家" in found[-1][1]["answer"]["answer"]


@pytest.mark.parametrize("swaps", [50])
def test_generations_swap_under_load_without_a_failed_or_wrong_answer(home, swaps):
    """One article comes and goes; what it says is answered or refused, never anything else."""
    extra = ARTICLES[6]
    asked = {
        QUESTION: "29家",
        "东亚银行披露了几家助贷合作机构？": "9家",
        "移动支付交易规模是多少？": "672万亿",
    }
    with live_server(home) as live:
        failures, served_by, ended = [], set(), threading.Event()

        def ask() -> None:
            chance = random.Random(threading.get_ident())
            while not ended.is_set():
                question = chance.choice(list(asked))
                reply = live.send("POST", "/v1/ask", {"question": question})
                body = reply.json()
                gone = question.startswith("移动") and body.get("status") == "abstained"
                if reply.status != 200 or not (asked[question] in body["answer"] or gone):
                    failures.append((question, reply.status, body.get("answer")))
                else:
                    served_by.add(body["model"]["index_version"])

        clients = [threading.Thread(target=ask) for _ in range(2)]
        for client in clients:
            client.start()
        try:
            with IndexBuilder(home, IndexSettings()) as builder:
                for swap in range(swaps):
                    if swap % 2 == 0:
                        builder.delete([extra.id])
                    else:
                        builder.ingest([extra])
        finally:
            ended.set()
            for client in clients:
                client.join()
    assert failures == []
    assert len(served_by) > 10
