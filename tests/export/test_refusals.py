"""What has no code is refused with a reason and a place; what holds at some sizes only says so."""

from __future__ import annotations

from typing import Any

import archcalc
from archcalc.export.torch import write


def refused(spec: dict[str, Any]) -> list[tuple[str, str]]:
    """Codes and layers of the findings of a network that has no code."""
    source, findings = write(archcalc.load(spec).program, {})
    assert source is None
    assert all(found.span is not None for found in findings)
    return [(found.code.id, found.layer or "") for found in findings]


def test_a_module_applies_only_what_it_holds() -> None:
    spec = {"input": [4, 8], "layers": [{"conv": [4, 1], "as": "c"}, {"as": "g", "do": [{"use": "c"}, "relu"]}]}
    assert archcalc.load(spec).check().ok
    assert refused(spec) == [("AC502", "g.c_2")]


def test_a_network_whose_form_depends_on_a_size_is_written_for_that_size() -> None:
    spec = {
        "input": [4, "N"],
        "at": {"N": 9},
        "layers": [{"max_pool": {"kernel": 2, "rounding": "floor"}, "when": "N > 8"}, "flatten", {"linear": 3}],
    }
    source, findings = write(archcalc.load(spec).program, {})
    assert source is not None
    assert [found.code.id for found in findings] == ["AC503"]
    assert source.arguments == {}
    assert "nn.Linear(16, 3)" in source.text


def test_a_layer_of_another_kind_at_a_size_is_written_for_that_size() -> None:
    """For an N that is not known, N is not 8."""
    layers = [{"relu": None, "as": "act", "when": "N == 8"}, {"tanh": None, "as": "act", "when": "N != 8"}]
    for size, kind in ((8, "ReLU"), (9, "Tanh")):
        source, _ = write(archcalc.load({"input": [4, "N"], "at": {"N": size}, "layers": layers}).program, {})
        assert source is not None
        assert f"nn.{kind}()" in source.text


def test_a_map_that_is_stretched_at_one_size_only_is_written_for_that_size() -> None:
    """At N = 1 the addition stretches x to y's 5 columns; at N = 5 it adds them as they are."""
    spec = {
        "input": {"x": [4, "N"], "y": [4, 5]},
        "at": {"N": 1},
        "layers": [{"add": {"branches": ["x", "y"], "broadcast": True}}],
    }
    source, findings = write(archcalc.load(spec).program, {})
    assert source is not None and source.arguments == {}
    assert [(found.code.id, found.message) for found in findings] == [("AC503", "the code is for N = 1 only")]


def test_a_layer_whose_weights_have_another_form_at_a_size_is_written_for_that_size() -> None:
    def findings(width: int) -> list[str]:
        attention = {"attention": {"heads": 1, "memory": "memory"}, "from": "words"}
        layers = [{"tokens": None, "as": "words"}, {"linear": width, "as": "memory"}, attention]
        spec = {"input": ["N", 10], "at": {"N": 7}, "layers": layers}
        found = write(archcalc.load(spec).program, {})[1]
        return [f"{one.code.id}: {one.message}" for one in found]

    # A memory of 7 channels is as wide as the queries at N = 7, and nowhere else: three projections become one.
    assert findings(7) == ["AC503: the code is for N = 7 only"]
    assert findings(8) == []
