"""``/openapi.json``: what FastAPI knows of the routes, and the shapes that it cannot see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.http.examples import BY_SCHEMA
from api.http.job_shapes import IngestIn
from api.http.problem_shapes import OpenAiProblemOut, ProblemOut

_UNSEEN: tuple[type[BaseModel], ...] = (ProblemOut, OpenAiProblemOut, IngestIn)
_OPENAI_PATHS = ("/v1/chat/", "/v1/models")
_PROBLEM = "application/problem+json"
_ABOUT = """Answers from Chinese financial news; every sentence is proved by a citation.

Offsets are half-open Unicode code points. Times are RFC 3339. Errors are problem objects (RFC 9457)
with a stable `code`, in Chinese or English after `Accept-Language`; on the routes of OpenAI's
protocol they have its shape. `Idempotency-Key` on `POST` of questions, documents, ingestions and
feedback does a request once. Lists come in pages: `limit`, `cursor`.
"""


def describe(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """What ``app.openapi`` becomes; made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title, version=app.version, description=_ABOUT, routes=app.routes
            )
            _add_schemas(document)
            _name_errors(document)
            app.openapi_schema = document
        return app.openapi_schema

    return openapi


def _add_schemas(document: dict[str, Any]) -> None:
    _, found = models_json_schema(
        [(model, "validation") for model in _UNSEEN], ref_template="#/components/schemas/{model}"
    )
    schemas = document["components"]["schemas"]
    schemas |= found["$defs"]
    for name, example in BY_SCHEMA.items():
        schemas[name]["examples"] = [example]


def _name_errors(document: dict[str, Any]) -> None:
    """An error of a route has the media type and the shape that its clients know."""
    for path, methods in document["paths"].items():
        openai = path.startswith(_OPENAI_PATHS)
        name = "OpenAiProblemOut" if openai else "ProblemOut"
        kind = "application/json" if openai else _PROBLEM
        for operation in methods.values():
            for reply in operation["responses"].values():
                if _PROBLEM in reply.get("content", {}):
                    schema = {"$ref": f"#/components/schemas/{name}"}
                    reply["content"] = {kind: {"schema": schema}}
