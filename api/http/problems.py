"""Every failure as one problem object (RFC 9457), in the reader's language.

``code`` is the error's own and never changes; ``title`` and ``detail`` follow ``Accept-Language``.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.http.problem_shapes import (
    FieldErrorOut,
    OpenAiErrorOut,
    OpenAiProblemOut,
    ProblemOut,
)
from index.errors import HuawenError, SourceError
from rag.errors import BadQuestion

Language = Literal["zh", "en"]
_UNAUTHENTICATED = 401
_OPENAI_PATHS = ("/v1/chat/", "/v1/models")
_OPENAI_TYPES = {
    401: "authentication_error", 403: "permission_error", 404: "not_found_error",
    429: "rate_limit_error", 500: "server_error", 502: "server_error", 503: "server_error",
    504: "server_error",
}  # fmt: skip
_LOG = logging.getLogger("huawen.http")


@dataclass(frozen=True, slots=True)
class _Kind:
    status: int
    zh: str
    en: str
    detail_zh: str
    hint_zh: str | None = None


_NOT_READY = "索引暂时不可用，请联系网站管理员。"
KINDS: dict[str, _Kind] = {
    "bad_request": _Kind(400, "请求无法处理", "Bad request", "请求不完整或不合规，服务没有处理。"),
    "bad_host": _Kind(400, "主机名不被接受", "Host not accepted", "请用服务自己的地址访问。"),
    "not_found": _Kind(404, "没有找到", "Not found", "没有这个地址或文档。"),
    "method_not_allowed": _Kind(
        405, "方法不被支持", "Method not allowed", "这个地址不支持此方法。"
    ),
    "unauthenticated": _Kind(
        401,
        "需要密钥",
        "Unauthenticated",
        "密钥缺失、无效或已过期。",
        "请求须带 `Authorization: Bearer hw_…`；用 `huawen keys create` 创建密钥。",
    ),
    "forbidden": _Kind(
        403,
        "没有权限",
        "Forbidden",
        "这个密钥没有此项权限。",
        "请换用有此权限的密钥：`huawen keys create --scope …`。",
    ),
    "origin_not_allowed": _Kind(
        403,
        "来源网站不被允许",
        "Origin not allowed",
        "这个网站没有获准使用本服务。",
        "请把网页的来源加进 HUAWEN_API_CORS_ORIGINS，或加进它的密钥。",
    ),
    "fetch_refused": _Kind(
        422, "网址不予抓取", "Address not fetched", "只抓取公开的 http 或 https 地址。"
    ),
    "source_error": _Kind(422, "来源无法读取", "Source unreadable", "这份内容无法读取。"),
    "conflict": _Kind(409, "状态冲突", "Conflict", "当前状态不允许这样做。"),
    "idempotency_in_progress": _Kind(
        409, "请求正在处理", "In progress", "同一请求正在处理，请稍后再试。"
    ),
    "idempotency_key_reused": _Kind(
        422, "幂等键已被使用", "Idempotency key reused", "这个 Idempotency-Key 已用于另一个请求。"
    ),
    "rate_limited": _Kind(429, "请求太频繁", "Too many requests", "请稍后再试。"),
    "payload_too_large": _Kind(413, "请求过大", "Payload too large", "请缩短请求后再试。"),
    "unsupported_media_type": _Kind(
        415, "格式不被支持", "Unsupported media type", "请以规定的 Content-Type 发送请求。"
    ),
    "validation_error": _Kind(
        422, "请求无效", "Invalid request", "请求的内容不合要求。", "可用的字段见 /openapi.json。"
    ),
    "answer_invalid": _Kind(500, "内部错误", "Internal error", "答案未通过自检，已拒绝给出。"),
    "internal": _Kind(500, "内部错误", "Internal error", "发生了意外错误，已记录。"),
    "upstream_error": _Kind(502, "语言模型出错", "Language model failed", "语言模型没有正常回答。"),
    "upstream_refused": _Kind(
        502, "语言模型拒绝请求", "Language model refused", "语言模型拒绝了请求。"
    ),
    "bad_model_output": _Kind(502, "语言模型出错", "Language model failed", "语言模型的输出无效。"),
    "upstream_timeout": _Kind(504, "语言模型超时", "Language model timed out", "请稍后再试。"),
    "overloaded": _Kind(503, "服务繁忙", "Overloaded", "请求太多，请稍后再试。"),
    "not_ready": _Kind(503, "服务未就绪", "Not ready", _NOT_READY),
    "index_error": _Kind(503, "索引不可用", "Index unusable", _NOT_READY),
    "index_not_found": _Kind(503, "还没有索引", "No index yet", _NOT_READY),
    "index_damaged": _Kind(503, "索引损坏", "Index damaged", _NOT_READY),
    "index_format_unknown": _Kind(503, "索引版本过新", "Index format unknown", _NOT_READY),
    "index_model_mismatch": _Kind(503, "索引与模型不符", "Index of another model", _NOT_READY),
    "model_error": _Kind(503, "模型不可用", "Model unusable", _NOT_READY),
    "home_error": _Kind(503, "数据目录不可用", "Home unusable", _NOT_READY),
    "home_not_writable": _Kind(503, "数据目录不可写", "Home not writable", _NOT_READY),
    "home_busy": _Kind(503, "正在写入", "Home busy", "正在收录文章，请稍后再试。"),
}
_BY_STATUS = {
    400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "payload_too_large",
    415: "unsupported_media_type", 503: "overloaded",
}  # fmt: skip
_RETRY_SECONDS = {
    "overloaded": 1,
    "idempotency_in_progress": 1,
    "home_busy": 5,
    "upstream_error": 5,
    "upstream_timeout": 5,
}
_FIELD_ZH = {
    "missing": "缺少这个字段", "extra_forbidden": "没有这个字段", "json_invalid": "不是合法的 JSON",
    "string_too_short": "不能为空", "string_too_long": "太长", "string_type": "应为文字",
    "too_long": "项数太多", "int_parsing": "应为整数", "int_type": "应为整数",
    "bool_parsing": "应为 true 或 false", "greater_than_equal": "太小", "less_than_equal": "太大",
    "literal_error": "不在允许的取值之内", "string_pattern_mismatch": "格式不对",
    "value_error": "不合要求", "list_type": "应为列表", "tuple_type": "应为列表",
    "dict_type": "应为对象", "model_type": "应为对象", "model_attributes_type": "应为对象",
    "bool_type": "应为 true 或 false", "float_type": "应为数字", "int_from_float": "应为整数",
    "timezone_aware": "时间须带时区",
    "datetime_parsing": "不是合法的时间", "datetime_from_date_parsing": "不是合法的时间",
}  # fmt: skip


def read_language(accept: str) -> Language:
    """The better liked of Chinese and English; Chinese where neither is named."""
    liked: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, _, quality = part.strip().partition(";q=")
        try:
            liked.setdefault(name[:2], float(quality or 1))
        except ValueError:
            continue
    return "en" if liked.get("en", 0) > liked.get("zh", 0) else "zh"


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong: a code of ``KINDS``, what happened, and what to do next."""

    code: str
    detail: str  # in English
    zh: str | None = None  # the same in Chinese; None: what belongs to the code
    hint: str | None = None  # in English
    errors: tuple[Mapping[str, str], ...] = ()  # what is wrong with which field
    retry_after_s: int | None = None  # None: as long as is usual for the code


