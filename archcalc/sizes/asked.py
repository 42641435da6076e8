"""What a decision starts from, and how it names who asked."""

from __future__ import annotations

from typing import Any, NamedTuple

from archcalc.dims import Condition
from archcalc.layers.base import Words
from archcalc.sizes.sets import IntegerSet
from archcalc.terminal import visible


class Asked(NamedTuple):
    """A condition, the layer that asks for it, and why; `words` are written when somebody asks for the reason."""

    condition: Condition
    layer: str
    words: Words = ""

    @property
    def reason(self) -> str:
        """What the condition is for."""
        return self.words if isinstance(self.words, str) else self.words()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Asked):
            return NotImplemented
        return (self.condition, self.layer, self.reason) == (other.condition, other.layer, other.reason)

    def __ne__(self, other: object) -> bool:
        return not self == other  # A tuple would compare what writes the words.

    def __hash__(self) -> int:
        return hash((self.condition, self.layer))

    def __repr__(self) -> str:
        return visible(f"<Asked by {self.layer}: {self.condition}>")

    def __reduce__(self) -> tuple[Any, ...]:
        # As for a requirement: another process gets the words.
        return Asked, (self.condition, self.layer, self.reason)


class Cause(NamedTuple):
    """What one layer contributes to the legal values of a symbol: `allowed` are the values that it leaves."""

    symbol: str
    layer: str
    allowed: IntegerSet
    reason: str = ""
