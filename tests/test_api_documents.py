"""Articles, jobs, feedback and replayed requests over a real socket, with the real worker."""

import io
import json
import shutil
import time
import zipfile

import pytest
from live import live_server, parse_events

from api.settings import ApiSettings
from api.state.jobs import JobOptions
from eval.suites import SuiteOptions
from eval.suites.own import open_questions

_PATIENCE = 300  # seconds that a worker may need on a busy machine
SECOND = {"title": "公告", "text": "另一份公告，与名单无关。"}
TEXT = "青山银行公布了17家合作机构。名单每季度更新一次。"


@pytest.fixture(scope="module")
def live(built_home, tmp_path_factory):
    folder = tmp_path_factory.mktemp("documents")
    shutil.copytree(built_home, folder / "home")
    (folder / "in").mkdir()
    settings = ApiSettings(ingest_root=str(folder / "in"))
    with live_server(folder / "home", settings) as running:
        running.folder = folder
        yield running


def document(**fields):
    return {"id": "green-1", "title": "青山银行名单", "text": TEXT, "publisher": "测试报", **fields}


def until_ended(live, reply):
    job = reply.json()
    assert reply.status == 202
    assert reply.headers["location"] == f"/v1/ingestions/{job['id']}"
    until = time.monotonic() + _PATIENCE
    while job["status"] in ("queued", "running") and time.monotonic() < until:
        time.sleep(0.1)
        job = live.send("GET", f"/v1/ingestions/{job['id']}").json()
    return job


def indexed(live, reply):
    """The card of an article that was sent; on a busy machine the response may come first."""
    card = reply.json()
    assert reply.status in (200, 201, 202)
    if reply.status == 202:
        assert card["status"] == "pending"
        until = time.monotonic() + _PATIENCE
        job = live.send("GET", reply.headers["location"]).json()
        while job["status"] in ("queued", "running") and time.monotonic() < until:
            time.sleep(0.1)
            job = live.send("GET", f"/v1/ingestions/{job['id']}").json()
        card = live.send("GET", f"/v1/documents/{card['id']}").json()
    return card


def test_article_is_added_found_changed_and_taken_away(live):
    made = live.send("POST", "/v1/documents", document(author="甲", metadata={"n": 1}))
    card = indexed(live, made)
    assert (card["status"], card["author"], card["metadata"]) == ("indexed", "甲", {"n": 1})
    assert live.send("GET", "/v1/documents/green-1").json() == card
    answer = live.send("POST", "/v1/ask", {"question": "青山银行公布了多少家合作机构？"}).json()
    assert "17家" in answer["answer"]

    assert live.send("POST", "/v1/documents", document(author="甲")).status == 200

    wanted = {"publisher": "另一报", "tags": ["甲"]}
    changed = indexed(live, live.send("PATCH", "/v1/documents/green-1", wanted))
    assert (changed["publisher"], changed["tags"]) == ("另一报", ["甲"])
    assert changed["author"] == "甲"
    content = live.send("GET", "/v1/documents/green-1/content").json()
    assert content["text"] == TEXT

    assert live.send("DELETE", "/v1/documents/green-1").status == 204
    assert live.send("GET", "/v1/documents/green-1").status == 404
    hits = live.send("POST", "/v1/search", {"query": "青山银行"}).json()["data"]
    assert "green-1" not in {hit["document"]["id"] for hit in hits}
    gone = live.send("POST", "/v1/ask", {"question": "青山银行公布了多少家合作机构？"}).json()
    assert "17家" not in gone["answer"]
    assert live.send("DELETE", "/v1/documents/green-1").status == 404


def test_identifier_may_hold_any_character(live):
    made = live.send("POST", "/v1/documents", document(id="青山1"))

    card = indexed(live, made)
    assert card["id"] == "青山1"
    assert live.send("GET", made.headers["location"]).status == 200


