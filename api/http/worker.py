"""One server process: settings from the environment, a warm service, the application."""

from __future__ import annotations

import gc

from fastapi import FastAPI

from api.http.app import create_app
from api.logs import configure_logs
from api.settings import load_settings
from api.state.service import ServiceState
from index.settings import resolve_home
from rag.factory import open_service
from rag.types import Options

_WARM_UP = "花呗是谁的产品"


def open_app() -> FastAPI:
    """The application over the home folder that the environment names.

    Raises:
        SettingsError: a setting is wrong.
        NewsIndexError: the index cannot be used.
        HomeError: the folder cannot be written.
    """
    configure_logs()
    settings = load_settings()
    home = resolve_home(None)
    service = open_service(home, settings.index, settings.rag, llm=settings.llm)
    # Dictionaries, engine and scorer load here, not in a question; a model is not asked.
    service.ask(_WARM_UP, options=Options(style="extractive"))
    gc.freeze()  # and stay: looking through half a million words for garbage stops every thread
    return create_app(service, settings.api, ServiceState(home))