def problem_body(
    failure: Failure, *, path: str, request_id: str, accept: str = ""
) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of a problem.

    Args:
        failure: what went wrong.
        path: what was asked for.
        request_id: of the request.
        accept: the request's ``Accept-Language``.
    """
    kind = KINDS[failure.code]
    chinese = read_language(accept) == "zh"
    detail = (failure.zh or kind.detail_zh) if chinese else failure.detail
    retry = failure.retry_after_s or _RETRY_SECONDS.get(failure.code)
    body = ProblemOut(
        type=f"urn:huawen:problem:{failure.code.replace('_', '-')}",
        title=kind.zh if chinese else kind.en,
        status=kind.status,
        code=failure.code,
        detail=detail,
        instance=path,
        request_id=request_id,
        retry_after_s=retry,
        hint=kind.hint_zh if chinese else failure.hint,
        errors=[FieldErrorOut(**error) for error in failure.errors] or None,
    )
    headers = {"Content-Type": "application/problem+json", "Cache-Control": "no-store"}
    if retry:
        headers["Retry-After"] = str(retry)
    if kind.status == _UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    if path.startswith(_OPENAI_PATHS):
        headers["Content-Type"] = "application/json"
        return kind.status, _openai_error(body), headers
    return kind.status, body.model_dump_json(exclude_none=True).encode(), headers


def _openai_error(problem: ProblemOut) -> bytes:
    """The same failure as clients of the compatible route know it."""
    error = OpenAiErrorOut(
        message=f"{problem.title}: {problem.detail}",
        type=_OPENAI_TYPES.get(problem.status, "invalid_request_error"),
        param=_param(problem),
        code=problem.code,
    )
    return OpenAiProblemOut(error=error).model_dump_json().encode()


def _param(problem: ProblemOut) -> str | None:
    """The field that is wrong; on this route a question is the last of the messages."""
    if not problem.errors:
        return None
    name = problem.errors[0].pointer.removeprefix("#").lstrip("/")
    return "messages" if name == "question" else name or None


def failure_of(error: Exception) -> Failure:
    """What a reader is told of an exception of ours, or of any other."""
    if not isinstance(error, HuawenError):
        return Failure("internal", "Something unexpected happened; it was logged.")
    code = error.code if error.code in KINDS else _root_code(error)
    wait = getattr(error, "retry_after_s", None)
    zh = getattr(error, "zh", None)
    pointer = getattr(error, "pointer", "")
    if isinstance(error, BadQuestion):
        zh, pointer = "请提出一个 1 到 2000 字、含有文字的问题。", "#/question"
    errors = ({"pointer": pointer, "code": "invalid", "detail": str(error)},) if pointer else ()
    return Failure(
        code, str(error), zh=zh, hint=error.hint, errors=errors,
        retry_after_s=None if wait is None else round(wait),
    )  # fmt: skip


def _root_code(error: HuawenError) -> str:
    return "source_error" if isinstance(error, SourceError) else "internal"


def problem_of(request: Request, error: Exception) -> bytes:
    """The problem object of an exception that ends a stream."""
    _, body, _ = problem_body(
        failure_of(error),
        path=request.url.path,
        request_id=request.scope.get("state", {}).get("request_id", ""),
        accept=request.headers.get("accept-language", ""),
    )
    return body


def install_handlers(app: FastAPI) -> None:
    """Answer every exception of ``app`` with a problem."""
    app.exception_handler(RequestValidationError)(_on_validation)
    app.exception_handler(HuawenError)(_on_huawen)
    app.exception_handler(HTTPException)(_on_http)


def _respond(request: Request, failure: Failure) -> Response:
    status, body, headers = problem_body(
        failure,
        path=request.url.path,
        request_id=request.scope.get("state", {}).get("request_id", ""),
        accept=request.headers.get("accept-language", ""),
    )
    return Response(body, status, headers)


async def _on_validation(request: Request, error: RequestValidationError) -> Response:
    chinese = read_language(request.headers.get("accept-language", "")) == "zh"
    errors = []
    for found in error.errors()[:20]:
        kind = str(found["type"])
        where = "".join(f"/{part}" for part in found["loc"][1:]) if kind != "json_invalid" else ""
        says = _FIELD_ZH.get(kind, "不合要求") if chinese else str(found["msg"])
        errors.append({"pointer": f"#{where}", "code": kind, "detail": says})
    name = errors[0]["pointer"].removeprefix("#").lstrip("/") or "body"
    says = errors[0]["detail"]
    return _respond(
        request,
        Failure("validation_error", f"{name}: {says}", zh=f"{name}：{says}", errors=tuple(errors)),
    )


async def _on_huawen(request: Request, error: HuawenError) -> Response:
    failure = failure_of(error)
    if KINDS[failure.code].status >= 500:  # noqa: PLR2004
        _LOG.error("%s %s", error.code, error)
    return _respond(request, failure)


async def _on_http(request: Request, error: HTTPException) -> Response:
    code = _BY_STATUS.get(error.status_code, "bad_request")
    response = _respond(request, Failure(code, str(error.detail)))
    response.headers.update(error.headers or {})  # which methods are allowed
    return response
