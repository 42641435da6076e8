"""Numbers whose digits a comma groups, inside { } and [ ], where YAML ends a value at every comma.

In a map, `{parameters: 47,206}` has only one reading: what stands behind the comma is no key. In a list,
`[1,024, 7]` may be two numbers or three, and is refused where a size cannot begin with 0.
"""

from __future__ import annotations

import re

from archcalc.diagnostics.codes.text import FLOW_CUTS_EXPRESSION
from archcalc.diagnostics.model import Diagnostic, Label
from archcalc.patterns import compiled_later
from archcalc.source.document import Node, Scalar

_BEFORE = compiled_later(r"(?:.*[^\w,])?[0-9]+(?:,[0-9]+)*", re.DOTALL)
_GROUP = compiled_later(r"0[0-9]{2}(?![\w,])")


def goes_on(before: Node, behind: Scalar) -> bool:
    """Whether digits behind a comma go on with the number before it.

    >>> goes_on(Scalar("47", 1, 14, 1, 16), Scalar("206", 1, 17, 1, 20))
    True
    """
    return (
        behind.text[:1].isdecimal()
        and isinstance(before, Scalar)
        and (before.end_line, before.end_column + 1) == (behind.line, behind.column)
        and not before.quoted
        and not behind.quoted
        and _BEFORE.fullmatch(before.text) is not None
    )


def is_cut_in_a_list(before: Node, behind: Scalar) -> bool:
    """Whether a comma has cut a number: no size has three digits and begins with 0.

    >>> is_cut_in_a_list(Scalar("1", 1, 9, 1, 10), Scalar("024", 1, 11, 1, 14))
    True
    """
    return behind.text[:1] == "0" and _GROUP.match(behind.text) is not None and goes_on(before, behind)


def is_without_value(key: Scalar, value: Node) -> bool:
    """Whether not even a colon stands behind a key."""
    return isinstance(value, Scalar) and value.is_null and value.column == value.end_column == key.end_column


def joined(before: Scalar, behind: Scalar) -> Scalar:
    """The number with all its digits.

    >>> joined(Scalar("47", 1, 14, 1, 16), Scalar("206", 1, 17, 1, 20))
    Scalar('47,206' at 1:14-1:20)
    """
    text = f"{before.text},{behind.text}"
    return Scalar(text, before.line, before.column, behind.end_line, behind.end_column)


def cut_in_a_list(before: Node, behind: Scalar) -> Diagnostic:
    """The finding where a comma cuts a number in a list: no size begins with 0."""
    assert isinstance(before, Scalar), "only a number is cut"
    digits = before.text + behind.text
    return Diagnostic(
        FLOW_CUTS_EXPRESSION,
        f'inside [ ] the comma ends the value, which is "{before.text}"',
        before.span,
        label="this is all of the value",
        labels=(Label(behind.span, "read as a value of its own"),),
        help=(f"write {digits} or {before.text}_{behind.text}",),
    )
