"""What ingestion fetches: public addresses alone, bounded, and each redirect checked anew."""

import gzip
import ipaddress
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from api.jobs import fetch
from api.jobs.fetch import Fetcher, FetchRefused
from api.jobs.sources import read_source
from api.state.jobs import JobOptions
from index.types import Article, BadRecord

OURS = Fetcher((ipaddress.ip_network("127.0.0.1/32"),))
SENTENCE = "红山银行第{}批公布了{}家合作机构，名单每季度更新一次，银行说以后还会调整。"
PAGE = (
    "<html><head><title>红山银行公布名单 - 示例网</title>"
    '<meta property="og:site_name" content="示例网">'
    '<meta property="article:published_time" content="2025-09-24T08:00:00+08:00"></head><body>'
    "<nav>首页 登录 注册</nav><article><h1>红山银行公布名单</h1>"
    + "".join(f"<p>{SENTENCE.format(n, n + 10)}</p>" for n in range(8))
    + "</article><script>alert(1)</script><footer>版权所有</footer></body></html>"
)
FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>示例网</title>
<item><title>红山银行公布名单</title><link>http://127.0.0.1:{port}/page</link>
<pubDate>Wed, 24 Sep 2025 00:00:00 GMT</pubDate><description>摘要。</description></item>
<item><title>没有正文</title><link>http://10.0.0.1/x</link></item>
</channel></rss>"""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.hosts.append(self.headers["Host"])
        redirects = {
            "/inside": "http://10.0.0.1/secret", "/file": "file:///etc/passwd", "/loop": "/loop",
            "/moved": "/page", "/metadata": "http://169.254.169.254/latest",
        }  # fmt: skip
        path = self.path
        if path in redirects:
            self.answer(302, b"", Location=redirects[path])
        elif path == "/page":
            self.answer(200, PAGE.encode())
        elif path == "/feed":
            self.answer(200, FEED.format(port=self.server.server_port).encode())
        elif path == "/bomb":
            self.answer(200, gzip.compress(b"0" * (fetch.MAX_BYTES + 1)), Content_Encoding="gzip")
        elif path == "/drip":
            self.send_response(200)
            self.end_headers()
            for _ in range(100):
                self.wfile.write(b"x")
                time.sleep(0.1)
        else:
            self.answer(404, b"none")

    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.hosts = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def address(site, path):
    return f"http://127.0.0.1:{site.server_port}{path}"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://0.0.0.0/",
        "http://10.1.2.3/",
        "http://192.168.1.1/",
        "http://172.16.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://224.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://8.8.8.8:22/",
        "http://user:password@8.8.8.8/",
        "ftp://8.8.8.8/",
        "file:///etc/passwd",
        "gopher://8.8.8.8/",
        "http://",
        "http://8.8.8.8:99999/",
        "javascript:alert(1)",
        "",
        "http://no-such-host.invalid/",
    ],
)
def test_what_is_not_public_is_not_fetched(url):
    with pytest.raises(FetchRefused) as caught:
        Fetcher().check(url)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/inside", "private network"),
        ("/metadata", "private network"),
        ("/file", "no http"),
        ("/loop", "redirects more than"),
        ("/none", "answered 404"),
        ("/bomb", "holds more than"),
    ],
)
def test_where_an_address_leads_is_checked_too(site, path, says):
    with pytest.raises(FetchRefused, match=says):
        OURS.fetch(address(site, path))


def test_slow_address_is_left(site, monkeypatch):
    monkeypatch.setattr(fetch, "MAX_SECONDS", 0.5)
    started = time.monotonic()
    with pytest.raises(FetchRefused, match="longer than"):
        OURS.fetch(address(site, "/drip"))
    assert time.monotonic() - started < 5


def test_connection_goes_to_the_checked_address_under_the_asked_name(site):
    assert OURS.fetch(address(site, "/moved")).url == address(site, "/page")
    assert site.hosts[-1] == f"127.0.0.1:{site.server_port}"


def test_page_becomes_its_article(site, tmp_path):
    options = JobOptions(source_type="url", value=address(site, "/page"))
    [article] = read_source(options, tmp_path / "none", OURS)
    assert isinstance(article, Article)
    assert "红山银行第3批公布了13家合作机构" in article.text
    assert not any(word in article.text for word in ("alert", "登录", "版权所有"))
    assert article.url == address(site, "/page")
    assert article.published_at.date().isoformat() == "2025-09-24"


def test_feed_brings_the_pages_of_its_entries(site, tmp_path):
    options = JobOptions(source_type="rss", value=address(site, "/feed"))
    found = list(read_source(options, tmp_path / "none", OURS))
    assert isinstance(found[0], Article)
    assert "红山银行第3批" in found[0].text
    assert found[0].publisher == "示例网"
    assert found[0].published_at.isoformat() == "2025-09-24T00:00:00+00:00"
    assert isinstance(found[1], BadRecord)  # its page is inside a private network
