"""Errors of the service as a process; the root of the tree is in ``index/errors.py``."""

from __future__ import annotations

from index.errors import HuawenError


class ServerError(HuawenError):
    """The HTTP service cannot start."""

    code = "server_error"


class PortInUse(ServerError):
    """Another program listens on the port."""

    code = "port_in_use"
    retryable = True
    default_hint = "Choose another port with `--port N` (0 takes a free one)."


class RequestRefused(HuawenError):
    """A request that the service does not serve.

    Attributes:
        retry_after_s: where waiting helps.
        zh: the message in Chinese, where the one that belongs to the code says too little.
        pointer: the part of the body that is wrong, such as "#/cursor"; "" where it is no part.
    """

    code = "bad_request"

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        retry_after_s: int | None = None,
        zh: str | None = None,
        pointer: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s
        self.zh = zh
        self.pointer = pointer


class Unauthenticated(RequestRefused):
    """There is no key, or it is not a live one."""

    code = "unauthenticated"
    default_hint = "Send `Authorization: Bearer hw_…`; `huawen keys create` makes a key."


class Forbidden(RequestRefused):
    """The key may not do this."""

    code = "forbidden"
    default_hint = "Use a key with that scope: `huawen keys create --scope …`."


class OriginNotAllowed(RequestRefused):
    """A page of another site asks, and that site is not on the list."""

    code = "origin_not_allowed"
    default_hint = "Add the page's origin to HUAWEN_API_CORS_ORIGINS, or to its key."


class RateLimited(RequestRefused):
    """Too many requests of one key in a minute."""

    code = "rate_limited"
    retryable = True
    default_hint = "Wait as long as Retry-After says."


class IdempotencyInProgress(RequestRefused):
    """The first request under this key is still being worked on."""

    code = "idempotency_in_progress"
    retryable = True
    default_hint = "Send it again in a moment."


class IdempotencyKeyReused(RequestRefused):
    """The key was used for another request."""

    code = "idempotency_key_reused"
    default_hint = "Use a new Idempotency-Key for a new request."


class NotFound(RequestRefused):
    """There is no such thing, or no longer."""

    code = "not_found"
    default_hint = "Check the identifier."


class Conflict(RequestRefused):
    """The thing is not in a state that allows this."""

    code = "conflict"
    default_hint = "Look at its state first."


class UnsupportedMediaType(RequestRefused):
    """The body is of a kind that this address does not take."""

    code = "unsupported_media_type"
    default_hint = "Set Content-Type to what the body is; see /openapi.json."


class UnsupportedRequest(RequestRefused):
    """Well-formed, and nothing that this service does."""

    code = "validation_error"
    default_hint = "See /openapi.json for what is taken."
