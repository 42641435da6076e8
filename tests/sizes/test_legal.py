"""The public answer: membership, iteration, neighbours, union, intersection, what is fixed and what weights ask for."""

from __future__ import annotations

import pickle
from itertools import islice

import pytest

import archcalc
from archcalc.sizes.legal import LegalSizes
from archcalc.sizes.sets import IntegerSet


def sizes(spec: str, **values: int) -> LegalSizes:
    return archcalc.load(spec).legal_sizes(values)


def test_membership_takes_a_number_or_a_mapping() -> None:
    legal = sizes("unet:paper")
    assert 572 in legal
    assert {"N": 572} in legal
    assert 570 not in legal
    with pytest.raises(TypeError, match="whole number for each of N"):
        assert "572" in legal
    with pytest.raises(KeyError):
        assert {"M": 572} in legal


def test_iteration_ascends() -> None:
    assert [one["N"] for one in islice(sizes("unet:paper"), 3)] == [188, 204, 220]
    assert list(sizes("vgg:D")) == [{"H": 224, "W": 224}, {"H": 1568, "W": 32}, {"H": 32, "W": 1568}]
    pairs = list(islice(sizes("vgg:D").with_new_weights or (), 4))
    assert pairs == [{"H": 32, "W": 32}, {"H": 64, "W": 32}, {"H": 64, "W": 64}, {"H": 32, "W": 64}]


def test_neighbours() -> None:
    assert sizes("unet:paper").nearest(570) == ({"N": 556}, {"N": 572})
    assert sizes("unet:paper").nearest(572) == ({"N": 572}, {"N": 572})
    assert sizes("unet:paper").nearest(20) == (None, {"N": 188})
    assert sizes("vgg:D").nearest({"H": 230, "W": 300}) == ({"H": 224, "W": 224}, None)


def test_union_and_intersection_of_networks() -> None:
    """An image for a U-Net and for another net; brute force over their single answers."""
    one, two = sizes("unet:paper"), sizes("resnet_cifar:20").exact
    assert two is not None
    both, either = one & two, one | two
    for n in range(1, 700):
        assert (n in both) == (n in one and n in two)
        assert (n in either) == (n in one or n in two)
    assert both.is_empty
    three = sizes("input: [1, N]\nlayers: [{max_pool: 3}]\n")
    assert str(one & three) == "N = 12 (mod 48), N >= 204"


def test_an_intersection_with_a_union_has_no_certificate() -> None:
    """It is what no one list of conditions leaves, on whichever side the union stands."""
    two, three, five = [sizes(f"input: [1, N]\nlayers: [{{max_pool: {n}}}]\n") for n in (2, 3, 5)]
    for both in ((two | three) & five, five & (two | three)):
        for n in range(1, 70):
            assert (n in both) == (n % 5 == 0 and (n % 2 == 0 or n % 3 == 0))
        with pytest.raises(ValueError, match="a union has no certificate"):
            both.certificate()
    assert (two & five).certificate()["parts"]


def test_equal_answers_say_the_same_in_any_order_of_boxes() -> None:
    one, two = IntegerSet.of([1]), IntegerSet.of([2])
    boxes = [{"H": one, "W": two}, {"H": two, "W": one}]
    legal, turned = LegalSizes(("H", "W"), boxes), LegalSizes(("H", "W"), boxes[::-1])
    assert legal.boxes != turned.boxes
    assert legal == turned
    assert hash(legal) == hash(turned)
    assert legal != LegalSizes(("H", "W"), boxes[:1])
    assert legal != "(H, W) = (1, 2) or (2, 1)"


def test_answers_with_other_reasons_are_not_equal() -> None:
    """They are named with the layers that ask for them."""
    one, two, again = [sizes(f"input: [1, N]\nlayers: [{{max_pool: 2, as: {name}}}]\n") for name in ("a", "b", "a")]
    assert one == again
    assert one.axes == two.axes
    assert one.is_same_set(two)
    assert one != two


def test_an_intersection_has_the_causes_of_both() -> None:
    one = sizes("input: [1, N, N]\nlayers: [{conv: [1, 3, 2], as: c}]\n")
    two = sizes("input: [1, N, N]\nlayers: [{max_pool: 5, as: p}]\n")
    assert [cause.layer for cause in (one & two).causes] == ["c", "c", "p", "p"]
    assert one.to_json()["causes"] == [
        {"symbol": "N", "layer": "c", "allowed": "N = 1 (mod 2)", "reason": "(N - 3 + 0)/2 + 1 must be whole"},
        {
            "symbol": "N",
            "layer": "c",
            "allowed": "N >= 3",
            "reason": "the window of 3 must fit into the height and width of N",
        },
    ]


def test_two_neighbours_are_listed_and_three_are_drawn_together() -> None:
    six, seven, eight = [
        sizes(f"input: [1, N]\nlayers: [max_pool: {{kernel: {kernel}, stride: 5}}]\n") for kernel in (6, 7, 8)
    ]
    assert str(six | seven) == "N = 1 or 2 (mod 5), N >= 6"
    assert str(six | seven | eight) == "N = 1..3 (mod 5), N >= 6"


def test_answers_can_be_sent_to_another_process() -> None:
    report = archcalc.load("alexnet:two-groups").check()
    again = pickle.loads(pickle.dumps(report))
    assert str(again.legal_sizes) == str(report.legal_sizes)
    assert pickle.loads(pickle.dumps(report.legal_sizes)).to_json() == report.legal_sizes.to_json()
    assert pickle.loads(pickle.dumps(report.multiplications)) == report.multiplications
    assert pickle.loads(pickle.dumps(report.closed_forms())) == report.closed_forms()


