"""A running server under N clients for a bounded time: throughput, tail and errors."""

from __future__ import annotations

import ipaddress
import itertools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np

from eval.cases import Case
from eval.http_target import HttpTarget
from eval.targets import Reply, TargetError
from index.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What came back. Times are client side, in milliseconds.

    ``first_event_…`` are those of streams, from the request to their first event; None elsewhere.
    """

    clients: int
    seconds: float
    requests: int
    errors: int
    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    first_event_p50_ms: float | None
    first_event_p95_ms: float | None
    first_error: str


def drive(
    url: str,
    questions: Sequence[str],
    *,
    clients: int,
    seconds: float,
    cached: bool = False,
    stream: bool = False,
) -> LoadReport:
    """Ask ``questions`` again and again from ``clients`` connections for ``seconds``.

    With ``cached`` the server may give an answer again that it gave before; with ``stream`` answers
    come as events.

    Raises:
        UsageError: the server is not on this machine: load is for one's own.
        TargetUnreachable: it does not answer.
    """
    _check_loopback(url)
    target = HttpTarget(url, cached=cached, stream=stream)
    with closing(target):
        return _drive(target.ask, questions, clients, seconds)


def _drive(
    ask: Callable[[Case], Reply], questions: Sequence[str], clients: int, seconds: float
) -> LoadReport:
    deadline = time.perf_counter() + seconds

    def client(number: int) -> tuple[list[Reply], list[str]]:
        replies: list[Reply] = []
        failures: list[str] = []
        turn = itertools.islice(itertools.cycle(questions), number, None)
        while time.perf_counter() < deadline:
            case = Case(id="load", question=next(turn))
            try:
                replies.append(ask(case))
            except TargetError as error:
                failures.append(str(error))
        return replies, failures

    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        results = list(pool.map(client, range(clients)))
    elapsed = time.perf_counter() - started
    replies = [reply for found, _ in results for reply in found]
    times = np.array([reply.ms for reply in replies] or [float("nan")])
    firsts = [reply.first_event_ms for reply in replies if reply.first_event_ms is not None]
    failures = [failure for _, found in results for failure in found]
    answered = len(replies)
    p50, p95, p99 = (float(np.percentile(times, p)) for p in (50, 95, 99))
    return LoadReport(
        clients=clients, seconds=elapsed, requests=answered + len(failures), errors=len(failures),
        per_second=answered / elapsed, p50_ms=p50, p95_ms=p95, p99_ms=p99,
        first_event_p50_ms=float(np.percentile(firsts, 50)) if firsts else None,
        first_event_p95_ms=float(np.percentile(firsts, 95)) if firsts else None,
        first_error=failures[0] if failures else "",
    )  # fmt: skip


def _check_loopback(url: str) -> None:
    host = urlsplit(url if "//" in url else f"http://{url}").hostname or ""
    try:
        own = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        own = False
    if not own:
        raise UsageError(f"{host!r} is not this machine; load is driven on loopback only")
