"""``/docs``: the contract as one page that loads nothing, from here or elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

router = APIRouter(include_in_schema=False)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title></head>
<body><main><h1>{title} {version}</h1><p>{about}</p>
<p><a href="/openapi.json">/openapi.json</a></p>
{body}
</main></body></html>
"""


@router.get("/docs")
def reference(request: Request) -> HTMLResponse:
    """Every operation with its parameters, bodies, responses and examples."""
    document: dict[str, Any] = request.app.openapi()
    info = document["info"]
    return HTMLResponse(
        _PAGE.format(
            title=escape(info["title"]), version=escape(info["version"]),
            about=escape(info["description"]), body="\n".join(_sections(document)),
        )
    )  # fmt: skip


def _sections(document: dict[str, Any]) -> Iterator[str]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"<section><h2><code>{method.upper()} {escape(path)}</code></h2>"
            yield f"<p>{escape(operation.get('description', ''))}</p>"
            yield from _inputs(document, operation)
            yield "<ul>"
            for status, reply in operation["responses"].items():
                yield f"<li><code>{status}</code> {escape(reply['description'])}</li>"
            yield "</ul></section>"
    yield "<h2>Schemas</h2>"
    for name, schema in sorted(document["components"]["schemas"].items()):
        shown = escape(json.dumps(schema, ensure_ascii=False, indent=1))
        yield f'<details id="{escape(name)}"><summary>{escape(name)}</summary>'
        yield f"<pre>{shown}</pre></details>"


def _inputs(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[str]:
    for parameter in operation.get("parameters", []):
        place = f"{parameter['in']} <code>{escape(parameter['name'])}</code>"
        yield f"<p>{place} {escape(parameter.get('description', ''))}</p>"
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        link = f'<a href="#{escape(name)}">{escape(name)}</a>' if name else ""
        yield f"<p>body <code>{escape(kind)}</code> {link}</p>"
        for example in document["components"]["schemas"].get(name, {}).get("examples", []):
            yield f"<pre>{escape(json.dumps(example, ensure_ascii=False, indent=1))}</pre>"
