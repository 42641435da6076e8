"""The page that is served: that of a report, and what keeps it up to date."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from archcalc.page.assembly import Addition, page, wrapped

FRONT = Path(__file__).resolve().parent / "front"


def live_page(data: dict[str, Any]) -> str:
    """The page of a network, which shows every later state of its file."""
    return page(data, _addition())


@cache
def _addition() -> Addition:
    program = wrapped("live", _front("live.mjs")) + "$live.follow($shown);\n"
    return Addition(program, _front("live.css"), _front("live.html"))


def _front(name: str) -> str:
    return (FRONT / name).read_text(encoding="utf-8")
