"""Streamed answers over a real socket: the same answer, sentence by sentence, and nothing left."""

import asyncio
import gc
import http.client
import json
import os
import random
import re
import shutil
import socket
import threading
import time
from pathlib import Path

import pytest
import uvicorn
from fastapi.sse import format_sse_event
from live import live_server, parse_events
from llm_server import Reply, llm_server, llm_settings

from api.http import stream
from api.http.metrics import ACTIVE_STREAMS
from api.http.serve import bind
from api.http.stream import EventStream

QUESTION = "徽商银行公布了多少家合作机构？"


@pytest.fixture(scope="module")
def live(built_home, tmp_path_factory):
    home = tmp_path_factory.mktemp("stream") / "home"
    shutil.copytree(built_home, home)
    with live_server(home) as running:
        yield running


def of(events, name):
    return [data for kind, data in events if kind == name]


@pytest.mark.parametrize("question", [QUESTION, "火星上有多少家银行分行？", "How many partners?"])
@pytest.mark.parametrize("again", [False, True])
def test_stream_tells_the_answer_that_json_gives(live, question, again):
    events = live.events(question)
    assert [data["seq"] for _, data in events] == list(range(len(events)))
    assert events[0][0] == "answer.created"
    assert events[-1][0] == "answer.completed"
    answer = events[-1][1]["answer"]
    assert "".join(data["text"] for data in of(events, "answer.delta")) == answer["answer"]
    assert [data["sentence"] for data in of(events, "answer.sentence")] == answer["sentences"]
    assert events[0][1]["id"] == answer["id"]
    whole = live.send("POST", "/v1/ask", {"question": question}).json()
    for field in ("answer", "status", "sentences", "citations", "warnings", "follow_ups"):
        assert whole[field] == answer[field]
    fetched = live.send("GET", f"/v1/answers/{answer['id']}").json()
    assert fetched == answer


def test_sources_and_citations_come_before_the_text_that_uses_them(live):
    names = [name for name, _ in live.events(QUESTION)]
    assert names.index("answer.sources") < names.index("answer.citation")
    assert names.index("answer.citation") < names.index("answer.delta")


def test_accept_header_asks_for_a_stream_too(live):
    reply = live.send("POST", "/v1/ask", {"question": QUESTION}, {"Accept": "text/event-stream"})
    assert parse_events(reply.body)[-1][0] == "answer.completed"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-accel-buffering"] == "no"


def test_what_is_wrong_is_said_before_the_stream_begins(live):
    reply = live.send("POST", "/v1/ask", {"question": "   ", "stream": True})
    assert reply.status == 422
    assert reply.json()["code"] == "validation_error"


def test_line_separators_of_articles_do_not_split_an_event():
    text = json.dumps({"text": "一\u2028二\u2029三\x85四"}, ensure_ascii=False)
    [(_, data)] = parse_events(format_sse_event(event="x", data_str=text, id="0"))
    assert data["text"] == "一\u2028二\u2029三\x85四"


def test_conversation_is_remembered_for_its_owner(live):
    asked = {"question": QUESTION, "conversation_id": "conv_1"}
    assert live.send("POST", "/v1/ask", asked).json()["conversation_id"] == "conv_1"
    turns = live.state.answers.read_turns("local", "conv_1")
    assert [turn.role for turn in turns] == ["user", "assistant"]
    assert live.state.answers.read_turns("somebody", "conv_1") == ()


