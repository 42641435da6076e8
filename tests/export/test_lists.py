"""Loops among branches, and lists of maps: they are loops and lists in the code, and it does what the spec says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from export.generated import assert_alive, built, scope_text
from layers.oracles import load_torch

import archcalc

PYRAMID = """
input: [3, N, N]
at: {N: 16}
let: {w: [4, 6, 8]}
blocks:
  mixed(n):
    - as: branches
      do:
        - fork:
            - for: {i: 0..n - 1}
              do: [{as: $i, from: input.$i, do: [conv: {out: "w[i]", kernel: 3, padding: 1}, relu]}]
    - as: joined
      do:
        - fork:
            - for: {i: 0..n - 1}
              do:
                - as: $i
                  do:
                    - add:
                        - for: {j: 0..n - 1}
                          do:
                            - as: $j
                              from: branches.$j
                              do:
                                - when: j > i
                                  do: [conv: ["w[i]", 1], upsample: 2 ** (j - i)]
                                - {when: j < i, do: [conv: {out: "w[i]", kernel: 2 ** (i - j), stride: 2 ** (i - j)}]}
layers:
  - fork: [[conv: [4, 1]], [conv: {out: 6, kernel: 2, stride: 2}]]
  - {mixed: 2, as: two}
  - fork: [two.0, two.1, [{from: two.1}, conv: {out: 8, kernel: 2, stride: 2}]]
  - {repeat: 2, do: [mixed: 3]}
  - {slice: {axis: 0, stop: 2}, from: here.0}
"""
"""Maps of several sizes, each made from all of them."""
PYRAMID = PYRAMID.replace("  - {slice: {axis: 0, stop: 2}, from: here.0}\n", "  - {from: here.0}\n  - relu\n")

SKIPS = """
input: [4, T]
at: {T: 9}
blocks:
  unit:
    - {conv: {out: 4, kernel: 3, padding: 1}, as: conv}
    - {conv: [5, 1], from: conv, as: skip}
    - add: [conv, input]
layers:
  - for: {i: 0..7}
    do: [{unit, as: layer$i}]
  - add: [{for: {i: 0..7}, do: [{from: layer$i.skip}]}]
  - relu
"""
"""One tensor runs along, and another one of every turn is read behind the loop."""

GROWING = """
input: [3, N, N]
at: {N: 8}
blocks:
  dense(depth):
    - for: {i: 1..depth}
      do:
        - concat: [here, [{conv: {out: 2, kernel: 3, padding: 1}, as: layer$i}]]
layers:
  - {dense: 3, as: first}
  - {dense: 7, as: second}
"""
"""The channels run along."""

PARTS = """
input: [12, N, N]
at: {N: 8}
layers:
  - {split: 4, as: parts}
  - as: convs
    do:
      - for: {i: 0..2}
        do: [{as: conv$i, from: parts.$i, do: [conv: {out: 3, kernel: 3, padding: 1, bias: false}, relu]}]
  - concat: [{for: {i: 0..2}, do: [{from: convs.conv$i}]}, parts.3]
"""
"""A list that is cut, of which a loop reads all but the last."""


TWO_LISTS = """
input: [8, N]
at: {N: 9}
layers:
  - {split: 4, as: first}
  - {conv: {out: 8, kernel: 1, bias: false}, from: input, as: mixed}
  - {split: 4, as: second}
  - as: convs
    do:
      - for: {i: 0..2}
        do:
          - as: conv$i
            from: first.$i
            do: [{from: second.$i, when: i == 1}, conv: {out: 2, kernel: 3, padding: 1, bias: false}, relu]
  - concat: [{for: {i: 0..2}, do: [{from: convs.conv$i}]}, first.3]
