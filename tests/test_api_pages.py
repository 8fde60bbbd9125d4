"""What people see: the chat page, an article, and the widget as other pages load it."""

import base64
import gzip
import hashlib
import html
import json
import re
import shlex
import subprocess
import sys
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from corpus import article
from hypothesis import given
from hypothesis import strategies as st
from live import live_server

from api.http.article import article_page, missing_page
from api.http.pages import read_manifest, read_static
from api.settings import ApiSettings

GZIP_LIMIT, RAW_LIMIT = 30_720, 98_304


@pytest.fixture(scope="module")
def live(built_home):
    with live_server(built_home, ApiSettings(cors_origins="https://a.cn,https://*.b.cn")) as server:
        yield server


@pytest.fixture(scope="module")
def keyed(built_home, tmp_path_factory):
    with live_server(built_home, ApiSettings(require_key="always")) as server:
        yield server


class _Seen(HTMLParser):
    """Tags, attributes and text, as a browser takes them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marked = ""
        self._in_mark = 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._in_mark += tag == "mark"

    def handle_endtag(self, tag):
        self._in_mark -= tag == "mark"

    def handle_data(self, data):
        self.text += data
        if self._in_mark:
            self.marked += data


# -- the built file ---------------------------------------------------------------------------


def test_built_widget_is_light_whole_and_names_its_licences():
    built, manifest = read_static("widget.js"), read_manifest()
    assert len(gzip.compress(built, 9)) < GZIP_LIMIT
    assert len(built) < RAW_LIMIT
    assert manifest["bytes"] == len(built)
    assert manifest["hash"] == hashlib.sha256(built).hexdigest()[:12]
    digest = base64.b64encode(hashlib.sha384(built).digest()).decode()
    assert manifest["integrity"] == f"sha384-{digest}"
    notices = read_static("widget.js.LICENSES.txt").decode()
    assert "BSD 3-Clause" in notices
    assert "MIT License" in notices


def test_built_widget_reaches_for_nothing_else():
    built = read_static("widget.js").decode()
    assert not re.search(r"https?://(?!(www\.)?w3\.org)[\w.]+\.\w", built)
    assert not re.search(r"\beval\(|new Function\(|sourceMappingURL", built)


def test_static_files_are_package_data():
    names = {path.name for path in (files("api") / "static").iterdir()}
    assert {"widget.js", "widget.js.LICENSES.txt", "manifest.json", "index.html"} <= names


# -- how it is served -------------------------------------------------------------------------


def test_widget_is_for_every_page_and_for_a_short_while(live):
    reply = live.send("GET", "/widget.js")
    assert (reply.status, reply.headers["content-type"].split(";")[0]) == (200, "text/javascript")
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["cross-origin-resource-policy"] == "cross-origin"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["cache-control"] == "public, max-age=300"
    assert reply.body == read_static("widget.js")
    again = live.send("GET", "/widget.js", headers={"If-None-Match": reply.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


def test_widget_under_its_hash_never_changes(live):
    reply = live.send("GET", f"/widget.{read_manifest()['hash']}.js")
    assert (reply.status, "immutable" in reply.headers["cache-control"]) == (200, True)
    old = live.send("GET", "/widget.000000000000.js")
    assert (old.status, old.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("name", ["page.css", "demo.css", "widget.js.LICENSES.txt"])
def test_files_of_our_pages(live, name):
    assert live.send("GET", f"/static/{name}").body == read_static(name)


@pytest.mark.parametrize("name", ["manifest.json", "index.html", "none.css", "..%2f..%2fapp.py"])
def test_no_other_file_is_served(live, name):
    assert live.send("GET", f"/static/{name}").status == 404


def test_chat_page_may_be_framed_by_the_allow_list_and_no_other(live, keyed):
    policy = live.send("GET", "/").headers["content-security-policy"]
    assert "frame-ancestors https://a.cn https://*.b.cn" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in keyed.send("GET", "/").headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/demo", "/demo/strict"])
def test_pages_hold_no_inline_script_and_name_no_other_host(live, path):
    seen = _Seen(live.send("GET", path).body.decode())
    for tag, attributes in seen.tags:
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        assert tag != "script" or (attributes["src"] or "").startswith("/widget.js")
        for name in ("src", "href"):
            assert re.match(r"/(?!/)|data:,", attributes.get(name) or "/")


def test_strict_page_forbids_styles_and_markup_from_text(live):
    policy = live.send("GET", "/demo/strict").headers["content-security-policy"]
    assert "style-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy


def test_chat_page_is_in_the_readers_language(live):
    reply = live.send("GET", "/", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert b'<html lang="en">' in reply.body
    assert "accept-language" in reply.headers["vary"].lower()
    assert b'<html lang="zh-CN">' in live.send("GET", "/").body


def test_chat_page_takes_a_publishable_key_from_its_address(keyed):
    assert b'public-key="hw_pk_a-B_9"' in keyed.send("GET", "/?key=hw_pk_a-B_9").body
    for odd in ("hw_sk_secret", "hw_pk_%22%3E%3Cscript%3E", ""):
        assert keyed.send("GET", f"/?key={odd}").body == read_static("index.html")


# -- the article ------------------------------------------------------------------------------


def test_article_page_marks_the_quote_of_an_answer(live):
    answer = live.send("POST", "/v1/ask", {"question": "徽商银行公布了多少家合作机构？"}).json()
    [citation] = answer["citations"]
    quote = citation["quotes"][0]
    path = f"/documents/{citation['document']['id']}?s={quote['start']}&e={quote['end']}"
    reply = live.send("GET", path)
    assert reply.status == 200
    seen = _Seen(reply.body.decode())
    assert seen.marked == quote["text"]
    assert citation["document"]["publisher"] in seen.text


def test_unknown_article_is_a_page_in_the_readers_language(live):
    reply = live.send("GET", "/documents/none", headers={"Accept-Language": "en"})
    assert reply.status == 404
    assert "not here" in reply.body.decode()
    assert "没有这篇报道" in live.send("GET", "/documents/none").body.decode()
    assert missing_page("zh").count("<h1>") == 1


def test_article_needs_the_key_that_asking_needs(keyed):
    assert keyed.send("GET", "/documents/doc-03").status == 401
    made = keyed.state.keys.create("pk", origins=["https://a.cn"]).secret
    assert keyed.send("GET", f"/documents/doc-03?key={made}").status == 200


HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>\n$title ${body} &amp; </main>'


def test_hostile_article_is_text():
    odd = article(9, HOSTILE, HOSTILE, publisher=HOSTILE, url="javascript:alert(1)")
    page = article_page(odd, start=0, end=8, language="zh")
    seen = _Seen(page)
    assert {tag for tag, _ in seen.tags} <= {
        "html", "head", "meta", "title", "link", "body", "main", "h1", "p", "mark",
    }  # fmt: skip
    assert "javascript:" not in page
    assert seen.marked == HOSTILE[:8]
    assert html.escape(HOSTILE.split("\n", maxsplit=1)[0]) in page


def test_truncated_undated_and_linked_articles_say_so():
    odd = article(
        9, "标题", "正文。", truncated=True, published_at=None, url="https://a.cn/?a=1&b=2"
    )
    page = article_page(odd, start=0, end=0, language="zh")
    assert "原文不完整" in page
    assert "日期不详" in page
    assert 'href="https://a.cn/?a=1&amp;b=2"' in page
    assert "<mark" not in page


@given(
    text=st.text(alphabet="信用卡<&\n😀 。", min_size=1, max_size=60).filter(str.strip),
    start=st.integers(-3, 70),
    end=st.integers(-3, 70),
)
def test_mark_is_the_range_in_code_points_whatever_the_lines(text, start, end):
    page = article_page(article(9, "标题", text), start=start, end=end, language="en")
    marked = _Seen(page).marked
    good = 0 <= start < end <= len(text)
    assert marked == (text[start:end].replace("\n", "") if good else "")


# -- the snippet ------------------------------------------------------------------------------


def _snippet(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from api.cli import main; main()", "widget", "snippet"]
    return subprocess.run(
        [*command, *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_snippet_names_the_file_that_the_service_serves(live):
    done = _snippet("--url", f"http://127.0.0.1:{live.port}/", "--key", "hw_pk_x", "--lang", "en")
    (script, attributes), (element, options) = _Seen(done.stdout).tags
    assert (script, element) == ("script", "huawen-chat")
    assert attributes["crossorigin"] == "anonymous"
    served = live.send("GET", "/" + attributes["src"].rsplit("/", 1)[1])
    digest = base64.b64encode(hashlib.sha384(served.body).digest()).decode()
    assert attributes["integrity"] == f"sha384-{digest}"
    assert options == {
        "endpoint": f"http://127.0.0.1:{live.port}", "public-key": "hw_pk_x", "lang": "en",
    }  # fmt: skip


def test_snippet_cannot_be_broken_out_of():
    done = _snippet("--url", 'https://a.cn/"><script>', "--lang", '"><b>')
    assert [tag for tag, _ in _Seen(done.stdout).tags] == ["script", "huawen-chat"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--url qa.example.com", "no address"),
        ("--url ftp://a.cn", "no address"),
        ("--key hw_sk_secret", "no publishable key"),
    ],
)
def test_snippet_refuses(arguments, said):
    done = _snippet(*shlex.split(arguments))
    assert done.returncode == 2
    assert said in done.stderr
    assert "secret" not in done.stderr


def test_manifest_is_json_that_ends_in_a_line():
    raw = read_static("manifest.json").decode()
    assert json.loads(raw)["file"] == "widget.js"
    assert raw.endswith("}\n")
