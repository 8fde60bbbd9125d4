"""Web origins as settings and keys name them: ``https://a.com`` and ``https://*.b.com``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from index.errors import SettingsError

_ORIGIN = re.compile(
    r"https?://(?:\*\.)?(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
)


def check_origin(origin: str, *, named_by: str) -> str:
    """The origin as a browser writes it.

    Raises:
        SettingsError: it is none; ``*`` alone never is.
    """
    if not _ORIGIN.fullmatch(origin):
        raise SettingsError(
            f"{named_by}: {origin!r} is no origin",
            hint="Write https://www.example.com or https://*.example.com, no path.",
        )
    return origin.lower()


def is_among(origin: str, allowed: Iterable[str]) -> bool:
    """Whether an origin is one of ``allowed``; ``*.`` stands for names in front, not for none."""
    return any(_matches(origin, one) for one in allowed)


def _matches(origin: str, pattern: str) -> bool:
    scheme, _, host = pattern.partition("://")
    if not host.startswith("*."):
        return origin == pattern
    return (
        origin.startswith(f"{scheme}://")
        and origin.endswith(host[1:])
        and len(origin) > len(scheme) + 3 + len(host[1:])
        and _ORIGIN.fullmatch(origin) is not None
    )
