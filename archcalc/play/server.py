"""Serves a playground: messages are answered by archcalc on this machine, and the named file is saved on a click."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path
from threading import Lock

from archcalc import files
from archcalc.editing import rewritten
from archcalc.live.server import Request, Server
from archcalc.live.session import Refused
from archcalc.play.answers import Answers
from archcalc.play.page import NATIVE, Given, playground, sample
from archcalc.source import SIZE_LIMIT
from archcalc.source.text import decode


class Opened:
    """The file that a playground was started with, or none: then there is a text, and nothing is ever written."""

    def __init__(self, name: str | None, variant: str | None, data: bytes, path: Path | None) -> None:
        self.name = name
        self.variant = variant
        self.path = path
        self._data = data

    @classmethod
    def sample(cls) -> Opened:
        """The sample, which has no file."""
        return cls(None, None, sample().text.encode(), None)

    def given(self) -> Given:
        """The text as it is now. Raises: OSError."""
        if self.path is not None:
            self._data = self.path.read_bytes()
        file, _ = decode(self.name or "net.yaml", self._data)
        # A file that is no text is shown as nothing, and never written.
        text = "" if file is None else file.text
        return Given(text, self.name, self.variant, saves=self.path is not None and file is not None)

    def save(self, text: str) -> None:
        """Write a text into the file. Raises: Refused, OSError."""
        if self.path is None:
            raise Refused("no file was named: download the text instead")
        if self.path.read_bytes() != self._data:
            raise Refused("the file has changed since the page was opened: load the page again, or download the text")
        try:
            data = rewritten(self._data, text)
        except UnicodeError:
            raise Refused("the text has characters that no file holds") from None
        files.write(self.path, data, force=True)
        self._data = data


class PlayServer(Server):
    """Answers the messages of one page, one after the other."""

    def __init__(self, opened: Opened, editor: str | None, port: int = 0) -> None:
        """`editor` is the program of a built one. Raises: OSError for a port that is taken."""
        super().__init__(lambda: playground(opened.given(), NATIVE, editor), _Request, port)
        self.opened = opened
        self._answers = Answers()
        self._one = Lock()

    def answered(self, message: str) -> str:
        """The answer to a message, both as JSON."""
        with self._one:
            return self._answers.answered(message)

    def save(self, text: str) -> None:
        """Write the file. Raises: Refused, OSError."""
        with self._one:
            self.opened.save(text)


class _Request(Request):
    server: PlayServer
    # A text of so many bytes is longer as JSON.
    largest = 2 * SIZE_LIMIT

    def post(self, path: str, body: bytes) -> None:
        """Answer a message, or save."""
        try:
            message = json.loads(body)
            if not isinstance(message, dict):
                raise TypeError
            text = message.get("text", "")
            if not isinstance(text, str):
                raise TypeError
        except (ValueError, TypeError, RecursionError):
            self.tell(HTTPStatus.BAD_REQUEST, 'a message is an object, such as {"id": 1, "kind": "catalogue"}')
            return
        if path == "/ask":
            self.answer(HTTPStatus.OK, self.server.answered(json.dumps(message)).encode("ascii"), "application/json")
        elif path == "/save":
            self._save(text)
        else:
            super().post(path, body)

    def _save(self, text: str) -> None:
        try:
            self.server.save(text)
        except Refused as reason:
            self.tell(HTTPStatus.CONFLICT, str(reason))
        except OSError as error:
            self.tell(HTTPStatus.CONFLICT, f"the file cannot be written: {error.strerror or error}")
        else:
            self.tell(HTTPStatus.OK, "saved")
