"""ResNet for ImageNet, and the plain nets beside it."""

from __future__ import annotations

from typing import Any

from catalogue import report
from truth_networks import sizes_in, sizes_out
from truth_reading import Entry, Said, meets_published

SYSTEMS = {"ResNet": 131}

NETWORKS = {
    **{("ResNet", f"{depth} option A"): f"resnet_paper:{depth}-A" for depth in (18, 34)},
    **{("ResNet", f"{depth} option B"): f"resnet:resnet{depth}" for depth in (18, 34)},
    **{("ResNet", f"plain-{depth}"): f"resnet_paper:plain-{depth}" for depth in (18, 34)},
    **{("ResNet", f"{depth} option B v1"): f"resnet_paper:{depth}" for depth in (50, 101, 152)},
    **{("ResNet", f"{depth} option B v1.5"): f"resnet:resnet{depth}" for depth in (50, 101, 152)},
    **{("ResNet", f"{depth} MSRA caffe deploy"): f"resnet_paper:{depth}-caffe" for depth in (50, 101, 152)},
    ("ResNet", "152 with conv biases, no BN"): "resnet_paper:152-biased",
}

NOT_COMPUTED = {
    ("ResNet", "lecture hyper-parameters", "weight_decay"): "training; nothing of the architecture depends on it",
}

PUBLISHED = {
    ("ResNet", "18", "published_flops"): [Said("resnet_paper:18-A", "1.8B")],
    ("ResNet", "34", "published_flops"): [Said("resnet_paper:34-A", "3.6B")],
    ("ResNet", "50", "published_flops"): [
        Said("resnet_paper:50", "3.8B"),
        Said("resnet:resnet50", "3.8B", "explained"),
    ],
    ("ResNet", "101", "published_flops"): [Said("resnet_paper:101", "7.6B")],
    ("ResNet", "152", "published_flops"): [Said("resnet_paper:152", "11.3B")],
    ("ResNet", "152", "published_params"): [Said("resnet:resnet152", "60M"), Said("resnet_paper:152-biased", "60M")],
}


def meets_share_of_vgg19(entry: Entry) -> None:
    """The claim has a number for VGG-19, which has to be that of the catalogue."""
    meets_published(entry, [Said("resnet_paper:plain-34", "18%")])
    (claim,) = [verdict for verdict in report("resnet_paper:plain-34").verdicts if verdict.expected == "18%"]
    assert claim.relative_to == str(report("vgg:E").totals.multiplications)


def meets_stage_sizes(entry: Entry) -> None:
    for network in ("resnet:resnet18", "resnet:resnet50", "resnet_paper:50", "resnet_paper:152-caffe"):
        sides = [sizes_out(node)[1] for node in report(network).graph.nodes if len(sizes_out(node)) == 3]
        assert list(dict.fromkeys(sides)) == entry.value


def meets_shortcut_rule(entry: Entry) -> None:
    """`same conv -> identity; else learned 1x1/2 projection (B) or stride-2 subsample + zero channels (A)`."""
    for network, kinds in (
        ("resnet:resnet34", ["conv", "batch_norm"]),
        ("resnet:resnet50", ["conv", "batch_norm"]),
        ("resnet_paper:34-A", ["max_pool", "pad_channels"]),
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
        option_a, plain = report(f"resnet_paper:{depth}-A").totals, report(f"resnet_paper:plain-{depth}").totals
        assert option_a == plain


SINGLE = {
    ("ResNet", "plain34_over_vgg19"): meets_share_of_vgg19,
    ("ResNet", "output_sizes"): meets_stage_sizes,
    ("ResNet", "rule"): meets_shortcut_rule,
}
