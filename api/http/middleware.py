"""What every request passes before a route sees it, as plain ASGI.

Outermost first: name the request and harden the response, refuse foreign hosts, refuse large
bodies, refuse more work than the machine bears.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import time
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.metrics import IN_FLIGHT, IN_PROGRESS, REQUEST_SECONDS, REQUESTS
from api.http.problems import Failure, problem_body
from rag.ids import new_id

_LOG = logging.getLogger("huawen.access")

_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PROBES = ("/healthz", "/readyz", "/version", "/metrics")
_UPLOADS = "/v1/ingestions"
_DIGITS = 18
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1", "testserver")
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


class Observe:
    """Counts and times every request, to its last byte, and logs one line without content."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["path"] in _PROBES:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        IN_PROGRESS.inc()
        try:
            await self._app(scope, receive, seen)
        finally:
            IN_PROGRESS.dec()
            seconds = time.perf_counter() - started
            handler = getattr(
                scope.get("route"), "path", "none"
            )  # a path would be a label a reader
            REQUESTS.labels(handler, scope["method"], str(status)).inc()
            REQUEST_SECONDS.labels(handler, scope["method"]).observe(seconds)
            state = scope.get("state", {})
            line = {
                "request_id": state.get("request_id", ""), "handler": handler,
                "method": scope["method"], "status": status, "ms": round(1000 * seconds, 1),
                **state.get("log", {}),
            }  # fmt: skip
            _LOG.info("request", extra={"fields": line})


class LastResort:
    """Turns what nobody expected into a problem, inside of what names and hardens responses."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        started = False

        async def seen(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, seen)
        except Exception:
            if scope["type"] != "http":
                raise
            request_id = scope.get("state", {}).get("request_id", "")
            logging.getLogger("huawen.http").exception("request %s failed", request_id)
            if started:
                raise  # too late to say anything; the server cuts the connection
            await _refuse(scope, send, "internal", "Something unexpected happened; it was logged.")


class NameRequest:
    """Takes or mints ``X-Request-Id``; adds it and the security headers to the response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else new_id("req")
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        state["headers"] = {}  # of the response, from whoever knows: rate limits
        state["log"] = {}  # of the line in the log, from whoever knows: what was answered

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in state["headers"].items():
                    headers[name] = value
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, named)


class CheckHost:
    """Refuses host names that are not ours: a page elsewhere may resolve its name to loopback."""

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and not self._is_ours(_host_name(scope)):
            await _refuse(scope, send, "bad_host", "This service does not have that host name.")
            return
        await self._app(scope, receive, send)

    def _is_ours(self, name: str) -> bool:
        """An address in digits cannot be made to point elsewhere, as a name can."""
        if name in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


class LimitBody:
    """Refuses bodies above a size, announced or not, without reading them to the end."""

    def __init__(self, app: ASGIApp, max_bytes: int, max_upload_bytes: int) -> None:
        self._app = app
        self._max = {False: max_bytes, True: max_upload_bytes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # A JSON body is read whole, wherever it goes; an upload goes to disk as it comes.
        is_json = Headers(scope=scope).get("content-type", "").startswith("application/json")
        most = self._max[scope["path"] == _UPLOADS and not is_json]
        says = f"A request may have {most} bytes at most."
        announced = Headers(scope=scope).get("content-length", "0")
        # More digits than any size has are not even counted.
        if not (announced.isascii() and announced.isdigit() and len(announced) <= _DIGITS) or (
            int(announced) > most
        ):
            await _refuse(scope, send, "payload_too_large", says)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise HTTPException(413, says)
            return message

        await self._app(scope, counted, send)


class LimitInFlight:
    """Refuses work above a number of requests at a time; probes always pass."""

    def __init__(self, app: ASGIApp, max_in_flight: int) -> None:
        self._app = app
        self._max = max_in_flight
        self._now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["path"] in _PROBES:
            await self._app(scope, receive, send)
            return
        if self._now >= self._max:
            await _refuse(scope, send, "overloaded", f"{self._max} requests are being worked on.")
            return
        self._now += 1
        IN_FLIGHT.inc()
        try:
            await self._app(scope, receive, send)
        finally:
            self._now -= 1
            IN_FLIGHT.dec()


def _host_name(scope: Scope) -> str:
    host = Headers(scope=scope).get("host", "").lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


async def _refuse(scope: Scope, send: Send, code: str, detail: str) -> None:
    status, body, headers = problem_body(
        Failure(code, detail),
        path=scope["path"],
        request_id=scope.get("state", {}).get("request_id", ""),
        accept=Headers(scope=scope).get("accept-language", ""),
    )
    headers["Content-Length"] = str(len(body))
    raw = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
