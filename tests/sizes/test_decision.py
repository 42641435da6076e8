"""The decision over random conditions, against trying every size; PyTorch and others judge networks elsewhere."""

from __future__ import annotations

import time
from itertools import product
from typing import Any

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

import archcalc
from archcalc.dims import Condition, ceil_div, divide, floor_div, maximum, minimum, symbol
from archcalc.layers.site import Requirement
from archcalc.sizes import axis, joint
from archcalc.sizes.classes import holds_in_class
from archcalc.sizes.decision import decide
from archcalc.sizes.sets import IntegerSet
from archcalc.sizes.signs import not_negative, value, zero

END = 400
"""Larger than every bound plus every period that is drawn."""


class Drawn:
    """A value in two ways: by archcalc, and as a function of plain integers."""

    def __init__(self, dim: Any, plain: Any) -> None:
        self.dim = dim
        self.plain = plain


@st.composite
def values(draw: st.DrawFn, names: tuple[str, ...] = ("N",), depth: int = 3) -> Drawn:
    """What layers do to a size: windows, enlargement, merges of different ways, all rounded down or up."""
    if depth == 0 or draw(st.booleans()):
        name = draw(st.sampled_from(names))
        return Drawn(symbol(name), lambda at: at[name])
    inner = draw(values(names, depth - 1))
    by, offset = draw(st.integers(1, 5)), draw(st.integers(-6, 6))
    match draw(st.sampled_from(["down", "up", "scale", "sum", "least", "most"])):
        case "down":
            return Drawn(floor_div(inner.dim + offset, by), lambda at: (inner.plain(at) + offset) // by)
        case "up":
            return Drawn(ceil_div(inner.dim + offset, by), lambda at: -(-(inner.plain(at) + offset) // by))
        case "scale":
            return Drawn(inner.dim * by + offset, lambda at: inner.plain(at) * by + offset)
    other = draw(values(names, depth - 1))
    match draw(st.sampled_from(["sum", "least", "most", "product"])):
        case "sum":
            return Drawn(inner.dim - other.dim, lambda at: inner.plain(at) - other.plain(at))
        case "least":
            return Drawn(minimum(inner.dim, other.dim), lambda at: min(inner.plain(at), other.plain(at)))
        case "most":
            return Drawn(maximum(inner.dim, other.dim), lambda at: max(inner.plain(at), other.plain(at)))
        case _:
            return Drawn(inner.dim * other.dim, lambda at: inner.plain(at) * other.plain(at))


@st.composite
def conditions(draw: st.DrawFn, names: tuple[str, ...] = ("N",)) -> tuple[Condition, Any]:
    drawn = draw(values(names))
    bound, modulus = draw(st.integers(-3, 40)), draw(st.integers(1, 6))
    match draw(st.sampled_from(["at-least", "equal", "multiple"])):
        case "at-least":
            return Condition.at_least(drawn.dim, bound), lambda at: drawn.plain(at) >= bound
        case "equal":
            return Condition.equal(drawn.dim, bound), lambda at: drawn.plain(at) == bound
        case _:
            return Condition.multiple(drawn.dim - bound, modulus), lambda at: (drawn.plain(at) - bound) % modulus == 0


@examples(150)
@given(st.lists(conditions(), min_size=1, max_size=4))
def test_one_symbol_is_decided_completely(drawn: list[tuple[Condition, Any]]) -> None:
    legal = decide([Requirement(condition, layer=f"layer{i}") for i, (condition, _) in enumerate(drawn)], ["N"])
    assert not legal.undecided
    for n in range(1, END):
        assert (n in legal.axes["N"]) == all(holds({"N": n}) for _, holds in drawn), n


@examples(60)
@given(st.lists(conditions(("H", "W")), min_size=1, max_size=3))
def test_membership_is_exact_for_two_symbols(drawn: list[tuple[Condition, Any]]) -> None:
    """Also where a condition is left undecided, because membership evaluates it."""
    legal = decide([Requirement(condition) for condition, _ in drawn], ["H", "W"])
    for h, w in product(range(1, 40), repeat=2):
        assert ({"H": h, "W": w} in legal) == all(holds({"H": h, "W": w}) for _, holds in drawn), (h, w)


@examples(50)
@given(conditions())
def test_sieve_and_classes_agree(drawn: tuple[Condition, Any]) -> None:
    condition, holds = drawn
    if not condition.decide() and condition.decide() is None:
        everything = IntegerSet.everything()
        limit = axis.MAX_CLASSES
        try:
            axis.MAX_CLASSES = 0
            sieved = axis._within(everything, condition, "N", axis._Work())
        finally:
            axis.MAX_CLASSES = limit
        assert sieved is not None
        assert [n for n in range(1, END) if n in sieved] == [n for n in range(1, END) if holds({"N": n})]


@given(st.lists(st.integers(-30, 30), max_size=5), st.integers(-5, 10), st.one_of(st.none(), st.integers(-7, 60)))
def test_signs_of_polynomials(coefficients: list[int], first: int, last: int | None) -> None:
    polynomial = tuple(coefficients)
    end = 200 if last is None else last
    for found, rule in ((not_negative, lambda v: v >= 0), (zero, lambda v: v == 0)):
        told = [
            q
            for start, stop in found(polynomial, first, last)
            for q in range(start, (end if stop is None else stop) + 1)
        ]
        assert told == [q for q in range(first, end + 1) if rule(value(polynomial, q))]


def test_the_zero_of_a_high_power_is_found_at_once() -> None:
    # Looking for it takes a step for each of its digits, and not for each digit of the power.
    root = 2**64 - 1
    start = time.process_time()
    assert zero((-(root**64), *[0] * 63, 1), 0, None) == [(root, root)]
    assert zero((1 - root**64, *[0] * 63, 1), 0, None) == []
    assert not_negative((-(root**64), *[0] * 63, 1), 0, None) == [(root, None)]
    assert time.process_time() - start < 1


def test_powers_of_sums_are_looked_at_less_often() -> None:
    both = {"M": IntegerSet.everything(), "N": IntegerSet.everything()}
    total, bounded = symbol("M") + symbol("N"), joint.Work()
    assert joint.resolved(Condition.multiple(total, 16), both, bounded) is not None
    short = joint.MAX_WORK - bounded.left
    bounded = joint.Work()
    assert joint.resolved(Condition.multiple(floor_div(total**12, 2), 16), both, bounded) is None
    assert bounded.left < 0 < short < joint.MAX_WORK


def test_a_class_of_a_minimum_is_cut_where_another_option_wins() -> None:
    n = symbol("N")
    condition = Condition.at_least(minimum(n, 30) * 2, n)
    assert holds_in_class(condition, 1, 1) == [(1, 60)]


def test_layers_are_named_in_the_order_in_which_they_narrow_down() -> None:
    """The sources of U-Net's congruence, as they can be worked out by hand from its four pools."""
    legal = archcalc.load("unet:paper").legal_sizes()
    pools = [(cause.layer, str(cause.allowed)) for cause in legal.causes if cause.allowed.modulus > 1]
    assert pools == [("1", "n = 0 (mod 2)"), ("3", "n = 0 (mod 4)"), ("5", "n = 4 (mod 8)"), ("7", "n = 12 (mod 16)")]


def test_a_long_chain_of_halvings_needs_no_classes() -> None:
    """2**18 sizes are one pattern: the Chinese remainder theorem merges what each pool asks for."""
    spec = "input: [1, N, N]\nlayers:\n" + "  - max_pool: 2\n" * 18
    legal = archcalc.load(spec).legal_sizes()
    assert str(legal) == "N = 0 (mod 262144)"


def test_beyond_the_cap_a_condition_is_told_and_membership_stays_exact() -> None:
    spec = "input: [1, N, N]\nlayers:\n" + "  - max_pool: 2\n" * 30
    legal = archcalc.load(spec).legal_sizes()
    assert legal.undecided
    assert 2**30 in legal
    assert 2**29 not in legal
    assert "where" in str(legal)


def test_a_floor_that_repeats_rarely_is_sieved() -> None:
    """Equal to its rounding to multiples of 2**16: decided class by class from coarse to fine."""
    n = symbol("N")
    legal = decide([Requirement(Condition.equal(2**16 * floor_div(n, 2**16), n))], ["N"])
    assert legal.axes["N"] == IntegerSet.progression(0, 2**16)


@pytest.mark.parametrize(("looks", "is_decided"), [(33, True), (32, False)])
def test_a_sieve_looks_at_so_many_classes(looks: int, is_decided: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """All numbers, and then twice as many classes 16 times, of which one holds multiples."""
    monkeypatch.setattr(axis, "MAX_SIEVED", looks)
    n = symbol("N")
    legal = decide([Requirement(Condition.equal(2**16 * floor_div(n, 2**16), n))], ["N"])
    assert (not legal.undecided) is is_decided


@pytest.mark.parametrize(
    ("condition", "boxes"),
    [
        (Condition.equal(symbol("H") * symbol("W"), 6), 4),
        (Condition.multiple(symbol("H") * symbol("W"), 6), 4),
        (Condition.at_least(12, symbol("H") + symbol("W")), 11),
        (Condition.equal(floor_div(symbol("H") + 31, 32) * floor_div(symbol("W") + 31, 32), 49), 3),
        (Condition.equal(floor_div(symbol("H") + 1, 4) * floor_div(symbol("W") + 1, 4), 16), 5),
    ],
)
def test_ties_become_boxes(condition: Condition, boxes: int) -> None:
    everything = IntegerSet.everything()
    found = joint.resolved(condition, {"H": everything, "W": everything}, joint.Work())
    assert found is not None
    assert len(found) == boxes
    for h, w in product(range(1, 60), repeat=2):
        inside = any(h in box["H"] and w in box["W"] for box in found)
        assert inside == condition.holds_at({"H": h, "W": w})


@pytest.mark.parametrize(("rest", "step", "holds"), [(0, 16, True), (8, 8, None), (1, 256, False), (0, 4096, True)])
def test_a_product_is_decided_by_the_classes_of_its_factors(rest: int, step: int, holds: bool | None) -> None:
    """H*W/256 has too many remainders to look at all, and one alone where H and W are multiples of 16."""
    h, w = symbol("H"), symbol("W")
    sides = [Requirement(Condition.multiple(side - rest, step)) for side in (h, w)]
    legal = decide([*sides, Requirement(Condition.multiple(divide(h * w, 256), 1))], ["H", "W"])
    assert bool(legal.undecided) is (holds is None)
    assert legal.is_empty is (holds is False)
    for sizes in product(range(1, 3 * step), repeat=2) if step < 100 else [(4096, 8192), (4096, 8193), (257, 513)]:
        inside = all(size % step == rest % step for size in sizes) and sizes[0] * sizes[1] % 256 == 0
        assert (dict(zip(("H", "W"), sizes, strict=True)) in legal) == inside


@pytest.mark.parametrize(("combinations", "is_decided"), [(2, True), (1, False)])
def test_so_many_combinations_of_remainders_are_looked_at(
    combinations: int, is_decided: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two remainders of H and one of W: each product is a multiple of 32*32, whatever the sizes are."""
    monkeypatch.setattr(joint, "MAX_COMBINATIONS", combinations)
    box = {"H": IntegerSet.of_residues([0, 32], 96), "W": IntegerSet.progression(0, 32)}
    whole = Condition.multiple(symbol("H") * symbol("W"), 512)
    assert joint.resolved(whole, box, joint.Work()) == ([box] if is_decided else None)


@pytest.mark.parametrize("empty", ["H", "W"])
def test_nothing_is_left_of_a_box_without_sizes(empty: str) -> None:
    """The conditions before may leave no value of one symbol, and any of the other."""
    h, w = symbol("H"), symbol("W")
    box = {"H": IntegerSet.everything(), "W": IntegerSet.everything(), empty: IntegerSet.empty()}
    for condition in (
        Condition.equal(floor_div(h, 2) * floor_div(w, 3), 6),
        Condition.at_least(h, w),
        Condition.multiple(h * w, 4096),
    ):
        assert joint.resolved(condition, box, joint.Work()) == []


def test_work_is_bounded_where_conditions_multiply() -> None:
    """The first condition makes many boxes, and the second is hard in each of them; it is told, and soon."""
    h, w = symbol("H"), symbol("W")
    hard = Condition.equal(minimum(5 * maximum(h, w), floor_div(w + 8, 16) - 1), -3)
    legal = decide([Requirement(Condition.at_least(h + w, 66)), Requirement(hard)], ["H", "W"])
    for sizes in ({"H": 60, "W": 7}, {"H": 1, "W": 80}):
        assert (sizes in legal) == hard.holds_at(sizes)


def test_an_endless_diagonal_is_told_as_a_condition() -> None:
    legal = decide([Requirement(Condition.equal(symbol("H"), symbol("W")), layer="add")], ["H", "W"])
    assert [one.layer for one in legal.undecided] == ["add"]
    assert {"H": 7, "W": 7} in legal
    assert {"H": 7, "W": 8} not in legal
    assert str(legal) == "any H and W, where H = W"


def test_a_remainder_by_a_large_number_is_seen_to_contradict_one_by_a_small_number() -> None:
    """What leaves 1 by an even number is odd; what leaves 2 is even, and too many classes to be written down."""
    n = symbol("N")
    even = Requirement(Condition.multiple(n, 2))
    for rest, decided in ((1, True), (2, False)):
        found = axis.decide_axis([even, Requirement(Condition.multiple(n - rest, 2 * 999_983))], "N")
        assert (not found.values, not found.undecided) == (decided, decided)


def test_a_value_that_is_constant_in_a_class_is_a_multiple_everywhere_or_nowhere() -> None:
    """2*floor(N/2) - N is 0 for even N and -1 for odd N."""
    n = symbol("N")
    condition = Condition.multiple(2 * floor_div(n, 2) - n, 3)
    assert holds_in_class(condition, 6, 2) == [(2, None)]
    assert holds_in_class(condition, 6, 3) == []