"""
"""Turns that read an entry of one list, but for one that reads an entry of another."""

RUNNING_ON = """
input: [12, N, N]
at: {N: 8}
blocks:
  unit(first=false):
    - {split: 4, as: parts}
    - as: convs
      do:
        - for: {i: 0..2}
          do:
            - as: branch$i
              from: parts.$i
              do:
                - {add: [here, branch$(i - 1)], when: i > 0 and not first}
                - {conv: {out: 3, kernel: 3, padding: 1, bias: false}, as: conv}
                - relu
    - concat: [{for: {i: 0..2}, do: [{from: convs.branch$i}]}, parts.3]
layers: [{unit: true}, unit, unit]
"""
"""Some turns read what the turn before gave, and others have nothing to read there."""


def _pyramid(state: dict[str, Any], x: Any) -> Any:
    torch = load_torch()
    functional = torch.nn.functional

    def conv(name: str, x: Any, **options: int) -> Any:
        return functional.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"], **options)

    def mixed(name: str, maps: list[Any]) -> list[Any]:
        maps = [conv(f"{name}.branches.{i}.0", one, padding=1).relu() for i, one in enumerate(maps)]
        found = []
        for i in range(len(maps)):
            total: Any = 0
            for j, one in enumerate(maps):
                if j > i:
                    one = conv(f"{name}.joined.{i}.{j}.0", one)
                    one = one.repeat_interleave(2 ** (j - i), 2).repeat_interleave(2 ** (j - i), 3)
                elif j < i:
                    one = conv(f"{name}.joined.{i}.{j}.0", one, stride=2 ** (i - j))
                total = one + total
            found.append(total)
        return found

    first, second = mixed("two", [conv("0", x), conv("1", x, stride=2)])
    maps = [first, second, conv("3", second, stride=2)]
    for number in (4, 5):
        maps = mixed(str(number), maps)
    return maps[0].relu()


def _skips(state: dict[str, Any], x: Any) -> Any:
    functional = load_torch().nn.functional
    total: Any = 0
    for i in range(8):
        name = f"layer{i}"
        out = functional.conv1d(x, state[f"{name}.conv.weight"], state[f"{name}.conv.bias"], padding=1)
        total = total + functional.conv1d(out, state[f"{name}.skip.weight"], state[f"{name}.skip.bias"])
        x = out + x
    return total.relu()


def _growing(state: dict[str, Any], x: Any) -> Any:
    torch = load_torch()
    for name, depth in (("first", 3), ("second", 7)):
        for i in range(1, depth + 1):
            weight, bias = (state[f"{name}.layer{i}.{one}"] for one in ("weight", "bias"))
            x = torch.cat([x, torch.nn.functional.conv2d(x, weight, bias, padding=1)], 1)
    return x


def _running_on(state: dict[str, Any], x: Any) -> Any:
    torch = load_torch()
    for unit in range(3):
        made: list[Any] = []
        *parts, last = x.chunk(4, 1)
        for i, one in enumerate(parts):
            if i > 0 and unit > 0:
                one = one + made[-1]
            weight = state[f"{unit}.convs.branch{i}.conv.weight"]
            made.append(torch.nn.functional.conv2d(one, weight, padding=1).relu())
        x = torch.cat([*made, last], 1)
    return x


def _parts(state: dict[str, Any], x: Any) -> Any:
    torch = load_torch()
    parts = x.chunk(4, 1)
    made = [
        torch.nn.functional.conv2d(one, state[f"convs.conv{i}.0.weight"], padding=1).relu()
        for i, one in enumerate(parts[:3])
    ]
    return torch.cat([*made, parts[3]], 1)


def _two_lists(state: dict[str, Any], x: Any) -> Any:
    torch = load_torch()
    first = x.chunk(4, 1)
    second = torch.nn.functional.conv1d(x, state["mixed.weight"]).chunk(4, 1)
    weights = [next(state[name] for name in state if name.startswith(f"convs.conv{i}.")) for i in range(3)]
    made = [
        torch.nn.functional.conv1d(one, weight, padding=1).relu()
        for one, weight in zip([first[0], second[1], first[2]], weights, strict=True)
    ]
    return torch.cat([*made, first[3]], 1)


@pytest.mark.parametrize(
    ("spec", "by_hand", "sizes"),
    [
        (PYRAMID, _pyramid, (2, 3, 16, 16)),
        (SKIPS, _skips, (2, 4, 9)),
        (GROWING, _growing, (2, 3, 8, 8)),
        (PARTS, _parts, (2, 12, 8, 8)),
        (TWO_LISTS, _two_lists, (2, 8, 9)),
        (RUNNING_ON, _running_on, (2, 12, 8, 8)),
    ],
    ids=["pyramid", "skips", "growing", "parts", "two lists", "running on"],
)
def test_the_code_does_what_is_written_by_hand(
    spec: str, by_hand: Callable[[dict[str, Any], Any], Any], sizes: tuple[int, ...]
) -> None:
    torch = load_torch()
    module = built(assert_alive(archcalc.load(spec)), "cpu").double()
    x = torch.rand(sizes, dtype=torch.float64)
    with torch.no_grad():
        for value in module.parameters():
            value.normal_()
        assert torch.allclose(module(x), by_hand(module.state_dict(), x), rtol=1e-12, atol=1e-12)


def text_of(spec: str, name: str) -> str:
    return scope_text(assert_alive(archcalc.load(spec)), name)


def test_a_list_of_maps_is_a_list() -> None:
    mixed = text_of(PYRAMID, "Mixed")
    assert "def forward(self, maps: list[Tensor]) -> list[Tensor]:" in mixed
    assert "maps = [branch(maps[i]) for i, branch in enumerate(self.branches)]" in mixed
    joined = text_of(PYRAMID, "Joined")
    assert "return sum(maps[1:], maps[0])" in joined
    assert "for j in range(n):" in joined


def test_what_some_places_read_is_optional() -> None:
    branch = text_of(RUNNING_ON, "Branch")
    assert "def forward(self, x: Tensor, branch: Tensor | None = None) -> Tensor:" in branch
    assert "if branch is not None:" in branch


def test_a_loop_that_does_nothing_is_not_written() -> None:
    spec = "input: [8, N]\nat: {N: 9}\nlayers: [tokens, {for: {w: [8, 1, 1]}, do: [identity]}]"
    assert "for" not in text_of(spec, "Network").split("forward")[1]


def test_a_list_of_two_that_nobody_reads_as_one_is_a_tuple() -> None:
    spec = """
