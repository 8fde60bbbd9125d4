"""What readers think of an answer, and its export for whoever wants to learn from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from api.errors import NotFound
from api.http.auth import Principal, needs
from api.http.metrics import FEEDBACK
from api.http.paging import Cursor, Page
from api.http.replay import once
from api.http.routes import PROBLEMS, StateHere, json_only, send
from api.http.schemas import Identifier
from api.state.feedback import Feedback, Verdict
from api.state.service import ServiceState

router = APIRouter(prefix="/v1/feedback")
Sender = Annotated[Principal, Depends(needs("ask"))]
Reason = Literal[
    "incorrect", "unsupported_citation", "wrong_source", "outdated", "incomplete", "irrelevant",
    "should_have_answered", "should_have_abstained", "unclear", "other",
]  # fmt: skip


class FeedbackIn(BaseModel):
    """A reader's verdict; a second one on the same answer replaces the first."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"answer_id": "ans_01KD", "rating": "down", "reasons": ["outdated"]},
            ]
        },
    )

    answer_id: Identifier
    rating: Literal["up", "down"]
    reasons: tuple[Reason, ...] = Field((), max_length=10)
    comment: str | None = Field(None, max_length=2_000)
    sentence_index: int | None = Field(None, ge=0, le=100)
    citation_number: int | None = Field(None, ge=1, le=100)
    expected_answer: str | None = Field(None, max_length=2_000)


class FeedbackOut(FeedbackIn):
    """A verdict as it was stored, with question and answer."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    object: Literal["feedback"] = "feedback"
    question: str
    answer: str
    created_at: datetime
    updated_at: datetime


@router.post(
    "",
    status_code=201,
    response_model=FeedbackOut,
    responses={**PROBLEMS, 200: {"model": FeedbackOut, "description": "Replaced."}},
    dependencies=[Depends(json_only)],
)
def give_feedback(body: FeedbackIn, request: Request, state: StateHere, who: Sender) -> Response:
    """Say whether an answer was good, and what was wrong with it."""
    return once(request, who, body.model_dump_json(), lambda: _put(body, state, who))


@router.get(
    "",
    response_model=Page[FeedbackOut],
    responses={
        **PROBLEMS,
        200: {
            "model": Page[FeedbackOut],
            "description": "A page; with `format=ndjson` everything, one object a line.",
            "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
        },
    },
    dependencies=[Depends(needs("feedback:read"))],
)
def list_feedback(
    state: StateHere,
    shape: Annotated[Literal["json", "ndjson"], Query(alias="format")] = "json",
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """Verdicts, oldest first."""
    if shape == "ndjson":
        return StreamingResponse(_lines(state.feedback), media_type="application/x-ndjson")
    after = Page.position(cursor) or ""
    rows = [_render(one) for one in state.feedback.page(limit=limit + 1, after=after)]
    return send(Page[FeedbackOut].cut(rows, limit, lambda row: row.id))


def _put(body: FeedbackIn, state: ServiceState, who: Principal) -> Response:
    texts = state.answers.fetch_texts(body.answer_id) or state.feedback.fetch_texts(body.answer_id)
    if texts is None:
        raise NotFound(
            f"there is no answer {body.answer_id!r}, or it is older than a day",
            zh="没有这个回答，或它已超过一天。",
        )
    verdict = state.feedback.put(
        body.answer_id, body.model_dump(mode="json"), owner=who.owner, texts=texts
    )
    for reason in body.reasons or ("none",):
        FEEDBACK.labels(body.rating, reason).inc()
    return send(_render(verdict), 201 if verdict.is_new else 200)


def _lines(feedback: Feedback) -> Iterator[str]:
    """Every verdict; a line is also a case of ``huawen eval run --data``, where it has a gold."""
    for verdict in feedback.iterate():
        shown = _render(verdict)
        gold = [shown.expected_answer] if shown.expected_answer else []
        kind = "unanswerable" if "should_have_abstained" in shown.reasons else "fact"
        line = {**shown.model_dump(mode="json"), "answers": gold, "kind": kind}
        yield json.dumps(line, ensure_ascii=False) + "\n"


def _render(verdict: Verdict) -> FeedbackOut:
    return FeedbackOut.model_validate(
        {
            **verdict.body, "id": verdict.id, "question": verdict.question,
            "answer": verdict.answer, "created_at": datetime.fromtimestamp(verdict.created_at, UTC),
            "updated_at": datetime.fromtimestamp(verdict.updated_at, UTC),
        }
    )  # fmt: skip
