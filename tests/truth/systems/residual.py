"""ZFNet, the ResNets for CIFAR, Fast R-CNN, and the two networks that cluster digits."""

from __future__ import annotations

import re
from fractions import Fraction

from catalogue import SPECS, report
from truth_networks import CONVOLUTIONS, POOLS, nodes, sizes_in, sizes_out
from truth_reading import Entry, Said, fractional

import archcalc

SYSTEMS = {"ZFNet": 9, "ResNet-CIFAR": 95, "Fast R-CNN": 19, "Deep clustering AE": 9, "Associative deep clustering": 10}

DETECTORS = ("VGG16", "CaffeNet", "VGG_CNN_M_1024")

NETWORKS = {
    ("ZFNet", "P=1 conv1, ceil pools"): "zfnet:padded",
    **{("ResNet-CIFAR", f"{depth} option A"): f"resnet_cifar:{depth}" for depth in (20, 32, 44, 56, 110, 1202)},
    **{("ResNet-CIFAR", f"{depth} option B"): f"resnet_cifar:{depth}-B" for depth in (20, 32, 44, 56, 110)},
    **{("Fast R-CNN", f"{name} (21 classes)"): f"fast_rcnn:{name}" for name in DETECTORS},
    ("Deep clustering AE", "Aljalbout et al., MNIST arch index 1"): "clustering_autoencoder:autoencoder",
    ("Associative deep clustering", "mnist_model_dropout, emb 128"): "associative_clustering:embedding",
    ("Associative deep clustering", "+ logit fc 128->10"): "associative_clustering:logits",
}

PUBLISHED = {
    ("ResNet-CIFAR", f"{depth} option A", "published_params"): [Said(f"resnet_cifar:{depth}", text)]
    for depth, text in {20: "0.27M", 32: "0.46M", 44: "0.66M", 56: "0.85M", 110: "1.7M", 1202: "19.4M"}.items()
}

NOT_COMPUTED = {
    ("Deep clustering AE", "Aljalbout et al.", "published_acc_nmi"): "accuracies are measured after training",
}


def meets_zfnet_shapes(entry: Entry) -> None:
    """The figure's sizes, from each of the readings of it; `C` stands for the classes."""
    shapes = [tuple(map(int, text.split("x"))) for text in entry.value if text != "C"]
    for variant in archcalc.load(str(SPECS / "zfnet.yaml")).variants:
        *found, classes = (sizes_out(node) for node in nodes(f"zfnet:{variant}", *CONVOLUTIONS, *POOLS, "linear"))
        assert found == shapes
        assert classes == (1000,)


# Fast R-CNN

CAFFE = re.compile(r"(\w+): \((\d+), (\d+), (\d+)\)->\((\d+), (\d+), (\d+)\) FRAC ([\d.]+)x([\d.]+) (floor|ceil)")


def regions(entry: Entry, count: int) -> int:
    """Multiplications of a detector with so many regions of interest."""
    name = entry.variant.removesuffix(" (21 classes)")
    total = archcalc.load(str(SPECS / "fast_rcnn.yaml"), name).check(R=count).totals.multiplications
    assert isinstance(total, int)
    return total


def meets_one_region(entry: Entry) -> None:
    assert regions(entry, 1) == entry.value


def meets_each_region(entry: Entry) -> None:
    """What one more region costs, whatever their number."""
    assert [regions(entry, count + 1) - regions(entry, count) for count in (1, 2, 2000)] == [entry.value] * 3


def meets_region_shape(entry: Entry) -> None:
    (pool,) = nodes(NETWORKS[entry.system, f"{entry.variant.removesuffix(' (21 classes)')} (21 classes)"], "roi_pool")
    assert list(sizes_out(pool)) == entry.value


def meets_last_map(entry: Entry) -> None:
    """512x38x63; with pools that round down it would be 37x62, as the note says."""
    channels, *sides = entry.value
    assert report("fast_rcnn:VGG16")["backbone.conv5_3"].output == (channels, *sides)
    assert f"floor pools (torchvision) give {sides[0] - 1}x{sides[1] - 1}" in entry.note
    assert report("fast_rcnn:VGG16-floor")["backbone.conv5_3"].output == (channels, *(side - 1 for side in sides))


def meets_fractional_layers(entry: Entry) -> None:
    """`pool4: (512, 75, 125)->(512, 38, 63) FRAC 37.5x62.5 ceil`."""
    wanted = []
    for text in entry.value:
        match = CAFFE.fullmatch(text)
        assert match, f"cannot read {text!r}"
        sizes = [int(size) for size in match.groups()[1:7]]
        values = [Fraction(match[8]), Fraction(match[9])]
        wanted.append((f"backbone.{match[1]}", tuple(sizes[:3]), tuple(sizes[3:]), values))
        assert all((size > value) == (match[10] == "ceil") for size, value in zip(sizes[4:], values, strict=True))
    found = fractional(NETWORKS[entry.system, entry.variant])
    values = [[fraction.value for fraction in node.facts.fractions] if node.facts else [] for node in found]
    assert wanted == [
        (node.name, sizes_in(node), sizes_out(node), value) for node, value in zip(found, values, strict=True)
    ]


# Clustering


def meets_reconstruction(entry: Entry) -> None:
    outputs = report("clustering_autoencoder:autoencoder").outputs
    assert list(outputs) == ["reconstruction", "code"]
    assert list(outputs["reconstruction"] or ()) == entry.value


def meets_latent(entry: Entry) -> None:
    assert report("clustering_autoencoder:autoencoder").outputs["code"] == (entry.value,)


def meets_centres(entry: Entry) -> None:
    """Ten points among the codes, beside everything else."""
    (centres,) = [layer for layer in report("clustering_autoencoder:clustering").layers if layer.kind == "rbf"]
    assert centres.parameters == entry.value
    alone, clustering = (report(f"clustering_autoencoder:{name}").totals for name in ("autoencoder", "clustering"))
    assert clustering == alone._replace(parameters=alone.parameters + entry.value)


def meets_centroids(entry: Entry) -> None:
    assert report("associative_clustering:centroids")["centroids"].parameters == entry.value


SINGLE = {
    ("ZFNet", "layer_shapes"): meets_zfnet_shapes,
    ("Fast R-CNN", "mults_conv_plus_fc"): meets_one_region,
    ("Fast R-CNN", "mults_head_per_roi"): meets_each_region,
    ("Fast R-CNN", "roi_feature_shape"): meets_region_shape,
    ("Fast R-CNN", "conv5_3_shape"): meets_last_map,
    ("Fast R-CNN", "fractional_layers"): meets_fractional_layers,
    ("Deep clustering AE", "output_shape"): meets_reconstruction,
    ("Deep clustering AE", "latent_dim"): meets_latent,
    ("Deep clustering AE", "cluster_centres_params"): meets_centres,
    ("Associative deep clustering", "params"): meets_centroids,
}
