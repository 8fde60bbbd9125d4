"""Indexes that suites are asked over: built once, found again by what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import platformdirs

from eval.suites import Suite
from index.build import IndexBuilder, Progress
from index.embed import model_fingerprint
from index.errors import NewsIndexError
from index.generation import current_folder
from index.settings import IndexSettings

_BUILDER = "2"  # changes where the same articles would give another index


def suite_home(
    suite: Suite, settings: IndexSettings, progress: Progress, *, reuse: Sequence[Path] = ()
) -> Path:
    """A home that holds exactly the suite's articles; builds it on the first call.

    Args:
        suite: whose articles.
        settings: how they are cut and embedded.
        progress: hears how the building goes.
        reuse: homes whose vectors are taken over where they are of the same text and model.
    """
    digest = sha256(
        "\n".join(
            [
                _BUILDER, model_fingerprint(settings.embedder), str(settings.max_tokens),
                *sorted(f"{a.id} {a.content_hash}" for a in suite.articles),
            ]
        ).encode()
    ).hexdigest()[:24]  # fmt: skip
    home = _cache() / digest
    try:
        current_folder(home)
    except NewsIndexError:
        lenders = (*reuse, *_built())
        with IndexBuilder(home, settings, progress=progress, reuse=lenders) as builder:
            builder.ingest(suite.articles)
    return home


def _cache() -> Path:
    return Path(platformdirs.user_cache_dir("huawen")) / "eval"


def _built() -> list[Path]:
    """The homes of other suites: sets in RGB's shape share most of their passages."""
    return [path.parent for path in sorted(_cache().glob("*/CURRENT"))]
