"""A block that calls itself is one class that makes instances of itself, with the arguments that the spec states."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from export.generated import (
    assert_alive,
    batches,
    concrete,
    exported,
    namespace,
    own_classes,
    promised,
    ran,
    scope_text,
)
from export.generated import state as tensors_of
from layers.oracles import load_torch

NETS = Path(__file__).parent / "nets"
Data = dict[str, Any]


def tensors(module: Any) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def nest(depth: int) -> Data:
    """A residual branch that holds the whole again, up to a depth."""
    steps = [
        {"linear": "out"},
        {"add": ["here", [{"nest": ["depth - 1", "out + 1"]}, {"linear": "out"}]], "when": "depth > 1"},
    ]
    return {"input": [4], "blocks": {"nest(depth, out)": steps}, "layers": [{"nest": [depth, 5]}]}


@pytest.mark.parametrize("depth", [1, 2, 5, 7])
def test_the_class_is_right_at_other_depths_than_those_of_the_network(depth: int) -> None:
    torch = load_torch()
    source = assert_alive(nest(3))
    assert source.scopes == ("Nest", "Network")
    graph = concrete(nest(depth))
    with torch.device("meta"):
        module = torch.nn.Sequential(namespace(source).Nest(4, depth, 5))
    assert tensors(module) == tensors_of(graph)
    assert ran(module, batches(graph.inputs)) == promised(graph)


@pytest.mark.parametrize("depth", [1, 2, 3, 6])
def test_an_hourglass_is_as_deep_as_it_is_told(depth: int) -> None:
    torch = load_torch()
    text = (NETS / "hourglass.yaml").read_text(encoding="utf-8")
    source = exported(text)
    graph = concrete(text.replace("hourglass: [4, 256]", f"hourglass: [{depth}, 256]"))
    with torch.device("meta"):
        module = namespace(source).Hourglass(256, depth, 256)
    assert tensors(module) == {
        name.removeprefix("hg1."): sizes for name, sizes in tensors_of(graph).items() if name.startswith("hg1.")
    }
    assert ran(module, batches(graph.inputs)) == [(2, 256, 64, 64)]


@pytest.mark.parametrize(
    ("name", "block", "calls"),
    [
        ("fractal", "Fractal", ["Fractal(in_channels, out, depth - 1)", "Fractal(out, out, depth - 1)"]),
        ("hourglass", "Hourglass", ["Hourglass(width, depth - 1, width)"]),
    ],
)
def test_it_calls_itself_with_what_the_spec_says(name: str, block: str, calls: list[str]) -> None:
    source = exported((NETS / f"{name}.yaml").read_text(encoding="utf-8"))
    assert [one for one in own_classes(source) if one.startswith(block)] == [block, f"{block}Net"]
    text = scope_text(source, block)
    assert all(call in text for call in calls)


def test_a_chain_that_ends_in_itself_is_a_chain() -> None:
    steps = [{"linear": "width"}, "relu", {"tail": "width - 1", "when": "width > 2"}]
    spec: Data = {"input": [4], "blocks": {"tail(width)": steps}, "layers": [{"tail": 6}, {"linear": 2}]}
    text = scope_text(assert_alive(spec), "Tail")
    assert "class Tail(nn.Sequential):" in text
    assert "        if width > 2:\n            self.append(Tail(width, width - 1))\n" in text


def test_an_argument_that_only_its_own_calls_need_is_none() -> None:
    """`unused` is handed on, and nobody reads it."""
    steps = [{"linear": 4}, {"nest": ["depth - 1", "unused"], "when": "depth > 0"}]
    spec: Data = {"input": [4], "blocks": {"nest(depth, unused)": steps}, "layers": [{"nest": [3, 7]}]}
    text = scope_text(assert_alive(spec), "Nest")
    assert "unused" not in text
    assert "Nest(4, depth - 1)" in text


def test_defaults_are_those_of_the_block_inside_too() -> None:
    steps = [{"linear": "hidden"}, {"linear": "width"}, {"nest": ["depth - 1", "width + 1"], "when": "depth > 0"}]
    spec: Data = {"input": [4], "blocks": {"nest(depth, width, hidden=2 * width)": steps}, "layers": [{"nest": [3, 7]}]}
    text = scope_text(assert_alive(spec), "Nest")
    assert "hidden = 2 * width" in text
    assert "Nest(width, depth - 1, width + 1)" in text


def test_recursion_through_another_block_is_a_class_per_depth() -> None:
    blocks = {
        "left(n)": [{"linear": 4}, {"right": "n - 1", "when": "n > 0"}],
        "right(n)": [{"linear": 5}, {"left": "n - 1", "when": "n > 0"}],
    }
    source = assert_alive({"input": [4], "blocks": blocks, "layers": [{"left": 4}]})
    assert source.scopes == ("Left", "Right", "Left2", "Right2", "Left3", "Network")


def test_depths_without_a_pattern_are_classes_of_their_own() -> None:
    """How a border is filled is a word, which is no argument of a class."""
    conv = {"conv": {"out": 4, "kernel": 3, "padding": 1, "padding_mode": "mode"}}
    steps = [conv, {"nest": ["n - 1", "reflect"], "when": "n > 0"}]
    spec: Data = {"input": [4, 8], "blocks": {"nest(n, mode)": steps}, "layers": [{"nest": [2, "zeros"]}]}
    source = assert_alive(spec)
    assert source.scopes == ("Nest", "Nest2", "Nest3", "Network")
