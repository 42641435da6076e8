"""Xception, the MobileNets and EfficientNet."""

from __future__ import annotations

import re
from fractions import Fraction
from math import log, prod
from typing import Any

from catalogue import ROOT, report
from truth_networks import concrete, nodes, sizes_out
from truth_reading import Entry, Said

import archcalc
from archcalc.graph import Node

SYSTEMS = {"Xception": 14, "MobileNetV1": 72, "MobileNetV2": 21, "EfficientNet": 89}

TABLE_3 = {
    "full conv": "mobilenet_v1_layer:full",
    "depthwise separable": "mobilenet_v1_layer:separable",
    "alpha 0.75": "mobilenet_v1_layer:alpha-0.75",
    "rho 0.714 (10x10)": "mobilenet_v1_layer:rho-0.714",
}

NETWORKS = {
    ("Xception", "timm legacy_xception"): "xception",
    **{("MobileNetV1", f"{alpha} @224"): f"mobilenet_v1:{alpha}-224" for alpha in ("1.0", "0.75", "0.5", "0.25")},
    **{("MobileNetV1", f"1.0 @{size}"): f"mobilenet_v1:1.0-{size}" for size in (192, 160, 128)},
    ("MobileNetV1", "Conv MobileNet (full convs)"): "mobilenet_v1:full",
    ("MobileNetV1", "Shallow"): "mobilenet_v1:shallow",
    **{("MobileNetV1", f"Table 3 layer 14x14x512: {row}"): network for row, network in TABLE_3.items()},
    **{("MobileNetV2", alpha): f"mobilenet_v2:{alpha}" for alpha in ("1.0", "1.4")},
    **{("EfficientNet", f"B{step}"): f"efficientnet:b{step}" for step in range(8)},
}

MOBILENETS = {
    "1.0 @224": ("1.0-224", "4.2M", "569M"),
    "0.75 @224": ("0.75-224", "2.6M", "325M"),
    "0.5 @224": ("0.5-224", "1.3M", "149M"),
    "0.25 @224": ("0.25-224", "0.5M", "41M"),
    "Conv MobileNet (full convs)": ("full", "29.3M", "4866M"),
    "Shallow": ("shallow", "2.9M", "307M"),
}

EFFICIENTNETS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "b0": (("5.3M", "holds"), ("0.39B", "holds")),
    "b1": (("7.8M", "holds"), ("0.70B", "explained")),
    "b2": (("9.2M", "explained"), ("1.0B", "holds")),
    "b3": (("12M", "holds"), ("1.8B", "holds")),
    "b4": (("19M", "holds"), ("4.2B", "explained")),
    "b5": (("30M", "holds"), ("9.9B", "explained")),
    "b6": (("43M", "holds"), ("19B", "holds")),
    "b7": (("66M", "holds"), ("37B", "holds")),
}

PUBLISHED = {
    ("Xception", "paper", "published_params"): [Said("xception", "22855952")],
    **{
        ("MobileNetV1", variant, "published_params_mults"): [Said(f"mobilenet_v1:{name}", text) for text in texts]
        for variant, (name, *texts) in MOBILENETS.items()
    },
    **{
        ("MobileNetV1", f"1.0 @{size}", "published_mults"): [Said(f"mobilenet_v1:1.0-{size}", f"{millions}M")]
        for size, millions in {192: 418, 160: 290, 128: 186}.items()
    },
    ("MobileNetV2", "1.0", "published_params_mults"): [
        Said("mobilenet_v2:1.0", "3.4M", "explained"),
        Said("mobilenet_v2:1.0", "300M"),
    ],
    ("MobileNetV2", "1.4", "published_params_mults"): [
        Said("mobilenet_v2:1.4", "6.9M", "explained"),
        Said("mobilenet_v2:1.4", "585M", "explained"),
    ],
    **{
        ("EfficientNet", name.upper(), "published_params_flops"): [Said(f"efficientnet:{name}", *each) for each in said]
        for name, said in EFFICIENTNETS.items()
    },
}


def top(node: Node) -> str:
    """The part of the network that a layer is in."""
    return node.name.partition(".")[0]


def meets_keras_total(entry: Entry) -> None:
    statistics = [
        prod(concrete(buffer.shape))
        for node in nodes("xception", "batch_norm")
        for buffer in (node.facts.buffers if node.facts else ())
        if buffer.name in ("running_mean", "running_var")
    ]
    assert report("xception").totals.parameters + sum(statistics) == entry.value


