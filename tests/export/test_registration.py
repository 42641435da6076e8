"""Modules are registered in the order in which they run, or as `register` says; the keys of a state_dict follow."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from catalogue import FILES
from effort import commit, parts, share
from export.generated import EXAMPLES, assert_alive, batches, built, concrete, exported, scope_text
from export.registrations import order, shuffled
from layers.oracles import load_torch, random_weights
from strategies import Options, make_spec

import archcalc
from archcalc.export.torch import write

HERE = Path(__file__).parent
LARGE = {"gpt2", "llama", "mixtral", "t5"}
SPECS = [
    path
    for path in (*FILES, *sorted(EXAMPLES.glob("*.yaml")), *sorted((HERE / "nets").glob("*.yaml")))
    if path.stem not in LARGE
]

BLOCK = """
input: [8]
blocks:
  layer(width):
    - register: [attn, mlp]
    - {layer_norm, as: norm1}
    - {linear: width, as: attn}
    - {add: [here, input], as: attended}
    - {layer_norm, as: norm2}
    - as: mlp
      do: [{register: down}, {linear: 2 * width, as: up}, relu, {linear: width, as: down}]
    - add: [here, attended]
layers: [{layer: 8, as: a}, {layer: 8, as: b}]
"""
BEHIND = """
input: [3, 8, 8]
layers:
  - {conv: [8, 3, 1, 1], as: stem}
  - {conv: [4, 1], as: aux, from: stem}
  - {conv: [8, 3, 1, 1], from: stem, as: body}
  - {conv: [4, 1], as: head}
  - register: aux
output: [head, aux]
"""
NUMBERS = """
input: [8]
layers:
  - register: [2]
  - linear: 8
  - relu
  - linear: 8
"""
CONTAINERS = """
input: [4, 8, 8]
layers:
  - register: bns
  - for: {i: 0..3}
    do:
      - {conv: [4, 3, 1, 1], as: convs.$i}
      - {batch_norm, as: bns.$i}
  - {conv: [4, 1], as: bns.4}
"""
TURNS = """
input: [4, 8, 8]
layers:
  - for: {i: 0..7}
    do:
      - register: [bn$i]
      - {conv: [4, 3, 1, 1], as: conv$i}
      - {batch_norm, as: bn$i}
  - register: conv0
"""
RUNNING = """
input: [3, 32, 32]
layers:
  - register: head
  - as: body
    do:
      - for: {i: 1..4, width: [8, 16, 32, 64]}
        do: [{repeat: i, do: [{conv: [width, 3, 1, 1]}, relu]}, {max_pool: 2, when: i < 4}]
  - flatten
  - {linear: 10, as: head}
"""
SOMETIMES = """
input: [8]
blocks:
  unit(first):
    - {register: [b], when: first}
    - {linear: 8, as: a}
    - {linear: 8, as: b}
layers: [{unit: true, as: one}, {unit: false, as: two}, {unit: true, as: three}]
"""
BARE = """
input: [8]
blocks:
  pair: [{register: b}, {linear: 8, as: a}, {linear: 8, as: b}]
layers: [{linear: 8, as: stem}, {pair, as: none}, {register: stem}]
"""
CONDITIONS = """
input: [4, 8, 8]
blocks:
  unit(out, deep):
    - register: [mix, shortcut, tail]
    - {conv: [out, 3, 1, 1], as: conv}
    - {conv: [out, 1], as: mix, when: deep}
    - {conv: [out, 3, 1, 1], as: mix, when: not deep}
    - {batch_norm, as: norm, when: deep}
    - {conv: [out, 1], as: tail, when: deep}
    - add: [here, [{from: input}, {conv: [out, 1], as: shortcut, when: in_channels != out}]]
layers: [{unit: [4, true], as: a}, {unit: [8, false], as: b}, {unit: [8, true], as: c}]
"""
TENSORS = """
input: [16, 8]
layers:
  - register: [second, first]
  - {permute: {axes: [0, 1], layout: channels_last}}
  - {parameter: [16, 8], as: first}
  - {add: [first, input], as: sum}
  - {parameter: [16, 8], as: second}
  - {add: [second, sum]}
"""
TWICE = """
input: [8]
layers:
  - as: tower
    do: [{register: b}, {linear: 8, as: a}, {linear: 8, as: b}]
  - {use: tower}
"""


def test_alternatives_stand_behind_what_runs_in_front_of_them_under_the_same_condition() -> None:
    spec = """
input: [4, 8, 8]
blocks:
  unit(out, deep):
    - {conv: [out, 3, 1, 1], as: conv}
    - {conv: [out, 1], from: input, as: extra, when: deep}
    - {conv: [out, 1], as: mix, when: deep}
    - {batch_norm, as: norm, when: deep}
    - {conv: [out, 3, 1, 1], as: mix, when: not deep}
