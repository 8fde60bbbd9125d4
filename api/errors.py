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
