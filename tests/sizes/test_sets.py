"""Sets of integers, against Python's own sets up to a bound behind which both only repeat."""

from __future__ import annotations

from itertools import islice, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.sizes.sets import IntegerSet, Run, SetOverflow

END = 300
"""All drawn sets repeat from 80 on, with periods that divide 24: here the pattern is seen often enough."""

moduli = st.sampled_from([1, 2, 3, 4, 6, 8])


@st.composite
def sets(draw: st.DrawFn) -> IntegerSet:
    kind = draw(st.integers(0, 2))
    if kind == 0:
        return IntegerSet.of(draw(st.lists(st.integers(1, 80), max_size=8)))
    modulus = draw(moduli)
    residues = draw(st.lists(st.integers(0, modulus - 1), unique=True, max_size=modulus))
    ends = st.one_of(st.none(), st.integers(1, 80))
    if kind == 1:
        return IntegerSet.of_residues(residues, modulus, draw(st.integers(1, 40)), draw(ends))
    intervals = st.tuples(st.integers(1, 40), ends)
    return IntegerSet.of_classes(modulus, {residue: [draw(intervals)] for residue in residues})


def members(numbers: IntegerSet) -> set[int]:
    return {n for n in range(1, END) if n in numbers}


@given(sets(), sets())
def test_operators_are_those_of_sets(one: IntegerSet, two: IntegerSet) -> None:
    assert members(one & two) == members(one) & members(two)
    assert members(one | two) == members(one) | members(two)
    assert members(one - two) == members(one) - members(two)
    assert (one == two) == (members(one) == members(two))
    assert (one <= two) == (members(one) <= members(two))


@given(sets(), sets())
def test_equal_sets_have_equal_hashes(one: IntegerSet, two: IntegerSet) -> None:
    assert hash((one | two) - (two - one)) == hash(one)


@given(sets(), st.integers(0, 120))
def test_neighbours(numbers: IntegerSet, number: int) -> None:
    known = members(numbers)
    assert numbers.above(number) == min((n for n in known if n > number), default=None)
    assert numbers.below(number) == max((n for n in known if n < number), default=None)


@given(sets())
def test_numbers_ascend_and_end_where_the_set_does(numbers: IntegerSet) -> None:
    first = list(islice(numbers, 10))
    assert first == sorted(members(numbers))[:10]
    assert numbers.is_finite == (max(members(numbers), default=0) <= 80)
    if numbers.is_finite:
        assert len(numbers) == len(members(numbers))


@given(sets())
def test_pattern_bounds_and_exceptions_describe_the_set(numbers: IntegerSet) -> None:
    pattern = {
        n
        for n in range(1, END)
        if n % numbers.modulus in numbers.residues
        and (numbers.minimum is None or n >= numbers.minimum)
        and (numbers.maximum is None or n <= numbers.maximum)
    }
    assert (pattern - set(numbers.removed)) | set(numbers.added) == members(numbers)
    runs = numbers.to_json()["runs"]
    again = IntegerSet([Run(one["first"], one["last"], one["modulus"], tuple(one["residues"])) for one in runs])
    assert again == numbers


def test_classes_need_few_runs() -> None:
    """Every class begins at its own number, and still it is one bound."""
    start = {residue: [(188 + (residue - 188) % 16, None)] for residue in range(0, 16, 2)}
    assert IntegerSet.of_classes(16, start).runs == (Run(188, None, 2, (0,)),)


@pytest.mark.parametrize(
    ("numbers", "text", "latex"),
    [
        (IntegerSet.progression(12, 16, 188), "N = 12 (mod 16), N >= 188", r"N \equiv 12 \pmod{16},\ N \ge 188"),
        (IntegerSet.progression(1, 32), "N = 1 (mod 32)", r"N \equiv 1 \pmod{32}"),
        (IntegerSet.between(188, None), "N >= 188", r"N \ge 188"),
        (IntegerSet.of([227]), "N = 227", "N = 227"),
        (IntegerSet.of(range(227, 259)), "227 <= N <= 258", r"227 \le N \le 258"),
        (IntegerSet.of_residues([*range(14), *range(26, 32)], 32, 26), "N = 0..13 or 26..31 (mod 32), N >= 26", None),
        (IntegerSet.of([32, 1568]), "N = 32 or 1568", r"N = 32 \ \text{or}\  1568"),
        (IntegerSet.empty(), "no N", r"N \in \emptyset"),
        (IntegerSet.everything(), "any N", r"N \ge 1"),
    ],
)
def test_words(numbers: IntegerSet, text: str, latex: str | None) -> None:
    assert numbers.text("N") == text
    if latex is not None:
        assert numbers.latex("N") == latex


def test_what_repeats_too_rarely_is_refused() -> None:
    with pytest.raises(SetOverflow, match="repeats only after"):
        IntegerSet.progression(0, 999_983) & IntegerSet.progression(1, 999_979)


def test_sets_that_have_no_common_pattern_can_be_compared() -> None:
    one, two = IntegerSet.progression(0, 999_983), IntegerSet.progression(0, 999_979)
    assert one != two
    assert IntegerSet.of_residues([0, 5], 999_983, 10) != IntegerSet.of_residues([0, 5], 999_979, 10)
    cut = IntegerSet([Run(999_983, 999_983, 1, (0,)), Run(2 * 999_983, None, 999_983, (0,))])
    assert cut == one


def test_as_many_exceptions_are_listed_as_the_message_says() -> None:
    """All numbers of a stretch, and far behind it the even ones."""
    even = IntegerSet.progression(0, 2, 100_000)
    numbers = IntegerSet.between(1, 10_000) | even
    assert numbers.added == tuple(range(1, 10_001))
    numbers = IntegerSet.between(1, 10_001) | even
    with pytest.raises(SetOverflow, match="more than 10,000 numbers are exceptions"):
        _ = numbers.added
    assert numbers.to_json()["exceptions"] is None


def test_truth_values_are_no_sizes() -> None:
    assert True not in IntegerSet.everything()
    assert 1.0 not in IntegerSet.everything()


@pytest.mark.parametrize("modulus", [1, 2, 3])
def test_stretches_of_a_class_are_the_numbers_between_their_ends(modulus: int) -> None:
    """Ends may lie below 1 and between two numbers of the class."""
    for residue, first, last in product(range(modulus), range(-3, 8), [*range(-3, 12), None]):
        found = IntegerSet.of_classes(modulus, {residue: [(first, last)]})
        wanted = [n for n in range(max(first, 1), 30) if (last is None or n <= last) and n % modulus == residue]
        assert [n for n in range(1, 30) if n in found] == wanted, (residue, first, last)
