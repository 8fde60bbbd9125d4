"""The application: routes, middleware and handlers put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from anyio import to_thread
from fastapi import FastAPI

from api.http import (
    chat,
    documents,
    feedback,
    health,
    ingestions,
    pages,
    reference,
    routes,
    widget,
)
from api.http.asking import Desk
from api.http.auth import Gate
from api.http.contract import describe
from api.http.draining import watch_signals
from api.http.limits import RateLimits
from api.http.middleware import (
    LOOPBACK_NAMES,
    CheckHost,
    LastResort,
    LimitBody,
    LimitInFlight,
    NameRequest,
    Observe,
)
from api.http.origins import AllowOrigins, Origins
from api.http.problems import install_handlers
from api.settings import ApiSettings, is_loopback
from api.state.service import ServiceState
from rag.service import AnswerService

ROUTERS = (
    routes.router, documents.router, ingestions.router, feedback.router, chat.router,
    widget.router, health.router, reference.router, pages.router,
)  # fmt: skip


def create_app(service: AnswerService, settings: ApiSettings, state: ServiceState) -> FastAPI:
    """The service over HTTP; closes ``service`` and ``state`` when it ends.

    Raises:
        SettingsError: an origin of the settings is none.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        watch_signals()
        # Every request that is let in finds a thread, also where streams hold many.
        to_thread.current_default_thread_limiter().total_tokens = settings.max_in_flight + 8
        state.runner.resume()
        yield
        state.close()
        service.close()

    # Swagger's page loads its scripts from elsewhere; /openapi.json needs nothing.
    app = FastAPI(
        title="huawen", version=version("huawen"), docs_url=None, redoc_url=None, lifespan=lifespan
    )
    origins = Origins(settings, state.keys)
    app.state.desk = Desk(service, state.answers)
    app.state.remembered = state
    app.state.settings = settings
    app.state.gate = Gate(state.keys, origins, RateLimits(settings), needs_key=_needs_key(settings))
    for router in ROUTERS:
        app.include_router(router)
    app.openapi = describe(app)  # type: ignore[method-assign]
    install_handlers(app)
    _add_middleware(app, settings, origins)
    return app


def _add_middleware(app: FastAPI, settings: ApiSettings, origins: Origins) -> None:
    """The last one added is the outermost."""
    app.add_middleware(LastResort)
    app.add_middleware(LimitInFlight, max_in_flight=settings.max_in_flight)
    app.add_middleware(
        LimitBody,
        max_bytes=settings.max_body_bytes,
        max_upload_bytes=settings.max_upload_bytes,
    )
    if not _needs_key(settings):  # where a key is needed, a borrowed name opens nothing
        more = filter(None, map(str.strip, settings.hosts.split(",")))
        app.add_middleware(CheckHost, names=(*LOOPBACK_NAMES, settings.host, *more))
    app.add_middleware(AllowOrigins, origins=origins)
    app.add_middleware(NameRequest)
    app.add_middleware(Observe)


def _needs_key(settings: ApiSettings) -> bool:
    if settings.require_key == "auto":
        return not is_loopback(settings.host)
    return settings.require_key == "always"
