"""Numbers as papers print them, in claims and in questions."""

from __future__ import annotations

from fractions import Fraction


class Published:
    """A published rounding such as 60M, 18% or ~1000x: the digits as printed, and their unit.

    With `is_about`, a `~` in front, zeros at the end of a whole number are there for its size only.
    """

    __slots__ = ("digits", "is_about", "text", "unit")

    def __init__(self, text: str, digits: str, unit: int | Fraction, is_about: bool = False) -> None:
        self.text = text
        self.digits = digits
        self.unit = unit
        self.is_about = is_about

    @property
    def value(self) -> int | Fraction:
        """What the digits say, taken literally."""
        return Fraction(self.digits) * self.unit

    @property
    def is_ratio(self) -> bool:
        """Whether it compares two counts."""
        return self.text.endswith(("%", "x"))
