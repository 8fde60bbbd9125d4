"""Server-sent events over a response that stops its work when the reader leaves.

FastAPI's own works for generator routes only; a route that answers JSON or events returns a
response object, and the usual recipe, a task group around an async generator, breaks when a reader
stops reading. Here the events come from a plain iterator that threads advance one step at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import anyio
from anyio import to_thread
from fastapi.sse import KEEPALIVE_COMMENT
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.http.leaving import until_left
from api.http.metrics import ACTIVE_STREAMS

PING_SECONDS = 15.0
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


class Frames(Protocol):
    """What a stream sends, piece by piece."""

    def __next__(self) -> bytes:
        """The next piece; StopIteration at the end."""
        ...

    def close(self) -> None:
        """Nobody wants the rest."""
        ...


class EventStream(Response):
    """Sends what ``frames`` yields, each in one write; closes ``frames`` however it ends.

    Args:
        frames: advanced by a thread, one step at a time; a step that runs is waited for.
        first: what is sent before the first of them.
        leave: called at once when the reader leaves or the server ends, so that a long step may
            end early.
    """

    def __init__(self, frames: Frames, *, leave: Callable[[], None], first: bytes = b"") -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._frames = frames
        self._first = first
        self._leave = leave
        self._writing = anyio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        ACTIVE_STREAMS.inc()
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._listen, receive, group.cancel_scope)
                group.start_soon(self._leave_at_the_end)
                await send(
                    {
                        "type": "http.response.start",
                        "status": self.status_code,
                        "headers": self.raw_headers,
                    }
                )
                if self._first:
                    await self._write(send, self._first, more=True)
                group.start_soon(self._ping, send)
                await self._pump(send)
                group.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(self._frames.close)
            ACTIVE_STREAMS.dec()

    async def _pump(self, send: Send) -> None:
        while True:
            frame = await to_thread.run_sync(_step, self._frames)
            await self._write(send, frame or b"", more=frame is not None)
            if frame is None:
                return

    async def _ping(self, send: Send) -> None:
        while True:
            await anyio.sleep(PING_SECONDS)
            await self._write(send, KEEPALIVE_COMMENT, more=True)

    async def _listen(self, receive: Receive, scope: anyio.CancelScope) -> None:
        await until_left(receive)
        scope.cancel()

    async def _leave_at_the_end(self) -> None:
        """However the group is cancelled, a step that waits for a model is told at once."""
        try:
            await anyio.sleep_forever()
        finally:
            self._leave()

    async def _write(self, send: Send, body: bytes, *, more: bool) -> None:
        async with self._writing:
            await send({"type": "http.response.body", "body": body, "more_body": more})


def _step(frames: Frames) -> bytes | None:
    """The next frame; None at the end, for StopIteration does not pass between threads."""
    try:
        return frames.__next__()
    except StopIteration:
        return None
