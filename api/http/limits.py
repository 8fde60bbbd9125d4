"""Questions a minute, for each secret key and for each reader behind a publishable one.

Counted in each server process: with ``--workers N`` a key may reach N times its limit.
"""

from __future__ import annotations

import time
from typing import Literal

from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from api.errors import RateLimited
from api.http.metrics import RATE_LIMITED
from api.settings import ApiSettings
from api.state.keys import Key

Policy = Literal["ask", "api"]  # questions; everything else
_OTHERS = 5  # times as many requests that are no questions
_WINDOW_SECONDS = 60


class RateLimits:
    """The limits of one process."""

    def __init__(self, settings: ApiSettings) -> None:
        self._secret = settings.rate_per_minute
        self._public = settings.public_rate_per_minute
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def take(self, request: Request, key: Key, reader: str, policy: Policy) -> None:
        """Count a request, and put the state of its limit into the response's headers.

        Raises:
            RateLimited: there were too many.
        """
        most = self._secret if key.kind == "sk" else self._public
        most *= 1 if policy == "ask" else _OTHERS
        if not most:
            return
        who = key.id if key.kind == "sk" else f"{key.id} {reader}"
        item = RateLimitItemPerMinute(most)
        free = self._limiter.hit(item, policy, who)
        stats = self._limiter.get_window_stats(item, policy, who)
        seconds = max(1, round(stats.reset_time - time.time()))
        headers = request.scope["state"]["headers"]
        headers["RateLimit-Policy"] = f'"{policy}";q={most};w={_WINDOW_SECONDS}'
        headers["RateLimit"] = f'"{policy}";r={stats.remaining};t={seconds}'
        if request.url.path.startswith("/v1/chat/"):
            headers["x-ratelimit-limit-requests"] = str(most)
            headers["x-ratelimit-remaining-requests"] = str(stats.remaining)
            headers["x-ratelimit-reset-requests"] = f"{seconds}s"
        if not free:
            RATE_LIMITED.labels(key.kind).inc()
            raise RateLimited(
                f"more than {most} requests in a minute", retry_after_s=seconds,
                zh=f"一分钟内的请求超过 {most} 次，请在 {seconds} 秒后再试。",
            )  # fmt: skip
