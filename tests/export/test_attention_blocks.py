"""Attention that specs say in steps, against the modules of timm: parameters, products, and the same numbers."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import pytest
from export import attention_blocks as blocks
from export.generated import built, exported
from layers.oracles import load_torch

import archcalc


class Case(NamedTuple):
    """A spec, and the module of timm that it says."""

    spec: str
    home: str
    name: str
    arguments: dict[str, Any]
    enter: Callable[[Any], Any]
    """What the module reads, where the spec reads a map with the channels first."""
    leave: Callable[[Any], Any] = lambda result: result
    """The module's result in the axes of the spec's."""
    more: Callable[[Any], dict[str, Any]] = lambda module: {}
    """Tensors of the spec that the module computes from its own."""
    calls: Callable[[Any, Any], Any] = lambda module, x: module(x)
    variant: str | None = None

    def load(self) -> archcalc.Architecture:
        """The spec's network."""
        return archcalc.load(self.spec).choose(self.variant)


def tokens(x: Any) -> Any:
    """Every position a token."""
    return x.flatten(2).transpose(1, 2)


def windows(x: Any, side: int = 7) -> Any:
    """Windows as further items of the batch, as timm cuts them."""
    cut = import_module("timm.models.swin_transformer").window_partition
    return cut(x.movedim(1, -1), (side, side))


def grid(x: Any) -> Any:
    """Positions far apart as items of the batch."""
    return import_module("timm.models.maxxvit").grid_partition(x.movedim(1, -1), (7, 7))


def apart(result: Any) -> Any:
    """Items and windows as two axes, and the positions of a window as tokens."""
    return result.reshape(2, -1, 49, result.shape[-1])


def shifted_mask() -> Any:
    """Windows of a map that is rolled by 3: which pairs lie on one side of the border."""
    torch = load_torch()
    sides = torch.zeros(1, 1, 14, 14)
    for count, rows in enumerate((slice(0, -7), slice(-7, -3), slice(-3, None))):
        for more, columns in enumerate((slice(0, -7), slice(-7, -3), slice(-3, None))):
            sides[:, :, rows, columns] = 3 * count + more
    areas = windows(sides).reshape(-1, 49)
    return torch.where(areas[:, None] == areas[:, :, None], 0.0, -100.0).double()


def rel_pos(heads: int) -> Any:
    """The relative positions of MaxViT, as its blocks make them."""
    cls = import_module("timm.layers").RelPosBias
    return lambda num_heads, **_: cls(window_size=(7, 7), num_heads=num_heads)


def swin(spec: str, **more: Any) -> Case:
    """Attention in windows of 7x7 positions."""
    arguments = {"dim": 96, "num_heads": 3}
    home, name = "models.swin_transformer", "WindowAttention"
    return Case(spec, home, name, arguments, lambda x: windows(x).flatten(1, 2), apart, **more)


def maxvit(variant: str, enter: Callable[[Any], Any]) -> Case:
    """Attention in windows that are cut as `enter` does."""
    arguments = {"dim": 64, "rel_pos_cls": rel_pos}
    return Case(blocks.MAXVIT, "models.maxxvit", "AttentionCl", arguments, enter, apart, variant=variant)


CASES = {
    "ViT": Case(
        blocks.VIT, "models.vision_transformer", "Attention", {"dim": 64, "num_heads": 4, "qkv_bias": True}, tokens
    ),
    "Swin": swin(blocks.SWIN),
    "Swin, shifted": swin(
        blocks.SWIN_SHIFTED,
        more=lambda module: {"attn_mask": shifted_mask()[:, None]},
        calls=lambda module, x: module(x, shifted_mask().to(x.device)),
    ),
    "MaxViT, blocks": maxvit("blocks", windows),
    "MaxViT, grid": maxvit("grid", grid),
    "MobileViT": Case(
        blocks.MOBILEVIT,
        "models.mobilevit",
        "MobileVitBlock",
        {"in_chs": 16, "transformer_dim": 24, "patch_size": 2},
        lambda x: x,
    ),
    "BoTNet": Case(
        blocks.BOTNET, "layers.bottleneck_attn", "BottleneckAttn", {"dim": 64, "feat_size": (6, 5)}, lambda x: x
    ),
    "XCiT": Case(blocks.XCIT, "models.xcit", "XCA", {"dim": 48, "num_heads": 4}, tokens),
    "CaiT, class": Case(blocks.CAIT_CLASS, "models.cait", "ClassAttn", {"dim": 48, "num_heads": 4}, tokens),
    "CaiT, talking heads": Case(
        blocks.CAIT_TALKING, "models.cait", "TalkingHeadAttn", {"dim": 48, "num_heads": 4}, tokens
    ),
    "LeViT": Case(
        blocks.LEVIT,
        "models.levit",
        "Attention",
        {"dim": 48, "key_dim": 8, "num_heads": 3, "attn_ratio": 2, "resolution": 4},
        tokens,
        more=lambda module: {"bias": module.get_attention_biases("cpu")},
    ),
}
TABLES = ("attention_biases",)
"""Tensors from which biases are looked up in a way that the language does not have."""


