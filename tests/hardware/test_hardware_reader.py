"""Files of devices: what is wrong with one is told at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from archcalc.hardware import NoHardware, find
from archcalc.hardware.amounts import BANDWIDTH, MEMORY, SPEED, amount
from archcalc.hardware.reader import read
from archcalc.source import SourceFile

GOOD = """\
hardware: mine
title: My board
kind: CPU
memory: 8 GiB
bandwidth: {is: 17 GB/s, how: measured, source: bench}
peak:
  fp32: 150 GFLOPS
  int8: 0.6 TOPS
sources:
  sheet: {title: The sheet, url: "https://example.org/sheet", read: 2026-01-31}
  bench: {title: STREAM on it, url: "https://example.org/stream", read: 2026-02-01}
"""


def problems(text: str) -> list[tuple[str, int, str]]:
    device, found = read(SourceFile("mine.yaml", text))
    assert device is None
    return [(one.code.id, one.span.line if one.span else 0, one.message) for one in found]


def test_a_device_of_ones_own() -> None:
    device, found = read(SourceFile("mine.yaml", GOOD))
    assert found == []
    assert device is not None
    assert (device.title, device.memory and device.memory.value) == ("My board", 8 * 2**30)
    assert {name: one.value for name, one in device.peaks.items()} == {"float32": 150 * 10**9, "int8": 600 * 10**9}
    assert [source.title for source in device.sources] == ["The sheet", "STREAM on it"]
    assert device.bandwidth.source is not None
    assert (device.bandwidth.how, device.bandwidth.source.title) == ("measured", "STREAM on it")


@pytest.mark.parametrize(
    ("change", "to", "told"),
    [
        (
            "bandwidth:",
            "bandwith:",
            [("AC130", 5, "hardware has no `bandwith`"), ("AC135", 1, "hardware needs `bandwidth`")],
        ),
        ("fp32:", "fp23:", [("AC130", 7, "there is no type of numbers `fp23`; did you mean `fp32`?")]),
        (
            "150 GFLOPS",
            "150",
            [("AC133", 7, "the peak for `fp32` is a number with its unit, such as 312 TFLOPS, not 150")],
        ),
        ("8 GiB", "8 GiB/s", [("AC133", 4, "`memory` is a number with its unit, such as 80 GB, not 8 GiB/s")]),
        ("17 GB/s", "-1 GB/s", [("AC133", 5, "`bandwidth` is a number with its unit, such as 2039 GB/s, not -1 GB/s")]),
        ("source: bench", "source: bank", [("AC121", 5, "`sources` has no `bank`")]),
        ("int8:", "float:", [("AC135", 8, "`float32` has a peak already")]),
        ("is: 17 GB/s, ", "", [("AC135", 5, "`bandwidth` needs `is`, such as 2039 GB/s")]),
        ('url: "https://example.org/sheet"', "link: x", [("AC130", 10, "a source has no `link`")]),
    ],
)
def test_what_is_wrong_stands_at_its_place(change: str, to: str, told: list[tuple[str, int, str]]) -> None:
    assert change in GOOD
    assert problems(GOOD.replace(change, to, 1)) == told


@pytest.mark.parametrize(
    "text", ["- a\n- b\n", "hardware\n", "hardware: [\n", "hardware: x\nbandwidth: 1 GB/s\npeak: {}\n"]
)
def test_what_is_no_device(text: str) -> None:
    assert problems(text)


def test_amounts() -> None:
    assert amount("2 TB/s", BANDWIDTH) == amount("2000 GB/s", BANDWIDTH) == 2 * 10**12
    assert amount("3.6 GiB", MEMORY) is None, "no whole number of bytes"
    assert amount("1 GiFLOPS", SPEED) is None
    assert amount("0 TFLOPS", SPEED) is None
    assert amount("1 EFLOPS", SPEED) == 10**18
    assert amount("9" * 40 + " TFLOPS", SPEED) is None


def test_a_file_that_holds_no_device(tmp_path: Path) -> None:
    path = tmp_path / "board.yaml"
    path.write_text("hardware: board\n", encoding="utf-8")
    with pytest.raises(NoHardware, match="holds no hardware") as caught:
        find(str(path))
    assert len(caught.value.problems) == 2
    with pytest.raises(OSError, match="No such file"):
        find(str(tmp_path / "nothing.yaml"))
