"""The lecture's rule that fractions are illegal, applied to the real networks: which layers it flags, with which value.

Under `exact` a fractional layer has no output, and so nothing behind it has a size: a check of a whole network can flag
only the first one (and those beside it). Both halves of the claim are therefore tested apart. The network as it was
published, with its rounding, gives every layer the size that it really reads; each layer's own rule is then run on
that size under `exact`. And the whole network under `exact` must stop at the first of them.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from truth_networks import CASES, CONVOLUTIONS, POOLS, SPECS, is_subsampling, nodes, report

import archcalc
from archcalc.diagnostics.codes.shapes import FRACTIONAL_OUTPUT
from archcalc.graph import Node
from archcalc.infer import Facts, infer

FIVE = ("112.5", "56.5", "28.5", "14.5", "7.5")
PROJECTIONS = ("28.5", "14.5", "7.5")
CAFFE = ("112.5", "55.5", "28.5", "14.5", "7.5")

FLAGGED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("lenet:lecture", "lenet:conv-c5", "lenet:caffe", "lenet:1998"), ()),
    **dict.fromkeys(("alexnet:lecture", "alexnet:two-groups"), ()),
    "alexnet:torchvision": ("55.25",),
    **dict.fromkeys((f"vgg:{name}" for name in ("A", "A-LRN", "B", "C", "D", "E")), ()),
    **dict.fromkeys((f"unet:{name}" for name in ("paper", "rgb", "1-1", "3-1", "released", "padded")), ()),
    **dict.fromkeys((f"resnet_paper:{name}" for name in ("18-A", "34-A", "plain-18", "plain-34")), FIVE),
    **dict.fromkeys((f"resnet:resnet{depth}" for depth in (18, 34, 50, 101, 152)), FIVE + PROJECTIONS),
    **dict.fromkeys((f"resnet_paper:{depth}" for depth in (50, 101, 152)), FIVE + PROJECTIONS),
    **dict.fromkeys((f"resnet_paper:{depth}-caffe" for depth in (50, 101, 152)), CAFFE + PROJECTIONS),
    "resnet_paper:152-biased": FIVE + PROJECTIONS,
    "zfnet:padded": ("110.5", "54.5", "12.5"),
}
"""Exact values of (N - F + 2P)/S + 1 that are not whole, in every network of the catalogue."""


def alone_under_exact(node: Node) -> Facts:
    """What a layer's own rules say about the sizes that it reads, when fractions are illegal."""
    assert node.layer is not None
    shapes = [value.shape for value in node.inputs]
    assert None not in shapes
    return infer(node.layer, [shape for shape in shapes if shape is not None], "exact")


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
        assert [error.code for error in errors] == [FRACTIONAL_OUTPUT]
        assert {axis for axis, _ in published} == {"height", "width"}
        (value,) = {value for _, value in published}
        assert f" = {float(value):g} " in errors[0].message
        if not is_subsampling(node):
            flagged.append(value)
    assert Counter(flagged) == Counter(map(Fraction, FLAGGED[network]))


@pytest.mark.parametrize("network", [name for name in FLAGGED if name.endswith("-A")])
def test_shortcuts_of_option_a(network: str) -> None:
    """Every second pixel of an even map: the last row and column are dropped, as with the 1x1/2 of option B."""
    values = [
        {value for _, value in node.facts.fractions}
        for node in nodes(network, "max_pool")
        if node.facts and is_subsampling(node)
    ]
    assert values == [{Fraction(text)} for text in PROJECTIONS]


@pytest.mark.parametrize(("network", "first"), [(name, values[0]) for name, values in FLAGGED.items() if values])
def test_network_stops_at_the_first(network: str, first: str) -> None:
    """The whole network without its rounding: one error, at conv1, and no layer behind it pretends to have a size."""
    stem, _, variant = network.partition(":")
    text = (SPECS / f"{stem}.yaml").read_text("utf-8")
    strict = text.replace("rounding: floor", "rounding: exact").replace("{conv: floor, pool: ceil}", "exact")
    found = archcalc.load(strict, variant).check()
    errors = [error for error in found.diagnostics if error.severity == "error"]
    assert [error.code.id for error in errors] == ["AC301"]
    assert f"= {first} " in errors[0].message
    assert errors[0].layer == found.layers[0].name
    assert {value for _, value in found.layers[0].fractions} == {Fraction(first)}
    assert all(layer.output is None for layer in found.layers)
    assert found.outputs == {"output": None}


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
    """The repair that the message offers for 224 is the size that everybody uses."""
    (error,) = archcalc.load(str(CASES / "catalogue" / "alexnet_224.yaml")).check().diagnostics
    assert any("223 or 227" in line for line in error.help)
    assert report("alexnet:lecture").inputs == {"input": (3, 227, 227)}
    assert report("alexnet:lecture").ok
