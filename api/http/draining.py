"""Whether this process is about to end: set by the signal that ends it, before anything closes."""

from __future__ import annotations

import signal
import threading
from types import FrameType

DRAINING = threading.Event()


def watch_signals() -> None:
    """From now on a signal that ends the process sets ``DRAINING`` first.

    For the main thread, once the server has set its own handlers; elsewhere it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        _chain(number)


def _chain(number: signal.Signals) -> None:
    before = signal.getsignal(number)

    def drain(signum: int, frame: FrameType | None) -> None:
        DRAINING.set()
        if callable(before):
            before(signum, frame)

    signal.signal(number, drain)
