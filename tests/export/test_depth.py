"""Rates that grow with the depth are those of the libraries, block by block."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from export.generated import ROOT, exported, namespace
from layers.oracles import load_torch

import archcalc
from archcalc.export.torch.depth import Depth

TWO_BLOCKS = """
input: [4, 8, 8]
blocks:
  wide(out):
    - conv: [out, 1]
    - when: channels(input) == out
      do: [{stochastic_depth: {rate: 0.2, decay: DECAY, over: OVER}}, add: [here, input]]
  deep(out):
    - cell: out
    - when: channels(input) == out
      do: [{stochastic_depth: {rate: 0.2, decay: DECAY, over: OVER}}, add: [here, input]]
  cell(out): [conv: [out, 1], relu]
layers:
  - cell: 4
  - wide: 6
  - wide: 6
  - deep: 8
  - deep: 8
  - {stochastic_depth: {rate: 0.2, decay: DECAY, over: OVER}, as: last}
"""


def rates(source: Any) -> list[float]:
    """The rates of an exported network, in its order."""
    with load_torch().device("meta"):
        module = getattr(namespace(source), source.class_name)()
    return [part.p for part in module.modules() if type(part).__name__ == "StochasticDepth"]


@pytest.mark.parametrize(
    ("decay", "over", "expected"),
    [
        ("none", "layers", [0.2, 0.2, 0.2]),
        ("linear", "layers", [0.2 / 3, 0.4 / 3, 0.2]),
        ("from_zero", "layers", [0, 0.2 / 3, 0.4 / 3]),
        ("linspace", "layers", [0, 0.1, 0.2]),
        # Of five places, the second, the fourth and the last one hold a layer; `cell` is no place.
        ("linear", "blocks", [0.08, 0.16, 0.2]),
        ("from_zero", "blocks", [0.04, 0.12, 0.16]),
        ("linspace", "blocks", [0.05, 0.15, 0.2]),
    ],
)
def test_every_schedule(decay: str, over: str, expected: list[float]) -> None:
    source = exported(TWO_BLOCKS.replace("DECAY", decay).replace("OVER", over))
    assert rates(source) == pytest.approx(expected)


def test_places_are_counted_for_a_kind() -> None:
    graph = archcalc.load(TWO_BLOCKS.replace("DECAY", "linear").replace("OVER", "layers")).unfold().graph
    depth = Depth(graph)
    convs = [node for node in graph.nodes if node.kind == "conv"]
    assert [depth.of(node) for node in convs] == [(position, 5) for position in range(1, 6)]


@pytest.mark.parametrize("step", [0, 5])
def test_the_rates_of_efficientnet(models: Any, step: int) -> None:
    torch = load_torch()
    with torch.device("meta"):
        theirs = getattr(models, f"efficientnet_b{step}")(weights=None)
    expected = [block.stochastic_depth.p for block in theirs.modules() if getattr(block, "use_res_connect", False)]
    found = rates(exported(f"{ROOT / 'specs' / 'efficientnet.yaml'}:b{step}"))
    assert found == pytest.approx(expected, abs=1e-15)
    assert found[0] == float(Fraction(1, 5) * Fraction(*{0: (2, 16), 5: (1, 39)}[step]))
