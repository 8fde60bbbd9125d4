"""The one composition root: settings in, a service out."""

from __future__ import annotations

from pathlib import Path

from index.settings import IndexSettings
from index.store import LocalStore
from rag.llm import ChatModel, LlmSettings
from rag.service import AnswerService, Clock
from rag.settings import RagSettings


def open_service(
    home: Path,
    index: IndexSettings,
    rag: RagSettings,
    *,
    llm: LlmSettings | None = None,
    clock: Clock | None = None,
) -> AnswerService:
    """A service over the index in ``home``; answers are model-written where ``llm`` has an address.

    Raises:
        IndexNotFound: nothing was ingested into this home.
        IndexDamaged: a file of the index is missing or truncated.
        IndexFormatUnknown: a newer huawen wrote it.
        IndexModelMismatch: it was built with another embedding model.
        UpstreamError: the language model has an address and no name.
        ModelError: the model is missing or is not the one that we know.
    """
    model = ChatModel(llm) if llm and llm.base_url else None
    return AnswerService(LocalStore(home, index), rag, clock=clock, model=model)
