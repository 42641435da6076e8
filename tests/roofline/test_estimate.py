"""The estimate: bounds, times, rows and what is told beside them."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import catalogue
import pytest

import archcalc
from archcalc.hardware import find
from archcalc.roofline import NoEstimate
from archcalc.roofline.rows import MOST_ROWS, rows

DEVICE = """\
hardware: board
bandwidth: 10 GB/s
memory: 1 MB
peak: {float32: 100 GFLOPS, float16: 200 GFLOPS}
"""


@pytest.fixture
def board(tmp_path: Path) -> str:
    """A device of round figures: the arithmetic limits from 10 FLOPs a byte on."""
    path = tmp_path / "board.yaml"
    path.write_text(DEVICE, encoding="utf-8")
    return str(path)


def network(spec: str, **values: Any) -> archcalc.Report:
    return archcalc.load(spec).check(**values)


def test_the_longer_one_of_two_times(board: str) -> None:
    """5×5 windows over one map: 50 FLOPs a number of 8 bytes; ReLU: 1 FLOP for 8 bytes."""
    spec = "input: [1, 36, 36]\nlayers: [conv: {out: 1, kernel: 5, padding: 2, bias: false}, relu]"
    conv, relu = network(spec).roofline(board).layers
    numbers = 36 * 36
    assert (conv.work.flops, conv.work.bytes) == (50 * numbers, 8 * numbers + 100)
    assert (conv.bound, conv.seconds) == ("memory", Fraction(8 * numbers + 100, 10**10))
    assert (relu.bound, relu.seconds) == ("memory", Fraction(8 * numbers, 10**10))
    wide = network(spec.replace("out: 1", "out: 8")).roofline(board)
    first = wide.layers[0]
    assert (first.bound, first.seconds) == ("compute", Fraction(8 * 50 * numbers, 10**11))
    assert wide.seconds == first.seconds + wide.layers[1].seconds
    assert wide.share_of_memory == wide.layers[1].seconds / wide.seconds


def test_the_ridge_is_where_both_times_are_the_same() -> None:
    """312 TFLOPS over 2039 GB/s, as it is published of the A100; 989.4 over 3350 of the H100: 295."""
    assert round(float(find("a100").ridge("float16")), 1) == 153.0
    assert round(float(find("h100").ridge("bfloat16"))) == 295
    assert round(float(find("v100").ridge("float16")), 1) == 138.9


def test_half_of_the_bytes_at_twice_the_peak_take_half_of_the_time(board: str) -> None:
    report = catalogue.report("resnet:resnet18")
    single, half = report.roofline(board), report.roofline(board, dtype="half")
    assert half.seconds * 2 == single.seconds
    assert half.bound == single.bound


@pytest.mark.parametrize("depth", [None, 1, 2, 3])
def test_rows_add_up_to_the_whole(depth: int | None) -> None:
    found = catalogue.report("resnet:resnet50").roofline("a100", batch=8)
    shown = rows(found, depth)
    assert sum(row.seconds for row in shown) == found.seconds
    assert sum(row.work.bytes for row in shown) == found.work.bytes
    assert sum(row.work.flops for row in shown) == found.work.flops
    assert len(shown) <= MOST_ROWS + 1
    times = [row.seconds for row in shown if "more" not in row.label and "without" not in row.label]
    assert times == sorted(times, reverse=True)


def test_rows_are_blocks_down_to_a_depth() -> None:
    found = catalogue.report("resnet:resnet50").roofline("a100", batch=8)
    assert {row.label for row in rows(found, 1)} >= {"layer1", "layer2", "layer3", "layer4", "conv1"}
    assert "layer3.1 … 5" in {row.label for row in rows(found, 2)}
    assert "layer3.1 … 5.conv2" in {row.label for row in rows(found)}


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("name", ["resnet:resnet50", "gpt2", "mixtral", "lenet:lecture"])
def test_text_fits_the_terminal(name: str, width: int) -> None:
    text = catalogue.report(name).roofline("a100").to_text(width=width)
    assert all(len(line) <= width for line in text.splitlines())
    assert re.search(r"an estimate: .* at these peaks", " ".join(text.split()))


def test_what_an_author_states_is_told() -> None:
    step = "{opaque: {shape: [10], products: 80, tensors: {weight: [10, 8]}}, as: mix}"
    found = network(f"input: [8]\nlayers: [{step}, linear: 2]").roofline("a100")
    assert found.opaque == ("mix",)
    assert found.layers[0].work.flops == 160
    assert "80 of 100 multiplications and 80 of 102 parameters are stated by opaque steps" in found.to_text()
    silent = network(f"input: [8]\nlayers: [{step.replace('80, tensors', '0, tensors')}]").roofline("a100")
    assert "are stated by opaque steps, not computed: mix" in silent.to_text()


def test_tensors_that_the_memory_does_not_hold_are_told(board: str) -> None:
    report = network("input: [1000]\nlayers: [linear: 300]")
    told = "its tensors take 1.20MB, more than the 1 MB of board"
    assert told in report.roofline(board).to_text()
    assert "more than" not in report.roofline(board, tensors="float16").to_text()


def test_a_network_without_work_takes_no_time() -> None:
    found = network("input: [4, 4]\nlayers: [flatten]").roofline("a100")
    assert (found.seconds, found.bound, found.share_of_memory) == (0, "", 0)
    assert "nothing is computed or moved" in found.to_text()


def test_the_device_decides_the_type_where_nobody_does() -> None:
    report = catalogue.report("lenet:lecture")
    assert report.roofline("a100").precision == ("float32", "float32")
    assert report.roofline("tpu-v4").precision == ("bfloat16", "bfloat16")


def test_symbols_without_values_are_refused() -> None:
    report = network("input: [1, N, M]\nlayers: [conv: [4, 3]]")
    with pytest.raises(NoEstimate, match="N, M have no value"):
        report.roofline("a100")
    assert network("input: [1, N, M]\nlayers: [conv: [4, 3]]", N=8, M=8).roofline("a100").seconds > 0


def test_a_network_with_errors_has_no_estimate() -> None:
    with pytest.raises(archcalc.InvalidSpec, match="no estimate because of its errors"):
        network("input: [1, 8, 8]\nlayers: [conv: [4, 9]]").roofline("a100")


def test_a_batch_has_an_input() -> None:
    with pytest.raises(ValueError, match="a batch has at least 1 input, not 0"):
        catalogue.report("lenet:lecture").roofline("a100", batch=0)


def test_a_notebook_shows_a_table() -> None:
    shown = catalogue.report("resnet:resnet50").roofline("a100", batch=8)._repr_html_()
    assert "FLOP/B" in shown and "an estimate" in shown


@pytest.mark.parametrize("name", catalogue.networks()[::9])
def test_every_network_of_the_catalogue_has_an_estimate(name: str) -> None:
    report = catalogue.report(name)
    if not report.complete or any(not isinstance(value, int) for value in report.symbols.values()):
        return
    found = report.roofline("a100", dtype="float16")
    assert found.work.flops >= 2 * report.totals.multiplications
    assert found.seconds >= Fraction(found.work.flops, find("a100").peak("float16").value)
