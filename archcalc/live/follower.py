"""Serves the page of a file: its states as they come, and repairs that are clicked."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

from archcalc.live.server import Request, Server
from archcalc.live.session import Refused, Session

PATIENCE = 25.0
"""Seconds that a request for the next state waits; the page asks again then."""


class Follower(Server):
    """Shows a file that a session watches."""

    def __init__(self, session: Session, page: Callable[[], str], port: int = 0) -> None:
        """`page` makes the file that the browser shows first. Raises: OSError for a port that is taken."""
        super().__init__(page, _Request, port)
        self.session = session


class _Request(Request):
    server: Follower

    def get(self, path: str, query: dict[str, list[str]]) -> None:
        """The first state behind a serial."""
        if path != "/state":
            super().get(path, query)
            return
        after = query.get("after", ["0"])[0]
        serial = int(after) if after.isdecimal() and len(after) < 16 else 0
        shown = self.server.session.after(serial, PATIENCE)
        if self.server.session.is_ended:
            self.close_connection = True
            self.tell(HTTPStatus.GONE, "archcalc watch has ended")
        elif shown is None:
            self.answer(HTTPStatus.NO_CONTENT)
        else:
            self.json(HTTPStatus.OK, shown.to_json())

    def post(self, path: str, body: bytes) -> None:
        """A repair that was clicked."""
        if path != "/repair":
            super().post(path, body)
            return
        try:
            wanted = json.loads(body)
            serial, number = wanted["serial"], wanted["repair"]
            if type(serial) is not int or type(number) is not int:
                raise TypeError
        except (ValueError, TypeError, KeyError, RecursionError):
            self.tell(HTTPStatus.BAD_REQUEST, 'a repair is asked for as {"serial": 1, "repair": 0}')
            return
        try:
            self.server.session.repair(serial, number)
        except Refused as reason:
            self.tell(HTTPStatus.CONFLICT, str(reason))
        except OSError as error:
            self.tell(HTTPStatus.CONFLICT, f"the file cannot be written: {error.strerror or error}")
        else:
            self.tell(HTTPStatus.OK, "written")
