"""Identifiers that are new each time: a prefix and a ULID (github.com/ulid/spec)."""

from __future__ import annotations

import secrets
import time

from index.types import base32


def new_id(prefix: str) -> str:
    """``prefix`` and 26 characters: 48 bits of milliseconds, 80 bits of chance; sorts by time."""
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return f"{prefix}_{base32(number)}"
