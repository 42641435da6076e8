"""Who may ask the server of a page, tried as another page would."""

from __future__ import annotations

import pytest

from archcalc.live.guard import Guard

GUARD = Guard(8000, "secret")
OWN = {"Host": "127.0.0.1:8000"}


@pytest.mark.parametrize(
    "headers",
    [
        OWN,
        {"Host": "localhost:8000"},
        {**OWN, "Origin": "http://127.0.0.1:8000"},
        {**OWN, "Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"},
        {**OWN, "Sec-Fetch-Site": "none"},
    ],
)
def test_the_page_itself_may(headers: dict[str, str]) -> None:
    assert GUARD.refusal(headers, "secret") is None


@pytest.mark.parametrize(
    ("headers", "token", "reason"),
    [
        ({}, "secret", "another host"),
        ({"Host": "127.0.0.1"}, "secret", "another host"),
        ({"Host": "127.0.0.1:8001"}, "secret", "another host"),
        ({"Host": "rebound.example:8000"}, "secret", "another host"),
        ({"Host": "127.0.0.1:8000.rebound.example"}, "secret", "another host"),
        ({**OWN, "Origin": "http://rebound.example:8000"}, "secret", "another page"),
        ({**OWN, "Origin": "https://127.0.0.1:8000"}, "secret", "another page"),
        ({**OWN, "Origin": "null"}, "secret", "another page"),
        ({**OWN, "Origin": ""}, "secret", "another page"),
        ({**OWN, "Sec-Fetch-Site": "cross-site"}, "secret", "another page"),
        ({**OWN, "Sec-Fetch-Site": "same-site"}, "secret", "another page"),
        (OWN, None, "the token"),
        (OWN, "", "the token"),
        (OWN, "secreT", "the token"),
        (OWN, "sécret", "the token"),
    ],
)
def test_nobody_else_may(headers: dict[str, str], token: str | None, reason: str) -> None:
    refusal = GUARD.refusal(headers, token)
    assert refusal is not None and reason in refusal


def test_every_start_has_a_token_of_its_own() -> None:
    assert Guard(8000).token != Guard(8000).token
    assert len(Guard(8000).token) >= 43  # 32 random bytes.
