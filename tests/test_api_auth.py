"""Keys, origins and limits: who may ask, from where, and how often."""

import shutil

import pytest
from live import live_server

from api.errors import ServerError
from api.http.serve import check_exposure
from api.origins import is_among
from api.settings import ApiSettings
from api.state.database import StateDatabase
from api.state.keys import KeyNotFound, Keys
from index.errors import SettingsError, UsageError

ASK = {"question": "徽商银行公布了多少家合作机构？"}


@pytest.fixture(scope="module")
def live(built_home, tmp_path_factory):
    home = tmp_path_factory.mktemp("auth") / "home"
    shutil.copytree(built_home, home)
    settings = ApiSettings(
        require_key="always", rate_per_minute=5, public_rate_per_minute=2,
        cors_origins="https://ok.example.com, https://*.bank.cn",
    )  # fmt: skip
    with live_server(home, settings) as running:
        yield running


@pytest.fixture
def keys(tmp_path):
    database = StateDatabase(tmp_path)
    yield Keys(database)
    database.close()


def bearer(secret, **more):
    return {"Authorization": f"Bearer {secret}", **more}


def test_secret_is_shown_once_and_stored_as_a_hash(keys, tmp_path):
    made = keys.create("sk", name="报表")
    assert made.secret.startswith("hw_sk_")
    assert keys.find(made.secret) == made.key
    assert keys.list() == [made.key]
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert made.secret.encode() not in stored
    keys.revoke(made.key.prefix)
    assert keys.find(made.secret) is None
    with pytest.raises(KeyNotFound, match="no single key"):
        keys.revoke("hw_sk_none")


def test_public_key_needs_origins_and_has_few_scopes(keys):
    with pytest.raises(UsageError, match="origins"):
        keys.create("pk")
    with pytest.raises(UsageError, match="cannot have the scope"):
        keys.create("pk", origins=["https://a.com"], scopes=["admin"])


@pytest.mark.parametrize(
    "origin", ["https://a.com/", "a.com", "*", "https://*", "https://*.", "javascript:alert(1)", ""]
)
def test_origin_that_no_browser_sends_is_refused_when_the_key_is_made(keys, origin):
    with pytest.raises(SettingsError, match="no origin"):
        keys.create("pk", origins=[origin])


@pytest.mark.parametrize(
    ("origin", "among"),
    [
        ("https://www.shop.cn", True),
        ("https://a.b.shop.cn", True),
        ("https://shop.cn", False),
        ("https://evilshop.cn", False),
        ("https://.shop.cn", False),
        ("http://www.shop.cn", False),
        ("https://www.shop.cn.evil.cn", False),
        ("https://evil.cn#.shop.cn", False),
        ("https://evil.cn/.shop.cn", False),
        ("https://evil.cn@.shop.cn", False),
        ("null", False),
    ],
)
def test_star_stands_for_names_in_front_alone(origin, among):
    assert is_among(origin, ["https://*.shop.cn"]) is among


def test_key_that_ended_does_not_open_an_address(tmp_path):
    database = StateDatabase(tmp_path)
    Keys(database).create("sk", seconds=-1)
    database.close()
    with pytest.raises(ServerError, match="no key yet"):
        check_exposure(tmp_path, ApiSettings(host="0.0.0.0"))


def test_token_ends(keys):
    assert keys.find(keys.create("st", seconds=-1).secret) is None
    assert keys.find(keys.create("st", seconds=60).secret)


def test_no_key_and_wrong_key_are_401(live):
    for headers in ({}, bearer("hw_sk_wrong"), {"Authorization": "Basic abc"}):
        reply = live.send("POST", "/v1/ask", ASK, headers)
        assert (reply.status, reply.json()["code"]) == (401, "unauthenticated")
        assert reply.headers["www-authenticate"] == "Bearer"
    assert live.send("GET", "/healthz").status == 200
    assert live.send("GET", "/v1/widget-config").status == 200


