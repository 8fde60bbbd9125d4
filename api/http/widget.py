"""What the chat widget asks first, and short-lived tokens for pages that mint their own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from api.http.auth import Principal, needs
from api.http.routes import PROBLEMS, StateHere, json_only, send
from api.settings import ApiSettings
from rag import prompts
from rag.question import MAX_CHARS
from rag.types import Language

router = APIRouter(prefix="/v1")
Admin = Annotated[Principal, Depends(needs("admin"))]
_DAY = 86_400


class LimitsOut(BaseModel):
    """What a question may be."""

    question_chars: int = MAX_CHARS


class FeaturesOut(BaseModel):
    """What this server does."""

    stream: bool = True
    feedback: bool = True


class WidgetConfigOut(BaseModel):
    """Texts by language, and limits: public, the same for everybody."""

    title: dict[str, str]
    starters: dict[str, list[str]]
    disclaimer: dict[str, str]
    limits: LimitsOut = LimitsOut()
    features: FeaturesOut = FeaturesOut()


class TokenIn(BaseModel):
    """How long a token lives, and on which pages."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"seconds": 3600, "origins": ["https://www.example.com"]}]},
    )

    seconds: int = Field(3600, ge=60, le=_DAY)
    origins: tuple[Annotated[str, StringConstraints(max_length=200)], ...] = Field(
        (), max_length=20
    )


class TokenOut(BaseModel):
    """A token for one reader's browser; it is not shown again."""

    object: Literal["widget_token"] = "widget_token"
    token: str
    scopes: list[str]
    expires_at: datetime


@router.get("/widget-config", response_model=WidgetConfigOut)
def widget_config(request: Request) -> Response:
    """Heading, starters and disclaimer of the chat."""
    settings: ApiSettings = request.app.state.settings
    starters = [text.strip() for text in settings.widget_starters.split("|") if text.strip()]
    body = WidgetConfigOut(
        title=_either(settings.widget_title, prompts.WIDGET_TITLE),
        starters={
            tag: starters or list(prompts.WIDGET_STARTERS[language]) for tag, language in _TAGS
        },
        disclaimer=_either(settings.widget_disclaimer, prompts.WIDGET_DISCLAIMER),
    )
    response = send(body)
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


@router.post(
    "/widget-tokens",
    status_code=201,
    response_model=TokenOut,
    responses=PROBLEMS,
    dependencies=[Depends(json_only)],
)
def widget_token(body: TokenIn, state: StateHere, _: Admin) -> Response:
    """A token that may ask and give feedback, for a while."""
    state.keys.drop_expired()
    made = state.keys.create("st", seconds=body.seconds, origins=body.origins)
    ends = datetime.fromtimestamp(made.key.expires_at or 0, UTC)
    return send(
        TokenOut(token=made.secret, scopes=list(made.key.scopes), expires_at=ends), 201
    )  # fmt: skip


_TAGS: tuple[tuple[str, Language], ...] = (("zh-CN", "zh"), ("en", "en"))


def _either(chosen: str, texts: dict[Language, str]) -> dict[str, str]:
    return {tag: chosen or texts[language] for tag, language in _TAGS}
