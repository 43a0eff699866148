"""A web server on this machine that behaves well or badly, as a test asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Status:
    """A trouble: an answer without the content."""

    code: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cut:
    """A trouble: the connection breaks after so many bytes of the body."""

    after: int


@dataclass(frozen=True)
class Stall:
    """A trouble: so many seconds without a byte, in the middle of the body."""

    seconds: float


@dataclass
class Resource:
    """What is served at a path.

    Attributes:
        content: the file.
        headers: further headers, the validators among them.
        ranges: whether the server knows ``Range``.
        if_range: whether it knows ``If-Range``.
        chunked: whether it sends the body in chunks, without saying how long it is.
        troubles: what happens instead of a good answer, one a request.
        requests: the headers of every request.
    """

    content: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"ETag": '"one"'})
    ranges: bool = True
    if_range: bool = True
    chunked: bool = False
    troubles: list[Status | Cut | Stall] = field(default_factory=list)
    requests: list[Message] = field(default_factory=list)


class Server(ThreadingHTTPServer):
    """Serves resources by path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.resources: dict[str, Resource] = {}

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients hang up, as the tests need them to."""

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.server_port}/{path}"

    def add(self, path: str, content: bytes, **behaviour: object) -> Resource:
        """Serve something."""
        self.resources[path] = Resource(content, **behaviour)  # type: ignore[arg-type]
        return self.resources[path]


@contextmanager
def serving() -> Iterator[Server]:
    """Run a server while the block lasts."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each small file waits for the client's delayed acknowledgement
    server: Server

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer."""
        resource = self.server.resources.get(self.path.lstrip("/"))
        if resource is None:
            self._end(Status(404))
            return
        resource.requests.append(self.headers)
        trouble = resource.troubles.pop(0) if resource.troubles else None
        if isinstance(trouble, Status):
            self._end(trouble)
            return
        start = self._start(resource)
        if start > 0 and start >= len(resource.content):
            self._end(Status(416, {"Content-Range": f"bytes */{len(resource.content)}"}))
            return
        self.send_response(206 if start else 200)
        for name, value in resource.headers.items():
            self.send_header(name, value)
        if start:
            last = len(resource.content) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{last + 1}")
        self._send(resource, resource.content[start:], trouble)

    def _start(self, resource: Resource) -> int:
        wanted = self.headers.get("Range", "")
        condition = self.headers.get("If-Range")
        current = (resource.headers.get("ETag"), resource.headers.get("Last-Modified"))
        if not wanted or not resource.ranges or (resource.if_range and condition and condition not in current):
            return 0
        return int(wanted.removeprefix("bytes=").rstrip("-"))

    def _send(self, resource: Resource, body: bytes, trouble: Cut | Stall | None) -> None:
        if resource.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        middle = trouble.after if isinstance(trouble, Cut) else len(body) // 2
        for piece in (body[:middle], body[middle:]):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if resource.chunked and piece else piece)
            if isinstance(trouble, Cut):
                self.close_connection = True
                return
            if isinstance(trouble, Stall):
                self.wfile.flush()
                time.sleep(trouble.seconds)
                trouble = None
        if resource.chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _end(self, status: Status) -> None:
        self.send_response(status.code)
        for name, value in {"Content-Length": "0", **status.headers}.items():
            self.send_header(name, value)
        self.end_headers()
