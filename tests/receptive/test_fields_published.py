"""Receptive fields that others published, and networks whose parts are known to lie on each other.

Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019, give size, stride
and padding of end points of TF-Slim's models in the table of their library; the padding says where the first position
begins to see. Where TensorFlow's SAME depends on the size, their rows for 224 pixels are taken.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

import archcalc
from archcalc.api.report import Report
from archcalc.receptive import ReceptiveField


def report(name: str) -> Report:
    return archcalc.load(name).check()


def fields(name: str) -> dict[str, ReceptiveField]:
    return report(name).receptive_fields


TABLE = [
    ("alexnet:lecture", "features.14", 195, 32, 64),
    ("vgg:A", "features.2", 4, 2, 1),
    ("vgg:A", "features.10", 30, 8, 11),
    ("vgg:A", "features.18", 134, 16, 59),
    ("vgg:A", "features.20", 150, 32, 59),
    ("vgg:D", "features.0", 3, 1, 1),
    ("vgg:D", "features.4", 6, 2, 2),
    ("vgg:D", "features.9", 16, 4, 6),
    ("vgg:D", "features.16", 44, 8, 18),
    ("vgg:D", "features.23", 100, 16, 42),
    ("vgg:D", "features.30", 212, 32, 90),
    ("inception_v3:plain", "Conv2d_2b_3x3.2", 11, 2, 2),
    ("inception_v3:plain", "maxpool2", 31, 8, 2),
    ("inception_v3:plain", "Mixed_5d.concat", 127, 8, 50),
    ("inception_v3:plain", "Mixed_6a.concat", 159, 16, 58),
    ("inception_v3:plain", "Mixed_6e.concat", 927, 16, 442),
    ("inception_v3:plain", "Mixed_7a.concat", 1055, 32, 490),
    ("inception_v3:plain", "Mixed_7c.concat_3", 1311, 32, 618),
    ("resnet_paper:50-caffe", "layer4.2.8", 483, 32, 239),
    ("resnet_paper:101-caffe", "layer4.2.8", 1027, 32, 511),
    ("resnet_paper:152-caffe", "layer4.2.8", 1507, 32, 751),
]


@pytest.mark.parametrize(("network", "layer", "size", "stride", "padding"), TABLE)
def test_end_points(network: str, layer: str, size: int, stride: int, padding: int) -> None:
    found = fields(network)[layer]
    assert found.is_even
    assert found.size == (size, size)
    assert found.jump == (stride, stride)
    (((first, last),), (across,)) = found.pattern
    assert (first, last) == across == (-padding, size - 1 - padding)
    assert found.centre == (Fraction(first + last, 2),) * 2


@pytest.mark.parametrize(
    ("network", "layer", "rows"),
    [
        ("mobilenet_v1:1.0-224", "blocks.4.1.5", 315),  # Araujo et al.; other paddings than TensorFlow's
        ("fcn:32s", "score_fr", 404),  # Long et al. 2015
        ("fcn_alexnet", "score_fr", 355),  # Long et al. 2015
        ("unet:paper", "head", 204),
    ],
)
def test_sizes(network: str, layer: str, rows: int) -> None:
    assert fields(network)[layer].size == (rows, rows)


@pytest.mark.parametrize(
    ("network", "stride_of_first", "rows"), [("resnet:resnet50", 1, 427), ("resnet_paper:50", 2, 483)]
)
def test_resnet_50_by_its_longest_chain(network: str, stride_of_first: int, rows: int) -> None:
    """1 + the sum of (F - 1) times the strides in front; padding is as wide on both sides, so that centres stay."""
    chain = [(7, 2), (3, 2)]
    for stage, blocks in enumerate((3, 4, 6, 3)):
        for block in range(blocks):
            strides = (1, 1, 1) if stage == 0 or block else (stride_of_first, 2 // stride_of_first, 1)
            chain += zip((1, 3, 1), strides, strict=True)
    size, jump = 1, 1
    for kernel, stride in chain:
        size += (kernel - 1) * jump
        jump *= stride
    found = fields(network)["layer4.2.8"]
    assert found.size == (size, size) == (rows, rows)
    assert (found.jump, found.centre) == ((32, 32), (0, 0))


@pytest.mark.parametrize(
    "network", ["unet:paper", "unet:padded", "fcn:8s", "resnet:resnet50", "inception_v3:plain", "googlenet:caffe"]
)
def test_aligned(network: str) -> None:
    assert report(network).misaligned == []


@pytest.mark.parametrize("network", ["fcn:32s", "fcn:16s", "fcn:8s", "fcn_alexnet"])
def test_scores_of_fcn_lie_on_the_pixels(network: str) -> None:
    """The offsets of its crops were chosen for that."""
    found = fields(network)["score"]
    assert (found.jump, found.centre) == ((1, 1), (0, 0))
    assert not found.is_even


STEM = """
input: [3, N, N]
rounding: floor
layers:
  - {conv: {out: 64, kernel: 7, stride: 2, padding: same}, as: Conv2d_1a_7x7}
  - {max_pool: {kernel: 3, stride: 2, padding: same}, as: MaxPool_2a_3x3}
  - {conv: {out: 64, kernel: 1}, as: Conv2d_2b_1x1}
  - {conv: {out: 192, kernel: 3, padding: same}, as: Conv2d_2c_3x3}
  - {max_pool: {kernel: 3, stride: 2, padding: same}, as: MaxPool_3a_3x3}
"""
"""The beginning of Inception v2 as TF-Slim has it."""


@pytest.mark.parametrize(("size", "paddings"), [(224, [2, 2, 2, 6, 6]), (321, [3, 5, 5, 9, 13])])
def test_what_tensorflow_calls_same_depends_on_the_size(size: int, paddings: list[int]) -> None:
    """The rows of the table for both sizes."""
    found = archcalc.load(STEM).check({"N": size}).receptive_fields.values()
    assert [field.size[0] for field in found] == [7, 11, 11, 19, 27]
    assert [field.jump[0] for field in found] == [2, 4, 4, 4, 8]
    assert [(field.size[0] - 1) / 2 - field.centre[0] for field in found] == paddings
