"""The process, or several: a bound socket, a warm service, uvicorn."""

from __future__ import annotations

import errno
import os
import socket
import tempfile
import webbrowser
from collections.abc import Callable
from pathlib import Path

import uvicorn
from uvicorn.supervisors import Multiprocess

from api.errors import PortInUse, ServerError
from api.settings import ApiSettings, is_loopback

_BACKLOG = 128
_APP = "api.http.worker:open_app"


def serve(
    home: Path,
    settings: ApiSettings,
    *,
    tell: Callable[[str], None],
    open_browser: bool = False,
    workers: int = 1,
) -> None:
    """Listen until told to end.

    Args:
        home: folder of the articles and the index.
        settings: where to listen.
        tell: gets the address, once connections are taken.
        open_browser: show the chat page.
        workers: processes; each holds the index in memory.

    Raises:
        PortInUse: another program listens there.
        ServerError: the address cannot be listened on, or is open to others and nobody has a key.
        NewsIndexError: the index cannot be used.
    """
    check_exposure(home, settings)
    # The processes read their settings like any other: from the environment.
    # A team of threads that waits must sleep: the cores are for other questions.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ |= {
        "HUAWEN_HOME": str(home),
        "HUAWEN_API_HOST": settings.host,
        "HUAWEN_API_REQUIRE_KEY": settings.require_key,
    }
    with bind(settings.host, settings.port) as listener:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = f"http://{host}:{listener.getsockname()[1]}"

        def ready() -> None:
            listener.listen(_BACKLOG)  # who connects from now on waits until the loop runs
            tell(address)
            if open_browser:
                webbrowser.open(address)

        if workers > 1:
            _run_many(listener, settings, workers, ready)
        else:
            _run_one(listener, settings, ready)


def _run_one(listener: socket.socket, settings: ApiSettings, ready: Callable[[], None]) -> None:
    from api.http.worker import open_app  # noqa: PLC0415 - the port is ours before this costs time

    server = uvicorn.Server(_config(open_app(), settings))
    ready()
    server.run(sockets=[listener])


def _run_many(
    listener: socket.socket, settings: ApiSettings, workers: int, ready: Callable[[], None]
) -> None:
    """Every process counts in files of one folder, which the one that is asked adds up."""
    with tempfile.TemporaryDirectory(prefix="huawen-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
        config = _config(_APP, settings, workers=workers)
        ready()
        Multiprocess(config, [listener]).run()


def _config(app: object, settings: ApiSettings, *, workers: int = 1) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        factory=isinstance(app, str),
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
        # The last second is for what is left when the streams have ended.
        timeout_graceful_shutdown=max(0, settings.graceful_seconds - 1),
    )


def check_exposure(home: Path, settings: ApiSettings) -> None:
    """Refuse to listen to other machines where nobody would need, or has, a key.

    Raises:
        ServerError: see above.
    """
    if is_loopback(settings.host) or settings.require_key == "never":
        return
    from api.state.database import StateDatabase  # noqa: PLC0415
    from api.state.keys import Keys  # noqa: PLC0415

    home.mkdir(parents=True, exist_ok=True)
    database = StateDatabase(home)
    try:
        live = Keys(database).any_live()
    finally:
        database.close()
    if not live:
        raise ServerError(
            f"{settings.host!r} can be reached from other machines, and there is no key yet",
            hint="Run `huawen keys create`, or add `--no-auth` where a proxy asks for a password.",
        )


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
