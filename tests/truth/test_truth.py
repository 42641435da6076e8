"""Every published and every exactly counted figure of the lecture's first systems, from what archcalc computes.

`truth.yaml` was counted by other programs: PyTorch ports, torchvision, and an interpreter of the authors' Caffe files.
Each of its entries on the systems below is met by one of the readings in this file, or is named in `NOT_COMPUTED` with
a reason. An entry that nobody knows fails.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor, prod
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from truth_networks import (
    CASES,
    CONVOLUTIONS,
    POOLS,
    ROOT,
    concrete,
    is_subsampling,
    nodes,
    report,
    sizes_in,
    sizes_out,
)

import archcalc
from archcalc.graph import Node

TRUTH = Path(__file__).with_name("truth.yaml")
SYSTEMS = ("conv-dims", "conv-example", "LeNet", "LeNet-5 (1998)", "AlexNet", "VGG", "ResNet", "U-Net")


class Entry(NamedTuple):
    """One figure of the table."""

    system: str
    variant: str
    input: str
    quantity: str
    value: Any
    exact: bool
    source: str
    note: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells entries apart."""
        return self.system, self.variant, self.quantity


ENTRIES = [Entry(**entry) for entry in yaml.safe_load(TRUTH.read_text("utf-8")) if entry["system"] in SYSTEMS]

NETWORKS = {
    ("LeNet", "lecture / modern (full C3, avg or max pool, FC 120-84-10)"): "lenet:lecture",
    ("LeNet", "lecture"): "lenet:lecture",
    ("LeNet", "modern, C5 as 5x5 conv (lecture chain Conv-Pool-Conv-Pool-Conv-FC)"): "lenet:conv-c5",
    ("LeNet", "caffe mnist example (NOT the lecture net)"): "lenet:caffe",
    ("LeNet-5 (1998)", "original"): "lenet:1998",
    ("AlexNet", "lecture single tower"): "alexnet:lecture",
    ("AlexNet", "single tower"): "alexnet:lecture",
    ("AlexNet", "original two-group (conv2,conv4,conv5 groups=2)"): "alexnet:two-groups",
    ("AlexNet", "BVLC caffe deploy"): "alexnet:two-groups",
    ("AlexNet", 'torchvision ("one weird trick" 64-192-384-256-256, P=2)'): "alexnet:torchvision",
    **{("VGG", name): f"vgg:{name}" for name in ("A", "A-LRN", "B", "C", "D", "E")},
    **{("ResNet", f"{depth} option A"): f"resnet:resnet{depth}-A" for depth in (18, 34)},
    **{("ResNet", f"{depth} option B"): f"resnet:resnet{depth}" for depth in (18, 34)},
    **{("ResNet", f"plain-{depth}"): f"resnet:plain{depth}" for depth in (18, 34)},
    **{("ResNet", f"{depth} option B v1"): f"resnet:resnet{depth}-v1" for depth in (50, 101, 152)},
    **{("ResNet", f"{depth} option B v1.5"): f"resnet:resnet{depth}" for depth in (50, 101, 152)},
    **{("ResNet", f"{depth} MSRA caffe deploy"): f"resnet:resnet{depth}-caffe" for depth in (50, 101, 152)},
    ("ResNet", "152 with conv biases, no BN"): "resnet:resnet152-biased",
    ("U-Net", "paper Fig. 1 (valid, 1->2)"): "unet:paper",
    ("U-Net", "paper Fig. 1"): "unet:paper",
    ("U-Net", "paper"): "unet:paper",
    ("U-Net", "3 in, 2 out"): "unet:rgb",
    ("U-Net", "1 in, 1 out"): "unet:1-1",
    ("U-Net", "3 in, 1 out"): "unet:3-1",
    ("U-Net", "released caffe net phseg_v5"): "unet:released",
    ("U-Net", "padded variant"): "unet:padded",
}
"""Which network of the catalogue is which variant of the table."""

NOT_COMPUTED = {
    ("ResNet", "lecture hyper-parameters", "weight_decay"): "training; nothing of the architecture depends on it",
}

