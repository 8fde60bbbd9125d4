"""A server on loopback that speaks the OpenAI protocol, and misbehaves on demand."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pydantic import SecretStr

from rag.llm import LlmSettings


@dataclass
class Reply:
    """One answer of the server; ``pieces`` are what a stream is cut into."""

    text: str | None = "好"
    status: int = 200
    raw: str | None = None  # instead of a well-formed body
    delay: float = 0.0  # seconds before the first byte
    between: float = 0.0  # seconds between pieces
    cut_after: int | None = None  # pieces after which the connection is dropped
    headers: dict[str, str] = field(default_factory=dict)
    size: int = 7  # characters of a piece
    usage: tuple[int, int] | None = None  # tokens read and written, where a client asks
    strict: bool = False  # refuses what an old server does not know


class Handler(BaseHTTPRequestHandler):
    """Answers with the replies of ``server.script``; the last one stays."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append(body)
        script = self.server.script
        reply = script.pop(0) if len(script) > 1 else script[0]
        time.sleep(reply.delay)
        if reply.strict and "stream_options" in body:
            reply = Reply(status=400, raw='{"error":{"message":"unknown field"}}')
        try:
            if body.get("stream") and reply.status == 200 and reply.raw is None:
                self.stream(reply)
            else:
                self.whole(reply)
        except (BrokenPipeError, ConnectionResetError):
            self.server.left += 1  # the client gave up: that is what the test wants

    def whole(self, reply):
        raw = (completion(reply.text) if reply.raw is None else reply.raw).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def stream(self, reply):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        text = reply.text or ""
        pieces = [text[i : i + reply.size] for i in range(0, len(text), reply.size)]
        for number, piece in enumerate(pieces):
            if number == reply.cut_after:
                self.connection.close()
                return
            self.event({"index": 0, "delta": {"content": piece}, "finish_reason": None})
            time.sleep(reply.between)
        self.event({"index": 0, "delta": {}, "finish_reason": "stop"})
        if reply.usage:
            read, written = reply.usage
            self.event(None, usage={
                "prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written,
            })  # fmt: skip
        self.wfile.write(b"data: [DONE]\n\n")

    def event(self, choice, **more):
        chunk = {
            "id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m",
            "choices": [choice] if choice else [], **more,
        }  # fmt: skip
        self.wfile.write(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *_):
        pass


def completion(text) -> str:
    """The body of a whole answer."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return json.dumps(
        {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
    )


@contextmanager
def llm_server() -> Iterator[ThreadingHTTPServer]:
    """The running server: ``script`` is what it answers, ``heard`` what it was asked."""
    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    listening.heard, listening.script, listening.left = [], [Reply()], 0
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield listening
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def llm_settings(server, **fields) -> LlmSettings:
    """How to reach it."""
    return LlmSettings(
        base_url=f"http://127.0.0.1:{server.server_port}/v1",
        model="m",
        api_key=SecretStr("k"),
        **fields,
    )
