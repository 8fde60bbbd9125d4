"""A request that is sent twice is done once: draft-ietf-httpapi-idempotency-key-header-06."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256

from fastapi import Request
from starlette.responses import Response

from api.errors import IdempotencyInProgress, IdempotencyKeyReused, UnsupportedRequest
from api.http.auth import Principal
from api.http.metrics import REPLAYED
from api.http.stream import HEADERS, Frames
from api.state.replays import Replays, Stored

_LONGEST = 255
_KEPT = ("content-type", "location", "cache-control")


class Claim:
    """A key that is ours until its response is stored, or it is given up."""

    def __init__(self, replays: Replays, owner: str, key: str) -> None:
        self._replays = replays
        self._owner = owner
        self._key = key

    def store(self, response: Response) -> None:
        """Keep what is sent now for whoever sends the request again."""
        headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
        self._finish(response.status_code, headers, bytes(response.body))

    def store_stream(self, body: bytes) -> None:
        """Keep a stream that came to its end."""
        self._finish(200, {name.lower(): value for name, value in HEADERS.items()}, body)

    def give_up(self) -> None:
        """It failed: the same key may try again."""
        self._replays.give_up(self._owner, self._key)

    def _finish(self, status: int, headers: dict[str, str], body: bytes) -> None:
        stored = Stored(status=status, headers=headers, body=body)
        self._replays.finish(self._owner, self._key, stored)


def claim_key(request: Request, who: Principal, body: str) -> Claim | Response | None:
    """The request's key, now ours; the response that it got before; None where it has no key.

    Args:
        request: its header, where it has one.
        who: keys of different senders do not meet.
        body: what was asked for, in one form whatever the order of its fields.

    Raises:
        UnsupportedRequest: the key is empty or too long.
        IdempotencyInProgress: the first request is still being worked on.
        IdempotencyKeyReused: the key was used with another body.
    """
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 0 < len(key) <= _LONGEST:
        raise UnsupportedRequest(
            f"Idempotency-Key: 1 to {_LONGEST} characters",
            zh=f"Idempotency-Key 应为 1 到 {_LONGEST} 个字符。",
        )
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
    return Claim(replays, who.owner, key)


def once(request: Request, who: Principal, body: str, work: Callable[[], Response]) -> Response:
    """Do ``work``, or give the response again that the same key got within a day.

    Where ``work`` raises, the key is free again. Raises as ``claim_key``.
    """
    claim = claim_key(request, who, body)
    if claim is None:
        return work()
    if isinstance(claim, Response):
        return claim
    try:
        response = work()
    except BaseException:
        claim.give_up()
        raise
    claim.store(response)
    return response


class KeptFrames(Iterator[bytes]):
    """Frames of a stream, stored under their key when they came to their end."""

    def __init__(self, frames: Frames, claim: Claim) -> None:
        self._frames = frames
        self._claim = claim
        self._sent: list[bytes] = []
        self._ended = False

    def __next__(self) -> bytes:
        """The next frame."""
        try:
            frame = next(self._frames)
        except StopIteration:
            self._end()
            raise
        self._sent.append(frame)
        return frame

    def close(self) -> None:
        """A stream that was left is no response: the key is free again."""
        self._frames.close()
        if not self._ended:
            self._claim.give_up()

    def _end(self) -> None:
        self._ended = True
        if self._sent and not self._sent[-1].startswith(b"event: error"):
            self._claim.store_stream(b"".join(self._sent))
        else:
            self._claim.give_up()
