"""The exporter trusts a code because it evaluates to the right value at every place: Python must agree with that."""

from __future__ import annotations

import ast
from collections.abc import Callable
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from effort import parts

from archcalc.export.layout import written
from archcalc.export.torch.code import Code, NotPython
from archcalc.export.torch.evaluation import evaluated
from archcalc.export.torch.python import python
from archcalc.expressions.nodes import (
    Arithmetic,
    Call,
    Comparison,
    Conditional,
    Constant,
    Index,
    Logic,
    Negation,
    Not,
    name_node,
)

VALUES: dict[str, Any] = {"a": 3, "b": -4, "c": 17, "yes": True, "no": False, "sizes": (2, 3, 5)}
NUMBERS, TRUTHS = ("a", "b", "c"), ("yes", "no")


def random_code(rng: Random, depth: int, kind: str = "number") -> Code:
    if depth == 0 or rng.random() < 0.2:
        if kind == "truth":
            return rng.choice([name_node(rng.choice(TRUTHS)), Constant(rng.random() < 0.5)])
        return rng.choice([name_node(rng.choice(NUMBERS)), Constant(rng.randrange(-6, 7))])

    def number() -> Code:
        return random_code(rng, depth - 1)

    def truth() -> Code:
        return random_code(rng, depth - 1, "truth")

    truths: list[Callable[[], Code]] = [
        lambda: Not(truth()),
        lambda: Logic(rng.choice(("and", "or")), truth(), truth()),
        lambda: Comparison((rng.choice(("==", "!=", "<", "<=", ">", ">=")),), (number(), number())),
        lambda: Comparison(("<=", "<"), (number(), number(), number())),
    ]
    numbers: list[Callable[[], Code]] = [
        lambda: Arithmetic(rng.choice(("+", "-", "*", "//", "%")), number(), number()),
        lambda: Arithmetic("**", number(), Constant(rng.randrange(3))),
        lambda: Negation(number()),
        lambda: Conditional(number(), truth(), number()),
        lambda: Index(name_node("sizes"), Constant(rng.randrange(3))),
        lambda: Call(rng.choice(("min", "max")), (number(), number())),
        lambda: Call("len", (name_node("sizes"),)),
    ]
    return rng.choice(truths if kind == "truth" else numbers)()


@pytest.mark.parametrize("seeds", parts(10_000, 1_000))
def test_codes_are_what_python_computes(seeds: range) -> None:
    names: Any = SimpleNamespace(value=lambda text, place: VALUES[text])
    compared = 0
    for seed in seeds:
        rng = Random(seed)
        code = random_code(rng, 4, rng.choice(("number", "truth")))
        try:
            ours = evaluated(code, names, 0)
        except NotPython:
            continue
        text = written(ast.Module([ast.Assign([ast.Name("found")], python(code))], []))
        scope: dict[str, Any] = dict(VALUES)
        exec(text, scope)
        assert (scope["found"], type(scope["found"])) == (ours, type(ours)), text
        compared += 1
    assert compared > 0.8 * len(seeds)
