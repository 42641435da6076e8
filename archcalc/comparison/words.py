"""Values and what has become of them, in words: `padding 0 → 1`, `+10,108,160`, `+86.5%`."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from archcalc.comparison.amounts import Amount, AmountChange
from archcalc.comparison.layers import Change
from archcalc.dims import Number, Polynomial
from archcalc.dims.figures import grouped
from archcalc.layers.shape import factor
from archcalc.report.columns import shape_text

LONGEST = 40
"""Cells of a value; a table of connections says no more to people when it is longer."""
DIGITS = 3
"""Digits of a share that are shown at least."""


def value_text(value: Any) -> str:
    """A value of a field.

    >>> value_text((3, True)), value_text(None)
    ('[3, true]', 'none')
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(map(value_text, value))}]"
    return str(value)


def changed(change: Change) -> str:
    """A field with what it was and what it is.

    >>> changed(Change("padding", 0, 1)), changed(Change("reads", ("a",), ("a", "b")))
    ('padding 0 → 1', 'reads a → a, b')
    """
    if change.what == "reads":
        return f"reads {_names(change.before)} → {_names(change.after)}"
    if change.what == "shape":
        return f"shape {_sizes(change.before)} → {_sizes(change.after)}"
    before, after = value_text(change.before), value_text(change.after)
    name = change.what.replace("_", " ")
    if max(len(before), len(after)) > LONGEST:
        return f"another {name}"
    return f"{name} {before} → {after}"


def _names(names: Iterable[str | None]) -> str:
    return ", ".join("?" if name is None else name for name in names) or "nothing"


def _sizes(sizes: Any) -> str:
    return "none" if sizes is None else "×".join(factor(size) if isinstance(size, int) else str(size) for size in sizes)


def amount_text(value: Amount) -> str:
    """A count with thousands set apart, a shape as tables have it, `?` for what is not known."""
    if value is None:
        return "?"
    if isinstance(value, tuple):
        return shape_text(value)
    return grouped(value)


def signed(value: Number) -> str:
    """A difference with its sign.

    >>> signed(1200), signed(-3)
    ('+1,200', '-3')
    """
    if isinstance(value, (int, Fraction)):
        return f"{'-' if value < 0 else '+'}{grouped(abs(value))}"
    text = grouped(value)
    return text if text.startswith("-") else f"+{text}"


def share(amount: AmountChange) -> str:
    """By how many percent a number has changed, with three digits; nothing where that says nothing.

    >>> share(AmountChange("parameters", 11689512, 21797672)), share(AmountChange("parameters", 1000000, 999999))
    ('+86.5%', '-0.0001%')
    """
    found = percent(amount)
    if found is None:
        return ""
    places = 0
    while abs(found) * 10**places < 10 ** (DIGITS - 1):
        places += 1
    digits = round(abs(found) * 10**places)
    whole, decimals = divmod(digits, 10**places)
    text = f"{whole:,}" + (f".{decimals:0{places}}".rstrip("0").rstrip(".") if places else "")
    return f"{'-' if found < 0 else '+'}{text}%"


def percent(amount: AmountChange) -> Fraction | None:
    """The difference in percent of what was, exactly; None where it is no number, and of nothing."""
    before, moved = amount.before, amount.difference
    if not isinstance(before, (int, Fraction)) or not isinstance(moved, (int, Fraction)) or not before or not moved:
        return None
    return Fraction(moved) * 100 / before


def difference_text(amount: AmountChange) -> str:
    """What has become of a quantity: `same`, what was added, or only that it has changed."""
    if amount.is_same:
        return "same"
    moved = amount.difference
    if moved is not None:
        return signed(moved)
    return "?" if amount.before is None or amount.after is None else "changed"


def is_form(value: Amount) -> bool:
    """Whether a value is a closed form, which may be too long for a table."""
    return isinstance(value, Polynomial)
