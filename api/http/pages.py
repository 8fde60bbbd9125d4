"""The chat page and what it loads."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

router = APIRouter(include_in_schema=False)
_STATIC = {"chat.js": "text/javascript", "chat.css": "text/css", "index.html": "text/html"}


@router.get("/")
def chat_page() -> Response:
    """The chat page."""
    return _static("index.html")


@router.get("/static/{name}")
def static_file(name: str) -> Response:
    """What the chat page loads."""
    return _static(name)


def _static(name: str) -> Response:
    if name not in _STATIC:
        raise HTTPException(404, f"There is no file {name!r}.")
    text = (files("api") / "static" / name).read_text(encoding="utf-8")
    return Response(text, media_type=_STATIC[name], headers={"Cache-Control": "no-cache"})
