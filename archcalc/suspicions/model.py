"""What a suspicion is: a value in the text, what is likelier to be meant there, and why."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.diagnostics.model import Code, Span
from archcalc.source.document import Scalar
from archcalc.source.writing import written
from archcalc.spec.model import Argument, Formula, Listing

MAX_TOLD = 5
"""Suspicions that one check tells; whoever writes one list in another order writes all of them so."""


NOTHING = "{}"
"""What stands behind a kind of which no field is set."""


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


def as_written(value: Argument) -> str:
    """A value as it can stand in a list in brackets, in quotes where it needs them."""
    if isinstance(value, Listing):
        return f"[{', '.join(as_written(item) for item in value.items)}]"
    assert isinstance(value, Formula), "what cannot be read has no value, and is not suspect"
    return written(Scalar(value.text.strip(), *value.span), "flow")
