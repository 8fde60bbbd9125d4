"""A chat model behind any OpenAI-compatible URL. The only import of openai.

The client's own retries are off: one retry of ours, where the failure may pass, keeps the time that
a reader waits bounded.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import BadModelOutput, UpstreamError, UpstreamRefused, UpstreamTimeout

_RETRY_WAIT_S = 0.5
_SERVER_ERROR = 500
_TOO_MANY = 429


class LlmSettings(BaseSettings):
    """Which model, and how long it may take: environment prefix ``HUAWEN_RAG_LLM_``."""

    model_config = SettingsConfigDict(env_prefix="HUAWEN_RAG_LLM_", extra="ignore", frozen=True)

    base_url: str = Field("", description="OpenAI-compatible address, such as …/v1; empty is none.")
    model: str = Field("", description="Name of the model on that server.")
    api_key: SecretStr = Field(SecretStr(""), description="Its key; empty where it wants none.")
    timeout_s: float = Field(30.0, gt=0, le=600, description="Seconds that one call may take.")
    max_tokens: int = Field(512, ge=16, le=8192, description="Tokens of an answer at most.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One message to the model."""

    role: Literal["system", "user", "assistant"]
    content: str


class ChatModel:
    """Completes chats. Safe for threads.

    Raises:
        UpstreamError: there is no address or model.
    """

    def __init__(self, settings: LlmSettings) -> None:
        from openai import OpenAI  # noqa: PLC0415 - half a second, and most installs have no model

        if not settings.base_url or not settings.model:
            raise UpstreamError(
                "no language model is configured",
                hint="Set HUAWEN_RAG_LLM_BASE_URL and HUAWEN_RAG_LLM_MODEL.",
            )
        self.name = settings.model
        self._settings = settings
        self._client = OpenAI(
            base_url=settings.base_url,
            api_key=settings.api_key.get_secret_value() or "none",
            timeout=settings.timeout_s,
            max_retries=0,
        )

    def complete(self, messages: Sequence[ChatMessage]) -> str:
        """The model's whole answer, at temperature 0.

        Raises:
            UpstreamTimeout: it did not answer in time.
            UpstreamError: the server refused, failed, or cannot be reached.
            BadModelOutput: the response holds no text.
        """
        try:
            return self._complete(messages)
        except UpstreamTimeout:
            raise
        except UpstreamError as error:
            if not error.retryable:
                raise
            time.sleep(_RETRY_WAIT_S)
            return self._complete(messages)

    def _complete(self, messages: Sequence[ChatMessage]) -> str:
        import openai  # noqa: PLC0415

        try:
            reply = self._client.chat.completions.create(
                model=self._settings.model,
                messages=[{"role": m.role, "content": m.content} for m in messages],  # type: ignore[misc]
                temperature=0,
                max_tokens=self._settings.max_tokens,
            )
            text = reply.choices[0].message.content
        except openai.APITimeoutError as error:
            raise UpstreamTimeout(
                f"the language model did not answer in {self._settings.timeout_s:g} s"
            ) from error
        except openai.APIStatusError as error:
            raise _refused(error.status_code) from error
        except openai.APIConnectionError as error:
            raise UpstreamError("the language model's server cannot be reached") from error
        except (openai.OpenAIError, ValueError, AttributeError, IndexError, TypeError) as error:
            raise BadModelOutput(
                f"the language model's response is malformed: {type(error).__name__}"
            ) from error
        if not isinstance(text, str) or not text.strip():
            raise BadModelOutput("the language model answered nothing")
        return text


def _refused(status: int) -> UpstreamError:
    """Retryable only where asking again may help."""
    kind = UpstreamError if status >= _SERVER_ERROR or status == _TOO_MANY else UpstreamRefused
    return kind(f"the language model's server answered {status}")
