"""A question as every route of the service asks it."""

from __future__ import annotations

from dataclasses import dataclass, field

from index.types import Filters
from rag.types import Options, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a client asks, whichever route it came by.

    Attributes:
        owner: who asks, for what is remembered.
        fresh: never answer from what was answered before.
        history: earlier turns; where there are none, those of the conversation.
    """

    text: str
    owner: str
    filters: Filters = field(default_factory=Filters)
    options: Options | None = None
    history: tuple[Turn, ...] = ()
    conversation_id: str | None = None
    include_sources: bool = True
    follow_ups: int = 3
    fresh: bool = False
