"""The hint that an image is written [height, width, channels], where a window does not fit it."""

from __future__ import annotations

import pytest

from archcalc import load


def helps(sizes: str, layer: str = "conv: [8, 7]") -> list[str]:
    """The help of the one error of a network of one layer."""
    (found,) = load(f"input: {sizes}\nlayers: [{layer}]\n").check().diagnostics
    return list(found.help)


@pytest.mark.parametrize(
    ("sizes", "meant"),
    [
        ("[5, 64, 3]", "[3, 5, 64]"),
        ("[5, 5, 3]", "[3, 5, 5]"),
        ("[28, 5, 1]", "[1, 28, 5]"),
        ("[32, 5, 4]", "[4, 32, 5]"),
    ],
)
def test_few_channels_at_the_end_and_more_in_front(sizes: str, meant: str) -> None:
    assert helps(sizes)[0] == f"the channels come first: is the input meant to be {meant}?"


@pytest.mark.parametrize(
    "sizes",
    ["[4, 64, 3]", "[4, 5, 3]", "[3, 5, 3]", "[1, 64, 3]", "[5, 64, 2]", "[5, 64, 5]", "[5, 64, 3, 64]", "[5, 3]"],
)
def test_what_may_be_channels_first_gets_no_hint(sizes: str) -> None:
    assert not any("channels come first" in line for line in helps(sizes))


def test_only_a_window_that_does_not_fit_is_a_reason() -> None:
    assert load("input: [64, 64, 3]\nlayers: [conv: [8, 3]]\n").check().diagnostics == []
    assert not any("channels come first" in line for line in helps("[64, 64, 3]", "linear: 10"))
    assert helps("[64, 64, 3]", "conv: [8, 3, 2]")[0].startswith("the channels come first")


def test_a_symbol_may_be_any_number_of_channels() -> None:
    (found,) = load("input: [N, 64, 3]\nlayers: [conv: [8, 7]]\n").check().diagnostics
    assert found.code.id == "AC303"
    assert not any("channels come first" in line for line in found.help)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_findings_around_it_stay(place: int) -> None:
    branches = ["[linear: 10]", "[linear: 10]"]
    branches.insert(place, "[conv: [8, 3, 2]]")
    found = load(f"input: [64, 64, 3]\nlayers: [fork: [{', '.join(branches)}]]\n").check().diagnostics
    assert [one.code.id == "AC301" for one in found] == [index == place for index in range(3)]
    assert [one.help[0].startswith("the channels come first") for one in found] == [
        index == place for index in range(3)
    ]
