"""Whether the process lives, whether it would answer, what it counts, what it is."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from api.http.draining import DRAINING
from api.http.metrics import QUEUE, describe_index, render_metrics
from api.http.routes import DeskHere, StateHere
from index.errors import HuawenError

router = APIRouter()


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process lives; touches nothing else."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "Not now; `checks` says why."}})
def readyz(desk: DeskHere) -> JSONResponse:
    """Whether a question would be answered now, and if not, which part is missing."""
    service = desk.service
    checks: dict[str, dict[str, Any]] = {"generator": {"ok": True, "mode": service.generator()}}
    try:
        info = service.info()
        checks["index"] = {"ok": True, "documents": info.articles, "version": info.version}
        checks["store"] = {"ok": True, "chunks": service.store.count()}
        checks["embedder"] = {"ok": True, "model": service.store.embedder()}
    except HuawenError as error:
        checks["index"] = {"ok": False, "code": error.code}
    if DRAINING.is_set():
        checks["server"] = {"ok": False, "code": "draining"}
    ready = all(check["ok"] for check in checks.values())
    body = {"status": "ready" if ready else "not_ready", "checks": checks}
    return JSONResponse(body, 200 if ready else 503)


def _may_read_metrics(request: Request) -> None:
    """Whoever is on the machine may; from elsewhere it needs a key."""
    client = request.client.host if request.client else ""
    if client not in ("127.0.0.1", "::1", "testclient"):
        header = request.headers.get("authorization", "")
        request.app.state.gate.admit(request, header.removeprefix("Bearer ") or None, "metrics")


@router.get("/metrics", dependencies=[Depends(_may_read_metrics)], response_class=Response)
def metrics(desk: DeskHere, state: StateHere) -> Response:
    """For Prometheus."""
    QUEUE.set(state.jobs.count_queued())
    describe_index(desk.service.info(), generator=desk.service.generator())
    return Response(render_metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/version")
async def show_version() -> dict[str, str]:
    """The version of huawen."""
    return {"name": "huawen", "version": version("huawen")}