def test_page_of_an_article_is_read_and_its_headline_alone_is_no_identity(live):
    page = f"<html><body><nav>登录</nav><article><p>{TEXT * 4}</p></article></body></html>"
    made = indexed(live, live.send("POST", "/v1/documents", {"title": "公告", "html": page}))
    content = live.send("GET", f"/v1/documents/{made['id']}/content").json()["text"]
    assert "17家" in content
    assert "登录" not in content
    other = live.send(
        "POST", "/v1/documents", {"title": "公告", "text": "另一份公告，与名单无关。"}
    )
    other = indexed(live, other)
    assert other["id"] != made["id"]
    same = live.send("POST", "/v1/documents", SECOND)
    assert (same.status, same.json()["id"]) == (200, other["id"])
    for card in (made, other):
        assert live.send("DELETE", f"/v1/documents/{card['id']}").status == 204


def test_changed_card_keeps_what_is_known_of_the_text(live):
    assert live.send("GET", "/v1/documents/doc-06").json()["truncated"] is True
    changed = indexed(live, live.send("PATCH", "/v1/documents/doc-06", {"tags": ["理财"]}))
    assert (changed["truncated"], changed["tags"]) == (True, ["理财"])
    before = live.send("GET", "/readyz").json()["checks"]["index"]["version"]
    noted = live.send("PATCH", "/v1/documents/doc-06", {"metadata": {"a": 1}, "author": "甲"})
    assert (noted.json()["author"], noted.json()["tags"]) == ("甲", ["理财"])
    assert live.send("GET", "/readyz").json()["checks"]["index"]["version"] == before


def test_documents_are_listed_in_pages_without_gaps(live):
    seen, cursor = [], ""
    while True:
        page = live.send("GET", f"/v1/documents?limit=3{cursor}").json()
        seen += [row["id"] for row in page["data"]]
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == sorted(set(seen))
    assert "doc-03" in seen


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"title": "t"}, 422),
        (document(text=""), 422),
        (document(text="\u200b\u200b"), 422),
        (document(id="a b"), 422),
        (document(url="javascript:alert(1)"), 422),
        (document(published_at="2025-10-01T00:00:00"), 422),
        (document(unknown=1), 422),
        (document(text="字" * 1_000_001), 413),
    ],
)
def test_bad_articles_are_refused(live, body, status):
    assert live.send("POST", "/v1/documents", body).status == status


def test_lines_become_a_job_whose_errors_are_listed(live):
    good = json.dumps({"id": "job-1", "text": "红山银行有3家合作机构。"}, ensure_ascii=False)
    bad = json.dumps({"id": "job-2"})
    reply = live.send(
        "POST", "/v1/ingestions", f"{good}\n{bad}\n".encode(),
        {"Content-Type": "application/x-ndjson"},
    )  # fmt: skip
    job = until_ended(live, reply)
    assert job["status"] == "partial"
    assert (job["counts"]["created"], job["counts"]["failed"]) == (1, 1)
    assert job["index_version"]["after"] != job["index_version"]["before"]
    [error] = live.send("GET", job["errors_url"]).json()["data"]
    assert (error["line"], error["pointer"], error["code"]) == (2, "#/text", "missing_field")
    assert set(job["counts"]) >= {"total", "processed", "updated", "unchanged", "duplicate"}
    assert live.send("GET", "/v1/documents/job-1").status == 200
    assert job["id"] in {one["id"] for one in live.send("GET", "/v1/ingestions").json()["data"]}
    events = parse_events(live.send("GET", f"/v1/ingestions/{job['id']}/events").body)
    assert events[-1][0] == "job.completed"


