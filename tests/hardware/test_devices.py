"""The figures of devices: each has a source, and they are in the order that the arithmetic of devices has."""

from __future__ import annotations

import re

import pytest

from archcalc.dtypes import BITS
from archcalc.hardware import NoDtype, NoPeak, arithmetic, find, names, stored
from archcalc.hardware.arithmetic import USED
from archcalc.hardware.shelf import DEVICES

NARROWER = {
    "float32": ("float64",),
    "tfloat32": ("float32",),
    "bfloat16": ("tfloat32", "float32"),
    "float16": ("tfloat32", "float32"),
    "float8": ("bfloat16", "float16"),
    "int8": ("bfloat16", "float16"),
    "int4": ("int8",),
}
"""Types of numbers of which a device computes at least as many a second as of others."""


@pytest.mark.parametrize("name", names())
def test_every_figure_has_a_source(name: str) -> None:
    device = find(name)
    assert device.name == name
    assert device.title and device.kind
    assert device.memory is not None
    for figure in (device.memory, device.bandwidth, *device.peaks.values()):
        assert figure.source is not None, figure
        assert figure.source.title
        assert figure.source.url.startswith("https://")
        assert re.fullmatch(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]", figure.source.read)


@pytest.mark.parametrize("name", names())
def test_every_source_is_used(name: str) -> None:
    text = (DEVICES / f"{name}.yaml").read_text(encoding="utf-8")
    stated = set(re.findall(r"^    title: (.*)$", text, re.MULTILINE))
    assert {source.title for source in find(name).sources} == stated


@pytest.mark.parametrize("name", names())
def test_figures_are_in_order(name: str) -> None:
    device = find(name)
    for narrow, others in NARROWER.items():
        for wide in others:
            if narrow in device.peaks and wide in device.peaks:
                assert device.peaks[narrow].value >= device.peaks[wide].value, (narrow, wide)
    for kind in device.peaks:
        # Arithmetic outruns memory on every device that somebody builds.
        assert 1 < device.ridge(kind) < 2000, kind


@pytest.mark.parametrize("name", names())
def test_figures_that_follow_from_others_do(name: str) -> None:
    """What is written as a product is the product, and half is half."""
    device = find(name)
    for figure in (device.bandwidth, *device.peaks.values()):
        if " * " in figure.how:
            factors = [float(number) for number in re.findall(r"[0-9.]+(?= ?[a-zA-Z*]|$)", figure.how)]
            product = 10**9
            for factor in factors:
                product *= factor
            assert product == pytest.approx(figure.value), figure
        if half := re.match(r"half of the ([0-9.]+) T", figure.how):
            assert figure.value == pytest.approx(float(half.group(1)) * 10**12 / 2)


def test_memory_channels_make_a_bandwidth() -> None:
    """8 channels of 8 bytes, 3.2 billion times a second; 4 bytes 4.267 billion times, which is told as 17."""
    assert find("epyc-7763").bandwidth.value == 8 * 8 * 3_200_000_000
    assert round(4 * 4.267) * 10**9 == find("raspberry-pi-5").bandwidth.value


def test_every_type_of_arithmetic_is_stored_in_some_type() -> None:
    assert {stored(name) for name in USED} <= {*BITS}
    assert {name for device in map(find, names()) for name in device.peaks} <= {*USED}
    assert (arithmetic("TF32"), stored(arithmetic("TF32"))) == ("tfloat32", "float32")
    with pytest.raises(NoDtype, match=r"no type of numbers `words`; there are float64, float32, tfloat32"):
        arithmetic("words")


def test_a_type_without_a_peak() -> None:
    with pytest.raises(NoPeak, match="t4 states no peak for float8; it has float32, float16, int8, int4"):
        find("t4").peak("fp8")


def test_names_in_any_spelling() -> None:
    assert find("RTX 4090") is find("rtx_4090") is find("rtx-4090")
