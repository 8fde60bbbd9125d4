"""A chat model behind any OpenAI-compatible URL. The only import of openai.

The client's own retries are off: one retry of ours, where the failure may pass, keeps the time that
a reader waits bounded. A stream is read by a thread of its own, so that whoever waits for it can
stop waiting at any moment: at the deadline, when the reader leaves, when the process ends.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING, Literal, TypeVar, cast

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import BadModelOutput, UpstreamError, UpstreamRefused, UpstreamTimeout
from rag.trace import span

if TYPE_CHECKING:
    from openai import APIStatusError, Stream
    from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

T = TypeVar("T")
_RETRY_WAIT_S = 0.5
_LONGEST_WAIT_S = 3.0  # that a server may ask for; a reader waits no longer
_LONGEST_CONNECT_S = 5.0
_LOOK_UP_S = 0.05  # how often somebody who waits looks whether waiting has a point
_AHEAD = 64  # pieces that are read before somebody wants them
_SERVER_ERROR = 500
_TOO_MANY = 429
_NOT_UNDERSTOOD = (400, 422)


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


@dataclass(slots=True)
class Tokens:
    """What a model says that it read and wrote; zero where it does not say. Counts add up."""

    input: int = 0
    output: int = 0


class ChatModel:
    """Completes chats. Safe for threads.

    Raises:
        UpstreamError: there is no address or model.
    """

    def __init__(self, settings: LlmSettings) -> None:
        import httpx2  # noqa: PLC0415 - comes with openai
        from openai import OpenAI  # noqa: PLC0415 - half a second, and most installs have no model

        if not settings.base_url or not settings.model:
            raise UpstreamError(
                "no language model is configured",
                hint="Set HUAWEN_RAG_LLM_BASE_URL and HUAWEN_RAG_LLM_MODEL.",
            )
        self.name = settings.model
        self._settings = settings
        self._closed = threading.Event()
        self._counts_tokens = True  # until a server does not understand that we ask for it
        self._client = OpenAI(
            base_url=settings.base_url,
            api_key=settings.api_key.get_secret_value() or "none",
            timeout=httpx2.Timeout(
                settings.timeout_s, connect=min(settings.timeout_s, _LONGEST_CONNECT_S)
            ),
            max_retries=0,
        )

    def complete(self, messages: Sequence[ChatMessage]) -> str:
        """The model's whole answer, at temperature 0.

        Raises:
            UpstreamTimeout: it did not answer in time.
            UpstreamError: the server refused, failed, or cannot be reached.
            BadModelOutput: the response holds no text.
        """
        return self._twice(lambda: self._complete(messages), self._closed)

    def stream(
        self,
        messages: Sequence[ChatMessage],
        *,
        left: threading.Event | None = None,
        tokens: Tokens | None = None,
        seconds: float | None = None,
    ) -> Generator[str]:
        """The model's answer in pieces, at temperature 0. Close the iterator to stop the model.

        Args:
            messages: the chat.
            left: once it is set, the pieces end within a moment.
            tokens: gets the model's counts added.
            seconds: that the whole answer may take; the setting where it is None.

        Raises:
            UpstreamTimeout: the whole answer took longer than one call may.
            UpstreamError: as ``complete``; also in the middle, where the server goes away.
            BadModelOutput: the stream is malformed, or holds no text.
        """
        reading = _Reading(tokens or Tokens())
        limit = min(seconds or self._settings.timeout_s, self._settings.timeout_s)
        deadline = time.monotonic() + limit
        threading.Thread(
            target=copy_context().run, args=(self._read, messages, reading), name="huawen-llm",
            daemon=True,
        ).start()  # fmt: skip
        said = False
        try:
            while (piece := self._next(reading, deadline, left)) is not None:
                said = said or not piece.isspace()
                yield piece
        except TimeoutError as error:
            raise UpstreamTimeout(_slow(limit)) from error
        finally:
            reading.stop.set()
        if not said and not (left and left.is_set()):
            raise BadModelOutput("the language model answered nothing")

    def close(self) -> None:
        """End every stream that is being waited for."""
        self._closed.set()

    def _next(self, reading: _Reading, deadline: float, left: threading.Event | None) -> str | None:
        """The next piece; None at the end, or when nobody wants one any more.

        Raises:
            TimeoutError: the deadline passed.
            UpstreamError: what stopped the reading.
        """
        while True:
            if left is not None and left.is_set():
                return None
            if self._closed.is_set():
                raise UpstreamError("the service ends, and waits for no language model")
            rest = deadline - time.monotonic()
            if rest <= 0:
                raise TimeoutError
            try:
                item = reading.pieces.get(timeout=min(rest, _LOOK_UP_S))
            except Empty:
                continue
            if isinstance(item, BaseException):
                raise item
            return item

    def _read(self, messages: Sequence[ChatMessage], reading: _Reading) -> None:
        """The thread: everything that the server sends goes into ``reading``."""
        traced = span(
            f"chat {self.name}", operation__name="chat", provider__name="openai",
            request__model=self.name,
        )  # fmt: skip
        with traced as note:
            try:
                reply = self._twice(lambda: self._open(messages), reading.stop)
                with closing(reply), _mapped(self._settings.timeout_s):
                    ended = _read_pieces(reply, reading)
                note("usage__input_tokens", reading.tokens.input)
                note("usage__output_tokens", reading.tokens.output)
                if not ended:  # a connection that is closed early looks like an end to the client
                    raise UpstreamError("the language model's server broke off in the middle")
                reading.put(None)
            except UpstreamError as error:
                note("error__code", error.code)
                reading.put(error)

    def _twice(self, call: Callable[[], T], stop: threading.Event) -> T:
        """Once more where the failure may pass, after as long as the server asks for."""
        try:
            return call()
        except UpstreamTimeout:
            raise
        except UpstreamError as error:
            wait = error.retry_after_s or _RETRY_WAIT_S
            if not error.retryable or wait > _LONGEST_WAIT_S or stop.wait(wait):
                raise
            return call()

    def _open(self, messages: Sequence[ChatMessage]) -> Stream[ChatCompletionChunk]:
        if self._counts_tokens:
            try:
                return self._create(messages, {"stream_options": {"include_usage": True}})
            except UpstreamRefused as error:
                if error.status not in _NOT_UNDERSTOOD:
                    raise
                self._counts_tokens = False
        return self._create(messages, {})

    def _create(
        self, messages: Sequence[ChatMessage], more: dict[str, object]
    ) -> Stream[ChatCompletionChunk]:
        with _mapped(self._settings.timeout_s):
            return self._client.chat.completions.create(
                model=self._settings.model, messages=_plain(messages), temperature=0,
                max_tokens=self._settings.max_tokens, stream=True, extra_body=more,
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


class _Reading:
    """What a thread has read and somebody waits for; ``stop`` ends the reading."""

    def __init__(self, tokens: Tokens) -> None:
        self.pieces: Queue[str | BaseException | None] = Queue(_AHEAD)
        self.stop = threading.Event()
        self.tokens = tokens

    def put(self, item: str | BaseException | None) -> None:
        """Hand over a piece, the end, or an error; dropped where nobody waits any more."""
        while not self.stop.is_set():
            try:
                self.pieces.put(item, timeout=_LOOK_UP_S)
            except Full:
                continue
            return


def _read_pieces(reply: Stream[ChatCompletionChunk], reading: _Reading) -> bool:
    """Whether the stream came to its end, or nobody wants it any more."""
    ended = False
    for chunk in reply:
        if reading.stop.is_set():
            return True
        if chunk.usage is not None:
            reading.tokens.input += int(chunk.usage.prompt_tokens)
            reading.tokens.output += int(chunk.usage.completion_tokens)
        if not chunk.choices:
            continue
        ended = ended or bool(chunk.choices[0].finish_reason)
        if piece := chunk.choices[0].delta.content:
            reading.put(str(piece))
    return ended


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
    refused.status = status
    given = error.response.headers.get("retry-after", "")
    refused.retry_after_s = float(given) if given.isascii() and given.isdigit() else None
    return refused
