"""An estimate in a notebook: a table of the layers that take most time."""

from __future__ import annotations

from archcalc.report.html import grid, text
from archcalc.roofline.model import Estimate
from archcalc.roofline.rows import rows
from archcalc.roofline.text import HEADINGS, WORDS, cells, heading, remarks, roofs, total


def fragment(found: Estimate) -> str:
    """The estimate without scripts and with nothing to load; every text is escaped."""
    lines = "".join(f"<div>{text(line)}</div>" for line in (heading(found), roofs(found)))
    body = [tuple(map(text, cells(row, found))) for row in (*rows(found), total(found))]
    below = "".join(f"<div>{text(line)}</div>" for line in remarks(found))
    table = grid(HEADINGS, body, counts=len(HEADINGS) - WORDS, last_is_total=True)
    return f'<div class="archcalc">{lines}{table}{below}</div>'