def test_scope_decides(live):
    secret = live.state.keys.create("sk", scopes=["search"]).secret
    assert live.send("POST", "/v1/search", {"query": "花呗"}, bearer(secret)).status == 200
    reply = live.send("POST", "/v1/ask", ASK, bearer(secret))
    assert (reply.status, reply.json()["code"]) == (403, "forbidden")


def test_limit_is_announced_and_kept(live):
    secret = live.state.keys.create("sk").secret
    first = live.send("POST", "/v1/ask", ASK, bearer(secret))
    assert first.headers["ratelimit-policy"] == '"ask";q=5;w=60'
    assert first.headers["ratelimit"].startswith('"ask";r=4;t=')
    statuses = [live.send("POST", "/v1/ask", ASK, bearer(secret)).status for _ in range(5)]
    assert statuses[-1] == 429
    refused = live.send("POST", "/v1/ask", ASK, bearer(secret, **{"Accept-Language": "en"}))
    body = refused.json()
    assert (body["code"], body["title"]) == ("rate_limited", "Too many requests")
    assert int(refused.headers["retry-after"]) == body["retry_after_s"] > 0


def test_public_key_works_from_its_pages_only(live):
    secret = live.state.keys.create("pk", origins=["https://shop.cn"]).secret
    good = live.send("POST", "/v1/ask", ASK, bearer(secret, Origin="https://shop.cn"))
    assert good.status == 200
    assert good.headers["access-control-allow-origin"] == "https://shop.cn"
    assert "origin" in good.headers["vary"].lower()
    bad = live.send("POST", "/v1/ask", ASK, bearer(secret, Origin="https://evil.cn"))
    assert (bad.status, bad.json()["code"]) == (403, "origin_not_allowed")
    assert "access-control-allow-origin" not in bad.headers


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://ok.example.com", True),
        ("https://www.bank.cn", True),
        ("https://a.b.bank.cn", True),
        ("https://bank.cn", False),
        ("https://evilbank.cn", False),
        ("http://www.bank.cn", False),
        ("https://ok.example.com.evil.cn", False),
        ("null", False),
        ("*", False),
    ],
)
def test_browsers_are_told_which_pages_may_read(live, origin, allowed):
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    reply = live.send("OPTIONS", "/v1/ask", headers=headers)
    assert (reply.headers.get("access-control-allow-origin") == origin) is allowed
    assert reply.headers.get("access-control-allow-credentials") is None


def test_page_of_another_site_may_not_use_an_open_loopback_server(home):
    with live_server(home) as live:
        assert live.send("POST", "/v1/ask", ASK).status == 200
        own = {"Origin": f"http://127.0.0.1:{live.port}"}
        assert live.send("POST", "/v1/ask", ASK, own).status == 200
        foreign = live.send("POST", "/v1/ask", ASK, {"Origin": "https://evil.cn"})
        assert (foreign.status, foreign.json()["code"]) == (403, "origin_not_allowed")
        made = live.send("POST", "/v1/widget-tokens", {"seconds": 60}).json()
        assert live.send("POST", "/v1/ask", ASK, bearer(made["token"])).status == 200
        assert live.send("GET", "/v1/feedback", headers=bearer(made["token"])).status == 403


def test_open_address_needs_a_key_or_an_express_wish(tmp_path):
    settings = ApiSettings(host="0.0.0.0")
    with pytest.raises(ServerError, match="no key yet"):
        check_exposure(tmp_path, settings)
    check_exposure(tmp_path, ApiSettings(host="0.0.0.0", require_key="never"))
    database = StateDatabase(tmp_path)
    Keys(database).create("sk")
    database.close()
    check_exposure(tmp_path, settings)


def test_origin_that_is_none_is_said_at_the_start(home):
    with (
        pytest.raises(SettingsError, match="no origin"),
        live_server(home, ApiSettings(cors_origins="*")),
    ):
        pass