def test_files_become_a_job(live):
    line = json.dumps({"id": "file-1", "text": "蓝山银行有5家合作机构。"}, ensure_ascii=False)
    body = (
        '--b\r\nContent-Disposition: form-data; name="files"; filename="../../a.jsonl"\r\n\r\n'
        f"{line}\r\n--b--\r\n"
    ).encode()
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    headers["Idempotency-Key"] = "files-1"
    reply = live.send("POST", "/v1/ingestions", body, headers)
    again = live.send("POST", "/v1/ingestions", body, headers)
    assert again.json()["id"] == reply.json()["id"]
    assert again.headers["idempotency-replayed"] == "true"
    other = live.send(
        "POST", "/v1/ingestions", body.replace("蓝山".encode(), "绿山".encode()), headers
    )
    assert (other.status, other.json()["code"]) == (422, "idempotency_key_reused")
    job = until_ended(live, reply)
    assert (job["status"], job["counts"]["created"]) == ("succeeded", 1)
    left = [path.name for path in (live.folder / "home" / "uploads").iterdir()]
    assert not [name for name in left if job["id"] in name]


def test_archive_of_many_formats_becomes_a_job_with_the_broken_ones_listed(live):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", "title,text\n甲,黄山银行有6家合作机构。\n")
        archive.writestr("b.jsonl", '{"id":"zip-b","text":"黑山银行有7家合作机构。"}')
    form = (
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.zip"\r\n\r\n'
        + packed.getvalue()
        + b'\r\n--b\r\nContent-Disposition: form-data; name="files"; filename="x.pdf"\r\n\r\nno pdf'
        + b"\r\n--b--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    job = until_ended(live, live.send("POST", "/v1/ingestions", form, headers))
    assert (job["status"], job["counts"]["created"], job["counts"]["failed"]) == ("partial", 2, 1)
    [error] = live.send("GET", job["errors_url"]).json()["data"]
    assert "0001.pdf" in error["detail"]
    assert str(live.folder) not in error["detail"]


def test_exact_copies_are_left_out_where_that_is_asked(live):
    lines = "".join(
        json.dumps({"id": name, "title": "同文", "text": "灰山银行有8家合作机构。"}) + "\n"
        for name in ("copy-1", "copy-2")
    ).encode()
    kind = {"Content-Type": "application/x-ndjson"}
    reply = live.send("POST", "/v1/ingestions?dedupe=exact", lines, kind)
    job = until_ended(live, reply)
    assert (job["counts"]["created"], job["counts"]["duplicate"]) == (1, 1)
    metrics = live.send("GET", "/metrics").body.decode()
    assert 'huawen_ingest_documents_total{result="created"}' in metrics
    assert 'huawen_ingest_duration_seconds_count{result="succeeded"}' in metrics


def test_dry_run_and_skip_change_nothing_that_is_known(live):
    line = json.dumps({"id": "doc-03", "text": "换了。"}, ensure_ascii=False).encode()
    kind = {"Content-Type": "application/x-ndjson"}
    for query in ("dry_run=true", "on_duplicate=skip"):
        job = until_ended(live, live.send("POST", f"/v1/ingestions?{query}", line, kind))
        assert job["status"] == "succeeded"
    assert live.send("GET", "/v1/documents/doc-03/content").json()["text"] != "换了。"


def test_paths_stay_inside_the_folder_that_is_allowed(live):
    (live.folder / "in" / "a.jsonl").write_text('{"id":"path-1","text":"白山银行开业。"}', "utf-8")
    (live.folder / "secret.jsonl").write_text('{"id":"x","text":"秘密。"}', "utf-8")
    (live.folder / "in" / "link.jsonl").symlink_to(live.folder / "secret.jsonl")

    def take(value):
        return live.send("POST", "/v1/ingestions", {"source": {"type": "path", "value": value}})

    assert until_ended(live, take("a.jsonl"))["status"] == "succeeded"
    for value in ("../secret.jsonl", "/etc/passwd", "link.jsonl"):
        assert take(value).status == 403
    assert take("none.jsonl").status == 404


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/x-ndjson", 422),
        (b"x", "text/plain", 415),
        (b"{", "application/json", 422),
        (b'{"source":{"type":"url","value":"http://10.0.0.1/"}}', "application/json", 422),
        (b'{"source":{"type":"rss","value":"http://localhost/feed"}}', "application/json", 422),
        (b'{"source":{"type":"url","value":"file:///etc/passwd"}}', "application/json", 422),
        (b'{"source":{"type":"path","value":"a\\u0000b"}}', "application/json", 404),
        (b'{"source":{"type":"path","value":"a","more":1}}', "application/json", 422),
        (b"--b--\r\n", "multipart/form-data; boundary=b", 422),
    ],
)
def test_bad_ingestions_are_refused(live, body, kind, status):
    assert live.send("POST", "/v1/ingestions", body, {"Content-Type": kind}).status == status


