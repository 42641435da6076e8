"""Codes for the values of an argument at all places of a class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from archcalc.export.torch.code import Code, NotPython, Row, has_symbols, is_float, mentions_symbols
from archcalc.export.torch.evaluation import evaluated
from archcalc.export.torch.namespace import Mismatch, Namespace, same
from archcalc.expressions.nodes import Constant
from archcalc.expressions.values import ExpressionError, Value

Candidate = Callable[[], Code | None]
"""Gives a code that may be right, or None. Raises: NotPython, ExpressionError."""

ABSENT: Any = object()
"""Stands for the value at a place where the part is absent."""


PER_AXIS = frozenset(("kernel_size", "stride", "padding", "output_padding", "dilation", "scale_factor"))
"""What PyTorch takes as one number for all axes, or as one for each of them."""


def explained(
    names: Namespace, values: Sequence[Any], candidates: Sequence[Candidate], wanted: str, *, spread: bool = False
) -> Code:
    """A code that has these values at the places (ABSENT: any); with `spread`, a number is one for every axis.

    Raises: Mismatch.
    """
    found = explanation(names, values, candidates, spread=spread)
    if found is not None:
        return found
    if spread:
        values = per_axis(values)
    given = [value for value in values if value is not ABSENT]
    first = given[0]
    is_same = all(same(value, first) for value in given)
    if is_same and not has_symbols(first):
        return Constant(first)
    if isinstance(first, (tuple, list)) and all(
        isinstance(value, (tuple, list)) and len(value) == len(first) for value in given
    ):
        columns = [[ABSENT if value is ABSENT else value[index] for value in values] for index in range(len(first))]
        items = tuple(explained(names, column, candidates, wanted) for column in columns)
        return Row(items, is_list=isinstance(first, list))
    if is_same and names.is_root:
        return Constant(first)
    if isinstance(first, str):
        raise Mismatch(f"no formula gives {wanted}")
    if len(given) == len(values):
        return names.additional(wanted, list(values))
    # Where the part is absent any value will do, so that callers leave it out; a default knows no symbols.
    left_out = 0 if isinstance(first, float) or has_symbols(first) else first
    return names.additional(wanted, [left_out if value is ABSENT else value for value in values], left_out)


def explanation(
    names: Namespace, values: Sequence[Any], candidates: Sequence[Candidate], *, spread: bool = False
) -> Code | None:
    """The first of the candidates that has these values at the places."""
    for candidate in candidates:
        try:
            code = candidate()
        except (NotPython, ExpressionError):
            continue
        if code is not None and (fitting := fitted(code, names, values, spread=spread)) is not None:
            return fitting
    return None


def fitted(code: Code, names: Namespace, values: Sequence[Any], *, spread: bool = False) -> Code | None:
    """A code as PyTorch takes it, if it has these values: a list where they are lists, one number for all axes."""
    code = in_rows(code)
    given = [value for value in values if value is not ABSENT]
    is_listed = any(isinstance(value, (tuple, list)) for value in given)
    # One number for all axes may be a list of numbers in the spec, and a padding even a list of lists.
    while isinstance(code, Row) and len(set(code.items)) == 1 and not is_listed:
        code = code.items[0]
    if isinstance(code, Row):
        code = Row(code.items, is_list=any(isinstance(value, list) for value in given))
    return code if holds(code, names, values, spread=spread) else None


def in_rows(code: Code) -> Code:
    """A list with a code for each of its entries."""
    if isinstance(code, Constant) and isinstance(code.value, tuple):
        return Row(tuple([in_rows(Constant(value)) for value in code.value]))
    return code


def per_axis(values: Sequence[Any]) -> list[Any]:
    """Values of an argument that may have one number for all axes, with a number for each axis where one has that."""
    ranks = {len(value) for value in values if isinstance(value, (tuple, list))}
    if len(ranks) != 1:
        return list(values)
    (rank,) = ranks
    return [value if value is ABSENT or isinstance(value, (tuple, list)) else (value,) * rank for value in values]


def holds(code: Code, names: Namespace, values: Sequence[Any], *, spread: bool = False) -> bool:
    """Whether a code has the given values at all places. Symbols are known to the network's own class alone."""
    if not names.is_root and mentions_symbols(code):
        return False
    whole = not is_float(code)
    agree = _agree_on_axes if spread else _agrees
    try:
        return all(
            value is ABSENT or ((whole or isinstance(value, float)) and agree(evaluated(code, names, place), value))
            for place, value in enumerate(values)
        )
    except NotPython:
        return False


def _agrees(found: Value, value: Value) -> bool:
    if isinstance(found, (tuple, list)) and isinstance(value, (tuple, list)):
        return len(found) == len(value) and all(map(_agrees, found, value))
    if isinstance(value, float) and isinstance(found, (int, Fraction)) and not isinstance(found, bool):
        return float(found) == value
    return same(found, value)


def _agree_on_axes(found: Value, value: Any) -> bool:
    return all(_agrees(*pair) for pair in [per_axis([found, value])])


def first_that_holds(options: Sequence[Code | None], names: Namespace, values: Sequence[Any]) -> Code | None:
    """The first code that has these values at all places, or the constant that they are."""
    for code in options:
        if code is not None and holds(code, names, values):
            return code
    return common(values)


def common(values: Sequence[Any]) -> Code | None:
    """The constant that all values are, if they are one without symbols."""
    given = [value for value in values if value is not ABSENT]
    fixed = all(same(value, given[0]) for value in given) and not has_symbols(given[0])
    return Constant(given[0]) if fixed else None


def once(attempt: Callable[[], Code | None]) -> Callable[[], Code | None]:
    """The answer of the first time, also for later questions."""
    answers: list[Code | None] = []

    def ask() -> Code | None:
        if not answers:
            answers.append(attempt())
        return answers[0]

    return ask
