"""Places in a text as the catalog keeps them: little-endian bytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.types import NAME_KINDS, Name, Sentence

_NAME = np.dtype([("start", "<i4"), ("end", "<i4"), ("kind", "u1")])


def pack_sentences(sentences: Sequence[Sentence]) -> bytes:
    """Eight bytes a sentence."""
    return np.array([(s.start, s.end) for s in sentences], "<i4").tobytes()


def unpack_sentences(blob: bytes) -> tuple[Sentence, ...]:
    """What ``pack_sentences`` took."""
    pairs = np.frombuffer(blob, "<i4").reshape(-1, 2).tolist()
    return tuple(Sentence(start, end) for start, end in pairs)


def pack_names(names: Sequence[Name]) -> bytes:
    """Nine bytes a name."""
    return np.array([(n.start, n.end, NAME_KINDS.index(n.kind)) for n in names], _NAME).tobytes()


def unpack_names(blob: bytes) -> tuple[Name, ...]:
    """What ``pack_names`` took."""
    rows = np.frombuffer(blob, _NAME).tolist()
    return tuple(Name(start, end, NAME_KINDS[kind]) for start, end, kind in rows)