def meets_xception_depth(entry: Entry) -> None:
    """Separable convolutions count once, and those of the shortcuts not at all."""
    verdicts = [verdict for verdict in report("xception").verdicts if verdict.quantity == "layers"]
    assert [(verdict.expected, verdict.state) for verdict in verdicts] == [(str(entry.value), "holds")]
    every = nodes("xception", "conv", "depthwise")
    pointwise = [node for node in every if node.label == "pointwise"]
    shortcuts = [node for node in every if node.label == "skip"]
    assert len(shortcuts) == 4
    assert len(pointwise) == len(nodes("xception", "depthwise"))
    assert len(every) - len(pointwise) - len(shortcuts) == entry.value


def meets_xception_modules(entry: Entry) -> None:
    """`linear residual around all but first and last`: what lies before, in between and behind the sums."""
    sums = [top(node) for node in nodes("xception", "add")]
    parts = list(dict.fromkeys(top(node) for node in nodes("xception", "conv", "depthwise")))
    first, last = parts.index(sums[0]), parts.index(sums[-1])
    assert parts[first : last + 1] == sums
    assert (parts[:first], parts[last + 1 :]) == (["conv1", "conv2"], ["conv3", "conv4"])
    assert 1 + len(sums) + 1 == entry.value


def meets_xception_shapes(entry: Entry) -> None:
    """The convolutions of the first module, the shortcuts' sums, the last module, and the head."""
    path = [
        sizes_out(node)
        for node in report("xception").graph.nodes
        if node.kind in ("add", "linear", "flatten")
        or (node.kind == "relu" and node.module.parent is None)  # behind conv1 to conv4
    ]
    shapes = ["x".join(map(str, shape)) for shape in path]
    wanted = []
    for text in entry.value:
        shape, _, times = text.partition(" (x")
        wanted += [shape] * int(times.rstrip(")") or 1)
    assert shapes == wanted


def shares(counts: dict[str, int]) -> dict[str, float]:
    """Percentages, as the paper prints them."""
    return {name: round(100 * count / sum(counts.values()), 2) for name, count in counts.items()}


ROWS = {("conv", 1): "1x1", ("depthwise", 3): "dw3x3", ("conv", 3): "conv3x3", ("linear", None): "fc"}


def by_row(count: str) -> dict[str, int]:
    """What the rows of Table 2 count: products, or the numbers in the weight tensors."""
    found = dict.fromkeys(ROWS.values(), 0)
    for node in nodes("mobilenet_v1:1.0-224", "conv", "depthwise", "linear"):
        assert node.facts is not None
        weights = [prod(concrete(tensor.shape)) for tensor in node.facts.weights if tensor.name == "weight"]
        amount = sum(weights) if count == "parameters" else concrete((node.facts.multiplications,))[0]
        found[ROWS[node.kind, getattr(node.layer, "kernel", None)]] += amount
    return found


def meets_shares_of_multiplications(entry: Entry) -> None:
    assert shares(by_row("multiplications")) == entry.value
    verdicts = {verdict.expected: verdict.state for verdict in report("mobilenet_v1:1.0-224").verdicts}
    printed = {**entry.value, "conv3x3": 1.19}
    assert f"rows sum to {sum(printed.values()):.2f}" in entry.note
    assert {row: verdicts[f"{share:.2f}%"] for row, share in printed.items()} == {
        **dict.fromkeys(printed, "holds"),
        "conv3x3": "explained",
    }


def meets_shares_of_parameters(entry: Entry) -> None:
    counts = by_row("parameters")
    assert shares(counts) == entry.value
    assert f"({sum(counts.values()):,})" in entry.note
    verdicts = {verdict.expected: verdict.state for verdict in report("mobilenet_v1:1.0-224").verdicts}
    assert {verdicts[f"{share:.2f}%"] for share in entry.value.values()} == {"holds"}


def meets_table_3(entry: Entry) -> None:
    totals = report(NETWORKS[entry.system, entry.variant]).totals
    assert [totals.multiplications, totals.parameters] == entry.value
    verdicts = report(NETWORKS[entry.system, entry.variant]).verdicts
    stated = {verdict.quantity: verdict.expected for verdict in verdicts if verdict.source}
    assert f"{stated['multiplications']}/{stated['parameters']}" in entry.source


