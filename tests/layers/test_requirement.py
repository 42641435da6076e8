"""Checks of a network: which sizes pass, and what is said of others."""

from __future__ import annotations

import pytest

from archcalc import load
from archcalc.layers.construction import WrongFields
from archcalc.layers.requirement import Require

SPEC = "input: [3, H, W]\nlayers:\n  - require: {multiple_of: [32, 8], at_least: [1, 16]}\n  - conv: [8, 3]\n"


def test_legal_sizes_are_those_that_pass() -> None:
    legal = load(SPEC).legal_sizes()
    assert str(legal) == "H = 0 (mod 32); W = 0 (mod 8), W >= 16"
    assert [one.reason for _, one in load(SPEC).check().conditions][:2] == [
        "the height must be a multiple of 32, and is H",
        "the width must be a multiple of 8, and is W",
    ]


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"H": 48, "W": 16}, "require: the height must be a multiple of 32, and is 48"),
        ({"H": 64, "W": 20}, "require: the width must be a multiple of 8, and is 20"),
        ({"H": 64, "W": 8}, "require: the width must be 16 or more, and is 8"),
    ],
)
def test_what_is_refused_is_told(sizes: dict[str, int], message: str) -> None:
    report = load(SPEC).check(sizes)
    assert [(one.code.id, one.message) for one in report.diagnostics] == [("AC340", message)]


def test_no_repair_lets_a_check_ask_for_less() -> None:
    titles = [one.title for one in load(SPEC.replace("[3, H, W]", "[3, 40, 64]")).repairs()]
    assert not [title for title in titles if "require" in title]


def test_a_check_is_no_module_and_is_not_counted() -> None:
    assert [node.name for node in load(SPEC).check({"H": 32, "W": 32}).graph.nodes] == ["require", "0"]


def test_a_check_asks_for_something() -> None:
    with pytest.raises(WrongFields, match="takes `multiple_of`, `at_least` or both"):
        Require()
