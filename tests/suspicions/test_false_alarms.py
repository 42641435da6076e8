"""Networks that mean what they say get no suspicion: random ones, and those that people publish."""

from __future__ import annotations

from random import Random

import pytest
from strategies import random_spec

from archcalc import load
from archcalc.catalogue import shipped


@pytest.mark.parametrize("name", shipped())
def test_the_catalogue(name: str) -> None:
    architecture = load(name)
    for variant in architecture.variants[:3] or [None]:
        assert architecture.choose(variant).check().suspicions == []


@pytest.mark.parametrize("seed", range(150))
def test_random_networks(seed: int) -> None:
    architecture = load(random_spec(Random(seed)))
    for variant in architecture.variants or [None]:
        assert architecture.choose(variant).check().suspicions == []


@pytest.mark.parametrize(
    ("sizes", "layers"),
    [
        # Sound: M5, WaveGAN, wav2vec 2.0, HiFi-GAN, SampleCNN, a spectrogram as a signal and as a picture.
        ("[1, 16000]", "conv: [32, 80, 16], batch_norm, relu, max_pool: 4"),
        ("[1, 16384]", "conv: [64, 25, 4, 11], leaky_relu, conv: [128, 25, 4, 11]"),
        ("[1, 16000]", "conv: [512, 10, 5], group_norm: 512, conv: [512, 3, 2], conv: [512, 2, 2]"),
        ("[512, 32]", "conv_transpose: [256, 16, 8, 4], leaky_relu, conv: [256, 11, 1, 5]"),
        ("[1, 59049]", "conv: [128, 3, 3], batch_norm, relu, conv: [128, 3, 1, 1], max_pool: 3"),
        ("[80, 3000]", "conv: [512, 3, 1, 1], gelu, conv: [512, 3, 2, 1]"),
        ("[1, 80, 3000]", "conv: [32, 3, 2], relu, conv: [32, 3, 2]"),
        ("[1, 22, 1000]", "conv: {out: 8, kernel: [1, 64]}, depthwise: {kernel: [22, 1], multiplier: 2}"),
        # Volumes: C3D, 3-D U-Net, a 3-D ResNet, BraTS, point clouds as grids, slow and fast frames.
        ("[3, 16, 112, 112]", "conv: [64, 3, 1, 1], relu, max_pool: {kernel: [1, 2, 2]}"),
        ("[1, 64, 128, 128]", "conv: [32, 3, 1, 1], batch_norm, relu, max_pool: 2"),
        ("[3, 8, 224, 224]", "conv: {out: 64, kernel: [3, 7, 7], stride: [1, 2, 2], padding: [1, 3, 3]}"),
        ("[4, 128, 128, 128]", "conv: [16, 3, 1, 1], max_pool: 2, conv: [32, 3, 1, 1]"),
        ("[1, 32, 32, 32]", "conv: [32, 5, 2], conv: [32, 3], max_pool: 2"),
        ("[3, 4, 224, 224]", "conv: {out: 64, kernel: [1, 7, 7], padding: [0, 3, 3]}"),
        ("[64, 8, 56, 56]", "conv: [64, 3, 1, 1]"),
        # Vectors and tokens.
        ("[784]", "linear: 300, relu, linear: 10"),
        ("[13]", "linear: 64, relu, linear: 1"),
        ("[512, T]", "tokens, attention: 8, linear: 512"),
        ("[196, 768]", "channels_last, layer_norm, attention: 14"),
        # Maps and patches: ViT, ConvNeXt, Swin's and PVT's reductions, FCN's upsampling, SegNet's pools, Inception.
        ("[3, 224, 224]", "conv: [768, 16, 16], tokens, attention: 12"),
        ("[96, 56, 56]", "conv: [96, 7, 1, 3], conv: [192, 2, 2]"),
        ("[64, 56, 56]", "conv: [64, 8, 8], conv: [64, 4, 4, 4]"),
        ("[21, 10, 10]", "conv_transpose: [21, 64, 32], conv_transpose: [21, 4, 2], conv_transpose: [21, 16, 8]"),
        ("[64, 57, 57]", "max_pool: [3, 2], avg_pool: [2, 2], max_pool: [2, 2], max_pool: [3, 1, 1], avg_pool: 7"),
        ("[768, 17, 17]", "conv: {out: 192, kernel: [1, 7], padding: [0, 3]}, max_pool: [1, 2]"),
        ("[512, 1, 1]", "conv: [32, 1], relu, conv: [512, 1], sigmoid"),
        ("[8, 4, 4]", "conv: [8, 3, 1, 1], conv: [3, 1]"),
    ],
)
def test_networks_of_sound_volumes_vectors_and_maps(sizes: str, layers: str) -> None:
    report = load(f"rounding: floor\ninput: {sizes}\nlayers: [{layers}]\n").check()
    assert report.suspicions == []
    assert report.ok
