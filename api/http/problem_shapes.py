"""The shapes of errors: RFC 9457's, and that of OpenAI's protocol."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class FieldErrorOut(BaseModel):
    """What is wrong with a field; ``pointer`` is a JSON pointer into the body."""

    pointer: str
    code: str
    detail: str


class ProblemOut(BaseModel):
    """RFC 9457, as ``application/problem+json``."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:huawen:problem:validation-error",
                    "title": "请求无效",
                    "status": 422,
                    "code": "validation_error",
                    "detail": "question：不能为空",
                    "instance": "/v1/ask",
                    "request_id": "req_01KD",
                    "errors": [
                        {
                            "pointer": "#/question",
                            "code": "string_too_short",
                            "detail": "不能为空",
                        }
                    ],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    request_id: str
    hint: str | None = None
    errors: list[FieldErrorOut] | None = None
    retry_after_s: int | None = None


class OpenAiErrorOut(BaseModel):
    """The same failure in the shape of OpenAI's protocol."""

    message: str
    type: str
    param: str | None
    code: str


class OpenAiProblemOut(BaseModel):
    """An error of the routes that speak OpenAI's protocol."""

    error: OpenAiErrorOut
