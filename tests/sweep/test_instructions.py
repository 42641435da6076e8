"""Closed forms as NumPy code: the values are those of exact substitution, and the bounds are bounds."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from math import prod

import numpy
import pytest
from effort import share

import archcalc
from archcalc.dims import Condition, Dim, Number, Polynomial, floor_div, maximum, minimum, substitute, symbol
from archcalc.sweep.instructions import Instructions
from archcalc.sweep.kernel import LARGEST, NAMES, Kernel, generated

SYMBOLS = ("H", "W", "C")


def random_form(rng: random.Random, depth: int) -> Number:
    """Nested floors, minima, maxima, products and negatives."""
    if depth == 0:
        return rng.randint(-9, 9) * symbol(rng.choice(SYMBOLS)) + rng.randint(-50, 50)
    one, other = random_form(rng, depth - 1), random_form(rng, depth - 1)
    return [
        lambda: floor_div(one, rng.randint(2, 9)),
        lambda: maximum(one, other),
        lambda: minimum(one, other),
        lambda: one * other,
        lambda: one + other - floor_div(other, rng.choice([2, 3, 4, 8, 16])),
    ][rng.randrange(5)]()


def kernel(values: Sequence[Number], domain: range, conditions: Sequence[Condition] = ()) -> Kernel:
    instructions = Instructions(dict.fromkeys(SYMBOLS, (domain[0], domain[-1])))
    outputs = [instructions.value(value) for value in values] + [instructions.condition(one) for one in conditions]
    return Kernel(instructions, outputs, [domain] * len(SYMBOLS))


def columns(rng: random.Random, domain: range, size: int) -> list[list[int]]:
    return [[rng.randrange(len(domain)) for _ in range(size)] for _ in SYMBOLS]


@pytest.mark.parametrize("seed", share(range(300)))
def test_random_forms_are_what_substitution_makes_of_them(seed: int) -> None:
    rng = random.Random(seed)
    domain = range(rng.randint(1, 5), rng.choice([30, 300, 10**6, 10**12]), rng.randint(1, 7))
    values = [
        value for value in (random_form(rng, rng.randint(1, 4)) for _ in range(3)) if isinstance(value, Polynomial)
    ]
    conditions = [
        Condition.at_least(value, rng.randint(-99, 99))
        if rng.random() < 0.4
        else Condition.multiple(value, rng.randint(2, 9))
        if rng.random() < 0.5
        else Condition.equal(value, rng.randint(-3, 3))
        for value in values
    ]
    codes = columns(rng, domain, 40)
    found = kernel(values, domain, conditions).at([numpy.array(one) for one in codes], 40)
    for place in range(40):
        at = {name: domain[one[place]] for name, one in zip(SYMBOLS, codes, strict=True)}
        assert [int(one[place]) for one in found[: len(values)]] == [substitute(value, at) for value in values]
        assert [bool(one[place]) for one in found[len(values) :]] == [one.holds_at(at) for one in conditions]


@pytest.mark.parametrize("seed", share(range(60)))
def test_grids_are_all_points(seed: int) -> None:
    rng = random.Random(seed)
    domain = range(1, 60, rng.randint(3, 9))
    value = random_form(rng, 3)
    compiled = kernel([value], domain)
    points = {}
    for part in compiled.grid():
        numbers = numpy.broadcast_to(part.outputs[0], part.shape)
        for place in numpy.ndindex(part.shape):
            at = tuple([domain[start + one] for start, one in zip(part.starts, place, strict=True)])
            points[at] = int(numbers[place])
    assert len(points) == len(domain) ** 3
    for at in rng.sample(sorted(points), 30):
        assert points[at] == substitute(value, dict(zip(SYMBOLS, at, strict=True)))


@pytest.mark.parametrize("seed", share(range(60)))
def test_no_register_leaves_its_bounds(seed: int) -> None:
    rng = random.Random(seed)
    domain = range(1, 8)
    instructions = Instructions(dict.fromkeys(SYMBOLS, (1, 7)))
    instructions.value(random_form(rng, 3))
    registers = range(len(instructions.operations))
    for part in Kernel(instructions, registers, [domain] * 3).grid():
        for register in registers:
            low, high = instructions.bounds[register]
            values = numpy.asarray(part.outputs[register]).astype(object)
            assert low <= values.min() and values.max() <= high


@pytest.mark.parametrize(("last", "is_wide"), [(LARGEST, False), (LARGEST + 1, True)])
def test_the_last_number_of_64_bits_is_the_last_that_is_computed_in_them(last: int, is_wide: bool) -> None:
    factor = 3 if last % 3 == 0 else 2
    top = last // factor
    instructions = Instructions({"N": (1, top)})
    rest = last - factor * top
    compiled = Kernel(instructions, [instructions.value(factor * symbol("N") + rest)], [range(1, top + 1)])
    assert compiled.code.is_wide is is_wide
    (found,) = compiled.at([numpy.array([top - 1])], 1)
    assert int(found[0]) == last


def test_sizes_of_ten_digits_are_exact() -> None:
    form = archcalc.load("vgg:D").check(symbolic=True).multiplications.value
    domain = range(10**9 - 50, 10**9)
    instructions = Instructions({"H": (domain[0], domain[-1]), "W": (domain[0], domain[-1])})
    compiled = Kernel(instructions, [instructions.value(form)], [domain, domain])
    assert compiled.code.is_wide
    for part in compiled.grid():
        for place in ((0, 0), (7, 31), (49, 49)):
            at = {"H": domain[place[0]], "W": domain[place[1]]}
            assert int(numpy.broadcast_to(part.outputs[0], part.shape)[place]) == substitute(form, at)


def test_a_bound_that_is_needed_by_no_output_widens_nothing() -> None:
    instructions = Instructions({"H": (1, 10**30), "W": (1, 9)})
    small = instructions.value(2 * symbol("W"))
    large = instructions.value(symbol("H") ** 2)
    domains = [range(1, 10**30), range(1, 10)]
    assert [Kernel(instructions, [one], domains).code.is_wide for one in (small, large)] == [False, True]
    (found,) = Kernel(instructions, [small], domains).at([numpy.array([10**25, 3]), numpy.array([0, 8])], 2)
    assert found.tolist() == [2, 18]


ALLOWED = re.compile(rf"def|compute|out|return|{'|'.join(NAMES)}|x\d+|b\d+|t\d+|-?\d+|[(),:=\s]+")


def test_code_is_made_of_integers_and_names_of_registers() -> None:
    """Whatever the symbols are called: the words of Python, of NumPy and of the code itself are names like others."""
    names = ["exec", "__import__", "out", "x0", "b1", "add", "numpy", "os", "compute"]
    rng = random.Random(5)
    instructions = Instructions(dict.fromkeys(names, (1, 10**4)))
    total: Dim = 0
    for _ in range(40):
        one, other = rng.choice(names), rng.choice(names)
        total = total + maximum(floor_div(symbol(one) * rng.randint(-9, 9), rng.randint(1, 20)), 3 * symbol(other) - 7)
    outputs = [instructions.value(total), instructions.condition(Condition.multiple(total, 6))]
    source = generated(instructions, outputs).source
    assert ALLOWED.sub("", source) == ""
    compiled = Kernel(instructions, outputs, [range(1, 10**4 + 1)] * len(names))
    found = compiled.at([numpy.array([place]) for place in range(len(names))], 1)
    assert int(found[0][0]) == substitute(total, {name: place + 1 for place, name in enumerate(names)})


def test_the_network_of_any_spec_gives_such_code() -> None:
    text = "input: [3, __import__, out]\nat: {__import__: 32, out: 32}\nrounding: floor\n"
    text += "layers: [{conv: {out: 8, kernel: 3}}, max_pool: 3]"
    space = archcalc.load(text).sweep({"__import__": range(9, 40), "out": range(9, 40)}, "multiplications <= 20k")
    form = next(form for _, form in space.cells.forms())
    registers = [form.legal, form.met, *(one for one in form.columns if isinstance(one, int))]
    assert ALLOWED.sub("", generated(form.instructions, registers).source) == ""
    assert space.count().met == sum(
        216 * (height - 2) * (width - 2) <= 20_000 for height in range(9, 40) for width in range(9, 40)
    )


def test_equal_work_is_done_once() -> None:
    half = floor_div(symbol("H"), 2)
    instructions = Instructions(dict.fromkeys(SYMBOLS, (1, 99)))
    one = instructions.value(64 * half * symbol("W") + 7)
    before = len(instructions.operations)
    instructions.condition(Condition.at_least(1000, 128 * half * symbol("W")))
    assert len(instructions.operations) == before + 1, "the comparison alone is new"
    assert prod(instructions.bounds[one]) > 0
