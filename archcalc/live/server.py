"""Serves one page to the browser of this machine: the page, its states as they come, and repairs that are clicked."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archcalc import __version__
from archcalc.live.guard import HOME, TOKEN_HEADER, Guard
from archcalc.live.session import Refused, Session

PATIENCE = 25.0
"""Seconds that a request for the next state waits; the page asks again then."""
LARGEST = 10_000
"""Bytes of a request: what a page has to say is two numbers."""
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
    """Listens on 127.0.0.1 alone, on a free port unless one is given."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, session: Session, page: Callable[[], str], port: int = 0) -> None:
        """`page` makes the file that the browser shows first. Raises: OSError for a port that is taken."""
        super().__init__((HOME, port), _Request)
        self.session = session
        self.page = page
        self.guard = Guard(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle of an answer is none of our business."""
        import sys

        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Request(BaseHTTPRequestHandler):
    server: Server
    server_version = f"archcalc/{__version__}"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        """The page, or the first state behind a serial."""
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        token = query.get("token", [None])[0] if address.path == "/" else self.headers.get(TOKEN_HEADER)
        if self._is_refused(token):
            return
        if address.path == "/":
            self._answer(HTTPStatus.OK, self.server.page().encode("utf-8"), "text/html; charset=utf-8")
        elif address.path == "/state":
            self._state(query.get("after", ["0"])[0])
        else:
            self._tell(HTTPStatus.NOT_FOUND, "there is nothing here")

    def do_POST(self) -> None:
        """A repair that was clicked."""
        if self._is_refused(self.headers.get(TOKEN_HEADER)):
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST:
            self.close_connection = True
            self._tell(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request has at most {LARGEST:,} bytes, and says so")
            return
        body = self.rfile.read(int(length))
        if urlsplit(self.path).path != "/repair":
            self._tell(HTTPStatus.NOT_FOUND, "there is nothing here")
            return
        try:
            wanted = json.loads(body)
            serial, number = wanted["serial"], wanted["repair"]
            if type(serial) is not int or type(number) is not int:
                raise TypeError
        except (ValueError, TypeError, KeyError, RecursionError):
            self._tell(HTTPStatus.BAD_REQUEST, 'a repair is asked for as {"serial": 1, "repair": 0}')
            return
        try:
            self.server.session.repair(serial, number)
        except Refused as reason:
            self._tell(HTTPStatus.CONFLICT, str(reason))
        except OSError as error:
            self._tell(HTTPStatus.CONFLICT, f"the file cannot be written: {error.strerror or error}")
        else:
            self._tell(HTTPStatus.OK, "written")

    def _state(self, after: str) -> None:
        serial = int(after) if after.isdecimal() and len(after) < 16 else 0
        shown = self.server.session.after(serial, PATIENCE)
        if self.server.session.is_ended:
            self.close_connection = True
            self._tell(HTTPStatus.GONE, "archcalc watch has ended")
        elif shown is None:
            self._answer(HTTPStatus.NO_CONTENT)
        else:
            self._json(HTTPStatus.OK, shown.to_json())

    def _is_refused(self, token: str | None) -> bool:
        reason = self.server.guard.refusal(self.headers, token)
        if reason is None:
            return False
        self.close_connection = True
        self._tell(HTTPStatus.FORBIDDEN, f"this request is refused: {reason}")
        return True

    def _tell(self, status: HTTPStatus, message: str) -> None:
        self._json(status, {"message": message})

    def _json(self, status: HTTPStatus, value: Any) -> None:
        self._answer(status, json.dumps(value, ensure_ascii=True).encode("ascii"), "application/json")

    def _answer(self, status: HTTPStatus, body: bytes = b"", type: str = "text/plain") -> None:
        self.send_response(status)
        for name, value in SECURITY.items():
            self.send_header(name, value)
        self.send_header("Content-Type", type)
        if status is not HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal is for what was found."""
