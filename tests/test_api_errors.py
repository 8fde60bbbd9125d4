"""Every row of the error list, met through a real socket, in both languages."""

import json
import shutil
import socket
import threading
import time

import pytest
from live import live_server
from llm_server import Reply, llm_server, llm_settings

from api.http.problems import KINDS
from api.settings import ApiSettings

QUESTION = "徽商银行公布了多少家合作机构？"
ASK = {"question": QUESTION}
ROWS = {
    "bad_request": 400, "unauthenticated": 401, "forbidden": 403, "origin_not_allowed": 403,
    "not_found": 404, "method_not_allowed": 405, "conflict": 409, "idempotency_in_progress": 409,
    "payload_too_large": 413, "unsupported_media_type": 415, "validation_error": 422,
    "idempotency_key_reused": 422, "rate_limited": 429, "internal": 500, "upstream_error": 502,
    "not_ready": 503, "overloaded": 503, "upstream_timeout": 504,
}  # fmt: skip


@pytest.fixture(scope="module")
def live(built_home, tmp_path_factory):
    home = tmp_path_factory.mktemp("errors") / "home"
    shutil.copytree(built_home, home)
    settings = ApiSettings(require_key="always", rate_per_minute=100, max_body_bytes=20_000)
    with live_server(home, settings) as running:
        running.key = running.state.keys.create("sk").secret
        yield running


def bearer(secret, **more):
    return {"Authorization": f"Bearer {secret}", **more}


def problem(reply, code, path=None):
    """The body, once it is a whole problem object of that code."""
    body = reply.json()
    assert (reply.status, body["status"], body["code"]) == (ROWS[code], ROWS[code], code), body
    assert reply.headers["content-type"] == "application/problem+json"
    assert body["request_id"] == reply.headers["x-request-id"]
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert body["type"].startswith("urn:huawen:problem:")
    assert body["title"]
    assert body["detail"]
    if path:
        assert body["instance"] == path
    return body


def is_chinese(text):
    return any("一" <= char <= "鿿" for char in text)


