"""Pages and feeds of the web, for ingestion: never of this machine or its network.

A name is resolved once; every address that it has must be public, and the connection goes to the
address that was checked, so that a name which changes its mind in between gains nothing. Each
redirect is checked again. Sizes count what is unpacked.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import httpx2

from index.errors import SourceError

MAX_BYTES = 10 << 20
MAX_SECONDS = 30.0
MAX_REDIRECTS = 5
_PORTS = (80, 443)
_REDIRECT = (301, 302, 303, 307, 308)
_OK = 200
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class FetchRefused(SourceError):
    """An address that is not fetched, or that gave nothing."""

    code = "fetch_refused"
    default_hint = "Give the http or https address of a public page or feed."


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What an address held, after redirects."""

    url: str
    content: bytes


@dataclass(slots=True)
class _Target:
    """An address that was checked: where to connect, and under which name."""

    url: str
    host: str
    address: str
    parts: tuple[str, str, int]  # scheme, path with query, port


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches public addresses; ``networks`` are private ones that the operator allows as well."""

    networks: tuple[Network, ...] = field(default=())

    def fetch(self, url: str) -> Fetched:
        """The bytes behind an address.

        Raises:
            FetchRefused: not http(s), not public, too large, too slow, too many redirects, or the
                other side failed.
        """
        deadline = time.monotonic() + MAX_SECONDS
        for _ in range(MAX_REDIRECTS + 1):
            target = self._check(url)
            try:
                answer = _get(target, deadline)
            except httpx2.HTTPError as error:
                raise FetchRefused(f"{url!r} gave nothing: {type(error).__name__}") from error
            if isinstance(answer, bytes):
                return Fetched(url=url, content=answer)
            url = urljoin(url, answer)
        raise FetchRefused(f"{url!r} redirects more than {MAX_REDIRECTS} times")

    def check(self, url: str) -> None:
        """Whether an address may be fetched, before anything is.

        Raises:
            FetchRefused: it may not, or its name has no address.
        """
        self._check(url)

    def _check(self, url: str) -> _Target:
        try:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise FetchRefused(f"{url[:200]!r} is no address") from error
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not host or parts.username is not None:
            raise FetchRefused(f"{url[:200]!r} is no http or https address")
        addresses = _resolve(host, port)
        allowed = [address for address in addresses if self._allows(address)]
        if len(allowed) < len(addresses):
            raise FetchRefused(f"{host!r} is an address inside a private network")
        if port not in _PORTS and not self._named(allowed[0]):
            raise FetchRefused(f"{url[:200]!r}: only the ports 80 and 443 are fetched")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return _Target(url, host, str(allowed[0]), (parts.scheme, path, port))

    def _allows(self, address: Address) -> bool:
        return self._named(address) or _is_public(address)

    def _named(self, address: Address) -> bool:
        return any(
            address.version == network.version and address in network for network in self.networks
        )


def _is_public(address: Address) -> bool:
    """Globally reachable; of an address that carries another one, that one, too."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return _is_public(inner)
        if address in ipaddress.IPv6Network("64:ff9b::/96"):  # NAT64
            return _is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not address.is_multicast


def _resolve(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchRefused(f"{host!r} has no address") from error
    return [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]


def _get(target: _Target, deadline: float) -> bytes | str:
    """The body, or where it is said to be.

    Raises:
        FetchRefused: another status, too large, too slow.
        httpx2.HTTPError: the connection failed.
    """
    scheme, path, port = target.parts
    literal = f"[{target.address}]" if ":" in target.address else target.address
    name = f"[{target.host}]" if ":" in target.host else target.host
    headers = {"Host": f"{name}:{port}", "User-Agent": "huawen", "Accept-Encoding": "gzip"}
    with (
        httpx2.Client(trust_env=False, follow_redirects=False, timeout=10.0) as client,
        client.stream(
            "GET", f"{scheme}://{literal}:{port}{path}", headers=headers,
            extensions={"sni_hostname": target.host},
        ) as reply,
    ):  # fmt: skip
        if reply.status_code in _REDIRECT and "location" in reply.headers:
            return str(reply.headers["location"])
        if reply.status_code != _OK:
            raise FetchRefused(f"{target.url!r} answered {reply.status_code}")
        body = bytearray()
        for part in reply.iter_bytes():
            body += part
            if len(body) > MAX_BYTES:
                raise FetchRefused(f"{target.url!r} holds more than {MAX_BYTES} bytes")
            if time.monotonic() > deadline:
                raise FetchRefused(f"{target.url!r} took longer than {MAX_SECONDS:g} s")
        return bytes(body)
