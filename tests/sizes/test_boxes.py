"""Unions of boxes: fewer boxes with the same points, and no failure where patterns have no common one."""

from __future__ import annotations

import json
from itertools import islice, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archcalc
from archcalc.dims import Condition, symbol
from archcalc.layers.site import Requirement
from archcalc.sizes.boxes import boxes_text, merged, merged_along
from archcalc.sizes.legal import LegalSizes
from archcalc.sizes.resolution import resolution
from archcalc.sizes.sets import IntegerSet, SetOverflow
from archcalc.sizes.words import Words
from archcalc.solve.solutions import joined
from archcalc.solve.values import Found

ONE = IntegerSet.progression(1, 999_983)
TWO = IntegerSet.progression(2, 999_979)
"""Their union repeats after 999,962,000,357 numbers only."""

SMALL = st.sets(st.integers(1, 4), min_size=1).map(IntegerSet.of)


def points(boxes: list[dict[str, IntegerSet]]) -> set[tuple[int, ...]]:
    return {point for box in boxes for point in product(*(box[name] for name in sorted(box)))}


@given(st.lists(st.fixed_dictionaries({"A": SMALL, "B": SMALL}), max_size=6))
def test_fewer_boxes_have_the_same_points(boxes: list[dict[str, IntegerSet]]) -> None:
    found = merged(boxes)
    assert points(found) == points(boxes)
    assert len(found) <= len(boxes)


def test_boxes_that_differ_in_one_name_become_one() -> None:
    evens, odds = IntegerSet.of([2, 4]), IntegerSet.of([1, 3])
    (box,) = merged([{"A": a, "B": b} for a in (evens, odds) for b in (odds, evens)])
    assert [list(box["A"]), list(box["B"])] == [[1, 2, 3, 4], [1, 2, 3, 4]]


def test_sets_without_a_common_pattern_stay_apart() -> None:
    three = IntegerSet.progression(3, 999_983)
    found = merged([{"N": ONE}, {"N": TWO}, {"N": three}])
    # the first and the third have one pattern, whatever stands between them
    assert [box["N"].text("N") for box in found] == [
        "N = 1, 3 (mod 999983)".replace(", 3", " or 3"),
        "N = 2 (mod 999979)",
    ]


def test_one_set_cannot_hold_them() -> None:
    with pytest.raises(SetOverflow, match="the pattern repeats only after 999,962,000,357 numbers"):
        ONE | TWO


def test_legal_sizes_of_two_networks_that_repeat_differently() -> None:
    either = LegalSizes(("N",), [{"N": ONE}]) | LegalSizes(("N",), [{"N": TWO}])
    assert str(either) == "N = 1 (mod 999983) or N = 2 (mod 999979)"
    assert [n for n in (1, 2, 3, 999_981, 999_982, 999_984) if n in either] == [1, 2, 999_981, 999_984]
    assert either.nearest(500_000) == ({"N": 2}, {"N": 999_981})
    assert [sizes["N"] for sizes in islice(either, 2)] == [1, 2]
    data = json.loads(json.dumps(either.to_json()))
    assert data["symbols"] == {"N": None}
    assert len(data["boxes"]) == 2
    with pytest.raises(SetOverflow, match="repeats only after"):
        _ = either.axes


def test_solutions_merge_in_the_same_way() -> None:
    one, two = Found(ONE, ()), Found(TWO, ())
    assert joined([{"N": two}, {"N": one}], ("N",)) == [{"N": one}, {"N": two}]


def test_names_are_merged_in_the_order_that_is_asked_for() -> None:
    boxes = [{"A": IntegerSet.of([a]), "B": IntegerSet.of([b])} for a, b in ((1, 1), (1, 2), (2, 1))]

    def union(sets: list[IntegerSet]) -> IntegerSet:
        return IntegerSet.of(number for one in sets for number in one)

    along_b = merged_along(["B", "A"], boxes, union)
    assert [(list(box["A"]), list(box["B"])) for box in along_b] == [([1], [1, 2]), ([2], [1])]
    along_a = merged_along(["A", "B"], boxes, union)
    assert [(list(box["A"]), list(box["B"])) for box in along_a] == [([1, 2], [1]), ([1], [2])]


def test_sizes_that_belong_together_are_listed_as_points() -> None:
    sizes = archcalc.load("input: [N, M]\nlayers: [reshape: [4]]\n").check().legal_sizes
    assert sizes.text() == "(N, M) = (4, 1), (2, 2) or (1, 4)"
    assert sizes.end("N") == sizes.end("M") == 4


def test_boxes_that_are_no_points_are_told_one_by_one() -> None:
    """A product is at least 4 from 4, 2 and 1 on, if the other is 1, 2 or 3, and 4 or more."""
    n, m = symbol("N"), symbol("M")
    found = resolution([Requirement(Condition.at_least(n * m, 4))], ["N", "M"])
    text = boxes_text(found.symbols, found.boxes, found.undecided, Words())
    assert text == "N >= 4 and M = 1 or N >= 2 and 2 <= M <= 3 or M >= 4"


def test_a_symbol_without_a_legal_value_ends_at_0() -> None:
    sizes = archcalc.load("input: [1, N]\nlayers: [pad: 2, reshape: [3]]\n").check().legal_sizes
    assert sizes.is_empty
    assert sizes.end("N") == 0
