"""Who asks, and whether they may.

On loopback no key is needed: whoever is on the machine owns it. A page of another site that runs in
a browser on the machine does not, so a foreign ``Origin`` is refused everywhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from api.errors import Forbidden, OriginNotAllowed, Unauthenticated
from api.http.limits import Policy, RateLimits
from api.http.origins import Origins, own_origin
from api.origins import is_among
from api.state.keys import SCOPES, Key, Keys, Scope

_BEARER = HTTPBearer(
    auto_error=False, description="A key of `huawen keys create`; none is needed on loopback."
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks. ``owner`` names them in what is remembered; ``kind`` is that of their key."""

    owner: str
    kind: str
    scopes: tuple[Scope, ...]


class Gate:
    """Checks keys, scopes, origins and rates."""

    def __init__(
        self, keys: Keys, origins: Origins, limits: RateLimits, *, needs_key: bool
    ) -> None:
        self._keys = keys
        self._origins = origins
        self._limits = limits
        self._needs_key = needs_key

    def admit(
        self, request: Request, secret: str | None, scope: Scope, policy: Policy = "api"
    ) -> Principal:
        """Let a request pass, and write its rate limit into its response.

        Raises:
            Unauthenticated: a key is needed, or the one that came is not live.
            Forbidden: the key lacks the scope.
            OriginNotAllowed: a page of another site asks.
            RateLimited: too many lately.
        """
        key = self._keys.find(secret) if secret else None
        if secret and key is None:
            raise Unauthenticated("the key is unknown, expired or revoked")
        if key is None and self._needs_key:
            raise Unauthenticated("this service needs a key")
        self._check_origin(request, key)
        if key is None:
            return Principal(owner="local", kind="local", scopes=SCOPES)
        if scope not in key.scopes:
            raise Forbidden(f"this key has no scope {scope!r}")
        reader = request.client.host if request.client else ""
        self._limits.take(request, key, reader, policy)
        return Principal(owner=key.id, kind=key.kind, scopes=key.scopes)

    def _check_origin(self, request: Request, key: Key | None) -> None:
        origin = request.headers.get("origin")
        if origin is None or origin == own_origin(request.scope):
            return
        if key and key.origins:
            allowed = is_among(origin, key.origins)
        else:
            allowed = self._origins.listed(origin)
        if not allowed:
            raise OriginNotAllowed(f"pages of {origin!r} may not ask this service")


def needs(
    scope: Scope, policy: Policy = "api"
) -> Callable[[Request, HTTPAuthorizationCredentials | None], Awaitable[Principal]]:
    """A dependency that admits only who has ``scope``, and counts the request to ``policy``."""

    async def admit(request: Request, credentials: Credentials) -> Principal:
        gate: Gate = request.app.state.gate
        if credentials is None:
            return gate.admit(request, None, scope, policy)
        secret = credentials.credentials  # is looked up on the disk
        return await run_in_threadpool(gate.admit, request, secret, scope, policy)

    return admit
