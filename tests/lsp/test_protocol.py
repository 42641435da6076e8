"""What stands between the server and the library that speaks the protocol."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("pygls")

from archcalc.lsp.features import server


def test_nothing_is_kept_of_notifications_that_were_handled() -> None:
    """pygls handles edits by generators, and would keep the result of each: memory is flat over a day of typing."""
    protocol = server().protocol
    seen = []

    def edited(params: object) -> Iterator[object]:
        yield from ()
        seen.append(params)

    for number in range(3):
        protocol._execute_handler(str(number), edited, protocol._check_handler_result, args=(number,))
    assert seen == [0, 1, 2] and protocol._request_futures == {}
