"""Whether the process lives, whether it would answer, what it counts, what it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from api.http.draining import DRAINING
from api.http.metrics import GIT_SHA, describe_index, render_metrics
from api.http.routes import DeskHere, StateHere
from index.errors import HuawenError
from rag.service import AnswerService

router = APIRouter()
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process lives; touches nothing else."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "Not now; `checks` says why."}})
def readyz(desk: DeskHere, state: StateHere) -> JSONResponse:
    """Whether a question would be answered now, and if not, which part is missing."""
    service = desk.service
    checks = {
        "index": _check(lambda: _describe(service)),
        "embedder": _check(lambda: {"model": service.store.embedder()}),
        "generator": _check(lambda: {"mode": service.generator()}),
        "store": _check(lambda: {"jobs": state.jobs.count_queued()}),
    }
    if DRAINING.is_set():
        checks["server"] = {"ok": False, "code": "draining"}
    ready = all(check["ok"] for check in checks.values())
    body = {"status": "ready" if ready else "not_ready", "checks": checks}
    return JSONResponse(body, 200 if ready else 503)


def _describe(service: AnswerService) -> dict[str, Any]:
    info = service.info()
    return {"documents": info.articles, "version": info.version}


def _check(look: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What a part says of itself, or how it failed."""
    try:
        return {"ok": True, **look()}
    except HuawenError as error:
        return {"ok": False, "code": error.code}
    except (OSError, sqlite3.Error) as error:
        return {"ok": False, "code": type(error).__name__}


def _may_read_metrics(request: Request) -> None:
    """Whoever is on the machine may; from elsewhere it needs a key."""
    client = request.client.host if request.client else ""
    if client not in ("127.0.0.1", "::1", "testclient"):
        header = request.headers.get("authorization", "")
        request.app.state.gate.admit(request, header.removeprefix("Bearer ") or None, "metrics")


@router.get("/metrics", dependencies=[Depends(_may_read_metrics)], response_class=Response)
def metrics(desk: DeskHere, state: StateHere) -> Response:
    """For Prometheus; what the index says is missing while it cannot be read."""
    with suppress(HuawenError, OSError):
        describe_index(desk.service.info(), generator=desk.service.generator())
    return Response(render_metrics(state.jobs), media_type=_PROMETHEUS)


@router.get("/version")
async def show_version() -> dict[str, str]:
    """The version of huawen, and the commit of its image."""
    return {"name": "huawen", "version": version("huawen"), "git_sha": GIT_SHA}
