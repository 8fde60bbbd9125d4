"""Which pages may ask: exact origins and ``https://*.example.com``, from settings and keys."""

from __future__ import annotations

import time

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Scope

from api.origins import check_origin, is_among
from api.settings import ApiSettings
from api.state.keys import Keys

_FRESH_SECONDS = 5.0  # until a new key's origin is known to every process


class Origins:
    """The allow-list. Never ``*``: a key in a page must not be usable from any other page.

    Raises:
        SettingsError: an origin of the settings is none.
    """

    def __init__(self, settings: ApiSettings, keys: Keys) -> None:
        self._keys = keys
        self._of_settings = frozenset(
            check_origin(origin, named_by="HUAWEN_API_CORS_ORIGINS")
            for origin in filter(None, map(str.strip, settings.cors_origins.split(",")))
        )
        self._of_keys: frozenset[str] = frozenset()
        self._read_at = -_FRESH_SECONDS

    def listed(self, origin: str) -> bool:
        """Named by the settings."""
        return is_among(origin, self._of_settings)

    def known(self, origin: str) -> bool:
        """Named by the settings or by a live key: its browser may read our answers."""
        if self.listed(origin):
            return True
        if time.monotonic() - self._read_at > _FRESH_SECONDS:
            self._of_keys, self._read_at = self._keys.origins(), time.monotonic()
        return is_among(origin, self._of_keys)


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
