"""Fixtures that more than one file needs; nothing here is a double."""

import shutil
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from corpus import ARTICLES, SHANGHAI
from hypothesis import settings

from index.build import IndexBuilder
from index.settings import IndexSettings
from rag.factory import open_service
from rag.service import AnswerService
from rag.settings import RagSettings

# A busy machine makes no property untrue.
settings.register_profile("huawen", deadline=None)
settings.load_profile("huawen")

SHARED = Path(__file__).parents[1].parent / "shared" / "data"
NOW = datetime(2025, 10, 8, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests reach nothing but this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else address
        if self.family != socket.AF_UNIX and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test wants to reach {host!r}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def built_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds ``ARTICLES``; copy it before you change it."""
    home = tmp_path_factory.mktemp("home")
    with IndexBuilder(home, IndexSettings()) as builder:
        builder.ingest(ARTICLES)
    return home


@pytest.fixture
def home(built_home: Path, tmp_path: Path) -> Path:
    """An own copy of ``built_home``."""
    return Path(shutil.copytree(built_home, tmp_path / "home"))


@pytest.fixture(scope="session")
def service(built_home: Path) -> Iterator[AnswerService]:
    """A service over ``ARTICLES`` whose clock stands still."""
    opened = open_service(built_home, IndexSettings(), RagSettings(), clock=lambda: NOW)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def news_page() -> Path:
    """The pasted news page that everything is measured on."""
    path = SHARED / "huabei_news_page.txt"
    if not path.exists():
        pytest.skip("the news page lies beside the project, and is not here")
    return path


@pytest.fixture(scope="session")
def shared_articles() -> Path:
    """The folder of the articles that the news sets are about."""
    if not (SHARED / "news_20k.jsonl.gz").exists():
        pytest.skip("the articles lie beside the project, and are not here")
    return SHARED
