"""Tensors of fixed numbers in exported code: what they hold, where they come from, and a judge that finds others."""

from __future__ import annotations

from typing import Any

import pytest
from export.generated import exported, namespace
from layers.oracles import load_torch

import archcalc
from archcalc.diagnostics.codes.export import ARGUMENTS_DIFFER, NO_TORCH_FORM
from archcalc.export.torch import write
from archcalc.verify import Runner, verify

FORMS = """
name: forms
input: {x: [16, 4], ids: {shape: [6], dtype: int}}
blocks:
  centred(mean, spread=2):
    - {buffer: {shape: [16, 1], values: mean, persistent: false}, as: centre}
    - {elementwise: {value: (x - centre) / spread, broadcast: true}, from: input}
layers:
  - {centred: [1/2, 2], as: a, from: x}
  - {centred: [3, 4], as: b}
  - for: {i: 0..2}
    do:
      - multiply: [here, [{buffer: {shape: [1, 16, 4], values: i}, as: m$i}]]
  - tokens
  - as: group
    do:
      - add: [here, [{buffer: {shape: [4, 16], values: -3, persistent: false}, as: t}]]
  - {buffer: [2, 16], as: registers}
  - {concat: {branches: [group, registers], axis: 0}, as: joined}
  - {buffer: {shape: [2, 2], values: [[1, 2], [3, 1/4]]}, as: square}
  - {buffer: {shape: [2, 2], values: [[1, 2], [3, 4]], dtype: int}, as: index}
  - {embedding: [5, 16], as: table}
  - {flatten: [0, 1], as: rows}
  - {add: [rows, group], as: sum}
  - {use: registers, as: again}
  - {embedding: [10, 4], from: ids, as: words}
output: [joined, square, sum, words, again]
"""
"""Fixed numbers in all the forms in which they are stated and read."""
UNNAMED = "input: [4, 8]\nlayers: [conv: [4, 1], {buffer: {shape: [8, 4], values: 7}}, matmul: [0, here]]\n"


def built(spec: str) -> tuple[str, Any]:
    """The text of the generated module, and the network."""
    source = exported(archcalc.load(spec))
    return source.text, getattr(namespace(source), source.class_name)().eval()


def test_the_code_is_that_of_authors() -> None:
    text, network = built(FORMS)
    told = " ".join(text.split())
    for line in (
        "self.centre = nn.Buffer(mean * torch.ones(16, 1), persistent=False)",
        "return (x - self.centre) / self.spread",
        "self.m0 = nn.Buffer(torch.zeros(1, 16, 4))",
        "self.m1 = nn.Buffer(torch.ones(1, 16, 4))",
        "self.m2 = nn.Buffer(2 * torch.ones(1, 16, 4))",
        "self.t = nn.Buffer(-3 * torch.ones(4, 16), persistent=False)",
        "return x + self.t",
        "self.registers = nn.Buffer(torch.zeros(2, 16))",
        "self.square = nn.Buffer(torch.tensor([[1.0, 2.0], [3.0, 0.25]]))",
        "self.index = nn.Buffer(torch.tensor([[1, 2], [3, 4]]))",
        "The numbers of `registers` come from a state dict; until then they are 0.",
    ):
        assert line in told, line
    kept = ["m0", "m1", "m2", "registers", "square", "index"]
    assert list(network.state_dict()) == [*kept, "table.weight", "words.weight"]
    held = {name for name, _ in network.named_buffers()}
    assert held == {*kept, "a.centre", "b.centre", "group.t"}


def test_the_values_are_those_of_the_spec() -> None:
    torch = load_torch()
    _, network = built(FORMS)
    x, ids = torch.randn(3, 16, 4), torch.randint(10, (3, 6))
    state = network.state_dict() | {"registers": torch.randn(2, 16)}
    network.load_state_dict(state, strict=True)
    with torch.no_grad():
        joined, square, total, words, again = network(x, ids)
    moved = (((x - 0.5) / 2 - 3) / 4) * 0 * 1 * 2
    group = moved.transpose(1, 2) - 3
    assert torch.equal(joined, torch.cat([group, state["registers"].expand(3, 2, 16)], 1))
    assert torch.equal(again, state["registers"].expand(3, 2, 16))
    assert torch.equal(square, torch.tensor([[1, 2], [3, 0.25]]).expand(3, 2, 2))
    assert torch.equal(total, state["table.weight"][[1, 2, 3, 4]] + group)
    assert torch.equal(words, state["words.weight"][ids])


