"""Clauses: the smallest parts of a sentence that may stand alone."""

from __future__ import annotations

import re
from functools import lru_cache

_TINY = 5  # a clause shorter than this belongs to the one before it
_CLAUSE = re.compile(r"[^，；,;：。！？…]+[，；,;：。！？…]*|[，；,;：。！？…]+")
_OPENING, _CLOSING = "（(《“「", "）)》”」"
_PAIRED = re.compile(f"[{_OPENING}{_CLOSING}]")


@lru_cache(maxsize=8192)
def split_clauses(text: str) -> tuple[tuple[int, int], ...]:
    """Clauses that tile the text; brackets, quotations and 1,000 are not cut."""
    found: list[tuple[int, int]] = []
    depth, has_pairs = 0, _PAIRED.search(text) is not None
    for match in _CLAUSE.finditer(text):
        start, end = match.span()
        inside_number = text[start - 1 : start] == "," and text[start].isdigit()
        if found and (depth > 0 or inside_number or found[-1][1] - found[-1][0] < _TINY):
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
        if has_pairs:
            part = match[0]
            depth += sum(map(part.count, _OPENING)) - sum(map(part.count, _CLOSING))
            depth = max(depth, 0)
    return tuple(found)