PUBLISHED: dict[tuple[str, str, str], list[tuple[str, str, str]]] = {
    ("LeNet", "lecture", "published_params"): [("lenet:lecture", "60k", "explained"), ("lenet:1998", "60k", "holds")],
    ("AlexNet", "lecture", "published_params"): [("alexnet:lecture", "60M", "explained")],
    ("AlexNet", "paper", "published_params"): [("alexnet:two-groups", "60M", "holds")],
    **{
        ("VGG", name, "published_params_million"): [(f"vgg:{name}", f"{millions}M", "holds")]
        for name, millions in {"A": 133, "A-LRN": 133, "B": 133, "C": 134, "D": 138, "E": 144}.items()
    },
    ("VGG", "D", "published_params"): [("vgg:D", "138M", "holds")],
    ("VGG", "16", "published_flops"): [("vgg:D", "15.3B", "holds")],
    ("VGG", "19", "published_flops"): [("vgg:E", "19.6B", "holds")],
    ("ResNet", "18", "published_flops"): [("resnet:resnet18-A", "1.8B", "holds")],
    ("ResNet", "34", "published_flops"): [("resnet:resnet34-A", "3.6B", "holds")],
    ("ResNet", "50", "published_flops"): [
        ("resnet:resnet50-v1", "3.8B", "holds"),
        ("resnet:resnet50", "3.8B", "explained"),
    ],
    ("ResNet", "101", "published_flops"): [("resnet:resnet101-v1", "7.6B", "holds")],
    ("ResNet", "152", "published_flops"): [("resnet:resnet152-v1", "11.3B", "holds")],
    ("ResNet", "152", "published_params"): [
        ("resnet:resnet152", "60M", "holds"),
        ("resnet:resnet152-biased", "60M", "holds"),
    ],
}
"""Printed roundings: the spec that states one, its text there, and what the checker has to say about it."""

UNITS = {"k": 10**3, "M": 10**6, "million": 10**6, "B": 10**9, "e9": 10**9}


def printed(value: Any, quantity: str) -> Fraction:
    """A printed number, exactly: `60k`, `60 million`, `15.3e9`, or 133 in a column of millions."""
    text = f"{value}M" if quantity.endswith("_million") else f"{value:g}" if isinstance(value, float) else str(value)
    match = re.fullmatch(r"([\d.]+) ?(k|M|million|B|e9|e\+09|e\+10)", text)
    assert match, f"cannot read {text!r}"
    unit = {"e+09": 10**9, "e+10": 10**10}.get(match[2]) or UNITS[match[2]]
    return Fraction(match[1]) * unit


def meets_published(entry: Entry) -> None:
    for network, text, state in PUBLISHED[entry.key]:
        verdicts = [verdict for verdict in report(network).verdicts if verdict.expected == text]
        assert [verdict.state for verdict in verdicts] == [state], f"{network} says nothing about {text}"
        assert verdicts[0].source, f"{network} gives no source for {text}"
        assert printed(text, "") == printed(entry.value, entry.quantity)


# Figures of whole networks


def fractional(network: str) -> list[Node]:
    """Convolutions and pools whose (N - F + 2P)/S is not whole."""
    return [
        node
        for node in nodes(network, *CONVOLUTIONS, *POOLS)
        if node.facts and node.facts.fractions
        if not is_subsampling(node)
    ]


class Step(NamedTuple):
    """A fractional layer as the tables print it: in, window, exact value, and the size it was rounded to."""

    size: int
    window: tuple[int, int, int] | None
    value: Fraction
    real: int
    up: bool


def step(node: Node, *, with_window: bool) -> Step:
    assert node.facts is not None
    # Maps and windows are square in all of these networks: both axes have the same fraction.
    (value,) = {fraction.value for fraction in node.facts.fractions}
    assert len(node.facts.fractions) == 2
    (size,), (real,) = set(sizes_in(node)[1:]), set(sizes_out(node)[1:])
    assert real in (floor(value), ceil(value))
    fields: Any = node.layer
    window = (fields.kernel, fields.stride, fields.padding) if with_window else None
    return Step(size, window, value, real, real > value)


