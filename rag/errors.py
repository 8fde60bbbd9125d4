"""Errors of asking and answering; the root of the tree is in ``index/errors.py``.

HuawenError
 +-- UsageError
 |    +-- BadQuestion
 +-- AnswerInvalid         an answer that breaks an invariant, refused by its constructor
 +-- UpstreamError         a language model behind a URL
      +-- UpstreamTimeout
      +-- UpstreamRefused
      +-- BadModelOutput
"""

from __future__ import annotations

from index.errors import HuawenError, UsageError


class BadQuestion(UsageError):
    """The question is empty, too long, or holds no word."""

    code = "validation_error"
    default_hint = "Ask one question of 1 to 2000 characters, in Chinese or English."


class AnswerInvalid(HuawenError):
    """An answer breaks one of its invariants and was refused by its constructor."""

    code = "answer_invalid"
    default_hint = "This is a fault in huawen: please report it with the question."


class UpstreamError(HuawenError):
    """The language model behind the URL failed.

    ``retry_after_s`` where it asked to wait, ``status`` where it answered with an HTTP status.
    """

    retry_after_s: float | None = None
    status: int | None = None

    code = "upstream_error"
    retryable = True
    default_hint = "Check HUAWEN_RAG_LLM_BASE_URL and its server; answers go on without the model."


class UpstreamTimeout(UpstreamError):
    """The language model did not answer in time."""

    code = "upstream_timeout"


class UpstreamRefused(UpstreamError):
    """The language model's server does not want the request; asking again does not help."""

    code = "upstream_refused"
    retryable = False
    default_hint = "Check HUAWEN_RAG_LLM_API_KEY and HUAWEN_RAG_LLM_MODEL."


class BadModelOutput(UpstreamError):
    """The language model wrote something that is not an answer with citations."""

    code = "bad_model_output"
