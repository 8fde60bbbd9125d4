"""Settings of storage: environment prefix ``HUAWEN_INDEX_``, and the home folder."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

BUNDLED = "bundled"


class IndexSettings(BaseSettings):
    """How articles are cut, embedded and stored."""

    model_config = SettingsConfigDict(env_prefix="HUAWEN_INDEX_", extra="ignore", frozen=True)

    embedder: str = Field(
        BUNDLED,
        min_length=1,
        description="'bundled' (multilingual-e5-small), or a sentence-transformers name or path.",
    )
    max_tokens: int = Field(240, ge=32, le=500, description="Tokens of a chunk at most.")
    domain: str = Field(
        "", description="Own words and names (TOML); empty is domain.toml in the home folder."
    )
    batch_size: int = Field(16, ge=1, le=512, description="Chunks embedded in one pass.")


def resolve_home(home: Path | None) -> Path:
    """The folder that holds everything: argument, HUAWEN_HOME, or the platform's data folder."""
    if home is not None:
        return home.expanduser()
    named = os.environ.get("HUAWEN_HOME")
    return Path(named).expanduser() if named else Path(platformdirs.user_data_dir("huawen"))
