"""A request that is sent twice is done once: draft-ietf-httpapi-idempotency-key-header-06."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from fastapi import Request
from starlette.responses import Response

from api.errors import IdempotencyInProgress, IdempotencyKeyReused, UnsupportedRequest
from api.http.auth import Principal
from api.http.metrics import REPLAYED
from api.state.replays import Replays, Stored

_LONGEST = 255
_KEPT = ("content-type", "location", "cache-control")


def once(request: Request, who: Principal, body: str, work: Callable[[], Response]) -> Response:
    """Do ``work``, or give the response again that the same key got within a day.

    Args:
        request: its header, where it has one.
        who: keys of different senders do not meet.
        body: what was asked for, in one form whatever the order of its fields.
        work: makes the response; where it raises, the key is free again.

    Raises:
        UnsupportedRequest: the key is empty or too long.
        IdempotencyInProgress: the first request is still being worked on.
        IdempotencyKeyReused: the key was used with another body.
    """
    key = request.headers.get("idempotency-key")
    if key is None:
        return work()
    if not 0 < len(key) <= _LONGEST:
        raise UnsupportedRequest(f"Idempotency-Key: 1 to {_LONGEST} characters")
    replays: Replays = request.app.state.remembered.replays
    digest = sha256(f"{request.url.path}\n{body}".encode()).hexdigest()
    claim = replays.claim(who.owner, key, digest)
    if isinstance(claim, Stored):
        REPLAYED.labels("idempotency").inc()
        replayed = Response(claim.body, claim.status, dict(claim.headers))
        replayed.headers["Idempotency-Replayed"] = "true"
        return replayed
    if claim == "in_progress":
        raise IdempotencyInProgress("the first request under this key is being worked on")
    if claim == "other_body":
        raise IdempotencyKeyReused("this key was used for another request")
    try:
        response = work()
    except BaseException:
        replays.give_up(who.owner, key)
        raise
    headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
    replays.finish(
        who.owner, key,
        Stored(status=response.status_code, headers=headers, body=bytes(response.body)),
    )  # fmt: skip
    return response