PYTORCH = re.compile(r"\S+: in=(\d+) F=(\d+) S=(\d+) P=(\d+) -> ([\d.]+), real out=(\d+), ceil=(True|False)")
CAFFE = re.compile(r"\S+: \(\d+, (\d+), \d+\)->\(\d+, (\d+), \d+\) FRAC ([\d.]+)x([\d.]+) (floor|ceil)")


def read_step(text: str) -> Step:
    if match := PYTORCH.fullmatch(text):
        size, kernel, stride, padding = (int(match[i]) for i in range(1, 5))
        return Step(size, (kernel, stride, padding), Fraction(match[5]), int(match[6]), match[7] == "True")
    match = CAFFE.fullmatch(text)
    assert match, f"cannot read {text!r}"
    assert match[3] == match[4]
    return Step(int(match[1]), None, Fraction(match[3]), int(match[2]), match[4 + 1] == "ceil")


def meets_fractional_layers(entry: Entry, network: str) -> None:
    wanted = [read_step(text) for text in entry.value]
    with_window = wanted[0].window is not None
    assert Counter(wanted) == Counter(step(node, with_window=with_window) for node in fractional(network))


def multiplications(network: str, *kinds: str) -> object:
    return sum(layer.multiplications for layer in report(network).layers if layer.kind in kinds)


def all_multiplications(network: str) -> object:
    total = report(network).totals.multiplications
    assert multiplications(network, *CONVOLUTIONS, "linear") == total
    return total


def output_shape(network: str) -> object:
    (shape,) = report(network).outputs.values()
    return list(shape or ())


QUANTITIES: dict[str, Callable[[str], object]] = {
    "params_total": lambda network: report(network).totals.parameters,
    "mults_conv_plus_fc": all_multiplications,
    "mults": all_multiplications,
    "mults_conv_only": lambda network: multiplications(network, *CONVOLUTIONS),
    "n_conv_layers": lambda network: len(nodes(network, *CONVOLUTIONS)),
    "conv_layers": lambda network: len(nodes(network, *CONVOLUTIONS)),
    "n_fc_layers": lambda network: len(nodes(network, "linear")),
    "weight_layers": lambda network: len(nodes(network, *CONVOLUTIONS, "linear")),
    "output_shape": output_shape,
    "n_fractional_conv_pool_layers": lambda network: len(fractional(network)),
    "params_bn_gamma_beta": lambda network: sum(node.facts.parameters for node in nodes(network, "batch_norm")),  # type: ignore[union-attr,misc]
}


# Figures of single systems


def meets_output_size(entry: Entry) -> None:
    """The lecture's sizes, each from a spec of one layer."""
    match = re.match(r"N=(\d+),F=(\d+),S=(\d+),P=(\d+)", entry.variant)
    assert match, entry.variant
    size, kernel, stride, padding = (int(number) for number in match.groups())
    fields = f"{{out: 1, kernel: {kernel}, stride: {stride}, padding: {padding}}}"
    found = archcalc.load(f"input: [1, {size}, {size}]\nlayers:\n  - conv: {fields}\n").check()
    if isinstance(entry.value, int):
        assert found.outputs == {"output": (1, entry.value, entry.value)}
        assert found.ok
        return
    quotient, _, decimals = entry.value.partition(" = ")
    assert [error.code.id for error in found.diagnostics] == ["AC301"]
    assert f"= {decimals} " in found.diagnostics[0].message
    assert {fraction.value for fraction in found.layers[0].fractions} == {Fraction(quotient)}
    assert found.outputs == {"output": None}


def meets_same_padding(entry: Entry) -> None:
    """P = (F - 1)/2 keeps the size at stride 1; for an even F it is not whole and is reported."""
    assert entry.value == "P=(F-1)/2"
    for kernel in range(1, 12):
        spec = "input: [1, 20, 20]\nlayers:\n  - conv: {out: 1, kernel: %d, padding: %s}\n"
        spelled = archcalc.load(spec % (kernel, f"({kernel} - 1)/2")).check()
        same = archcalc.load(spec % (kernel, "same")).check()
        assert same.outputs == {"output": (1, 20, 20)}
        assert spelled.ok == (kernel % 2 == 1)
        assert [found.code.name for found in same.diagnostics] == ([] if kernel % 2 else ["uneven-same"])
        if spelled.ok:
            assert spelled.outputs == same.outputs


