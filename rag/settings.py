"""Settings of asking and answering: environment prefix ``HUAWEN_RAG_``."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class RagSettings(BaseSettings):
    """How answers are found and composed; every field is a plain value below this line."""

    model_config = SettingsConfigDict(env_prefix="HUAWEN_RAG_", extra="ignore", frozen=True)

    candidates: int = Field(50, ge=5, le=500, description="Hits taken from each of the searches.")
    top_k: int = Field(20, ge=1, le=50, description="Passages read for one answer.")
    max_sentences: int = Field(3, ge=1, le=8, description="Sentences of an answer at most.")
    max_chars: int = Field(170, ge=40, le=1000, description="Characters of an answer at most.")
    dense_weight: float = Field(1.0, ge=0, le=10, description="Weight of the dense search.")
    lexical_weight: float = Field(0.3, ge=0, le=10, description="Weight of the lexical search.")
    second_look: bool = Field(
        True, description="Read the best sentences once more where a first look leaves doubt."
    )
    answer_threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Confidence from which an answer needs no caveat; none is the scorer's own.",
    )
    partial_threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Confidence from which an answer is given; none is the scorer's own.",
    )