def test_weights_of_the_stated_sizes() -> None:
    legal = sizes("alexnet:two-groups")
    assert str(legal) == "N = 227"
    assert str(legal.with_new_weights) == "N = 3 (mod 32), N >= 67"
    assert legal.stated == {"N": 227}
    # Without stated sizes there are no weights to keep.
    spec = "input: [1, N, N]\nlayers: [{conv: [4, 3]}, flatten, {linear: 10}]\n"
    assert str(sizes(spec)) == "N >= 3"
    assert str(sizes("at: {N: 8}\n" + spec)) == "N = 8"


def test_buffers_keep_their_shapes_as_weights_do() -> None:
    """A batch normalisation over an axis of the map has a running mean of that size, and no parameter."""
    legal = sizes("input: [3, N, 8]\nat: {N: 8}\nlayers: [permute: [1, 0, 2], batch_norm: {affine: false}]\n")
    assert str(legal) == "N = 8"
    assert str(legal.with_new_weights) == "any N"


def test_a_check_at_other_sizes_has_other_weights() -> None:
    report = archcalc.load("alexnet:two-groups").check(N=259)
    assert str(report.legal_sizes) == "N = 259"


def test_sizes_that_are_numbers_are_freed() -> None:
    legal = sizes("input: [3, 32, 48]\nlayers: [{conv: [4, 3]}, {max_pool: 2}]\n")
    assert str(legal) == "H = 0 (mod 2), H >= 4; W = 0 (mod 2), W >= 4"
    assert legal.stated == {"H": 32, "W": 48}
    named = sizes("input: {left: [1, 9], right: [1, 9]}\nlayers: [{concat: [left, right]}]\n")
    assert named.symbols == ("left_L", "right_L")
    assert str(named) == "any left_L and right_L, where left_L = right_L"


def test_a_symbol_that_decides_the_form_keeps_its_value() -> None:
    spec = (
        "input: [1, N, N]\nat: {N: 32, depth: 3}\nlayers:\n  - {repeat: depth, do: [{conv: [8, 3]}, {max_pool: 2}]}\n"
    )
    legal = sizes(spec)
    assert legal.fixed == {"depth": 3}
    assert str(legal) == "N = 6 (mod 8), N >= 22"


def test_a_kernel_that_could_only_be_decided_with_the_size_keeps_its_value() -> None:
    spec = "input: [1, N, N]\nat: {N: 32, k: 5}\nlayers: [{conv: {out: 4, kernel: k}}]\n"
    assert sizes(spec).fixed == {"k": 5}
    assert str(sizes(spec)) == "N >= 5"
    assert str(sizes(spec, N=9)) == "1 <= k <= 9"


def test_widths_meet_divisibility() -> None:
    spec = "input: [3, 8, 8]\nat: {width: 12}\nlayers: [{conv: [width, 3]}, {group_norm: 4}]\n"
    assert str(sizes(spec).axes["width"]) == "n = 0 (mod 4)"


def test_a_network_that_is_never_legal_says_why() -> None:
    legal = sizes("input: [1, N, N]\nlayers: [{linear: 3}]\n")
    assert legal.is_empty
    assert legal.never
    assert str(legal) == "no N"
    contradiction = sizes("input: [1, N]\nlayers: [{max_pool: 2}, {upsample: 2}, {pad: 1}, {add: [here, input]}]\n")
    assert contradiction.is_empty


def test_a_layer_that_can_be_used_again_at_no_size_is_an_answer_and_no_mistake_of_the_text() -> None:
    legal = sizes("input: [3, N, N]\nlayers: [{conv: [4, 3], as: c}, use: c]\n")
    assert legal.is_empty
    assert legal.never == "conv has parameters for 3×N×N and cannot read 4×(N - 2)×(N - 2) with them"
    with pytest.raises(archcalc.InvalidSpec, match="no legal sizes because of its mistakes"):
        sizes("input: [3, N, N]\nlayers: [{conv: [4, 3], as: c}, use: c, add: [here, nowhere]]\n")


def test_sizes_that_must_be_equal_are_not_every_size() -> None:
    added = sizes("input: {a: [1, H], b: [1, W]}\nlayers: [add: [a, b]]\n")
    assert str(added) == "any H and W, where H = W"
    assert {"H": 3, "W": 4} not in added
    assert not added.is_everything
    assert not added.is_independent


def test_what_is_rounded_is_told_apart() -> None:
    legal = sizes("resnet:resnet50")
    assert legal.is_everything
    assert str(legal.exact) == "H = 1 (mod 32); W = 1 (mod 32)"
    assert sizes("unet:paper").exact is None


def test_latex() -> None:
    assert sizes("unet:paper").latex() == r"N \equiv 12 \pmod{16},\ N \ge 188"


def test_weights_that_ask_for_nothing_more_are_no_second_answer() -> None:
    """A stated `in` fixes the sizes already."""
    text = "input: [1, 32, 32]\nlayers: [conv: [6, 5], max_pool: 2, flatten, linear: {in: 1176, out: 10}]\n"
    stated = archcalc.load(text).legal_sizes()
    assert stated.with_new_weights is None
    open_ = archcalc.load(text.replace("{in: 1176, out: 10}", "10")).legal_sizes()
    assert open_.with_new_weights is not None
    assert stated.is_same_set(open_)
    assert not stated.is_same_set(open_.with_new_weights)
