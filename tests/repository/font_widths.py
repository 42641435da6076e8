"""`archcalc/scene/widths.py`: the advance of every character of the fonts that ship with archcalc."""

from __future__ import annotations

import json
from typing import Any

from archcalc.scene.metrics import FONTS


def text() -> str:
    from fontTools.ttLib import TTFont

    tables = {name: _advances(TTFont(FONTS[bold])) for name, bold in (("REGULAR", False), ("BOLD", True))}
    lines = [
        '"""How wide the characters of DejaVu Sans are; `python tests/regenerate.py` writes this file."""',
        "",
        "# ruff: noqa: E501",
        "# fmt: off",
        f"UNITS = {TTFont(FONTS[False])['head'].unitsPerEm}",
        '"""Of one em."""',
    ]
    for name, table in tables.items():
        entries = [f"    {advance}: {json.dumps(table[advance])}," for advance in sorted(table)]
        lines += [f"{name}: dict[int, str] = {{", *entries, "}"]
    return "\n".join(lines) + "\n"


def _advances(font: Any) -> dict[int, str]:
    """The characters that take the same room, by this room."""
    table: dict[int, str] = {}
    for code, glyph in sorted(font.getBestCmap().items()):
        advance = font["hmtx"][glyph][0]
        table[advance] = table.get(advance, "") + chr(code)
    return table
