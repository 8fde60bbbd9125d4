"""What an operator sees: the names of the metrics, the reference page, traces only where asked."""

import json
import re
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec

import pytest
from live import live_server
from served import served

QUESTION = "徽商银行公布了多少家合作机构？"
METRICS = {
    "http_requests_total": ("counter", {"handler", "method", "status"}),
    "http_request_duration_seconds": ("histogram", {"handler", "method"}),
    "http_requests_inprogress": ("gauge", set()),
    "huawen_ask_total": ("counter", {"outcome", "stream"}),
    "huawen_ask_duration_seconds": ("histogram", set()),
    "huawen_ask_first_event_seconds": ("histogram", set()),
    "huawen_ask_first_sentence_seconds": ("histogram", set()),
    "huawen_stage_duration_seconds": ("histogram", {"stage"}),
    "huawen_sentences_total": ("counter", {"support"}),
    "huawen_citations_per_answer": ("histogram", set()),
    "huawen_retrieved_chunks": ("histogram", set()),
    "huawen_top_score": ("histogram", set()),
    "huawen_llm_tokens_total": ("counter", {"type"}),
    "huawen_llm_errors_total": ("counter", {"reason"}),
    "huawen_active_streams": ("gauge", set()),
    "huawen_inflight_requests": ("gauge", set()),
    "huawen_index_documents": ("gauge", set()),
    "huawen_index_chunks": ("gauge", set()),
    "huawen_index_bytes": ("gauge", set()),
    "huawen_index_newest_document_timestamp_seconds": ("gauge", set()),
    "huawen_ingest_documents_total": ("counter", {"result"}),
    "huawen_ingest_queue_depth": ("gauge", set()),
    "huawen_ingest_duration_seconds": ("histogram", {"result"}),
    "huawen_feedback_total": ("counter", {"rating", "reason"}),
    "huawen_rate_limited_total": ("counter", {"key_kind"}),
    "huawen_cache_hits_total": ("counter", {"cache"}),
    "huawen_build_info": ("gauge", {"version", "git_sha", "embedder", "generator"}),
}


@pytest.fixture(scope="module")
def live(built_home, tmp_path_factory):
    home = tmp_path_factory.mktemp("observe") / "home"
    shutil.copytree(built_home, home)
    with live_server(home) as running:
        yield running


@pytest.fixture(scope="module")
def page(live):
    answer = live.send("POST", "/v1/ask", {"question": QUESTION}).json()
    live.send("POST", "/v1/feedback", {"answer_id": answer["id"], "rating": "up"})
    live.events(QUESTION)
    return live.send("GET", "/metrics").body.decode()


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, (kind, _) in METRICS.items()])
def test_metric_has_its_name_and_its_kind(page, name, kind):
    assert f"# TYPE {name} {kind}" in page


def test_labels_are_those_and_no_others(page):
    for line in page.splitlines():
        found = re.fullmatch(r"([a-z_]+?)(?:_bucket|_count|_sum)?(?:\{(.*)\})? \S+", line)
        if found and found[1] in METRICS:
            labels = set(re.findall(r'(\w+)="', found[2] or "")) - {"le"}
            assert labels <= METRICS[found[1]][1], line


def test_seconds_are_counted_in_the_buckets_of_the_design(page):
    found = re.findall(r'huawen_ask_duration_seconds_bucket\{le="([^"]+)"\}', page)
    assert found == [
        "0.05", "0.1", "0.25", "0.5", "1.0", "2.0", "4.0", "8.0", "16.0", "32.0", "64.0", "+Inf",
    ]  # fmt: skip


def test_numbers_say_what_happened(page):
    assert 'huawen_ask_total{outcome="answered",stream="true"}' in page
    assert 'http_requests_total{handler="/v1/ask",method="POST",status="200"}' in page
    assert re.search(r"(?m)^huawen_index_documents 8\.0$", page)
    assert re.search(r"(?m)^huawen_active_streams 0\.0$", page)


def test_reference_is_whole_and_loads_nothing(live):
    reply = live.send("GET", "/docs")
    text = reply.body.decode()
    assert reply.headers["content-type"].startswith("text/html")
    for path in live.send("GET", "/openapi.json").json()["paths"]:
        assert path in text
    assert "src=" not in text
    assert "http" not in re.sub(r"<pre>.*?</pre>", "", text, flags=re.DOTALL).replace("huawen", "")
    assert "徽商银行公布了多少家合作机构？" in text


def test_nothing_is_traced_by_default(live):
    from opentelemetry import trace  # noqa: PLC0415 - what FastAPI brings along

    with trace.get_tracer("test").start_as_current_span("x") as span:
        assert not span.is_recording()


class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.heard.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.mark.skipif(
    find_spec("opentelemetry.sdk") is None, reason="needs pip install 'huawen[telemetry]'"
)
def test_traces_go_where_the_operator_says_and_hold_no_words(home):
    collector = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    collector.daemon_threads, collector.heard = True, []
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    told = {
        "FASTAPI_OTEL_AUTO_CONFIGURE": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
        "OTEL_SERVICE_NAME": "huawen", "OTEL_BSP_SCHEDULE_DELAY": "100",
    }  # fmt: skip
    try:
        with served(home, **told) as running:
            running.send("POST", "/v1/ask", {"question": QUESTION})
        traces = b"".join(body for path, body in collector.heard if path == "/v1/traces")
        assert b"/v1/ask" in traces
        assert b"gen_ai.retrieval.top_k" in traces
        assert b"embeddings multilingual-e5-small" in traces
        assert not any(word.encode() in traces for word in ("徽商", "29家"))
        assert json.dumps(QUESTION)[1:5].encode() not in traces
    finally:
        collector.shutdown()
        collector.server_close()
