"""Indexes that suites are asked over: built once, found again by what is in them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import platformdirs

from eval.suites import Suite
from index.build import IndexBuilder, Progress
from index.embed import model_fingerprint
from index.errors import NewsIndexError
from index.generation import current_folder
from index.settings import IndexSettings

_BUILDER = "1"  # changes where the same articles would give another index


def suite_home(suite: Suite, settings: IndexSettings, progress: Progress) -> Path:
    """A home that holds exactly the suite's articles; builds it on the first call."""
    digest = sha256(
        "\n".join(
            [
                _BUILDER, model_fingerprint(settings.embedder), str(settings.max_tokens),
                *sorted(f"{a.id} {a.content_hash}" for a in suite.articles),
            ]
        ).encode()
    ).hexdigest()[:24]  # fmt: skip
    home = Path(platformdirs.user_cache_dir("huawen")) / "eval" / digest
    try:
        current_folder(home)
    except NewsIndexError:
        with IndexBuilder(home, settings, progress=progress) as builder:
            builder.ingest(suite.articles)
    return home
