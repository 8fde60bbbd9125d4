"""A running server on loopback, in a thread of the test's process."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from api.http.app import create_app
from api.http.serve import bind
from api.settings import ApiSettings
from api.state.service import ServiceState
from index.settings import IndexSettings
from rag.factory import open_service
from rag.llm import LlmSettings
from rag.settings import RagSettings


@dataclass
class Reply:
    """A response, read to its end."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self):
        return json.loads(self.body)


@dataclass
class Live:
    """How to reach the server; ``state`` is what it remembers."""

    port: int
    state: ServiceState
    app: object

    def send(self, method, path, body=None, headers=None, timeout=60) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            sent = {} if headers is None else dict(headers)
            if body is not None and not isinstance(body, bytes):
                body = json.dumps(body).encode()
                sent.setdefault("Content-Type", "application/json")
            connection.request(method, path, body, sent)
            reply = connection.getresponse()
            headers = {name.lower(): value for name, value in reply.getheaders()}
            return Reply(reply.status, headers, reply.read())
        finally:
            connection.close()

    def events(self, question, **fields) -> list[tuple[str, dict]]:
        """Name and data of every event of a streamed answer."""
        return self.events_of(
            self.send("POST", "/v1/ask", {"question": question, "stream": True, **fields})
        )

    @staticmethod
    def events_of(reply: Reply) -> list[tuple[str, dict]]:
        """The events of a response."""
        assert reply.headers["content-type"].startswith("text/event-stream"), reply.body
        return parse_events(reply.body)


def parse_events(raw: bytes) -> list[tuple[str, dict]]:
    """Server-sent events, as a strict reader takes them: lines end at LF alone."""
    found = []
    for block in raw.decode().split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if lines:
            fields = dict(line.split(": ", 1) for line in lines)
            found.append((fields["event"], json.loads(fields["data"])))
    return found


@contextmanager
def live_server(
    home: Path, settings: ApiSettings | None = None, llm: LlmSettings | None = None, clock=None
) -> Iterator[Live]:
    """A server over ``home``, ended gently."""
    settings = settings or ApiSettings(max_in_flight=300)
    service = open_service(home, IndexSettings(), RagSettings(), llm=llm, clock=clock)
    state = ServiceState(home)
    app = create_app(service, settings, state)
    config = uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    with bind("127.0.0.1", 0) as listener:
        listener.listen(256)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield Live(listener.getsockname()[1], state, app)
        finally:
            server.should_exit = True
            thread.join(timeout=20)
            assert not thread.is_alive()
