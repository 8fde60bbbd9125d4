"""Which pages may ask: exact origins and ``https://*.example.com``, from settings and keys."""

from __future__ import annotations

import re
import time

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Scope

from api.settings import ApiSettings
from api.state.keys import Keys
from index.errors import SettingsError

_FRESH_SECONDS = 5.0  # until a new key's origin is known to every process
_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9.\-\[\]:]+")


class Origins:
    """The allow-list. Never ``*``: a key in a page must not be usable from any other page.

    Raises:
        SettingsError: an origin of the settings is none.
    """

    def __init__(self, settings: ApiSettings, keys: Keys) -> None:
        self._keys = keys
        self._exact: set[str] = set()
        self._suffixes: list[tuple[str, str]] = []
        self._of_keys: frozenset[str] = frozenset()
        self._read_at = -_FRESH_SECONDS
        for origin in filter(None, map(str.strip, settings.cors_origins.split(","))):
            if not _ORIGIN.fullmatch(origin):
                raise SettingsError(
                    f"HUAWEN_API_CORS_ORIGINS: {origin!r} is no origin",
                    hint="Write https://www.example.com or https://*.example.com, no path.",
                )
            scheme, _, host = origin.partition("://")
            if host.startswith("*."):
                self._suffixes.append((f"{scheme}://", host[1:]))
            else:
                self._exact.add(origin)

    def listed(self, origin: str) -> bool:
        """Named by the settings."""
        return origin in self._exact or any(
            origin.startswith(scheme) and origin.endswith(suffix)
            for scheme, suffix in self._suffixes
        )

    def known(self, origin: str) -> bool:
        """Named by the settings or by a live key: its browser may read our answers."""
        if self.listed(origin):
            return True
        if time.monotonic() - self._read_at > _FRESH_SECONDS:
            self._of_keys, self._read_at = self._keys.origins(), time.monotonic()
        return origin in self._of_keys


class AllowOrigins(CORSMiddleware):
    """Starlette's, with a list that grows while the service runs."""

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        super().__init__(
            app,
            allow_methods=("GET", "POST", "PATCH", "DELETE", "OPTIONS"),
            allow_headers=("Authorization", "Content-Type", "Idempotency-Key", "X-Request-Id"),
            expose_headers=(
                "X-Request-Id", "RateLimit", "RateLimit-Policy", "Retry-After", "Location",
            ),
            max_age=600,
        )  # fmt: skip
        self._origins = origins

    def is_allowed_origin(self, origin: str) -> bool:
        """Whether a browser may show our answers to a page of ``origin``."""
        return self._origins.known(origin)


def own_origin(scope: Scope) -> str:
    """The origin of our own pages, as the browser wrote it into ``Host``."""
    return f"{scope.get('scheme', 'http')}://{Headers(scope=scope).get('host', '')}"
