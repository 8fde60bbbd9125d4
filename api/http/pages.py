"""The pages that people see: the chat, one article, and the widget that other pages load."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.http.article import article_page, missing_page
from api.http.middleware import SECURITY_HEADERS
from api.http.problems import read_language
from api.http.routes import DeskHere

router = APIRouter(include_in_schema=False)
_SHORT = "public, max-age=300"
_FOR_EVER = "public, max-age=31536000, immutable"
_POLICY = "Content-Security-Policy"
_STRICTEST = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html"
)
_STATIC = {
    "page.css": "text/css", "demo.css": "text/css", "widget.js.LICENSES.txt": "text/plain",
}  # fmt: skip
_PUBLISHABLE = re.compile(r"hw_pk_[A-Za-z0-9_-]{1,100}")


@cache
def read_static(name: str) -> bytes:
    """A file that the package ships."""
    return (files("api") / "static" / name).read_bytes()


@cache
def read_manifest() -> dict[str, str]:
    """Hash and integrity of the widget, written when it was built."""
    found: dict[str, str] = json.loads(read_static("manifest.json"))
    return found


@router.get("/")
def chat_page(request: Request, key: str = "") -> Response:
    """The chat page; pages of the allow-list, and no other, may frame it.

    A service that needs a key takes a publishable one from the address: ``/?key=hw_pk_…``.
    """
    origins = request.app.state.settings.cors_origins.replace(",", " ").strip()
    policy = SECURITY_HEADERS[_POLICY]
    if origins:
        policy = policy.replace("frame-ancestors 'none'", f"frame-ancestors {origins}")
    page = read_static("index.html")
    if read_language(request.headers.get("accept-language", "")) == "en":
        page = page.replace(b'lang="zh-CN"', b'lang="en"')
    if _PUBLISHABLE.fullmatch(key):
        page = page.replace(b'mode="page"', f'mode="page" public-key="{key}"'.encode())
    return _page(page, policy=policy)


@router.get("/demo")
def demo_page() -> Response:
    """Another site's page that changes every element, with the widget in its corner."""
    return _page(read_static("demo.html"))


@router.get("/demo/strict")
def strict_page() -> Response:
    """Another site's page under the strictest policy that a browser knows."""
    return _page(read_static("strict.html"), policy=_STRICTEST)


@router.get("/documents/{document_id}")
def document_page(
    document_id: str,
    request: Request,
    desk: DeskHere,
    s: Annotated[int, Query(ge=0)] = 0,
    e: Annotated[int, Query(ge=0)] = 0,
    key: str = "",
) -> Response:
    """An article, with the passage ``[s, e)`` in code points marked.

    A link cannot carry a header: whoever may ask may read, with the key in the address.
    """
    request.app.state.gate.admit(request, key or None, "ask")
    language = read_language(request.headers.get("accept-language", ""))
    article = desk.service.store.fetch_article(document_id)
    if article is None:
        return _page(missing_page(language).encode(), status=404)
    return _page(article_page(article, start=s, end=e, language=language).encode())


@router.get("/widget.js")
@router.get("/widget.{build}.js")
def widget(request: Request, build: str = "") -> Response:
    """The chat for other pages; under its hash it never changes."""
    ours = read_manifest()["hash"]
    if build not in ("", ours):
        raise HTTPException(404, f"There is no widget {build!r}; this one is {ours}.")
    headers = {
        "Cache-Control": _FOR_EVER if build else _SHORT,
        "ETag": f'"{ours}"',
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(read_static("widget.js"), media_type="text/javascript", headers=headers)


@router.get("/static/{name}")
def static_file(name: str) -> Response:
    """What our pages load."""
    if name not in _STATIC:
        raise HTTPException(404, f"There is no file {name!r}.")
    headers = {"Cache-Control": _SHORT}
    return Response(read_static(name), media_type=_STATIC[name], headers=headers)


def _page(page: bytes, *, policy: str = SECURITY_HEADERS[_POLICY], status: int = 200) -> Response:
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language", _POLICY: policy}
    return Response(page, status, headers, "text/html")
