"""Steps that their names put into a path, and blocks whose steps stand in the scope of their call."""

from __future__ import annotations

from typing import Any

import pytest
from export.generated import exported, namespace
from layers.oracles import load_torch

import archcalc
from archcalc.verify import verify

IN_TURN = """
input: [4, 8, 8]
blocks:
  plain(c): [{conv: [c, 1]}, relu]
layers:
  - for: {i: 0..3}
    do:
      - {conv: [4, 3, 1, 1], as: convs.$i}
      - {batch_norm, as: bns.$i}
      - relu
  - {plain: 4, as: calls.first}
  - {plain: 4, as: calls.second-one}
  - {use: convs.1}
  - add: [here, convs.0, calls.first]
"""
ODD = """
input: [4, 8, 8]
blocks:
  unit(width, deep=false):
    - {conv: [width, 1], as: pick.0, when: deep}
    - {conv: [width, 1], as: pick.1}
    - {conv: [width, 1], as: other.keys}
    - {conv: [width, 1], as: other.deep-er.items}
    - {layer_scale, as: scales.0}
    - {conv: [width, 1], as: lists.0.a}
    - {conv: [width, 1], as: lists.1.0}
    - relu
layers: [{unit: [4, true], as: a}, {unit: 8, as: b}]
"""
BARE = """
input: [4, 8, 8]
blocks:
  conv_act(out, kernel=3, act=true):
    - {conv: {out: out, kernel: kernel, padding: same, bias: false}, as: conv}
    - {relu, as: act, when: act}
  unit(width, deep=false):
    - {conv_act: {out: 2 * width, act: deep}, as: none}
    - {conv: [width, 1], as: last}
    - add: [here, act]
  step(c, k=3): [{conv: [c, k, 1, 1]}, relu]
  chain(n, c): [{repeat: n, do: [{step: c, as: none}]}]
  widths(all): [{for: {c: all}, do: [{step: {c: 2 * c, k: 3}, as: none}]}]
  twice(c): [{step: c, as: none}, {step: 2 * c, as: none, when: c > 3}]
layers:
  - {chain: [4, 8], as: c}
  - {chain: [3, 6], as: d}
  - {widths: [[3, 4, 5, 6]], as: w}
  - {twice: 3, as: e}
  - {twice: 4, as: f}
"""


def built(spec: str) -> tuple[str, Any]:
    source = exported(archcalc.load(spec))
    return source.text, getattr(namespace(source), source.class_name)()


@pytest.mark.parametrize("spec", [IN_TURN, ODD, BARE], ids=["in turn", "odd names", "bare calls"])
def test_the_code_does_what_the_graph_says(spec: str) -> None:
    load_torch()
    found = verify(archcalc.load(spec).program)
    assert found.ok, [str(one) for one in found.diagnostics]


def test_what_is_filled_in_turn_is_two_lists() -> None:
    text, network = built(IN_TURN)
    assert "[nn.Conv2d(4, 4, kernel_size=3, padding=1) for _ in range(4)]" in text
    assert "self.bns = nn.ModuleList([nn.BatchNorm2d(4) for _ in range(4)])" in text
    weights = [key for key in network.state_dict() if key.endswith("weight")]
    lists = [f"{name}.{number}.weight" for name in ("convs", "bns") for number in range(4)]
    assert weights == [*lists, "calls.first.0.weight", "calls.second-one.0.weight"]


def test_names_that_no_list_or_attribute_has() -> None:
    _, network = built(ODD)
    names = [key.removesuffix(".weight") for key in network.state_dict() if key.startswith("b") and "weight" in key]
    assert names == [
        "b.pick.1", "b.other.keys", "b.other.deep-er.items", "b.scales.0", "b.lists.0.a", "b.lists.1.0",
    ]  # fmt: skip


def test_a_call_without_a_scope_is_written_where_it_stands() -> None:
    text, network = built(BARE)
    assert list(network.state_dict())[:4] == ["c.0.weight", "c.0.bias", "c.2.weight", "c.2.bias"]
    assert "for _ in range(n):\n            self.extend([nn.Conv2d(channels, c, kernel_size=3, padding=1)" in text
    assert "nn.Conv2d(channels, 2 * c, kernel_size=3, padding=1)" in text
    assert "class Step" not in text


def test_what_a_bare_call_sees_and_gives() -> None:
    report = archcalc.load("""
input: [4, 8, 8]
blocks:
  inner(c): [{conv: [c, 1], as: a}, {add: [here, outside]}]
layers: [{relu, as: outside}, {inner: 4, as: none}, {relu, from: a}]
""").check()
    (error,) = report.diagnostics
    assert (error.code.id, error.message) == ("AC201", "there is no map `outside` here")
    assert [node.name for node in report.graph.nodes] == ["outside", "a", "add", "2"]
