"""The lecture's rule that fractions are illegal, applied to the real networks: which layers it flags, with which value.

Under `exact` a fractional layer has no output, and so nothing behind it has a size: a check of a whole network can flag
only the first one (and those beside it). Both halves of the claim are therefore tested apart. The network as it was
published, with its rounding, gives every layer the size that it really reads; each layer's own rule is then run on
that size under `exact`. And the whole network under `exact` must stop at the first of them.
"""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction

import pytest
from catalogue import SPECS, of_the_lecture, report
from truth_networks import CASES, CONVOLUTIONS, POOLS, is_subsampling, nodes, sizes_out

import archcalc
from archcalc.diagnostics.codes.shapes import FRACTIONAL_OUTPUT
from archcalc.graph import Node
from archcalc.infer import Facts, infer

FIVE = ("112.5", "56.5", "28.5", "14.5", "7.5")
PROJECTIONS = ("28.5", "14.5", "7.5")
ALPHAS = ("1.0", "0.75", "0.5", "0.25")
CAFFE = ("112.5", "55.5", "28.5", "14.5", "7.5")

EXACT = ("lenet", "vgg", "unet", "convolution", "one_by_one", "separable", "inception_layer", "inception_module")
EXACT += ("inception_v3", "residual_block", "mobilenet_v1_layer", "clustering_autoencoder", "chairs")
"""Systems in which every size is whole."""

OF_SYSTEMS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(EXACT, ()),
    "resnet": FIVE + PROJECTIONS,
    "googlenet": ("112.5", "55.5", "27.5", "13.5", "6.5"),
    "googlenet_torchvision": ("112.5", "55.5", "27.5", "13.5"),  # the last pool is 2x2
    "mobilenet_v1": FIVE,
    "mobilenet_v2": FIVE,
    "fcn": ("174.5", "87.5"),
    "fcn_alexnet": ("173.25", "42.5"),
    "fcn_googlenet": ("347.5", "42.5"),
    "segnet": ("22.5 x 30", "11.5 x 15"),
    "segnet_basic": ("22.5 x 30",),
    "resnet_cifar": ("16.5", "8.5"),
    "associative_clustering": ("3.5",),
    "xception": ("37.5", "37.5"),
    "upsampling": (),
}

OF_NETWORKS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("alexnet:lecture", "alexnet:two-groups"), ()),
    "alexnet:paper-224": ("54.25", "26.5", "12.5", "5.5"),
    "alexnet:torchvision": ("55.25",),
    **dict.fromkeys((f"resnet_paper:{name}" for name in ("18-A", "34-A", "plain-18", "plain-34")), FIVE),
    **dict.fromkeys((f"resnet_paper:{depth}" for depth in (50, 101, 152)), FIVE + PROJECTIONS),
    **dict.fromkeys((f"resnet_paper:{depth}-caffe" for depth in (50, 101, 152)), CAFFE + PROJECTIONS),
    "resnet_paper:152-biased": FIVE + PROJECTIONS,
    **dict.fromkeys((f"resnet_cifar:{depth}-B" for depth in (20, 32, 44, 56, 110)), ("16.5", "16.5", "8.5", "8.5")),
    "zfnet:padded": ("110.5", "54.5", "12.5"),
    "zfnet:ceil": ("109.5", "54.5", "12.5"),
    "zfnet:225": ("54.5", "12.5"),
    **dict.fromkeys((f"mobilenet_v1:{alpha}-192" for alpha in ALPHAS), ("96.5", "48.5", "24.5", "12.5", "6.5")),
    **dict.fromkeys((f"mobilenet_v1:{alpha}-160" for alpha in ALPHAS), ("80.5", "40.5", "20.5", "10.5", "5.5")),
    **dict.fromkeys((f"mobilenet_v1:{alpha}-128" for alpha in ALPHAS), ("64.5", "32.5", "16.5", "8.5", "4.5")),
    "efficientnet:b0": FIVE,
    "efficientnet:b1": ("120.5", "60.5", "30.5", "15.5"),
    "efficientnet:b2": ("130.5", "65.5"),
    "efficientnet:b3": ("150.5", "75.5", "19.5"),
    "efficientnet:b4": ("190.5", "95.5", "24.5", "12.5"),
    "efficientnet:b5": ("228.5", "114.5", "57.5"),
    "efficientnet:b6": ("264.5", "132.5", "66.5", "33.5"),
    "efficientnet:b7": ("300.5", "150.5", "75.5", "19.5"),
    "fast_rcnn:VGG16": ("37.5 x 62.5",),
    "fast_rcnn:VGG16-floor": ("37.5 x 62.5",),
    "fast_rcnn:CaffeNet": ("150.75 x 250.75", "75.5 x 125.5", "38.5 x 63.5"),
    "fast_rcnn:VGG_CNN_M_1024": ("297.5 x 497.5", "73.5 x 123.5"),
    "upsampling:max-unpooled-odd": ("22.5",),
}


FLAGGED = {
    name: OF_NETWORKS[name] if name in OF_NETWORKS else OF_SYSTEMS[name.split(":")[0]] for name in of_the_lecture()
}
"""Exact values of (N - F + 2P)/S + 1 that are not whole, in every network; both axes where they differ."""