input: [8]
blocks: {heads: [fork: [[linear: 3], [linear: 4]]]}
layers: [{heads, as: heads}, {linear: 2, from: heads.1}]
output: [heads.0, here]
"""
    text = text_of(spec, "Heads")
    assert "def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:" in text


@pytest.mark.parametrize("name", ["x", "maps", "out", "index"])
def test_what_counts_turns_hides_no_tensor(name: str) -> None:
    steps = f"for: {{{name}: 0..7}}\n  do: [{{conv: [4, 1], as: c${name}}}, {{add: [here, [relu]]}}]"
    assert_alive(archcalc.load(f"input: [4, N]\nat: {{N: 9}}\nlayers:\n- {steps}"))


def test_nothing_in_a_class_hides_a_list_above_it() -> None:
    """A symbol and a parameter of a block are called as the list would be."""
    spec = """
input: [3, W]
at: {W: 8}
let: {w: [4, 5, 6, 7, 4, 5, 6, 7]}
blocks:
  unit(W, i): [conv: {out: "w[i]", kernel: W, padding: same}]
layers:
- for: {i: 0..7}
  do: [{conv: {out: "w[i]", kernel: 1}, as: c$i}, {add: [here, [relu]]}]
- {unit: [5, 1]}
- {unit: [3, 2]}
- flatten
- {linear: 2 * W}
"""
    source = assert_alive(archcalc.load(spec))
    assert "W_VALUES = (4, 5, 6, 7, 4, 5, 6, 7)" in source.text
    assert "def __init__(self, in_channels: int, W: int, i: int) -> None:" in scope_text(source, "Unit")
