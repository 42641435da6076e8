"""What a suspicion is: a value in the text, what is likelier to be meant there, and why."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.diagnostics.model import Code, Span

MAX_TOLD = 5
"""Suspicions that one check tells; whoever writes one list in another order writes all of them so."""


class Suspicion(NamedTuple):
    """A value that is likely to mean something else than it says."""

    code: Code
    span: Span
    """Where the value stands."""
    key: str
    """What stands in front of it: `input`, or the kind of a layer."""
    value: str
    """What is likelier to be meant, as it is written."""
    message: str
    read: str
    """What the value means literally."""
    because: str
    """Why the other reading is likelier, as a clause."""
    layer: str | None = None
    """The layer whose arguments they are; None for an input."""
    cures: bool = False
    """Whether the other reading is likelier only if it has fewer errors."""
