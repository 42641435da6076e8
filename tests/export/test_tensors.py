"""Learned tensors that classes hold themselves: their code, their names in a state dict, and what is computed."""

from __future__ import annotations

from typing import Any

import pytest
from export.generated import exported, namespace
from layers.oracles import load_torch

import archcalc
from archcalc.verify import verify

ALL = """
name: all
input: {x: [16, 8], y: [16, 8]}
blocks:
  scaled(initial=0): [{layer_scale: initial, as: gamma}]
  tokens_in_front:
    - concat: {branches: [[{parameter: [1, 1, 16], as: cls_token}], [{parameter: [1, 16], as: dist}], here], axis: 0}
layers:
  - {tokens, from: x}
  - {tokens_in_front, as: one}
  - {tokens_in_front, as: two}
  - {scaled: 0.1, as: ls1}
  - {scaled: 1, as: ls2}
  - {parameter: {shape: [1, 12, 16], layout: channels_last}, as: table}
  - {linear: 16, as: project}
  - {dropout: 0.1, as: drop}
  - {add: [ls2, drop], as: first_sum}
  - {add: [here, table], as: second_sum}
  - {layer_scale: 0.3, as: g1, trainable: false}
  - {use: g1, as: g2}
  - {parameter: {shape: [1, 4, 16], layout: channels_last}, as: q}
  - {add: [q, q], as: twice}
  - as: inner
    do:
      - concat: {branches: [first_sum, q, twice], axis: 0}
      - {class_token, as: token}
      - {position_embedding, as: places}
  - {from: y}
  - {layer_scale: 0.5, as: first}
  - {subtract: [[{parameter: {shape: [1, 16, 8], initial: 2}, as: offset}], here]}
output: [inner, here]
"""
"""Learned tensors in all the forms in which they are read."""


def built(spec: str) -> tuple[str, Any]:
    """The text of the generated module, and the network."""
    source = exported(archcalc.load(spec))
    return source.text, getattr(namespace(source), source.class_name)().eval()


def test_every_tensor_is_read_as_the_graph_says() -> None:
    load_torch()
    found = verify(archcalc.load(ALL).program)
    assert found.ok, [str(one) for one in found.diagnostics]


def test_the_values_are_those_of_the_spec() -> None:
    torch = load_torch()
    _, network = built(ALL)
    torch.manual_seed(0)
    with torch.no_grad():
        for tensor in network.parameters():
            tensor.copy_(torch.randn(tensor.shape))
    learned = dict(network.state_dict())
    x, y = torch.randn(3, 16, 8), torch.randn(3, 16, 8)
    tokens = x.transpose(1, 2)
    for call in ("one", "two"):
        front = torch.stack([learned[f"{call}.cls_token"][0, 0], learned[f"{call}.dist"][0]])
        tokens = torch.stack([torch.cat([front, item]) for item in tokens])
    tokens = tokens * learned["ls1.gamma"] * learned["ls2.gamma"]
    table = torch.nn.functional.linear(learned["table"], learned["project.weight"], learned["project.bias"])[0]
    first = torch.stack([item + table for item in tokens])
    twice = 2 * learned["q"][0]
    inner = [torch.cat([learned["inner.token"][0], item, learned["q"][0], twice]) for item in first]
    with torch.no_grad():
        found, rest = network(x, y)
    # A linear layer of one matrix and of several may add up in another order.
    torch.testing.assert_close(found, torch.stack([item + learned["inner.places"][0] for item in inner]))
    assert torch.equal(rest, torch.stack([learned["offset"][0] - item * learned["first"][:, None] for item in y]))


def test_the_code_is_that_of_authors() -> None:
    text, network = built(ALL)
    for line in (
        "self.cls_token = nn.Parameter(0.02 * torch.randn(1, 1, 16))",
        "self.gamma = nn.Parameter(initial * torch.ones(in_channels))",
        "self.g1 = nn.Parameter(0.3 * torch.ones(16), requires_grad=False)",
        "self.offset = nn.Parameter(2 * torch.ones(1, 16, 8))",
        "return x * self.gamma",
        "cls_token = self.cls_token.expand(len(x), -1, -1)",
        "return self.offset - y * self.first.view(-1, 1)",
    ):
        assert line in text or line.replace("return ", "") in text, line
    assert list(network.state_dict()) == [
        "table", "g1", "q", "first", "offset", "one.cls_token", "one.dist", "two.cls_token", "two.dist", "ls1.gamma",
        "ls2.gamma", "project.weight", "project.bias", "inner.token", "inner.places",
    ]  # fmt: skip
    assert {name for name, tensor in network.named_parameters() if not tensor.requires_grad} == {"g1"}


def test_a_tensor_that_only_some_calls_have_is_made_by_these() -> None:
    text, network = built("""
input: [8, 5, 5]
blocks:
  unit(learned, stride=1):
    - {conv: [8, 3, stride, 1], as: conv}
    - {layer_scale: 1e-5, as: gamma, when: learned}
layers: [{unit: true, as: a}, {unit: false, as: b}, {unit: [true, 2], as: c}]
""")
    assert [name for name in network.state_dict() if "gamma" in name] == ["a.gamma", "c.gamma"]
    assert "if self.learned:\n            self.gamma = nn.Parameter(1e-05 * torch.ones(8))" in text
    torch = load_torch()
    assert network(torch.randn(2, 8, 5, 5)).shape == (2, 8, 3, 3)


@pytest.mark.parametrize("kind", ["layer_scale: 0.5", "class_token", "position_embedding"])
def test_without_a_name_it_is_a_module_with_a_weight(kind: str) -> None:
    _, network = built(f"input: [8, 4]\nlayers: [tokens, {{{kind}}}, linear: 2]\n")
    assert list(network.state_dict()) == ["1.weight", "2.weight", "2.bias"]


def test_symbols_stay_symbols() -> None:
    torch = load_torch()
    spec = """
input: [D, N]
at: {D: 8, N: 5}
layers:
  - tokens
  - concat: {branches: [[{parameter: [1, 1, D], as: cls_token}], here], axis: 0}
  - {layer_scale, as: gamma}
"""
    source = exported(archcalc.load(spec))
    made = getattr(namespace(source), source.class_name)(D=6)
    assert made.cls_token.shape == (1, 1, 6)
    assert made(torch.randn(2, 6, 9)).shape == (2, 10, 6)
