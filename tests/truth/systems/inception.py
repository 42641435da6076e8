"""Inception: the lecture's layers, GoogLeNet and Inception v3; and the depthwise-separable convolution."""

from __future__ import annotations

from fractions import Fraction
from math import prod

from catalogue import report
from truth_networks import CONVOLUTIONS, POOLS, concrete
from truth_reading import ENTRIES, Entry, Key, Said, number

from archcalc.graph import Node

SYSTEMS = {"Inception-layer": 6, "Inception-module": 3, "Depthwise-separable": 5, "GoogLeNet": 50, "Inception-v3": 13}

NETWORKS = {
    ("Inception-layer", "direct 5x5 same, 200->92"): "inception_layer:direct",
    ("Inception-layer", "1x1 then 5x5"): "inception_layer:reduced",
    ("Inception-module", "GoogLeNet 3a naive (64,128,32,+pool 192)"): "inception_module:naive",
    ("Inception-module", "GoogLeNet 3a with reduction"): "inception_module:reduced",
    ("Depthwise-separable", "normal conv 256 kernels 5x5x3, 8x8 locations"): "separable:normal",
    ("Depthwise-separable", "total / ratio"): "separable:separable",
    ("GoogLeNet", "BVLC caffe deploy (no aux)"): "googlenet:caffe",
    ("GoogLeNet", "BVLC caffe train_val (with 2 aux heads)"): "googlenet:caffe-heads",
    ("GoogLeNet", "with separable conv1 (paper ops)"): "googlenet:separable",
    ("GoogLeNet", "torchvision aux_logits=False"): "googlenet_torchvision:plain",
    ("GoogLeNet", "torchvision aux_logits=True"): "googlenet_torchvision:aux",
    ("Inception-v3", "torchvision aux_logits=False"): "inception_v3:plain",
    ("Inception-v3", "torchvision aux_logits=True"): "inception_v3:aux",
}

TABLE = "Table 1 row: "
ROWS = {
    f"{TABLE}convolution 7x7/2": "conv1",
    f"{TABLE}convolution 3x3/1 (with 1x1 reduce 64)": "conv2",
    **{
        f"{TABLE}inception {name}": f"inception_{name}"
        for name in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")
    },
    f"{TABLE}linear": "classifier",
}
"""The scope of the network for each row of GoogLeNet's Table 1."""

NOT_AS_PRINTED = {
    "parameters": {f"inception_{name}" for name in ("4a", "4b", "4c", "4d", "4e", "5a", "5b")},
    "multiplications": {"inception_5a"},
}
"""Rows whose number is not that of the filters in the same row."""


def sayings(entry: Entry) -> list[Said]:
    """The claims for a row: parameters in K of 1024, operations in M, and the size of the map."""
    scope = ROWS[entry.variant]
    parameters, operations, size = entry.value
    shape = [int(side) for side in reversed(size.split("x"))]
    output = str(shape if shape[:2] != [1000, 1] else shape[:1])
    states = {quantity: "explained" if scope in wrong else "holds" for quantity, wrong in NOT_AS_PRINTED.items()}
    found = [
        Said("googlenet:separable", f"{parameters}i", states["parameters"], scope, parameters),
        Said("googlenet:separable", operations, states["multiplications"], scope),
        Said("googlenet:separable", output, "holds", scope),
    ]
    if scope == "conv1":
        found.append(Said("googlenet:caffe", f"{parameters}i", "explained", scope, parameters))
        found.append(Said("googlenet:caffe", operations, "explained", scope))
    return found


PUBLISHED: dict[Key, list[Said]] = {
    **{
        entry.key: sayings(entry)
        for entry in ENTRIES
        if entry.system == "GoogLeNet" and entry.quantity == "paper_params_ops_output"
    },
    ("GoogLeNet", "claim", "params_vs_alexnet"): [Said("googlenet:caffe", "1/12", "explained", printed="12x fewer")],
    ("Inception-v3", "paper", "published_mults"): [Said("inception_v3:plain", "5B")],
    ("Inception-v3", "paper", "published_params"): [Said("inception_v3:plain", "..25M")],
    ("Inception-v3", "Xception paper Table 3", "published_params"): [Said("inception_v3:keras-2016", "23626728")],
}


def inside(network: str, scope: str) -> list[Node]:
    """The layers of a scope, or the layer of this name."""
    return [node for node in report(network).graph.nodes if f"{node.name}.".startswith(f"{scope}.")]


def weights(network: str, scope: str = "") -> int:
    """Numbers in kernels and matrices, without biases and normalization, from the shapes of the tensors."""
    layers = inside(network, scope) if scope else report(network).graph.nodes
    return sum(
        prod(concrete(tensor.shape))
        for node in layers
        if node.facts and node.kind in (*CONVOLUTIONS, "linear")
        for tensor in node.facts.weights
        if tensor.name == "weight"
    )


