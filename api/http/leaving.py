"""Work for a reader who may leave: a model that writes for nobody is told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable

import anyio
from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive

LEFT = 499  # as nginx logs it; nobody receives it


async def while_read(request: Request, work: Callable[[threading.Event], Response]) -> Response:
    """Do ``work`` in a thread; the event that it is given is set once the reader leaves.

    Work that sees it may raise ``ClientDisconnect``. The body of the request must have been read.
    """
    left = threading.Event()
    failure: Exception | None = None
    response = Response(status_code=LEFT)
    async with anyio.create_task_group() as group:
        group.start_soon(_watch, request, left)
        try:
            response = await to_thread.run_sync(work, left)
        except ClientDisconnect:
            pass
        except Exception as error:  # as it is: a task group would wrap it
            failure = error
        group.cancel_scope.cancel()
    if failure is not None:
        raise failure
    return response


async def _watch(request: Request, left: threading.Event) -> None:
    await until_left(request.receive)
    left.set()


async def until_left(receive: Receive) -> None:
    """Returns once the reader has left; the body of the request must have been read."""
    while (await receive())["type"] != "http.disconnect":
        pass


def stop_if(left: threading.Event) -> None:
    """Raises ClientDisconnect where the reader has left: what was made for them is not kept."""
    if left.is_set():
        raise ClientDisconnect
