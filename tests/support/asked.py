"""One question over articles of a test's own: indexed, asked, closed."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from corpus import SHANGHAI

from index.build import IndexBuilder
from index.settings import IndexSettings
from index.types import Article
from rag.factory import open_service
from rag.settings import RagSettings
from rag.types import Answer

NOW = datetime(2025, 10, 8, 9, 0, tzinfo=SHANGHAI)


def ask_over(home: Path, articles: Iterable[Article], question: str) -> Answer:
    """The answer of a service over nothing but ``articles``, asked at ``NOW``."""
    with IndexBuilder(home, IndexSettings()) as builder:
        builder.ingest(articles)
    service = open_service(home, IndexSettings(), RagSettings(), clock=lambda: NOW)
    try:
        return service.ask(question)
    finally:
        service.close()