def products(network: str, scope: str) -> int:
    """Multiplications of a scope."""
    (found,) = concrete((sum(node.facts.multiplications for node in inside(network, scope) if node.facts),))
    return found


def meets_part(entry: Entry) -> None:
    network, scope = {
        "1x1 reduce 200->16": ("inception_layer:reduced", "reduce"),
        "5x5 same 16->92": ("inception_layer:reduced", "conv5x5"),
        "depthwise 3 kernels 5x5x1": ("separable:separable", "depthwise"),
        "pointwise 256 kernels 1x1x3": ("separable:separable", "pointwise"),
    }[entry.variant]
    assert products(network, scope) == entry.value


def total(network: str) -> int:
    (found,) = concrete((report(network).totals.multiplications,))
    return found


def meets_reduction(entry: Entry) -> None:
    """The lecture's 1/10, which is 1/11.5."""
    assert Fraction(total("inception_layer:direct"), total("inception_layer:reduced")) == Fraction(entry.value)
    claims = [verdict for verdict in report("inception_layer:reduced").verdicts if verdict.expected == "1/10"]
    assert [(claim.state, claim.source) for claim in claims] == [("explained", "lecture")]


def meets_weights_of_layer(entry: Entry) -> None:
    assert weights("inception_layer:reduced") == entry.value
    assert f"direct: {weights('inception_layer:direct')};" in entry.note


def meets_weights_of_separable(entry: Entry) -> None:
    kernels = [weights("separable:separable", scope) for scope in ("depthwise", "pointwise")]
    assert [weights("separable:normal"), *kernels] == entry.value


def meets_weights(entry: Entry) -> None:
    assert weights("googlenet:caffe") == entry.value


def meets_head(entry: Entry) -> None:
    scope = {"aux1 (4a): avg5x5/3 -> 1x1 128 -> fc1024 -> fc1000": "loss1", "aux2 (4d)": "loss2"}[entry.variant]
    (found,) = concrete((sum(node.facts.parameters for node in inside("googlenet:caffe-heads", scope) if node.facts),))
    assert found == entry.value


def meets_row(entry: Entry) -> None:
    scope = ROWS[entry.variant]
    assert [weights("googlenet:caffe", scope), products("googlenet:caffe", scope)] == entry.value


def meets_column_sums(entry: Entry) -> None:
    """The sums of what the table prints, whether or not a row holds."""
    sums = []
    for unit, quantity in (("Ki", "parameters"), ("M", "multiplications")):
        printed = {
            verdict.of: number(verdict.expected.removesuffix(unit))
            for verdict in report("googlenet:separable").verdicts
            if verdict.quantity == quantity and verdict.of in ROWS.values()
        }
        assert set(printed) == set(ROWS.values())
        sums.append(float(sum(value for value in printed.values() if value is not None)))
    assert sums == entry.value


def longest(network: str, kinds: tuple[str, ...]) -> int:
    """How many layers of these kinds lie on the path that has most of them."""
    depths: dict[int, int] = {}
    for node in report(network).graph.nodes:
        before = [depths[id(value.node)] for value in node.inputs if id(value.node) in depths]
        depths[id(node)] = max(before, default=0) + (node.kind in kinds)
    return max(depths.values())


def meets_depth(entry: Entry) -> None:
    """22 with parameters; with the pooling layers of the main path 27, the last of which averages the whole map."""
    learned = (*CONVOLUTIONS, "linear")
    assert longest("googlenet:caffe", learned) == entry.value
    main = [node for node in report("googlenet:caffe").graph.nodes if node.module.parent is None]
    pools = [node for node in main if node.kind in (*POOLS, "global_avg_pool")]
    assert f"{entry.value + len(pools)} with pools" in entry.note


def meets_keras(entry: Entry) -> None:
    assert report("inception_v3:keras").totals.parameters == entry.value


SINGLE = {
    **{("Inception-layer", variant, "mults"): meets_part for variant in ("1x1 reduce 200->16", "5x5 same 16->92")},
    ("Inception-layer", "reduction factor", "ratio"): meets_reduction,
    ("Inception-layer", "1x1 then 5x5", "weights"): meets_weights_of_layer,
    **{
        ("Depthwise-separable", variant, "mults"): meets_part
        for variant in ("depthwise 3 kernels 5x5x1", "pointwise 256 kernels 1x1x3")
    },
    ("Depthwise-separable", "weights (no bias)", "params"): meets_weights_of_separable,
    ("GoogLeNet", "weights_without_bias"): meets_weights,
    ("GoogLeNet", "params"): meets_head,
    ("GoogLeNet", "computed_weights_mults"): meets_row,
    ("GoogLeNet", "params_K_ops_M"): meets_column_sums,
    ("GoogLeNet", "layers"): meets_depth,
    ("Inception-v3", "params_trainable"): meets_keras,
}
