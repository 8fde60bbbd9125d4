"""The process: a bound socket, a warm service, uvicorn."""

from __future__ import annotations

import errno
import ipaddress
import socket
import webbrowser
from collections.abc import Callable

import uvicorn

from api.errors import PortInUse, ServerError
from api.http.app import create_app
from api.settings import ApiSettings
from rag.service import AnswerService

_BACKLOG = 128
_WARM_UP = "花呗是什么"


def serve(
    open_service: Callable[[], AnswerService],
    settings: ApiSettings,
    *,
    tell: Callable[[str], None],
    open_browser: bool = False,
) -> None:
    """Listen until told to end.

    Args:
        open_service: called once the port is ours, so that a taken port costs nothing.
        settings: where to listen.
        tell: gets the address, once connections are taken.
        open_browser: show the chat page.

    Raises:
        PortInUse: another program listens there.
        ServerError: the address cannot be listened on, or is not loopback.
        NewsIndexError: the index cannot be used.
    """
    _check_loopback(settings.host)
    listener = bind(settings.host, settings.port)
    with listener:
        service = open_service()
        service.search(_WARM_UP)  # the dictionary and the engine load here, not in a question
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = f"http://{host}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            create_app(service, settings),
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=settings.graceful_seconds,
        )
        listener.listen(_BACKLOG)  # who connects from now on waits until the loop runs
        tell(address)
        if open_browser:
            webbrowser.open(address)
        uvicorn.Server(config).run(sockets=[listener])


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to an address; port 0 takes a free one.

    Raises:
        PortInUse: another program listens there.
        ServerError: the address is not one of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's algorithm off only where it reads TCP;
    # with it on, a response that is written in two pieces waits 40 ms for the other side.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(f"another program listens on {host}:{port}") from error
        raise ServerError(
            f"cannot listen on {host}:{port}: {error.strerror or error}",
            hint="Use `--host 127.0.0.1`, and a port from 1024 to 65535.",
        ) from error
    return listener


def _check_loopback(host: str) -> None:
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ServerError(
            f"{host!r} can be reached from other machines, and there are no keys yet",
            hint="Use `--host 127.0.0.1`, with a proxy in front of it that asks for a password.",
        )