def alone_under_exact(node: Node) -> Facts:
    """What a layer's own rules say about the sizes that it reads, when fractions are illegal."""
    assert node.layer is not None
    shapes = [value.shape for value in node.inputs]
    assert None not in shapes
    return infer(node.layer, [shape for shape in shapes if shape is not None], "exact")


def told(node: Node, fractions: dict[str, Fraction]) -> str:
    """The value, or the values of both axes if they differ; an axis without a fraction has its real size."""
    _, *real = sizes_out(node)
    values = [fractions.get(axis, size) for axis, size in zip(("height", "width"), real, strict=True)]
    texts = [f"{float(value):g}" for value in values]
    return " x ".join(texts if texts[0] != texts[1] else texts[:1])


def test_every_system_is_listed() -> None:
    assert set(OF_NETWORKS) <= set(FLAGGED)
    assert set(OF_SYSTEMS) <= {name.split(":")[0] for name in FLAGGED}


@pytest.mark.parametrize("network", FLAGGED)
def test_layers_flagged(network: str) -> None:
    flagged = []
    for node in nodes(network, *CONVOLUTIONS, *POOLS):
        assert node.facts is not None
        published, exact = set(node.facts.fractions), alone_under_exact(node)
        # What rounding hides is what `exact` reports: the same axes and values, and an error.
        assert set(exact.fractions) == published, node.name
        errors = [finding for finding in exact.findings if finding.code.severity == "error"]
        if not published:
            assert exact.outputs == node.facts.outputs
            assert not errors
            continue
        assert exact.outputs is None
        assert {error.code for error in errors} == {FRACTIONAL_OUTPUT}
        for _, value in published:
            assert any(f" = {float(value):g} " in error.message for error in errors)
        if not is_subsampling(node):
            flagged.append(told(node, dict(published)))
    assert Counter(flagged) == Counter(FLAGGED[network])


@pytest.mark.parametrize("network", [name for name in FLAGGED if name.endswith("-A")])
def test_shortcuts_of_option_a(network: str) -> None:
    """Every second pixel of an even map: the last row and column are dropped, as with the 1x1/2 of option B."""
    values = [
        {value for _, value in node.facts.fractions}
        for node in nodes(network, "max_pool")
        if node.facts and is_subsampling(node)
    ]
    assert values == [{Fraction(text)} for text in PROJECTIONS]


def behind(network: str, culprits: set[str]) -> set[str]:
    """Names of the layers that read, at any distance, what the culprits write."""
    found = set(culprits)
    for node in report(network).graph.nodes:
        if any(value.node is not None and value.node.name in found for value in node.inputs):
            found.add(node.name)
    return found


@pytest.mark.parametrize("network", [name for name, values in FLAGGED.items() if values])
def test_network_stops_at_the_first(network: str) -> None:
    """The whole network without its rounding: errors at the first fractions, and all is known in front."""
    stem, _, variant = network.partition(":")
    text = (SPECS / f"{stem}.yaml").read_text("utf-8")
    strict, count = re.subn(r"rounding: (\{[^}]*\}|\w+)", "rounding: exact", text)
    assert count
    found = archcalc.load(strict, variant or None).check()
    errors = [error for error in found.diagnostics if error.severity == "error" and not error.code.id.startswith("AC4")]
    assert {error.code.id for error in errors} == {"AC301"}

    flagged = {node.name for node in report(network).graph.nodes if node.facts and node.facts.fractions}
    first = {name for name in flagged if not any(name in behind(network, {other}) - {other} for other in flagged)}
    assert {error.layer for error in errors} == first
    assert all(None in (found[name].output or ()) for name in first)
    assert not found.complete
    unknown = behind(network, first)
    for layer in report(network).layers:
        assert layer.name in unknown or found[layer.name].output == layer.output
        # Behind the errors, whatever is known is what it is in the network that rounds.
        assert all(
            size in (None, true) for size, true in zip(found[layer.name].output or (), layer.output, strict=False)
        )


@pytest.mark.parametrize(
    ("case", "layer", "value", "shown"),
    [
        ("convolution_stride3", "filter", Fraction(7, 3), "(7 - 3 + 0)/3 + 1 = 2.3333"),
        ("alexnet_224", "conv1", Fraction(217, 4), "(224 - 11 + 0)/4 + 1 = 54.25"),
    ],
)
def test_illegal_networks(case: str, layer: str, value: Fraction, shown: str) -> None:
    path = CASES / "catalogue" / f"{case}.yaml"
    found = archcalc.load(str(path)).check()
    assert not found.ok
    assert [(error.code.id, error.layer) for error in found.diagnostics] == [("AC301", layer)]
    (error,) = found.diagnostics
    assert shown in error.message
    assert error.span is not None
    # The comment stands where the error is.
    assert path.read_text("utf-8").splitlines()[error.span.line - 1].endswith(f"# AC301: {shown}")
    assert set(found[layer].fractions) == {("height", value), ("width", value)}


def test_alexnet_fits_at_227() -> None:
    """The first repair that the message offers for 224 is the size that everybody uses."""
    (error,) = archcalc.load(str(CASES / "catalogue" / "alexnet_224.yaml")).check().explained
    assert error.help[0].startswith("H = W = 227 ")
    assert report("alexnet:lecture").inputs == {"input": (3, 227, 227)}
    assert report("alexnet:lecture").ok
