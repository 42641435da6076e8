"""Serves one page to the browser of this machine, and to nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archcalc import __version__
from archcalc.live.guard import HOME, TOKEN_HEADER, Guard

LARGEST = 10_000
"""Bytes of a request, unless it may be a text."""
SECURITY = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Headers of every answer. No other origin is allowed anything."""


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1 alone, on a free port unless one is given, and serves one page."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, page: Callable[[], str], requests: type[Request], port: int = 0) -> None:
        """`page` makes the file that the browser shows first. Raises: OSError for a port that is taken."""
        super().__init__((HOME, port), requests)
        self.page = page
        self.guard = Guard(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle of an answer is none of our business."""
        import sys

        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Request(BaseHTTPRequestHandler):
    """One request: it is refused, or answered with the page, or given to `get` and `post`."""

    server: Server
    server_version = f"archcalc/{__version__}"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 60
    largest = LARGEST

    def get(self, path: str, query: dict[str, list[str]]) -> None:
        """Answer what is asked beside the page."""
        self.tell(HTTPStatus.NOT_FOUND, "there is nothing here")

    def post(self, path: str, body: bytes) -> None:
        """Do what is asked."""
        self.tell(HTTPStatus.NOT_FOUND, "there is nothing here")

    def do_GET(self) -> None:
        """The page, or something beside it."""
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        token = query.get("token", [None])[0] if address.path == "/" else self.headers.get(TOKEN_HEADER)
        if self._is_refused(token):
            return
        if address.path == "/":
            self.answer(HTTPStatus.OK, self.server.page().encode("utf-8"), "text/html; charset=utf-8")
        else:
            self.get(address.path, query)

    def do_POST(self) -> None:
        """Something that is to be done."""
        if self._is_refused(self.headers.get(TOKEN_HEADER)):
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > self.largest:
            self.close_connection = True
            self.tell(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request has at most {self.largest:,} bytes, and says so")
            return
        self.post(urlsplit(self.path).path, self.rfile.read(int(length)))

    def tell(self, status: HTTPStatus, message: str) -> None:
        """Answer with a sentence."""
        self.json(status, {"message": message})

    def json(self, status: HTTPStatus, value: Any) -> None:
        """Answer with data."""
        self.answer(status, json.dumps(value, ensure_ascii=True).encode("ascii"), "application/json")

    def answer(self, status: HTTPStatus, body: bytes = b"", type: str = "text/plain") -> None:
        """Answer with bytes."""
        self.send_response(status)
        for name, value in SECURITY.items():
            self.send_header(name, value)
        self.send_header("Content-Type", type)
        if status is not HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _is_refused(self, token: str | None) -> bool:
        reason = self.server.guard.refusal(self.headers, token)
        if reason is None:
            return False
        self.close_connection = True
        self.tell(HTTPStatus.FORBIDDEN, f"this request is refused: {reason}")
        return True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal is for what was found."""