def test_a_module_that_registers_them_is_loaded_strictly_and_gives_the_same() -> None:
    """Shifted windows with their mask, and images that are centred, as authors write them."""
    torch = load_torch()

    class Windows(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1), persistent=False)
            self.embed = torch.nn.Conv2d(3, 8, 2, 2)
            self.register_buffer("position_ids", torch.arange(16)[None])
            self.positions = torch.nn.Embedding(16, 8)
            self.qkv = torch.nn.Linear(8, 24)
            hidden = torch.rand(4, 4, 4) < 0.5
            self.register_buffer("attn_mask", torch.zeros(4, 4, 4).masked_fill(hidden, -100.0))

        def forward(self, images: Any) -> Any:
            x = self.embed(images - self.mean).flatten(2).transpose(1, 2) + self.positions(self.position_ids)
            x = x.view(-1, 2, 2, 2, 2, 8).transpose(2, 3).reshape(-1, 4, 4, 8)
            q, k, v = self.qkv(x).view(-1, 4, 4, 3, 2, 4).permute(3, 0, 1, 4, 2, 5)
            scores = q @ k.transpose(-2, -1) / 2 + self.attn_mask[None, :, None]
            return (scores.softmax(-1) @ v).transpose(2, 3).flatten(3)

    spec = """
input: [3, 8, 8]
layers:
  - {buffer: {shape: [3, 1, 1], values: [0.485, 0.456, 0.406], persistent: false}, as: mean}
  - {elementwise: {value: x - mean, broadcast: true}, from: input}
  - {conv: [8, 2, 2], as: embed}
  - {tokens, as: tokens}
  - {buffer: {shape: [1, 16], dtype: int}, as: position_ids}
  - {embedding: [16, 8], as: positions}
  - add: [tokens, positions]
  - reshape: {shape: [2, 2, 2, 2, 8], layout: channels_last}
  - permute: {axes: [0, 2, 1, 3, 4], layout: channels_last}
  - reshape: {shape: [4, 4, 8], layout: channels_last}
  - {linear: 24, as: qkv}
  - {split: 3, as: parts}
  - {buffer: [4, 4, 4], as: attn_mask}
  - {reshape: [4, 1, 4, 4], as: mask}
  - {dot_attention: [parts.0, parts.1, parts.2], heads: 2, mask: mask}
"""
    torch.manual_seed(0)
    theirs, (text, ours) = Windows().eval(), built(spec)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    images = torch.rand(5, 3, 8, 8)
    with torch.no_grad():
        torch.testing.assert_close(ours(images), theirs(images), rtol=1e-5, atol=1e-6)
        theirs.attn_mask.zero_()
        assert not torch.allclose(ours(images), theirs(images), atol=1e-3), "the mask does something"
    report = archcalc.load(spec).check()
    assert (report.totals.buffers, report.totals.parameters) == (64 + 16, sum(p.numel() for p in theirs.parameters()))
    assert "The numbers of `position_ids` and `attn_mask` come from a state dict" in text


@pytest.mark.parametrize(
    ("spec", "before", "after", "name"),
    [
        (FORMS, "[3.0, 0.25]", "[3.0, 0.3]", "square"),
        (FORMS, "nn.Buffer(2 * torch", "nn.Buffer(3 * torch", "m2"),
        (FORMS, "-3 * torch.ones(4, 16)", "3 * torch.ones(4, 16)", "group.t"),
        (FORMS, "mean * torch", "0.5 * torch", "b.centre"),
        (UNNAMED, "values=7", "values=8", "1.tensor"),
    ],
)
def test_other_numbers_are_found(spec: str, before: str, after: str, name: str, runner: Runner) -> None:
    architecture = archcalc.load(spec)
    source = exported(architecture)
    assert source.text.count(before) == 1
    assert verify(architecture.program, source=source, runner=runner).ok
    spoilt = source._replace(text=source.text.replace(before, after))
    found = verify(architecture.program, source=spoilt, runner=runner)
    told = [one.message for one in found.diagnostics if one.code is ARGUMENTS_DIFFER]
    assert told[0] == f"{name} (buffer) holds other numbers in PyTorch than its `values`"
    assert not found.ok


