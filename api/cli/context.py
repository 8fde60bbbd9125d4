"""What the global options chose, and how a command opens what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.settings import Settings
    from rag.service import AnswerService


@dataclass(frozen=True, slots=True)
class Context:
    """The global options, as ``typer.Context.obj``."""

    home: Path | None
    debug: bool

    def folder(self) -> Path:
        """The home folder."""
        from index.settings import resolve_home

        return resolve_home(self.home)

    def settings(self) -> Settings:
        """Every setting, checked.

        Raises:
            SettingsError: a name does not exist, or a value is not allowed.
        """
        from api.settings import load_settings

        return load_settings()

    def service(self) -> AnswerService:
        """The answer service over the home folder; close it."""
        from rag.factory import open_service

        settings = self.settings()
        return open_service(self.folder(), settings.index, settings.rag, llm=settings.llm)


def read_context(obj: object) -> Context:
    """The options of a running command."""
    if not isinstance(obj, Context):
        raise TypeError(f"no options: {obj!r}")
    return obj