def meets_convolved_numbers(entry: Entry) -> None:
    """The lecture's 5x5 image. archcalc computes sizes, not values: a loop shows that the sizes are the values'."""
    image = [[-5, 3, 2, -5, 3], [4, 3, 2, 1, -3], [1, 0, 3, 3, 5], [-2, 0, 1, 4, 4], [5, 6, 7, 9, -1]]
    kernel = [[2]] if "1x1" in entry.variant else [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
    window = len(kernel)
    found = archcalc.load(f"input: [1, 5, 5]\nlayers:\n  - conv: [1, {window}]\n").check()
    _, height, width = concrete(found.outputs["output"] or ())
    result = [
        [sum(kernel[i][j] * image[y + i][x + j] for i in range(window) for j in range(window)) for x in range(width)]
        for y in range(height)
    ]
    assert result == entry.value
    assert found.totals.multiplications == height * width * window**2


def meets_parameters_1998(entry: Entry) -> None:
    layer = {"OUTPUT": "output_layer"}.get(entry.quantity[7:].split(" ")[0], entry.quantity[7:].lower())
    assert report("lenet:1998")[layer].parameters == entry.value


def connections_1998() -> dict[str, int]:
    """Wires of every layer: what a unit reads, and its bias, at every place."""
    found: dict[str, int] = {}
    pooled = 0
    for node in report("lenet:1998").graph.nodes:
        units, fields = prod(sizes_out(node)), node.layer
        assert node.facts is not None
        products = node.facts.multiplications
        if node.kind in ("conv", "linear"):
            assert isinstance(products, int)
            found[node.name] = products + units
        elif node.kind == "avg_pool":
            pooled = getattr(fields, "kernel", 0) ** 2
        elif node.kind == "affine":
            found[node.name] = units * (pooled + 1)
        elif node.kind == "rbf":
            found[node.name] = units * prod(sizes_in(node))
    return found


def meets_connections_1998(entry: Entry) -> None:
    connections = connections_1998()
    name = entry.quantity.removeprefix("connections_").split(" ")[0]
    if name == "total":
        assert sum(connections.values()) == entry.value
    else:
        assert connections[{"OUTPUT": "output_layer"}.get(name, name.lower())] == entry.value


def shapes_of_stages(network: str) -> list[tuple[int, ...]]:
    return [sizes_out(node) for node in nodes(network, *CONVOLUTIONS, *POOLS, "linear")]


def meets_lenet_shapes(entry: Entry) -> None:
    # `120(x1x1)`: C5 writes a vector as a linear layer, and 1x1 maps as a convolution.
    vector = [re.sub(r"\(.*\)", "", text) for text in entry.value]
    maps = [re.sub(r"[()]", "", text) for text in entry.value]
    for network, texts in (("lenet:lecture", vector), ("lenet:conv-c5", maps)):
        assert shapes_of_stages(network) == [tuple(map(int, text.split("x"))) for text in texts]


def meets_alexnet_shapes(entry: Entry) -> None:
    assert shapes_of_stages("alexnet:lecture") == [tuple(map(int, text.split("x"))) for text in entry.value]


def neurons() -> list[int]:
    return [prod(sizes_out(node)) for node in nodes("alexnet:two-groups", "conv", "linear")]


def meets_paper_neurons(entry: Entry) -> None:
    """The caption's list. Its first number takes the 48 maps of one GPU for one side of the 55x55 map."""
    first = nodes("alexnet:two-groups", "conv")[0]
    maps, height, width = sizes_out(first)
    assert neurons()[0] == maps * height * width == 290_400
    assert entry.value == [maps * height * maps // 2, *neurons()[1:]]


def meets_neurons_total(entry: Entry) -> None:
    assert sum(neurons()) == entry.value


def meets_input_dim(entry: Entry) -> None:
    """The caption's 150,528 inputs are 224x224x3, and those do not fit."""
    found = archcalc.load(str(CASES / "catalogue" / "alexnet_224.yaml")).check()
    assert prod(concrete(found.inputs["input"] or ())) == entry.value
    assert not found.ok


def meets_ratio(entry: Entry) -> None:
    """Published to one digit, `~1000x`; both pairs of counts come out at it."""
    pairs = (("alexnet:lecture", "lenet:lecture"), ("alexnet:two-groups", "lenet:1998"))
    for large, small in pairs:
        ratio = Fraction(_parameters(large), _parameters(small))
        assert f"~{round(ratio, -3)}x" == entry.value
    assert [round(float(Fraction(_parameters(a), _parameters(b))), 1) for a, b in pairs] == [1010.9, 1016.1]


def _parameters(network: str) -> int:
    (count,) = concrete((report(network).totals.parameters,))
    return count


def meets_share_of_vgg19(entry: Entry) -> None:
    (plain,) = concrete((report("resnet:plain34").totals.multiplications,))
    (vgg,) = concrete((report("vgg:E").totals.multiplications,))
    assert f"{floor(Fraction(100 * plain, vgg))}%" == entry.value


def meets_stage_sizes(entry: Entry) -> None:
    for network in ("resnet:resnet18", "resnet:resnet50", "resnet:resnet50-v1", "resnet:resnet152-caffe"):
        sides = [sizes_out(node)[1] for node in report(network).graph.nodes if len(sizes_out(node)) == 3]
        assert list(dict.fromkeys(sides)) == entry.value


def meets_shortcut_rule(entry: Entry) -> None:
    """`same conv -> identity; else learned 1x1/2 projection (B) or stride-2 subsample + zero channels (A)`."""
    for network, kinds in (
        ("resnet:resnet34", ["conv", "batch_norm"]),
        ("resnet:resnet50", ["conv", "batch_norm"]),
        ("resnet:resnet34-A", ["max_pool", "pad_channels"]),
    ):
        every = report(network).graph.nodes
        for unit in (node for node in every if node.kind == "add"):
            scope = unit.module.prefix
            entered = sizes_in(next(node for node in every if node.module.prefix == scope))
            shortcut = [node for node in every if node.module.prefix == f"{scope}downsample."]
            if entered == sizes_out(unit):
                assert not shortcut
                assert unit.inputs[1].node is None or unit.inputs[1].node.module.prefix != scope
                continue
            assert [node.kind for node in shortcut] == kinds
            first: Any = shortcut[0].layer
            # The bottlenecks also widen in the first stage, at its full size.
            assert (first.kernel, first.stride) == (1, 2 if entered[1] != sizes_out(unit)[1] else 1)
            if network.endswith("-A"):
                assert all(node.facts and node.facts.parameters == 0 for node in shortcut)
    assert "A adds no parameters and no multiplications" in entry.note
    for depth in ("18", "34"):
        option_a, plain = report(f"resnet:resnet{depth}-A").totals, report(f"resnet:plain{depth}").totals
        assert option_a == plain


def meets_crops(entry: Entry) -> None:
    crops = {}
    for node in nodes("unet:paper", "crop"):
        (channels, skip, _), (_, up, _) = sizes_in(node), sizes_out(node)
        assert (skip - up) % 2 == 0
        crops[f"{channels}ch"] = [skip, up, (skip - up) // 2]
    assert crops == entry.value


def meets_unet_sizes(entry: Entry) -> None:
    path = nodes("unet:paper", "conv", "max_pool", "conv_transpose")[:-1]  # the 1x1 head keeps the size
    assert [sizes_in(path[0])[1], *(sizes_out(node)[1] for node in path)] == entry.value


def meets_unet_rule(entry: Entry) -> None:
    """`N = 16k+60 (k>=8), output 16k-124`: legal sizes and their outputs, and every other size up to 300 is illegal."""
    assert entry.value == "N = 16k+60 (k>=8), output 16k-124"
    legal = {16 * k + 60: 16 * k - 124 for k in range(8, 33)}
    unet = archcalc.load(str(ROOT / "specs" / "unet.yaml"), "paper")
    for size in [*range(120, 301), 556, 570, 571, 572]:
        found = unet.check(N=size)
        in_shapes = [d for d in found.diagnostics if d.severity == "error" and d.code.id.startswith("AC3")]
        assert (not in_shapes) == (size in legal), size
        if size in legal:
            assert found.ok
            assert found.outputs == {"output": (2, legal[size], legal[size])}


SINGLE: dict[tuple[str, str], Callable[[Entry], None]] = {
    ("conv-dims", "output_size"): meets_output_size,
    ("conv-dims", "formula"): meets_same_padding,
    ("conv-example", "output"): meets_convolved_numbers,
    **{
        ("LeNet-5 (1998)", f"params_{name}"): meets_parameters_1998
        for name in ("C1", "S2", "C3", "S4", "C5", "F6", "OUTPUT (RBF, fixed)")
    },
    **{
        ("LeNet-5 (1998)", f"connections_{name}"): meets_connections_1998
        for name in ("C1", "S2", "C3", "S4", "C5", "F6", "OUTPUT (RBF, fixed)", "total")
    },
    ("LeNet", "layer_shapes"): meets_lenet_shapes,
    ("AlexNet", "layer_shapes"): meets_alexnet_shapes,
    ("AlexNet", "neurons_per_layer"): meets_paper_neurons,
    ("AlexNet", "neurons_total"): meets_neurons_total,
    ("AlexNet", "input_dim"): meets_input_dim,
    ("AlexNet", "ratio_params_vs_lenet"): meets_ratio,
    ("ResNet", "plain34_over_vgg19"): meets_share_of_vgg19,
    ("ResNet", "output_sizes"): meets_stage_sizes,
    ("ResNet", "rule"): meets_shortcut_rule,
    ("U-Net", "crop_offsets"): meets_crops,
    ("U-Net", "encoder_decoder_sizes"): meets_unet_sizes,
    ("U-Net", "rule"): meets_unet_rule,
}


def meet(entry: Entry) -> None:
    """Compare an entry with what archcalc computes. Raises: LookupError for an entry that nobody knows."""
    network = NETWORKS.get((entry.system, entry.variant))
    if entry.key in PUBLISHED:
        meets_published(entry)
    elif single := SINGLE.get((entry.system, entry.quantity)):
        single(entry)
    elif network is not None and entry.quantity == "fractional_layers":
        meets_fractional_layers(entry, network)
    elif network is not None and (quantity := QUANTITIES.get(entry.quantity)):
        assert report(network).ok
        assert quantity(network) == entry.value
    else:
        raise LookupError(f"nothing here reproduces {entry.key}: {entry.value}")


@pytest.mark.parametrize("entry", ENTRIES, ids=[" / ".join(entry.key) for entry in ENTRIES])
def test_entry(entry: Entry) -> None:
    if entry.key in NOT_COMPUTED:
        assert not entry.exact, f"{entry.key} is exact and has to be reproduced"
        return
    meet(entry)


def test_entries_are_all_there() -> None:
    """An emptied or shortened table would pass everything above."""
    assert Counter(entry.system for entry in ENTRIES) == {
        "conv-dims": 6,
        "conv-example": 2,
        "LeNet": 19,
        "LeNet-5 (1998)": 16,
        "AlexNet": 32,
        "VGG": 57,
        "ResNet": 131,
        "U-Net": 14,
    }
    assert len({(entry.key, entry.input) for entry in ENTRIES}) == len(ENTRIES)


def test_nothing_is_listed_in_vain() -> None:
    keys = {entry.key for entry in ENTRIES}
    assert set(NOT_COMPUTED) <= keys
    assert set(PUBLISHED) <= keys
    assert set(SINGLE) <= {(system, quantity) for system, _, quantity in keys}
    assert set(NETWORKS) <= {(system, variant) for system, variant, _ in keys}


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": "n_attention_heads"},
        {"variant": "resnet51"},
        {"value": 25_557_033},
    ],
)
def test_table_is_read_for_real(change: dict[str, Any]) -> None:
    """Unknown entries and wrong numbers are noticed."""
    entry = next(e for e in ENTRIES if e.key == ("ResNet", "50 option B v1.5", "params_total"))
    meet(entry)
    with pytest.raises((LookupError, AssertionError)):
        meet(entry._replace(**change))
