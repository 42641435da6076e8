"""What the layers of a network leave of the sizes."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.sizes.sets import IntegerSet


class Contribution(NamedTuple):
    """What one layer contributes to the legal values of a symbol: `allowed` are the values that it leaves."""

    symbol: str
    layer: str
    allowed: IntegerSet
    reason: str = ""
