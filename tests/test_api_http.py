"""The HTTP service: shapes, proofs, and what is answered to input that nobody should send."""

import json
import socket
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.errors import PortInUse, RequestRefused
from api.http.app import create_app
from api.http.problems import KINDS, read_language
from api.http.serve import bind
from api.settings import ApiSettings
from api.state.service import ServiceState
from index.errors import HomeError, HuawenError, ModelError, NewsIndexError, UsageError
from rag.errors import AnswerInvalid, UpstreamError

QUESTION = "徽商银行公布了多少家合作机构？"


@pytest.fixture(scope="module")
def client(service, tmp_path_factory) -> TestClient:
    state = ServiceState(tmp_path_factory.mktemp("state"))
    # Not entered: its end would close the service, which is everybody's.
    return TestClient(
        create_app(service, ApiSettings(max_body_bytes=20_000), state),
        base_url="http://127.0.0.1",
        raise_server_exceptions=False,
    )


def test_an_answer_proves_itself_over_http(client):
    body = client.post("/v1/ask", json={"question": QUESTION}).json()
    assert body["status"] == "answered"
    assert "29家" in body["answer"]
    [citation] = body["citations"]
    assert citation["document"]["id"] == "doc-03"
    content = client.get(f"/v1/documents/{citation['document']['id']}/content").json()
    for quote in citation["quotes"]:
        assert content["text"][quote["start"] : quote["end"]] == quote["text"]
    numbers = {c["number"] for c in body["citations"]}
    assert all(set(sentence["citations"]) <= numbers for sentence in body["sentences"])


def test_no_evidence_is_a_plain_abstention_with_status_200(client):
    answer = client.post("/v1/ask", json={"question": "火星上有多少家银行分行？"})
    body = answer.json()
    assert (answer.status_code, body["status"]) == (200, "abstained")
    assert body["citations"] == []
    assert body["abstention"]["reason"]


def test_an_abstention_names_the_nearest_articles(client):
    body = client.post("/v1/ask", json={"question": "信用卡的持卡人平均年龄是多少岁？"}).json()
    assert body["abstention"]["reason"] == "insufficient_evidence"
    nearest = body["abstention"]["nearest"]
    assert nearest
    assert set(nearest[0]) == {"id", "title", "publisher", "published_at"}


def test_history_and_conversation_make_a_follow_up_whole(client):
    whole = "东亚银行公布了多少家合作机构？"
    history = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "29家[1]。"}]
    body = client.post("/v1/ask", json={"question": "那东亚银行呢？", "history": history}).json()
    assert (body["question"], body["rewritten_question"]) == ("那东亚银行呢？", whole)
    assert "9家" in body["answer"]
    for question in (QUESTION, "那东亚银行呢？"):
        asked = {"question": question, "conversation_id": "conv_follow"}
        body = client.post("/v1/ask", json=asked).json()
    assert body["rewritten_question"] == whole


def test_relative_dates_of_a_quote_stand_at_their_place(client):
    body = client.post("/v1/ask", json={"question": "助贷新规什么时候施行？"}).json()
    quote = body["citations"][0]["quotes"][0]
    [meant] = [one for one in quote["dates"] if one["text"] == "10月1日"]
    assert (meant["first"], meant["last"]) == ("2025-10-01", "2025-10-01")
    at = meant["start"] - quote["start"]
    assert quote["text"][at : at + len(meant["text"])] == meant["text"]


def test_filters_are_inside_the_search(client):
    filters = {"document_ids": ["doc-04"]}
    body = client.post("/v1/search", json={"query": QUESTION, "filters": filters}).json()
    assert {hit["document"]["id"] for hit in body["data"]} == {"doc-04"}


def test_health_readiness_page_and_request_id(client):
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    page = client.get("/")
    assert "<html" in page.text
    assert "Content-Security-Policy" in page.headers
    assert client.get("/healthz").headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "validation_error"),
        (b"{", 422, "validation_error"),
        (b"[]", 422, "validation_error"),
        (b"\xff\xfe", 422, "validation_error"),
        (b"{}", 422, "validation_error"),
        ({"question": ""}, 422, "validation_error"),
        ({"question": "   "}, 422, "validation_error"),
        ({"question": "问" * 10_000}, None, None),
        ({"question": "😀😀"}, 422, "validation_error"),
        ({"question": "\x00\x07"}, 422, "validation_error"),
        ({"question": 5}, 422, "validation_error"),
        ({"question": QUESTION, "surprise": 1}, 422, "validation_error"),
        ({"question": QUESTION, "filters": {"document_ids": "doc"}}, 422, "validation_error"),
        ({"question": QUESTION, "options": {"top_k": 0}}, 422, "validation_error"),
    ],
)
def test_bad_bodies_are_problems(client, body, status, code):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = client.post("/v1/ask", content=content, headers={"Content-Type": "application/json"})
    if status is None:
        status, code = answer.status_code, answer.json()["code"]
        assert status in (413, 422)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["status"]) == (status, code, status)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "code"),
    [
        ("GET", "/nowhere", {}, 404, "not_found"),
        ("GET", "/v1/documents/none/content", {}, 404, "not_found"),
        ("GET", "/static/../app.py", {}, 404, "not_found"),
        ("GET", "/static/%2e%2e%2fapp.py", {}, 404, "not_found"),
        ("DELETE", "/v1/ask", {}, 405, "method_not_allowed"),
        ("POST", "/v1/ask", {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        ("GET", "/healthz", {"Host": "evil.example"}, 400, "bad_host"),
    ],
)
def test_bad_requests_are_problems(client, method, path, headers, status, code):
    answer = client.request(method, path, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_body_beyond_the_limit_is_refused_unread(client):
    answer = client.post("/v1/ask", json={"question": "问" * 30_000})
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


def test_english_question_has_an_english_frame(client):
    question = {"question": "How many partner institutions did 徽商银行 announce?"}
    body = client.post("/v1/ask", json=question).json()
    assert body["language"] == "en"


@pytest.mark.parametrize(
    ("accept", "language"),
    [("", "zh"), ("en", "en"), ("en-GB;q=0.9, zh;q=0.2", "en"), ("fr", "zh"), ("en;q=x", "zh")],
)
def test_problems_follow_the_reader(client, accept, language):
    assert read_language(accept) == language
    problem = client.get("/nowhere", headers={"Accept-Language": accept}).json()
    assert problem["title"] == (KINDS["not_found"].zh if language == "zh" else "Not found")


def _tree(root: type[HuawenError]) -> Iterator[type[HuawenError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)


@pytest.mark.parametrize(
    "root", [AnswerInvalid, UpstreamError, NewsIndexError, ModelError, HomeError]
)
def test_every_error_that_a_request_can_meet_has_its_own_problem(root):
    missing = [e.__name__ for e in _tree(root) if e.code not in KINDS]
    assert missing == []


def test_codes_are_unique_and_hints_are_sentences():
    errors = [*_tree(HuawenError)]
    assert UsageError in errors
    # A refused request has a code of the HTTP contract, which others may lead to as well.
    codes = [error.code for error in errors if not issubclass(error, RequestRefused)]
    assert len(set(codes)) == len(codes)
    assert all(error.code in KINDS for error in _tree(RequestRefused))
    assert all(error.default_hint.endswith((".", "?", "`", ")")) for error in errors)


def test_a_port_in_use_is_named():
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        taken.listen()
        with pytest.raises(PortInUse, match=str(port)):
            bind("127.0.0.1", port)


def test_listener_is_a_named_tcp_socket_so_that_responses_do_not_wait_for_nagle():
    with bind("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
