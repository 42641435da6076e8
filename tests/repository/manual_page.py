"""man/archcalc.1: the page of the manual that the wheel installs, with the date of the last release."""

from __future__ import annotations

import re
from pathlib import Path

from archcalc.cli.manpage import page

_CHANGELOG = Path(__file__).resolve().parents[2] / "CHANGELOG.md"
_BEGAN = "2026-11-29"
"""The day of the first page, for as long as nothing was released."""


def text() -> str:
    """The page."""
    released = re.search(r"^## \S+ \((\d{4}-\d\d-\d\d)\)$", _CHANGELOG.read_text(encoding="utf-8"), re.MULTILINE)
    return page(released[1] if released else _BEGAN)