def test_lists_that_a_block_is_given_stay_lists() -> None:
    text, network = built("""
input: [3, 8, 8]
let: {means: [0.485, 0.456, 0.406]}
blocks:
  normalized(mean, spread):
    - {buffer: {shape: [3, 1, 1], values: mean, persistent: false}, as: centre}
    - {buffer: {shape: [1, 3, 1, 1], values: spread, persistent: false}, as: std}
    - {elementwise: {value: (x - centre) / std, broadcast: true}, from: input}
layers:
  - {normalized: [means, [0.25, 0.5, 1]], as: one}
  - {normalized: [[1, 2, 3], [4, 5, 6]], as: two}
""")
    for line in (
        "def __init__(self, mean: tuple[float, float, float], spread: tuple[float, float, float]) -> None:",
        "torch.tensor(mean, dtype=torch.float).view(3, 1, 1)",
        "self.one = Normalized((0.485, 0.456, 0.406), (0.25, 0.5, 1))",
        "self.two = Normalized((1, 2, 3), (4, 5, 6))",
    ):
        assert line in " ".join(text.split()).replace("( ", "(").replace(", ) ->", ") ->"), line
    assert network.two.centre.tolist() == [[[1.0]], [[2.0]], [[3.0]]]
    torch = load_torch()
    x = torch.rand(2, 3, 8, 8)
    mean, spread = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.25, 0.5, 1])
    first = (x - mean.view(3, 1, 1)) / spread.view(1, 3, 1, 1)
    second = (first - torch.tensor([1.0, 2, 3]).view(3, 1, 1)) / torch.tensor([4.0, 5, 6]).view(3, 1, 1)
    torch.testing.assert_close(network(x), second)


def test_a_mask_may_have_the_axis_of_the_batch(runner: Runner) -> None:
    """The causal order as GPT-2 keeps it: [1, 1, T, T], of which the tokens that there are use a part."""
    spec = """
input: [N, 8]
at: {N: 5}
layers:
  - {reshape: {shape: [N, 8], layout: channels_last}, as: tokens}
  - {buffer: [1, 1, 16, 16], as: bias}
  - {slice: {axis: 2, stop: N}}
  - {slice: {axis: 3, stop: N}, as: part}
  - {linear: 24, from: tokens, as: qkv}
  - {split: 3, as: parts}
  - {dot_attention: [parts.0, parts.1, parts.2], heads: 2, mask: part}
"""
    architecture = archcalc.load(spec)
    source = exported(architecture)
    found = verify(architecture.program, source=source, runner=runner)
    assert found.ok, [str(one) for one in found.diagnostics]
    torch = load_torch()
    network = getattr(namespace(source), source.class_name)(5).eval()
    hidden = torch.full((1, 1, 16, 16), -torch.inf).triu(1)
    network.load_state_dict(network.state_dict() | {"bias": hidden}, strict=True)
    x = torch.randn(2, 5, 8)
    with torch.no_grad():
        heads = network.qkv(x).view(2, 5, 3, 2, 4).permute(2, 0, 3, 1, 4)
        right = torch.nn.functional.scaled_dot_product_attention(*heads, is_causal=True)
        torch.testing.assert_close(network(x), right.transpose(1, 2).flatten(2))


def test_numbers_that_nobody_has_are_refused() -> None:
    spec = "input: [4, 8]\nlayers:\n  - add: [here, [{buffer: {shape: [4, 8], persistent: false}, as: mask}]]\n"
    assert archcalc.load(spec).check().ok
    source, (finding,) = write(archcalc.load(spec).program, {})
    assert source is None and finding.code is NO_TORCH_FORM
    assert finding.message == (
        "mask: nothing says which numbers this buffer holds: the spec states none, and `persistent: false` says that "
        "no state dict has them"
    )
    assert finding.help[0] == "state them, as in `values: 0` for all of them or `values: [1, 2, 3]`"
