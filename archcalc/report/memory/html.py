"""The account of memory in a notebook: the amounts, and the layers that take most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.dims.figures import grouped
from archcalc.memory.amounts import readable
from archcalc.report.html import grid, text
from archcalc.report.memory.text import largest, rows, unknown_text

if TYPE_CHECKING:
    from archcalc.memory import Memory


def fragment(memory: Memory) -> str:
    """The account without scripts and with nothing to load; every text is escaped."""
    amounts = [
        (text(name), text(words), text(grouped(size)), text(readable(size) if isinstance(size, int) else ""))
        for name, size, words in rows(memory)
    ]
    parts = [grid(("memory", "of what", "bytes", ""), amounts, counts=2)]
    heading, most = largest(memory)
    layers = [(text(one.name), text(one.kind), text(readable(size))) for one, size in most]
    if layers:
        parts.append(grid((text(heading), "kind", "bytes"), layers, counts=1))
    if memory.unknown:
        parts.append(f"<div>{text(unknown_text(memory))}</div>")
    return f'<div class="archcalc">{"".join(parts)}</div>'
