"""A chat model behind any OpenAI-compatible URL. The only import of openai.

The client's own retries are off: one retry of ours, where the failure may pass, keeps the time that
a reader waits bounded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar, cast

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import BadModelOutput, UpstreamError, UpstreamRefused, UpstreamTimeout

if TYPE_CHECKING:
    from openai import APIStatusError, Stream
    from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

T = TypeVar("T")
_RETRY_WAIT_S = 0.5
_LONGEST_WAIT_S = 3.0  # that a server may ask for; a reader waits no longer
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
        return self._twice(lambda: self._complete(messages))

    def stream(self, messages: Sequence[ChatMessage]) -> Generator[str]:
        """The model's answer in pieces, at temperature 0. Close the iterator to stop the model.

        Raises:
            UpstreamTimeout: the whole answer took longer than one call may.
            UpstreamError: as ``complete``; also in the middle, where the server goes away.
            BadModelOutput: the stream is malformed, or holds no text.
        """
        deadline = time.monotonic() + self._settings.timeout_s
        reply = self._twice(lambda: self._open(messages))
        said = ended = False
        with closing(reply), _mapped(self._settings.timeout_s):
            for chunk in reply:
                piece = chunk.choices[0].delta.content if chunk.choices else None
                ended = ended or bool(chunk.choices and chunk.choices[0].finish_reason)
                if time.monotonic() > deadline:
                    raise UpstreamTimeout(_slow(self._settings.timeout_s))
                if piece:
                    said = said or not piece.isspace()
                    yield piece
        if not ended:  # a connection that is closed early looks like an end to the client
            raise UpstreamError("the language model's server broke off in the middle")
        if not said:
            raise BadModelOutput("the language model answered nothing")

    def _twice(self, call: Callable[[], T]) -> T:
        """Once more where the failure may pass, after as long as the server asks for."""
        try:
            return call()
        except UpstreamTimeout:
            raise
        except UpstreamError as error:
            wait = error.retry_after_s or _RETRY_WAIT_S
            if not error.retryable or wait > _LONGEST_WAIT_S:
                raise
            time.sleep(wait)
            return call()

    def _open(self, messages: Sequence[ChatMessage]) -> Stream[ChatCompletionChunk]:
        with _mapped(self._settings.timeout_s):
            return self._client.chat.completions.create(
                model=self._settings.model, messages=_plain(messages), temperature=0,
                max_tokens=self._settings.max_tokens, stream=True,
            )  # fmt: skip

    def _complete(self, messages: Sequence[ChatMessage]) -> str:
        with _mapped(self._settings.timeout_s):
            reply = self._client.chat.completions.create(
                model=self._settings.model, messages=_plain(messages), temperature=0,
                max_tokens=self._settings.max_tokens,
            )  # fmt: skip
            text = reply.choices[0].message.content
        if not isinstance(text, str) or not text.strip():
            raise BadModelOutput("the language model answered nothing")
        return text


def _plain(messages: Sequence[ChatMessage]) -> list[ChatCompletionMessageParam]:
    return cast(
        "list[ChatCompletionMessageParam]",
        [{"role": m.role, "content": m.content} for m in messages],
    )


@contextmanager
def _mapped(timeout_s: float) -> Iterator[None]:
    """The client's errors as ours."""
    import httpx2  # noqa: PLC0415
    import openai  # noqa: PLC0415

    try:
        yield
    except (openai.APITimeoutError, httpx2.TimeoutException) as error:
        raise UpstreamTimeout(_slow(timeout_s)) from error
    except openai.APIStatusError as error:
        raise _refused(error) from error
    except openai.APIConnectionError as error:
        raise UpstreamError("the language model's server cannot be reached") from error
    except httpx2.TransportError as error:
        raise UpstreamError("the language model's server broke off in the middle") from error
    except (openai.OpenAIError, ValueError, AttributeError, IndexError, TypeError) as error:
        raise BadModelOutput(
            f"the language model's response is malformed: {type(error).__name__}"
        ) from error


def _slow(timeout_s: float) -> str:
    return f"the language model did not answer in {timeout_s:g} s"


def _refused(error: APIStatusError) -> UpstreamError:
    """Retryable only where asking again may help."""
    status = error.status_code
    kind = UpstreamError if status >= _SERVER_ERROR or status == _TOO_MANY else UpstreamRefused
    refused = kind(f"the language model's server answered {status}")
    given = error.response.headers.get("retry-after", "")
    refused.retry_after_s = float(given) if given.isascii() and given.isdigit() else None
    return refused