def meets_bottlenecks(entry: Entry) -> None:
    """`19 in text, 17 in Table 2`: the scopes that hold a depthwise convolution."""
    text, table = re.findall(r"(\d+) in", entry.value)
    for alpha in ("1.0", "1.4"):
        network = f"mobilenet_v2:{alpha}"
        blocks = {node.name.split(".")[1] for node in nodes(network, "depthwise", "conv") if ".conv." in node.name}
        assert len(blocks) == int(table)
        verdicts = [verdict for verdict in report(network).verdicts if verdict.quantity == "layers"]
        assert {verdict.expected: verdict.state for verdict in verdicts} == {table: "holds", text: "explained"}


def meets_scaling(entry: Entry) -> None:
    """The values of a row, and what they make of the channels, the repeats, the stem and the head."""
    network = NETWORKS[entry.system, entry.variant]
    (dropout,) = nodes(network, "dropout")
    stages: list[list[Node]] = [[] for _ in range(9)]
    for node in report(network).graph.nodes:
        if top(node) == "features":
            stages[int(node.name.split(".")[1])].append(node)
    out = [sizes_out(stage[-1])[0] for stage in stages]
    assert {
        "width": float(coefficient(network, "width")),
        "depth": float(coefficient(network, "depth")),
        "resolution": concrete(report(network).inputs["input"] or ())[1],
        "dropout": float(getattr(dropout.layer, "rate", -1)),
        "stem": out[0],
        "channels": out[1:-1],
        "repeats": [len({node.name.split(".")[2] for node in stage}) for stage in stages[1:-1]],
        "head": out[-1],
    } == entry.value


def coefficient(network: str, name: str) -> Fraction:
    """What a variant lets a coefficient be."""
    stem, _, variant = network.partition(":")
    value: Any = archcalc.load(str(ROOT / "specs" / f"{stem}.yaml"), variant).unfold().globals.value(name)
    return Fraction(value)


CHAIN = """
input: [width, N, N]
at: {N: 20}
let: {width: 10, depth: 10}
layers:
  - repeat: depth
    do: [conv: {out: width, kernel: 3, padding: same}]
"""


def meets_compound_scaling(entry: Entry) -> None:
    """One step makes a chain of convolutions 1.2 times deeper, 1.1 times wider and its maps 1.15 times larger."""
    base = {"depth": 10, "width": 10, "N": 20}
    steps = [Fraction(str(factor)) for factor in entry.value]
    scaled = {name: int(size * step) for (name, size), step in zip(base.items(), steps, strict=True)}
    assert [Fraction(scaled[name], base[name]) for name in base] == steps
    small, large = (archcalc.load(CHAIN).check(sizes).totals.multiplications for sizes in (base, scaled))
    assert f"alpha*beta^2*gamma^2 = {large / small:.3f}, not 2" in entry.note
    # The steps that B7's coefficients would be are not even the same number.
    sizes = [concrete(report(f"efficientnet:b{step}").inputs["input"] or ())[1] for step in (0, 7)]
    b7 = [*(coefficient("efficientnet:b7", name) for name in ("depth", "width")), Fraction(sizes[1], sizes[0])]
    (printed,) = re.findall(r"phi=([\d./]+)\)", entry.note)
    for text, value, step in zip(printed.split("/"), b7, steps, strict=True):
        assert f"{log(value) / log(step):.{len(text.partition('.')[2])}f}" == text


SINGLE = {
    ("Xception", "Keras total", "params_incl_running_stats"): meets_keras_total,
    ("Xception", "paper", "conv_layers"): meets_xception_depth,
    ("Xception", "paper", "modules"): meets_xception_modules,
    ("Xception", "paper", "layer_shapes"): meets_xception_shapes,
    ("MobileNetV1", "mults_percent"): meets_shares_of_multiplications,
    ("MobileNetV1", "params_percent"): meets_shares_of_parameters,
    ("MobileNetV1", "mults_params"): meets_table_3,
    ("MobileNetV2", "bottleneck_blocks"): meets_bottlenecks,
    ("EfficientNet", "scaling"): meets_scaling,
    ("EfficientNet", "alpha_beta_gamma"): meets_compound_scaling,
}
