"""How long each step of an answer took."""

from __future__ import annotations

import time


class Watch:
    """Milliseconds since the lap before, added up by name."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._start = self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        """The time since the lap before belongs to ``name``."""
        now = time.perf_counter()
        self.laps[name] = round(self.laps.get(name, 0.0) + 1000 * (now - self._last), 3)
        self._last = now

    def total(self) -> float:
        """Milliseconds since the start."""
        return round(1000 * (time.perf_counter() - self._start), 3)