@pytest.mark.parametrize(("code", "status"), ROWS.items())
def test_code_has_its_status_and_both_languages(code, status):
    kind = KINDS[code]
    assert kind.status == status
    assert is_chinese(kind.zh)
    assert is_chinese(kind.detail_zh)
    assert not is_chinese(kind.en)


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "code"),
    [
        ("POST", "/v1/ask", b"{", {}, "validation_error"),
        ("POST", "/v1/ask", b"\xff", {}, "bad_request"),
        ("POST", "/v1/ask", b"[" * 10_000, {}, "bad_request"),
        ("POST", "/v1/ask", {"question": "花呗？", "surprise": 1}, {}, "validation_error"),
        ("POST", "/v1/ask", {"question": ["花呗？"]}, {}, "validation_error"),
        ("POST", "/v1/ask", {"question": "问" * 2_001}, {}, "validation_error"),
        ("POST", "/v1/ask", {"question": "！！！"}, {}, "validation_error"),
        ("POST", "/v1/search", {"query": "花呗", "top_k": 51}, {}, "validation_error"),
        ("GET", "/v1/documents?limit=0", None, {}, "validation_error"),
        ("GET", "/v1/documents?cursor=%C3%A9", None, {}, "validation_error"),
        ("PATCH", "/v1/documents/doc-03", {"title": None}, {}, "validation_error"),
        ("PATCH", "/v1/documents/doc-03", {}, {}, "validation_error"),
        ("POST", "/v1/ask", b"{}", {"Content-Type": "text/plain"}, "unsupported_media_type"),
        ("POST", "/v1/ask", {"question": "问" * 20_000}, {}, "payload_too_large"),
        ("GET", "/v1/answers/ans_none", None, {}, "not_found"),
        ("GET", "/v1/documents/none", None, {}, "not_found"),
        ("GET", "/v1/ingestions/none/events", None, {}, "not_found"),
        ("GET", "/nowhere", None, {}, "not_found"),
        ("PUT", "/v1/ask", None, {}, "method_not_allowed"),
        ("POST", "/v1/feedback", {"answer_id": "x", "rating": "up"}, {}, "not_found"),
        (
            "POST", "/v1/ingestions", b"--x", {"Content-Type": "multipart/form-data"},
            "bad_request",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_a_problem_in_the_callers_language(
    live, method, path, body, headers, code
):
    for accept, chinese in (("zh-CN", True), ("en", False)):
        sent = bearer(live.key, **{"Accept-Language": accept}, **headers)
        if isinstance(body, bytes):
            sent.setdefault("Content-Type", "application/json")
        found = problem(live.send(method, path, body, sent), code, path.partition("?")[0])
        assert is_chinese(found["title"]) == chinese
        assert is_chinese(found["detail"]) == chinese or "花" in found["detail"]
        if "hint" in found:
            assert is_chinese(found["hint"]) == chinese


def test_wrong_field_is_pointed_at(live):
    blank = live.send("POST", "/v1/ask", {"question": " "}, bearer(live.key))
    assert problem(blank, "validation_error")["errors"][0]["pointer"] == "#/question"
    deep = {"question": QUESTION, "options": {"top_k": "many"}}
    found = problem(live.send("POST", "/v1/ask", deep, bearer(live.key)), "validation_error")
    assert found["errors"][0]["pointer"] == "#/options/top_k"
    source = {"source": {"type": "ftp", "value": "x"}}
    found = live.send("POST", "/v1/ingestions", source, bearer(live.key))
    assert problem(found, "validation_error")["errors"][0]["pointer"] == "#/source/type"


def test_refused_methods_say_which_are_allowed(live):
    assert live.send("PUT", "/v1/ask", None, bearer(live.key)).headers["allow"] == "POST"


def test_keys_scopes_and_origins(live):
    problem(live.send("POST", "/v1/ask", ASK), "unauthenticated")
    problem(live.send("POST", "/v1/ask", ASK, bearer("hw_sk_no")), "unauthenticated")
    narrow = live.state.keys.create("sk", scopes=["search"]).secret
    problem(live.send("POST", "/v1/ask", ASK, bearer(narrow)), "forbidden")
    public = live.state.keys.create("pk", origins=["https://*.shop.cn"]).secret
    good = live.send("POST", "/v1/ask", ASK, bearer(public, Origin="https://www.shop.cn"))
    assert good.status == 200
    for origin in ("https://evil.cn", "https://shop.cn", "https://evilshop.cn", "null"):
        reply = live.send("POST", "/v1/ask", ASK, bearer(public, Origin=origin))
        problem(reply, "origin_not_allowed")


def test_body_of_unknown_length_is_cut_off_at_the_limit(live):
    with socket.create_connection(("127.0.0.1", live.port), timeout=30) as connection:
        head = (
            "POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {live.key}\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        connection.sendall(head.encode())
        for _ in range(5):
            connection.sendall(b"1f40\r\n" + b" " * 8_000 + b"\r\n")
        assert b" 413 " in connection.recv(65_536).split(b"\r\n")[0]


def test_limit_of_a_key_and_its_reset(live):
    secret = live.state.keys.create("sk").secret
    reply = live.send("POST", "/v1/ask", {"question": ""}, bearer(secret))
    assert reply.headers["ratelimit"].startswith('"ask";r=99;t=')
    for _ in range(99):
        live.send("POST", "/v1/ask", {"question": ""}, bearer(secret))
    refused = live.send("POST", "/v1/ask", ASK, bearer(secret))
    found = problem(refused, "rate_limited")
    assert int(refused.headers["retry-after"]) == found["retry_after_s"] > 0
    # Questions have a limit of their own.
    assert live.send("POST", "/v1/search", {"query": "花呗"}, bearer(secret)).status == 200


def test_ended_job_cannot_be_cancelled(live):
    job = live.state.jobs.add(live_options())
    live.state.jobs.finish(job.id, "succeeded", counts={})
    reply = live.send("POST", f"/v1/ingestions/{job.id}/cancel", None, bearer(live.key))
    problem(reply, "conflict")


def live_options():
    from api.state.jobs import JobOptions  # noqa: PLC0415 - one use

    return JobOptions()


def test_idempotency_keys_in_progress_reused_and_replayed(home):
    with llm_server() as server:
        server.script = [Reply(text="无", delay=3)]
        with live_server(home, llm=llm_settings(server, timeout_s=2.0)) as live:
            key = {"Idempotency-Key": "one"}
            first = threading.Thread(target=live.send, args=("POST", "/v1/ask", ASK, key))
            first.start()
            until = time.monotonic() + 10
            while not server.heard and time.monotonic() < until:
                time.sleep(0.02)
            problem(live.send("POST", "/v1/ask", ASK, key), "idempotency_in_progress")
            other = {"question": "花呗是什么？"}
            problem(live.send("POST", "/v1/ask", other, key), "idempotency_key_reused")
            first.join()
            again = live.send("POST", "/v1/ask", ASK, key)
            assert again.headers["idempotency-replayed"] == "true"


def test_more_than_the_machine_bears_is_refused_and_probes_pass(home):
    with llm_server() as server:
        server.script = [Reply(text="无", delay=3)]
        settings = ApiSettings(max_in_flight=1)
        with live_server(home, settings, llm=llm_settings(server, timeout_s=2.0)) as live:
            first = threading.Thread(target=live.send, args=("POST", "/v1/ask", ASK))
            first.start()
            until = time.monotonic() + 10
            while not server.heard and time.monotonic() < until:
                time.sleep(0.02)
            busy = live.send("POST", "/v1/ask", ASK)
            problem(busy, "overloaded")
            assert busy.headers["retry-after"] == "1"
            assert live.send("GET", "/readyz").status == 200
            assert live.send("GET", "/metrics").status == 200
            first.join()
            assert live.send("GET", "/v1/documents").status == 200


def test_lost_index_is_not_ready_and_comes_back(home):
    with live_server(home) as live:
        (home / "CURRENT").rename(home / "gone")
        reply = live.send("POST", "/v1/ask", ASK)
        assert (reply.status, reply.json()["code"]) == (503, "index_not_found")
        ready = live.send("GET", "/readyz")
        assert (ready.status, ready.json()["checks"]["index"]["ok"]) == (503, False)
        assert live.send("GET", "/metrics").status == 200
        assert live.send("GET", "/healthz").status == 200
        (home / "gone").rename(home / "CURRENT")
        assert live.send("POST", "/v1/ask", ASK).status == 200


def test_fault_of_ours_is_an_internal_problem_without_its_cause(home):
    with live_server(home) as live:
        live.app.state.desk.service.store.close()  # what a fault looks like from outside
        for path in ("/v1/documents", "/v1/documents/doc-03"):
            found = problem(live.send("GET", path), "internal", path)
            assert "sqlite" not in json.dumps(found).lower()
        counted = live.send("GET", "/metrics").body.decode()
        assert 'http_requests_total{handler="/v1/documents",method="GET",status="500"}' in counted