def test_job_of_nothing_but_errors_fails_and_says_why(live):
    kind = {"Content-Type": "application/x-ndjson"}
    job = until_ended(live, live.send("POST", "/v1/ingestions", b"nonsense\n", kind))
    assert job["status"] == "failed"
    assert job["error"]


def test_waiting_job_is_cancelled_at_once(live):
    job = live.state.jobs.add(JobOptions())
    ended = live.send("POST", f"/v1/ingestions/{job.id}/cancel")
    assert ended.status == 409 or ended.json()["status"] in ("cancelled", "running")
    assert live.send("POST", "/v1/ingestions/ing_none/cancel").status == 404


def test_feedback_is_kept_once_and_exported_with_its_answer(live):
    answer = live.send("POST", "/v1/ask", {"question": "徽商银行公布了多少家合作机构？"}).json()
    verdict = {"answer_id": answer["id"], "rating": "down", "reasons": ["incorrect"]}
    assert live.send("POST", "/v1/feedback", verdict).status == 201
    second = live.send("POST", "/v1/feedback", {**verdict, "rating": "up", "reasons": []})
    assert (second.status, second.json()["rating"]) == (200, "up")
    lines = live.send("GET", "/v1/feedback?format=ndjson").body.decode().splitlines()
    [one] = [json.loads(line) for line in lines]
    assert (one["question"], one["answer"]) == (answer["question"], answer["answer"])
    assert live.send("GET", "/v1/feedback").json()["data"][0]["id"] == one["id"]
    wanted = {**verdict, "expected_answer": "29家"}
    assert live.send("POST", "/v1/feedback", wanted).status == 200
    exported = live.folder / "feedback.jsonl"
    exported.write_bytes(live.send("GET", "/v1/feedback?format=ndjson").body)
    [case] = open_questions(exported, SuiteOptions()).cases
    assert (case.question, case.answers) == (answer["question"], ("29家",))
    bad = {**verdict, "reasons": ["ugly"]}
    assert live.send("POST", "/v1/feedback", bad).status == 422


def test_request_under_one_key_is_done_once(live):
    body = {"question": "徽商银行公布了多少家合作机构？"}
    first = live.send("POST", "/v1/ask", body, {"Idempotency-Key": "k1"})
    again = live.send("POST", "/v1/ask", body, {"Idempotency-Key": "k1"})
    assert again.body == first.body
    assert again.headers["idempotency-replayed"] == "true"
    other = live.send("POST", "/v1/ask", {"question": "花呗？"}, {"Idempotency-Key": "k1"})
    assert (other.status, other.json()["code"]) == (422, "idempotency_key_reused")
    live.state.replays.claim("local", "k2", "x")
    busy = live.send("POST", "/v1/ask", body, {"Idempotency-Key": "k2"})
    assert busy.status == 422  # another body; with the same one it is in progress
    assert live.send("POST", "/v1/ask", {"question": ""}, {"Idempotency-Key": "k3"}).status == 422
    assert live.send("POST", "/v1/ask", body, {"Idempotency-Key": "k3"}).status == 200


@pytest.mark.parametrize("path", ["/v1/answers/none", "/v1/ingestions/none", "/v1/documents/none"])
def test_what_is_not_there_is_a_problem(live, path):
    reply = live.send("GET", path)
    assert (reply.status, reply.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("cursor", ["%00", "***", "w6k", "a" * 500])
def test_cursor_of_somebody_else_is_refused(live, cursor):
    assert live.send("GET", f"/v1/documents?cursor={cursor}").status in (200, 422)
