"""Who may ask the server of a page: its own page, opened by whoever started it, and nobody else.

A server on 127.0.0.1 can be reached by every page that a browser shows: by a form or a script of another origin, and by
a name whose owner lets it point to 127.0.0.1 (DNS rebinding). Each of these fails at one of the rules here.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from email.message import Message

HOME = "127.0.0.1"
TOKEN_HEADER = "X-Archcalc-Token"  # noqa: S105 (the name of a header)
"""A page of another origin cannot send it without asking first, and what asks is refused."""
_NEAR = frozenset({"same-origin", "none"})
"""What browsers call requests that no other page caused."""


class Guard:
    """The rules for one start: the port that it listens on, and a token that only its page knows."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self.port = port
        self.token = secrets.token_urlsafe(32) if token is None else token
        self.hosts = frozenset({f"{HOME}:{port}", f"localhost:{port}"})

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://{HOME}:{self.port}/?token={self.token}"

    def refusal(self, headers: Mapping[str, str] | Message, token: str | None) -> str | None:
        """Why a request is refused, or None for one of the page itself.

        >>> guard = Guard(8000, "secret")
        >>> guard.refusal({"Host": "127.0.0.1:8000"}, "secret") is None
        True
        >>> guard.refusal({"Host": "archcalc.example:8000"}, "secret")
        'it is for another host'
        """
        if headers.get("Host") not in self.hosts:
            return "it is for another host"
        origin = headers.get("Origin")
        if origin is not None and origin not in {f"http://{host}" for host in self.hosts}:
            return "it comes from another page"
        if headers.get("Sec-Fetch-Site", "none") not in _NEAR:
            return "it comes from another page"
        if token is None or not secrets.compare_digest(token.encode(), self.token.encode()):
            return "it does not know the token of this start"
        return None