@pytest.fixture(autouse=True)
def timm(models: Any) -> Any:
    """The library, which loads torchvision."""
    load_torch()
    if importlib.util.find_spec("timm") is None:
        pytest.skip("could not import 'timm'")
    return import_module("timm")


def module_of(case: Case) -> Any:
    """The module, with random numbers in everything that it learns and keeps."""
    torch = load_torch()
    torch.manual_seed(1)
    cls = getattr(import_module(f"timm.{case.home}"), case.name)
    arguments = {name: value(2) if value is rel_pos else value for name, value in case.arguments.items()}
    module = cls(**arguments).double()
    module.eval()
    for name, value in module.state_dict().items():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) + 0.5 if name.endswith("running_var") else torch.randn_like(value) / 4)
    return module


def state_of(case: Case, module: Any) -> dict[str, Any]:
    """What the spec's network holds."""
    kept = {name: value for name, value in module.state_dict().items() if name not in TABLES}
    return {**kept, **{name: value.detach() for name, value in case.more(module).items()}}


@pytest.mark.parametrize("name", CASES)
def test_products_and_parameters_are_those_of_the_module(name: str) -> None:
    torch = load_torch()
    from torch.utils.flop_counter import FlopCounterMode

    case = CASES[name]
    module = module_of(case)
    report = case.load().check()
    assert report.ok, report
    learned = {one for one, _ in module.named_parameters()}
    state = {one: value for one, value in state_of(case, module).items() if one in learned or one == "bias"}
    assert report.totals.parameters == sum(value.numel() for value in state.values())
    with torch.device("meta"), torch.no_grad(), FlopCounterMode(display=False) as counter:
        case.calls(module.to("meta"), case.enter(torch.zeros(2, *sizes(case), dtype=torch.float64)))
    assert report.totals.multiplications == counter.get_total_flops() // 2 // 2


def sizes(case: Case) -> list[int]:
    """What the spec reads."""
    return [int(size) for size in case.load().check().graph.inputs[0].outputs[0].shape.sizes]


@pytest.mark.parametrize("name", CASES)
def test_values_are_those_of_the_module(name: str) -> None:
    torch = load_torch()
    case = CASES[name]
    module = module_of(case)
    network = built(exported(case.load()), "cpu").double()
    network.load_state_dict(state_of(case, module), strict=True)
    x = torch.randn(2, *sizes(case), dtype=torch.float64)
    with torch.no_grad():
        expected = case.leave(case.calls(module, case.enter(x)))
        torch.testing.assert_close(network(x), expected, rtol=0, atol=1e-12)


def test_reads_as_a_person_would_write_it() -> None:
    text = """
input: [64, 20]
blocks:
  attention(heads):
    - {linear: 3 * in_channels, as: qkv}
    - {split: 3, as: parts}
    - {identity, from: parts.0, as: q}
    - {identity, from: parts.1, as: k}
    - {identity, from: parts.2, as: v}
    - {dot_attention: [q, k, v], heads: heads, causal: true}
    - {linear: in_channels, as: proj}
layers: [tokens, {attention: 4, as: first}, {attention: 8, as: second}]
ignore: [AC145]
"""
    source = exported(text)
    start = source.text.index("        self.qkv")
    assert source.text[start : source.text.index("\n\n\n", start)] == (
        "        self.qkv = nn.Linear(in_channels, 3 * in_channels)\n"
        "        self.proj = nn.Linear(in_channels, in_channels)\n"
        "        self.heads = heads\n"
        "\n"
        "    def forward(self, x: Tensor) -> Tensor:\n"
        "        q, k, v = torch.chunk(self.qkv(x), 3, dim=2)\n"
        "        x = attend_in_heads(q, k, v, heads=self.heads, is_causal=True)\n"
        "        return self.proj(x)"
    )
