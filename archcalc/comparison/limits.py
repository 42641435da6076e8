"""Limits on a difference: `parameters +1%`, `multiplications +2M`, `receptive_field -0`, `output`.

A limit names a quantity and how far it may move: up (`+`), down (`-`), or either way without a sign; by so much, or by
so many percent of what it was. Without a number it may not move at all. What is asked is whether a difference goes
beyond: with symbols, whether it does so at all sizes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from archcalc.comparison.amounts import NUMBERS, Amount, AmountChange
from archcalc.dims import Condition, Number
from archcalc.expressions.parser import exact_number
from archcalc.patterns import compiled_later
from archcalc.quantities import QUANTITIES, Quantity, hint
from archcalc.questions.values import WrongQuestion
from archcalc.spec.figures import BYTE_UNITS, COUNT_UNITS, ungrouped, wrong_unit

_LIMIT = compiled_later(
    r"\s*(?P<name>[^\W\d]\w*)\s*(?:(?P<sign>[+\-\u2212±]?)\s*(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>[A-Za-z]*|%))?\s*",
    re.ASCII,
)
_EXAMPLE = "such as `parameters +1%`, `multiplications +2M` or `output`"

State = Literal["kept", "broken", "undecided"]


class Limit(NamedTuple):
    """How far a quantity may move: `most` of it, or that share of what it was; None for not at all.

    >>> read("parameters +1%")
    Limit(text='parameters +1%', quantity='parameters', sign='+', most=Fraction(1, 100), is_share=True)
    """

    text: str
    quantity: str
    sign: Literal["+", "-", ""]
    most: Number
    is_share: bool


class LimitVerdict(NamedTuple):
    """Whether a difference keeps a limit: `broken` if it goes beyond, `undecided` if that is not known, and why.

    >>> import archcalc
    >>> (verdict,) = archcalc.diff("vgg:D", "vgg:E").judge("depth +2")
    >>> verdict.state, verdict.before, verdict.after
    ('broken', 16, 19)
    """

    limit: Limit
    state: State
    before: Amount
    after: Amount
    reason: str = ""


def read(text: str) -> Limit:
    """A limit as it is written. Raises: WrongQuestion, which says what to write."""
    found = _LIMIT.fullmatch(ungrouped(text.strip()))
    if found is None:
        raise WrongQuestion(
            f"a limit is a quantity and how far it may move, {_EXAMPLE}, not {text.strip() or 'nothing'}"
        )
    name = found["name"]
    if name not in QUANTITIES:
        raise WrongQuestion(f"`{name}` is no quantity; {hint(name)}")
    quantity = QUANTITIES[name]
    signs: dict[str, Literal["+", "-", ""]] = {"+": "+", "-": "-", "\u2212": "-"}
    sign = signs.get(found["sign"] or "", "")
    if found["number"] is None:
        return Limit(text.strip(), name, "", 0, is_share=False)
    if name == "output":
        raise WrongQuestion(
            f"output is a whole shape, which is the same or another one: write `output`, not {text.strip()}"
        )
    value = exact_number(found["number"])
    if found["unit"] == "%":
        return Limit(text.strip(), name, sign, Fraction(value) / 100, is_share=True)
    return Limit(text.strip(), name, sign, _plain(value * _multiple(found["number"], found["unit"], quantity)), False)


def _multiple(number: str, unit: str, quantity: Quantity) -> int:
    units = {"": 1, **(BYTE_UNITS if quantity.is_in_bytes else COUNT_UNITS)}
    if unit not in units:
        raise WrongQuestion("; ".join(wrong_unit(number + unit, unit, quantity)))
    return units[unit]


def _plain(value: int | Fraction) -> int | Fraction:
    return int(value) if value.denominator == 1 else value


def judged(limits: Sequence[Limit], amounts: Sequence[AmountChange]) -> list[LimitVerdict]:
    """Which of the limits a difference keeps."""
    known = {one.quantity: one for one in amounts}
    return [_judged(limit, known.get(limit.quantity)) for limit in limits]


def _judged(limit: Limit, amount: AmountChange | None) -> LimitVerdict:
    before, after = (None, None) if amount is None else (amount.before, amount.after)
    if before is None or after is None:
        side = "neither network has it" if before is after else f"{'before' if before is None else 'after'} has none"
        return LimitVerdict(limit, "undecided", before, after, f"{side}, or errors hide it")
    if isinstance(before, tuple) != isinstance(after, tuple) or (
        isinstance(before, tuple) and isinstance(after, tuple) and len(before) != len(after)
    ):
        return LimitVerdict(limit, "broken", before, after, "the number of axes is another one")
    ours = before if isinstance(before, tuple) else (before,)
    theirs = after if isinstance(after, tuple) else (after,)
    found = [_is_beyond(limit, one, two) for one, two in zip(ours, theirs, strict=True)]
    if True in found:
        return LimitVerdict(limit, "broken", before, after)
    if None in found:
        return LimitVerdict(limit, "undecided", before, after, "the values of symbols decide it: give them some")
    return LimitVerdict(limit, "kept", before, after)


def _is_beyond(limit: Limit, before: Amount, after: Amount) -> bool | None:
    """Whether a number moves farther than it may, at all sizes; None where that depends on them."""
    if before == after:
        return False
    if not isinstance(before, NUMBERS) or not isinstance(after, NUMBERS):
        return None
    room = limit.most * before if limit.is_share else limit.most
    up, down = _above(after - before, room), _above(before - after, room)
    if limit.sign:
        return up if limit.sign == "+" else down
    return True if True in (up, down) else None if None in (up, down) else False


def _above(moved: Number, room: Number) -> bool | None:
    """Whether one number is larger than another: over the common denominator both are whole."""
    difference = moved - room
    return Condition.at_least(difference * difference.denominator, 1).decide()