def request_bytes(question) -> bytes:
    body = json.dumps({"question": question, "stream": True}).encode()
    head = (
        "POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Cache-Control: no-cache\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def abandon(port, delay) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request_bytes(QUESTION))
        time.sleep(delay)


def test_answer_of_a_stream_that_was_left_can_be_fetched(live):
    with socket.create_connection(("127.0.0.1", live.port), timeout=30) as connection:
        connection.sendall(request_bytes("东亚银行披露了几家助贷合作机构？"))
        seen = b""
        while b"answer.created" not in seen or b"\n\n" not in seen.partition(b"answer.created")[2]:
            seen += connection.recv(300)
    answer_id = re.search(rb"ans_[0-9A-Z]+", seen)[0].decode()
    until = time.monotonic() + 10
    reply = live.send("GET", f"/v1/answers/{answer_id}")
    while reply.status == 404 and time.monotonic() < until:
        time.sleep(0.05)
        reply = live.send("GET", f"/v1/answers/{answer_id}")
    assert "9家" in reply.json()["answer"]


def test_stream_under_one_key_is_done_once(live):
    key = {"Idempotency-Key": "stream-1", "Cache-Control": "no-cache"}
    body = {"question": QUESTION, "stream": True}
    first = live.send("POST", "/v1/ask", body, key)
    again = live.send("POST", "/v1/ask", body, key)
    assert again.body == first.body
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    whole = live.send("POST", "/v1/ask", {"question": QUESTION}, key)
    assert (whole.status, whole.json()["code"]) == (422, "idempotency_key_reused")


def test_key_of_a_stream_that_was_left_is_free_again(live):
    key = {"Idempotency-Key": "stream-2"}
    raw = request_bytes(QUESTION).replace(b"Cache-Control: no-cache", b"Idempotency-Key: stream-2")
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", live.port), timeout=30) as connection:
            connection.sendall(raw)
    body = {"question": QUESTION, "stream": True}
    until = time.monotonic() + 10
    reply = live.send("POST", "/v1/ask", body, key)
    while reply.status == 409 and time.monotonic() < until:
        time.sleep(0.1)
        reply = live.send("POST", "/v1/ask", body, key)
    assert parse_events(reply.body)[-1][0] == "answer.completed"


def live_tasks() -> list[asyncio.Task]:
    found = [one for one in gc.get_objects() if issubclass(type(one), asyncio.Task)]
    return [task for task in found if not task.done()]


def wait_until(happened, seconds=20) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not happened():
        time.sleep(0.02)
    return bool(happened())


def working_threads() -> list[threading.Thread]:
    """All but those of the pool that wait for work: the pool ends them when it is used again."""
    pool = (thread for thread in threading.enumerate() if hasattr(thread, "idle_workers"))
    idle = {thread.ident for thread in pool if not thread.queue.unfinished_tasks}
    return [thread for thread in threading.enumerate() if thread.ident not in idle]


def resident() -> int:
    """Bytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_quiet_stream_is_kept_alive(home, monkeypatch):
    monkeypatch.setattr(stream, "PING_SECONDS", 0.1)
    with llm_server() as server:
        server.script = [Reply(text="无", delay=1)]
        with live_server(home, llm=llm_settings(server, timeout_s=5.0)) as live:
            reply = live.send("POST", "/v1/ask", {"question": QUESTION, "stream": True})
    assert reply.body.count(b": ping\n\n") >= 3
    assert parse_events(reply.body)[-1][0] == "answer.completed"


class Endless:
    """Frames without an end, each larger than a reader that does not read can take."""

    def __init__(self):
        self.sent = 0
        self.left = self.closed = False

    def __next__(self):
        if self.left:
            raise StopIteration
        self.sent += 1
        return b"data: " + b"x" * 4_000 + b"\n\n"

    def leave(self):
        self.left = True

    def close(self):
        self.closed = True


def test_reader_who_stops_reading_holds_nothing_and_may_leave():
    frames = Endless()

    async def app(scope, receive, send):
        await EventStream(frames, leave=frames.leave)(scope, receive, send)

    config = uvicorn.Config(app, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    with bind("127.0.0.1", 0) as listener:
        listener.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        with socket.create_connection(listener.getsockname(), timeout=30) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.recv(100)
            sent = -1
            until = time.monotonic() + 20
            while frames.sent != sent and time.monotonic() < until:
                sent = frames.sent
                time.sleep(0.5)
            assert frames.sent == sent < 5_000  # the writer waits for the reader
            assert not frames.left
        until = time.monotonic() + 5
        while not frames.closed and time.monotonic() < until:
            time.sleep(0.02)
        assert frames.left
        assert frames.closed
        server.should_exit = True
        thread.join(timeout=10)
        assert not thread.is_alive()


def test_200_abandoned_streams_leave_nothing_behind(live):
    live.events(QUESTION)
    chance = random.Random(7)
    delays = [chance.uniform(0, 0.08) for _ in range(200)]
    abandon(live.port, 0)
    time.sleep(0.5)
    files, threads = open_files(), len(working_threads())
    tasks, memory = len(live_tasks()), resident()
    for first in range(0, 200, 10):
        group = [
            threading.Thread(target=abandon, args=(live.port, delay))
            for delay in delays[first : first + 10]
        ]
        for one in group:
            one.start()
        for one in group:
            one.join()
    until = time.monotonic() + 20
    while time.monotonic() < until and (ACTIVE_STREAMS._value.get() or open_files() > files + 4):
        time.sleep(0.1)
    assert ACTIVE_STREAMS._value.get() == 0
    assert open_files() <= files + 4
    assert len(working_threads()) <= threads
    assert len(live_tasks()) <= tasks + 2
    assert resident() - memory < 60_000_000
    assert live.events(QUESTION)[-1][0] == "answer.completed"


def test_slow_model_streams_sentence_by_sentence_and_stops_with_its_reader(home):
    with llm_server() as server:
        server.script = [Reply(text="无")]
        with live_server(home, llm=llm_settings(server, timeout_s=20.0)) as live:
            live.send("POST", "/v1/ask", {"question": QUESTION})
            prompt = server.heard[-1]["messages"][1]["content"]
            blocks = prompt.split("</passage>")
            number = next(i for i, block in enumerate(blocks, start=1) if "29家" in block)
            text = f"徽商银行公布了29家合作机构[{number}]。" + "后面还有很多话要说。" * 100
            server.script = [Reply(text=text, between=0.05)]
            with socket.create_connection(("127.0.0.1", live.port), timeout=30) as connection:
                connection.sendall(request_bytes(QUESTION))
                seen = b""
                while b"answer.sentence" not in seen:
                    seen += connection.recv(65_536)
            assert "29家" in seen.decode(errors="replace")
            until = time.monotonic() + 10
            while time.monotonic() < until and not server.left:
                time.sleep(0.05)
            assert server.left  # the model was told to stop, too


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/ask", {"question": QUESTION}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": QUESTION}]}),
    ],
)
def test_model_stops_when_the_reader_of_a_whole_answer_leaves(home, path, body):
    headers = {"Content-Type": "application/json", "Idempotency-Key": "left"}
    with llm_server() as server:
        server.script = [Reply(text="没有编号的话。" * 500, between=0.05)]
        with live_server(home, llm=llm_settings(server, timeout_s=30.0)) as live:
            connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=30)
            connection.request("POST", path, json.dumps(body).encode(), headers)
            wait_until(lambda: server.heard)
            connection.close()
            assert wait_until(lambda: server.left)
            server.script = [Reply(text="无")]
            again = live.send("POST", path, body, headers)
            assert again.status == 200, "the key of an answer that nobody got is free again"


def test_dead_model_is_a_warning_and_no_error(home):
    with llm_server() as server:
        settings = llm_settings(server)
    with live_server(home, llm=settings) as live:
        events = live.events(QUESTION)
        answer = events[-1][1]["answer"]
        assert "29家" in answer["answer"]
        assert "model_failed" in {warning["code"] for warning in answer["warnings"]}
        assert (
            'huawen_llm_errors_total{reason="model_failed"}'
            in live.send("GET", "/metrics").body.decode()
        )
