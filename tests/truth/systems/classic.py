"""LeNet, AlexNet and VGG."""

from __future__ import annotations

import re
from fractions import Fraction
from math import prod

from catalogue import report
from truth_networks import CASES, CONVOLUTIONS, POOLS, concrete, nodes, sizes_in, sizes_out
from truth_reading import Entry, Said, meets_published

import archcalc

SYSTEMS = {"LeNet": 19, "LeNet-5 (1998)": 16, "AlexNet": 32, "VGG": 57}

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
}

MILLIONS = {"A": 133, "A-LRN": 133, "B": 133, "C": 134, "D": 138, "E": 144}

PUBLISHED = {
    ("LeNet", "lecture", "published_params"): [Said("lenet:lecture", "60k", "explained"), Said("lenet:1998", "60k")],
    ("AlexNet", "lecture", "published_params"): [Said("alexnet:lecture", "60M", "explained")],
    ("AlexNet", "paper", "published_params"): [Said("alexnet:two-groups", "60M")],
    **{
        ("VGG", name, "published_params_million"): [Said(f"vgg:{name}", f"{millions}M")]
        for name, millions in MILLIONS.items()
    },
    ("VGG", "D", "published_params"): [Said("vgg:D", "138M")],
    ("VGG", "16", "published_flops"): [Said("vgg:D", "15.3B")],
    ("VGG", "19", "published_flops"): [Said("vgg:E", "19.6B")],
}


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
    meets_published(entry, [Said("alexnet:lecture", "~1000x")])
    pairs = (("alexnet:lecture", "lenet:lecture"), ("alexnet:two-groups", "lenet:1998"))
    for large, small in pairs:
        ratio = Fraction(_parameters(large), _parameters(small))
        assert f"~{round(ratio, -3)}x" == entry.value
    assert [round(float(Fraction(_parameters(a), _parameters(b))), 1) for a, b in pairs] == [1010.9, 1016.1]


def _parameters(network: str) -> int:
    (count,) = concrete((report(network).totals.parameters,))
    return count


SINGLE = {
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
}
