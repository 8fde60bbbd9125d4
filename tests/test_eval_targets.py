"""A real server as the target: events timed, passages alone, failures that become error rows."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from live import live_server

from eval.cases import Case, GoldFilters
from eval.errors import TargetUnreachable
from eval.http_target import HttpTarget
from eval.targets import TargetError

CASE = Case(id="a", question="徽商银行公布了多少家合作机构？", answers=("29家",))


@pytest.fixture(scope="module")
def url(built_home):
    with live_server(built_home) as live:
        yield f"http://127.0.0.1:{live.port}"


@pytest.mark.parametrize("stream", [True, False])
def test_answer_comes_whole_and_its_events_are_timed(url, stream):
    target = HttpTarget(url, stream=stream)
    reply = target.ask(CASE)
    assert "29家" in reply.answer.answer
    assert reply.found[0].document_id
    if stream:
        assert 0 < reply.first_event_ms <= reply.first_sentence_ms <= reply.ms
    else:
        assert reply.first_event_ms is None
    assert target.text_of(reply.answer.citations[0].document.id)
    target.close()


def test_passages_come_without_an_answer_and_within_the_filters(url):
    target = HttpTarget(url, mode="dense")
    reply = target.search(
        CASE.model_copy(update={"filters": GoldFilters(document_ids=("doc-04",))})
    )
    assert reply.answer is None
    assert {one.document_id for one in reply.found} == {"doc-04"}
    target.close()


def test_question_that_the_server_refuses_is_an_error_and_the_next_one_is_answered(url):
    target = HttpTarget(url)
    with pytest.raises(TargetError, match="answered 4"):
        target.ask(CASE.model_copy(update={"question": "？？"}))
    assert target.ask(CASE).answer is not None
    target.close()


@contextmanager
def server_that_says(status: int, body: bytes, kind: str = "text/event-stream"):
    class Says(BaseHTTPRequestHandler):
        def do_GET(self):
            self._send(200, b"{}")

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self._send(status, body)

        def _send(self, code, content):
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Says) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (503, b"busy", "answered 503: busy"),
        (200, b"", "ended without an answer"),
        (200, b'event: error\ndata: {"code":"internal"}\n\n', "the stream failed"),
        (200, b'event: answer.completed\ndata: {"answer":{}}\n\n', "malformed"),
        (200, b"event: answer.completed\ndata: {\n\n", "no JSON"),
        (200, b'event: answer.completed\ndata: {"other":1}\n\n', "no JSON"),
    ],
)
def test_every_way_to_fail_is_an_error_of_that_question(status, body, says):
    with server_that_says(status, body) as url:
        target = HttpTarget(url)
        with pytest.raises(TargetError, match=says):
            target.ask(CASE)
        target.close()


def test_server_that_goes_away_is_an_error_and_not_a_crash():
    with server_that_says(200, b"") as url:
        target = HttpTarget(url)
    target.close()
    with pytest.raises(TargetError):
        target.search(CASE)
    with pytest.raises(TargetUnreachable):
        HttpTarget(url)
