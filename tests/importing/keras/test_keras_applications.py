"""Keras' applications: trainable parameters, all numbers and products, structured and without an opaque step.

Five of them are stored as Keras writes them, less the settings of training; all are built where Keras is installed.
"""

from __future__ import annotations

import importlib.util
from math import prod
from pathlib import Path
from typing import NamedTuple

import effort
import pytest

from archcalc.importing.imported import imported
from archcalc.importing.keras import read
from archcalc.importing.passes import finished
from archcalc.importing.record import Record

FILES = Path(__file__).parent / "files"


class Numbers(NamedTuple):
    """What Keras says: trainable parameters, all numbers; the products; the size where the file leaves it open."""

    trainable: int
    all: int
    products: int
    size: tuple[int, ...] | None = None


IMAGE = (3, 224, 224)
APPLICATIONS = {
    "ConvNeXtTiny": Numbers(28_589_128, 28_589_128, 4_455_531_264, IMAGE),
    "DenseNet121": Numbers(7_978_856, 8_062_504, 2_834_161_664),
    "EfficientNetB0": Numbers(5_288_548, 5_330_571, 385_814_752),
    "EfficientNetV2B0": Numbers(7_139_704, 7_200_312, 718_086_176),
    "InceptionResNetV2": Numbers(55_813_192, 55_873_736, 13_155_794_016),
    "InceptionV3": Numbers(23_817_352, 23_851_784, 5_713_216_096),
    "MobileNet": Numbers(4_231_976, 4_253_864, 568_740_352),
    "MobileNetV2": Numbers(3_504_872, 3_538_984, 300_774_272),
    "MobileNetV3Large": Numbers(5_483_032, 5_507_432, 216_589_760, IMAGE),
    "MobileNetV3Small": Numbers(2_542_856, 2_554_968, 56_510_400, IMAGE),
    "ResNet50": Numbers(25_583_592, 25_636_712, 3_857_973_248),
    "ResNet50V2": Numbers(25_568_360, 25_613_800, 3_482_255_360),
    "VGG16": Numbers(138_357_544, 138_357_544, 15_470_264_320),
    "Xception": Numbers(22_855_952, 22_910_480, 8_357_403_496),
}
STORED = {
    "convnext_tiny": ("ConvNeXtTiny", 60),
    "efficientnet_b0": ("EfficientNetB0", 70),
    "mobilenet_v2": ("MobileNetV2", 50),
    "mobilenet_v3_small": ("MobileNetV3Small", 85),
    "resnet50": ("ResNet50", 45),
}
"""Files, with the application that each is and the lines that its spec takes at most."""


def numbers(record: Record, *, trainable: bool = False) -> int:
    return sum(prod(tensor.shape) for tensor in record.tensors if tensor.trainable or not trainable)


def assert_exact(record: Record, wanted: Numbers) -> str:
    """The text of the spec, once all numbers are those of Keras."""
    assert (numbers(record, trainable=True), numbers(record)) == (wanted.trainable, wanted.all)
    assert not any(layer.kind == "opaque" for layer in record.layers())
    found = imported(finished(record))
    assert (found.parameters, found.multiplications) == (wanted.trainable, wanted.products)
    assert (found.level, found.failures, found.names.unreached) == ("structured", [], [])
    return found.text


@pytest.mark.parametrize("name", STORED)
def test_a_stored_application_is_exact_and_short(name: str) -> None:
    application, lines = STORED[name]
    wanted = APPLICATIONS[application]
    text = assert_exact(read(FILES / f"{name}.keras", wanted.size), wanted)
    assert len(text.splitlines()) <= lines


@pytest.mark.parametrize("name", STORED)
def test_an_application_holds_at_other_sizes(name: str) -> None:
    record = finished(read(FILES / f"{name}.keras", IMAGE))
    other = finished(read(FILES / f"{name}.keras", (3, 288, 320)))
    found = imported(record, [other])
    assert "[3, H, W]" in found.text
    assert found.notes == []


def _without_values(name: str, path: Path) -> Path:
    """The file of an application whose weights are never made."""
    from keras_live import keras

    with keras.device("meta"):
        path.write_text(getattr(keras.applications, name)(weights=None).to_json())
    return path


@pytest.mark.skipif(importlib.util.find_spec("keras") is None, reason="Keras is not installed")
@pytest.mark.parametrize("name", effort.share(sorted(APPLICATIONS), shares=5))
def test_an_application_is_exact(name: str, tmp_path: Path) -> None:
    wanted = APPLICATIONS[name]
    assert_exact(read(_without_values(name, tmp_path / "model.json"), wanted.size), wanted)
