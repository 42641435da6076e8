"""Expressions in sizes against Python's own fractions, with numbers and with symbols."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from random import Random
from typing import NamedTuple

from effort import examples
from hypothesis import given
from strategies.choices import pick
from strategies.hypothesis_strategies import rngs

import archcalc
from archcalc.dims import Polynomial, substitute

Sizes = dict[str, int]
POINTS: tuple[Sizes, ...] = ({"N": 1, "M": 1}, {"N": 2, "M": 3}, {"N": 5, "M": 4}, {"N": 12, "M": 7})


class Expression(NamedTuple):
    """A text, and what Python makes of it."""

    text: str
    value: Callable[[Sizes], Fraction]


def expression(rng: Random, depth: int) -> Expression:
    """Arithmetic on two symbols; divisors are positive numbers, as everywhere in shapes."""
    way = rng.randrange(10) if depth else rng.randrange(2)
    if way == 0:
        number = pick(rng, (1, 2, 3, 5, 7, 10))
        return Expression(str(number), lambda sizes: Fraction(number))
    if way == 1:
        name = pick(rng, ("N", "M"))
        return Expression(name, lambda sizes: Fraction(sizes[name]))
    left = expression(rng, depth - 1)
    if way in (5, 6, 7):
        by = pick(rng, (1, 2, 3, 4, 6))
        if way == 5:
            return Expression(f"({left.text} // {by})", lambda sizes: Fraction(left.value(sizes) // by))
        if way == 6:
            return Expression(f"({left.text} / {by})", lambda sizes: left.value(sizes) / by)
        return Expression(f"({left.text} % {by})", lambda sizes: left.value(sizes) % by)
    if way == 8:
        name, whole = pick(rng, (("floor", floor), ("ceil", ceil)))
        return Expression(f"{name}({left.text})", lambda sizes: Fraction(whole(left.value(sizes))))
    right = expression(rng, depth - 1)
    if way == 9:
        extreme, choose = pick(rng, (("min", min), ("max", max)))
        return Expression(
            f"{extreme}({left.text}, {right.text})", lambda sizes: choose(left.value(sizes), right.value(sizes))
        )
    sign = ("+", "-", "*")[way - 2]
    operate: Callable[[Fraction, Fraction], Fraction] = {
        "+": Fraction.__add__,
        "-": Fraction.__sub__,
        "*": Fraction.__mul__,
    }[sign]
    return Expression(
        f"({left.text} {sign} {right.text})", lambda sizes: operate(left.value(sizes), right.value(sizes))
    )


@given(rngs())
@examples(300)
def test_expressions_are_what_python_makes_of_them(rng: Random) -> None:
    made = expression(rng, 3)
    inputs = {"a": ["N"], "b": ["M"], "c": [made.text]}
    architecture = archcalc.load({"input": inputs, "layers": [{"add": ["c", "c"]}], "output": ["a", "b", "here"]})
    symbolic = architecture.check(symbolic=True)
    for sizes in POINTS:
        value = made.value(sizes)
        legal = value.denominator == 1 and value >= 1
        concrete = architecture.check(sizes)
        assert concrete.ok == legal, (made.text, sizes, value)
        if legal:
            assert concrete.inputs["c"] == (int(value),)
        if symbolic.ok:
            holds = all(requirement.condition.holds_at(sizes) for _, requirement in symbolic.conditions)
            assert holds == legal, (made.text, sizes, value)
            shape = symbolic.inputs["c"]
            assert shape is not None
            size = substitute(shape[0], sizes) if isinstance(shape[0], Polynomial) else shape[0]
            assert size == value, (made.text, sizes)
