# SPDX-License-Identifier: Apache-2.0
"""A server of one repository on this machine that writes down what it is asked for.

It answers with the repository's files. `answers` puts something else in the place of a path: the
functions below make answers such as an attacker between client and server would give.
"""

import gzip
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BASE = "/a%20repository/"


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = files
        self.answers: dict[str, Answer] = {}
        self.log: list[tuple[str, str]] = []
        self.served: set[bytes] = set()
        self.closing = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def metadata_url(self) -> str:
        return f"{self.origin}{BASE}metadata/"

    @property
    def targets_url(self) -> str:
        return f"{self.origin}{BASE}targets/"

    def stop(self) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up early is what many cases are about."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one packet: else each answer waits for the client's acknowledgement.
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    server: Server

    def do_any(self) -> None:
        path = self.path.removeprefix(BASE)
        self.server.log.append((self.command, path))
        if path in self.server.answers:
            self.server.answers[path](self)
        elif path in self.server.files:
            self.send(self.server.files[path])
        else:
            self.send(b"no such file\n", 404)

    do_GET = do_HEAD = do_POST = do_OPTIONS = do_any

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        if status == 200:
            self.server.served.add(body)
        self.begin(status, {"Content-Length": str(len(body)), **headers})
        self.wfile.write(body)

    def begin(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing is printed."""


Answer = Callable[[Handler], None]


def status(code: int) -> Answer:
    return lambda handler: handler.send(b"an answer of another kind\n", code)


def body(content: bytes, **headers: str) -> Answer:
    return lambda handler: handler.send(content, **headers)


def login_page() -> Answer:
    page = b"<!DOCTYPE html><html><title>Sign in</title><body>Please sign in.</body></html>\n"
    return body(page, Content_Type="text/html")


def redirect(to: str, code: int = 302) -> Answer:
    return lambda handler: handler.send(b"", code, Location=to)


def compressed(content: bytes) -> Answer:
    """The right content, but in an encoding that nobody asked for."""
    return body(gzip.compress(content), Content_Encoding="gzip")


def in_chunks(content: bytes) -> Answer:
    """An honest answer of HTTP/1.1 that does not say how long it is."""

    def answer(handler: Handler) -> None:
        handler.server.served.add(content)
        handler.begin(200, {"Transfer-Encoding": "chunked"})
        for start in range(0, len(content), 100):
            piece = content[start:start + 100]
            handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    return answer


def truncated(content: bytes, missing: int = 10) -> Answer:
    """Announces all of the content and hangs up before its end."""

    def answer(handler: Handler) -> None:
        handler.begin(200, {"Content-Length": str(len(content))})
        handler.wfile.write(content[:-missing])
        handler.close_connection = True

    return answer


def without_length(content: bytes) -> Answer:
    """An honest answer that ends where the connection ends."""

    def answer(handler: Handler) -> None:
        handler.server.served.add(content)
        handler.begin(200, {"Connection": "close"})
        handler.wfile.write(content)

    return answer


def hang_up() -> Answer:
    """Closes the connection without a word."""

    def answer(handler: Handler) -> None:
        handler.close_connection = True

    return answer


def endless(start: bytes = b"", announces: bool = False) -> Answer:
    """Never ends the file; the server gives up after a gigabyte."""

    def answer(handler: Handler) -> None:
        headers = {"Content-Length": str(1 << 40)} if announces else {"Connection": "close"}
        handler.begin(200, headers)
        handler.close_connection = True
        handler.wfile.write(start)
        for _ in range(1 << 10):
            if handler.server.closing.is_set():
                return
            handler.wfile.write(b" " * (1 << 20))

    return answer


def dripping(content: bytes, seconds: float = 0.5) -> Answer:
    """One byte at a time."""

    def answer(handler: Handler) -> None:
        handler.begin(200, {"Content-Length": str(len(content))})
        for byte in content:
            if handler.server.closing.is_set():
                return
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(seconds)

    return answer


def headers_without_end() -> Answer:
    """Header after header, and never an empty line; gives up after a hundred megabytes."""

    def answer(handler: Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100_000):
            handler.wfile.write(f"X-Header-{number}: {'x' * 1000}\r\n".encode())

    return answer


def silent() -> Answer:
    """Takes the request and says nothing, until the client goes away."""
    return lambda handler: handler.server.closing.wait(60)
