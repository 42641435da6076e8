"""Symbols and numbers agree: what is checked once for all sizes is what is checked for each of them."""

from __future__ import annotations

from random import Random

from effort import examples
from hypothesis import given
from strategies.hypothesis_strategies import rngs
from strategies.specs import Made, Options, make_spec

import archcalc
from archcalc.api.report import Report
from archcalc.dims import Dim, Number, substitute

# A symbol that is stretched for 1 and fits for another number has no condition that says both.
SYMBOLS = Options(symbols=True, claims=False, variants=False, stretched=False, stated=True)
NEEDS_NUMBER = "AC318"
"""The one thing that numbers allow and symbols do not: values that must be known, such as strides."""


def sizes_to_try(rng: Random, made: Made) -> list[dict[str, int]]:
    """Values near those at which the spec was made, and far from them."""
    near = [{name: max(1, size + rng.randrange(-4, 5)) for name, size in made.sizes.items()} for _ in range(3)]
    far = [{name: rng.randrange(1, 40) for name in made.sizes} for _ in range(2)]
    return [made.sizes, dict.fromkeys(made.sizes, 1), *near, *far]


@given(rngs())
@examples(150)
def test_symbolic_checks_are_concrete_checks_at_every_size(rng: Random) -> None:
    made = make_spec(rng, SYMBOLS)
    if not made.sizes:
        return
    architecture = archcalc.load(made.data)
    symbolic = architecture.check(symbolic=True)
    for sizes in sizes_to_try(rng, made):
        agree(symbolic, architecture.check(sizes), sizes)


def agree(symbolic: Report, concrete: Report, sizes: dict[str, int]) -> None:
    """Assert that a report in symbols says what a report at some sizes says."""
    errors = {found.code.id for found in symbolic.diagnostics if found.severity == "error"}
    if errors:
        certain = all(code.startswith("AC3") and code != NEEDS_NUMBER for code in errors)
        assert not (certain and concrete.ok), (errors, sizes)
        return
    broken = [
        f"{layer}: {requirement.condition}"
        for layer, requirement in symbolic.conditions
        if not requirement.condition.holds_at(sizes)
    ]
    messages = [found.message for found in concrete.diagnostics if found.severity == "error"]
    assert concrete.ok == (not broken), (sizes, broken, messages)
    if not concrete.ok:
        return
    assert not concrete.conditions
    assert [layer.name for layer in symbolic] == [layer.name for layer in concrete]
    for general, special in zip(symbolic, concrete, strict=True):
        for shape, numbers in zip(general.outputs, special.outputs, strict=True):
            assert shape is not None
            assert tuple(at(size, sizes) for size in shape) == numbers, (general.name, sizes)
        for column in ("parameters", "frozen", "buffers", "multiplications"):
            assert at(getattr(general, column), sizes) == getattr(special, column), (general.name, column, sizes)
    assert tuple(at(total, sizes) for total in symbolic.totals) == tuple(concrete.totals)


def at(value: Dim, sizes: dict[str, int]) -> Number:
    """A closed form with numbers put in."""
    return value if isinstance(value, int) else substitute(value, sizes)
