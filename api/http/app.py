"""The application: routes, middleware and handlers put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from api.http.middleware import LOOPBACK_NAMES, CheckHost, LimitBody, LimitInFlight, NameRequest
from api.http.problems import install_handlers
from api.http.routes import router
from api.settings import ApiSettings
from rag.service import AnswerService


def create_app(service: AnswerService, settings: ApiSettings) -> FastAPI:
    """The service over HTTP; closes ``service`` when it ends."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        service.close()

    # Swagger's page loads its scripts from elsewhere; /openapi.json needs nothing.
    app = FastAPI(
        title="huawen", version=version("huawen"), docs_url=None, redoc_url=None, lifespan=lifespan
    )
    app.state.service = service
    app.include_router(router)
    install_handlers(app)
    # The last one added is the outermost.
    app.add_middleware(LimitInFlight, max_in_flight=settings.max_in_flight)
    app.add_middleware(LimitBody, max_bytes=settings.max_body_bytes)
    app.add_middleware(CheckHost, names=(*LOOPBACK_NAMES, settings.host))
    app.add_middleware(NameRequest)
    return app