layers: [{unit: [4, false], as: a}, {unit: [8, true], as: b}]
"""
    module = built(assert_alive(spec), "cpu")
    assert _modules(module.state_dict()) == ["a.conv", "a.mix", "b.conv", "b.extra", "b.mix", "b.norm"]


def _listed(outputs: Any) -> tuple[Any, ...]:
    return outputs if isinstance(outputs, tuple) else (outputs,)


def _without(value: Any) -> Any:
    """A spec without a word about order."""
    if isinstance(value, dict):
        return {key: _without(one) for key, one in value.items()}
    return [_without(one) for one in value if "register" not in one] if isinstance(value, list) else value


def _modules(keys: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(key.rpartition(".")[0] or key for key in keys))


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (BLOCK, [f"{layer}.{name}" for layer in "ab" for name in ("attn", "mlp.down", "mlp.up", "norm1", "norm2")]),
        (BEHIND, ["stem", "body", "head", "aux"]),
        (NUMBERS, ["2", "0"]),
        (CONTAINERS, [*(f"bns.{i}" for i in range(5)), *(f"convs.{i}" for i in range(4))]),
        (TURNS, ["bn0", *(f"{kind}{i}" for i in range(1, 8) for kind in ("bn", "conv")), "conv0"]),
        (RUNNING, ["head", *(f"body.{i}" for i in (0, 3, 5, 8, 10, 12, 15, 17, 19, 21))]),
        (SOMETIMES, ["one.b", "one.a", "two.a", "two.b", "three.b", "three.a"]),
        (BARE, ["b", "a", "stem"]),
        (
            CONDITIONS,
            ["a.mix", "a.tail", "a.conv", "a.norm"]
            + ["b.mix", "b.shortcut", "b.conv", "c.mix", "c.tail", "c.conv", "c.norm"],
        ),
        (TENSORS, ["second", "first"]),
        (TWICE, ["tower.b", "tower.a"]),
    ],
    ids=partial(lambda value: None),
)
def test_keys_stand_as_they_are_registered(spec: str, expected: list[str]) -> None:
    module = built(assert_alive(spec), "cpu")
    assert _modules(module.state_dict()) == expected
    # In the order in which it runs, it is the same network.
    plain = built(exported(json.dumps(_plain(_without(yaml.load(spec, yaml.BaseLoader))))), "cpu")
    assert list(plain.state_dict()) != list(module.state_dict())
    plain.load_state_dict(random_weights(module.state_dict()), strict=True)
    module.load_state_dict(plain.state_dict(), strict=True)
    (entering,) = (one.normal_() for one in batches(concrete(spec).inputs, "cpu"))
    with load_torch().no_grad():
        assert all(map(load_torch().equal, _listed(module(entering)), _listed(plain(entering))))


def test_a_block_registers_in_its_constructor_what_forward_runs_in_another_order() -> None:
    assert (
        scope_text(exported(BLOCK), "Layer")
        == """\
class Layer(nn.Module):
    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        self.attn = nn.Linear(in_channels, width)
        self.mlp = Mlp(width, width)
        self.norm1 = nn.LayerNorm(in_channels)
        self.norm2 = nn.LayerNorm(width)
    def forward(self, x: Tensor) -> Tensor:
        attended = self.attn(self.norm1(x)) + x
        return self.mlp(self.norm2(attended)) + attended
"""
    )


def test_what_is_said_of_the_order_it_has_anyway_changes_nothing() -> None:
    plain = "input: [8]\nlayers: [{linear: 8, as: a}, relu, {linear: 8, as: b}]\n"
    said = "input: [8]\nlayers: [register: [a, b], {linear: 8, as: a}, relu, {linear: 8, as: b}]\n"
    assert exported(said).text == exported(plain).text
    assert archcalc.load(said).check().totals == archcalc.load(plain).check().totals


@pytest.mark.parametrize("path", share(SPECS), ids=lambda path: path.stem)
def test_every_network_may_be_registered_in_any_order(path: Path) -> None:
    spec = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    assert assert_in_order(shuffled(_plain(spec), Random(f"{path.stem} {commit()}")))


@pytest.mark.parametrize("seeds", parts(400, 40), ids=str)
def test_random_networks_may_be_registered_in_any_order(seeds: range) -> None:
    load_torch()
    registered = 0
    for seed in seeds:
        spec = make_spec(Random(seed), Options(steps=10, claims=False, several_inputs=False, variants=False)).data
        spec = shuffled(json.loads(json.dumps(spec)), Random(seed))
        registered += assert_in_order(spec) and "register" in json.dumps(spec)
    assert registered > len(seeds) // 4


def assert_in_order(spec: dict[str, Any]) -> bool:
    """The keys of the module stand as the graph says; whether there is one, since PyTorch does not have everything."""
    architecture = archcalc.load(json.dumps(spec))
    if architecture.variants:
        architecture = architecture.choose(next(iter(architecture.variants)))
    report = architecture.check()
    assert not any(found.code.id == "AC214" for found in report.diagnostics), [str(one) for one in report.diagnostics]
    source = write(architecture.program, {})[0] if report.ok else None
    if source is None:
        return False
    nodes = {node.name for node in report.graph.nodes}
    found = [next(name for name in _outward(key) if name in nodes) for key in built(source).state_dict()]
    assert list(dict.fromkeys(found)) == order(report.graph)
    return True


def _outward(key: str) -> Iterable[str]:
    pieces = key.split(".")
    return [".".join(pieces[:count]) for count in range(len(pieces), 0, -1)]


def _plain(value: Any) -> Any:
    """Data as JSON has it: YAML's loader reads nothing as an empty text."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value or None
