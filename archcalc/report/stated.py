"""What of a network's counts is its author's word, in words: the part of `opaque` steps, which nobody has computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archcalc.dims.figures import grouped
from archcalc.graph import Node
from archcalc.tally import Count, stated, tally_known

_SHOWN = 3
"""Steps that are named."""


def told(nodes: Sequence[Node]) -> str:
    """How much of the counts is stated, and by which steps; nothing where all is computed.

    >>> import archcalc
    >>> step = "{opaque: {shape: [10], products: 80, tensors: {weight: [10, 8]}}, as: mix}"
    >>> told(archcalc.load(f"input: [8]\\nlayers: [{step}, linear: 2]").check().graph.nodes)
    '80 of 100 multiplications and 80 of 102 parameters are stated by opaque steps, not computed: mix'
    """
    found = stated(nodes)
    if not found.layers:
        return ""
    totals = tally_known(nodes)
    pairs = {name: (getattr(found, name), getattr(totals, name)) for name in ("multiplications", "parameters")}
    parts = [f"{_text(part)} of {_text(whole)} {name}" for name, (part, whole) in pairs.items() if part != 0]
    what = f"{' and '.join(parts)} are" if parts else "a shape is"
    return f"{what} stated by opaque steps, not computed: {listed(found.layers)}"


def listed(names: Sequence[str]) -> str:
    """The first of some layers, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def to_json(nodes: Sequence[Node]) -> dict[str, Any]:
    """The same as data; nothing where all is computed."""
    found = stated(nodes)
    if not found.layers:
        return {}
    counts = {"parameters": found.parameters, "multiplications": found.multiplications}
    return {"stated": {"layers": list(found.layers), **{name: _number(value) for name, value in counts.items()}}}


def _text(value: Count) -> str:
    return "?" if value is None else grouped(value)


def _number(value: Count) -> int | str | None:
    return value if value is None or isinstance(value, int) else str(value)
