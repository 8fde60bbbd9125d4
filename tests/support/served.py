"""``huawen serve`` as a process of its own, as it runs for everybody."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from live import Live

ROOT = Path(__file__).parents[2]


class Served(Live):
    """The running command; ``log`` is what it wrote to standard error."""

    def __init__(self, process, port, log):
        super().__init__(port=port, state=None, app=None)
        self.process = process
        self.log = log

    def end(self, seconds: float) -> float:
        """Tell it to end; how long that took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=seconds)
        return time.monotonic() - started


@contextmanager
def served(home, *options, **environment) -> Iterator[Served]:
    """The command over ``home`` on a free port, ready to answer."""
    log = home.parent / "serve.log"
    known = {name: value for name, value in os.environ.items() if not name.startswith("HUAWEN_")}
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [
                sys.executable, "-c", "from api.cli import main; main()",
                "--home", str(home), "serve", "--port", "0", *options,
            ],
            stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT,
            env={**known, "PYTHONPATH": str(ROOT), **environment},
        )  # fmt: skip
    try:
        line = process.stdout.readline()
        found = re.search(r":(\d+) ", line)
        assert found, log.read_text(encoding="utf-8")
        running = Served(process, int(found[1]), log)
        _wait_until_ready(running)
        yield running
    finally:
        process.stdout.close()
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(running: Served) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            if running.send("GET", "/readyz").status == 200:
                return
        except (OSError, http.client.HTTPException):
            assert running.process.poll() is None, running.log.read_text(encoding="utf-8")
        time.sleep(0.1)
    raise AssertionError("the server does not become ready")
