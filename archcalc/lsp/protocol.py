"""The protocol as pygls speaks it, without what it keeps of every notification for good."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from pygls.protocol import LanguageServerProtocol


class Protocol(LanguageServerProtocol):
    """pygls notes the result of every edit, and forgets those of requests only: a day of typing would fill memory."""

    def _check_handler_result(self, future: Future[Any]) -> None:
        super()._check_handler_result(future)
        for key in [key for key, kept in self._request_futures.items() if kept.done()]:
            del self._request_futures[key]
