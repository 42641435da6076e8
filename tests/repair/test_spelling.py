"""Certain corrections: what has one reading is written, also where the file cannot be read yet; a guess is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from archcalc import load
from archcalc.cli import main
from archcalc.repair import repairs

TUTORIAL = """input: [1, 28, 28]
layers:
  - Conv2d: {out_channels: 8, kernel_size: 3}   # first
  - ReLU
  - conv: {out:16, kernel:3}
  - maxpool: 2
  - Flatten
  - Dense: 10
"""


def fixed(text: str, tmp_path: Path, *more: str) -> str:
    """A text after `check --fix`."""
    path = tmp_path / "net.yaml"
    path.write_text(text)
    main(["check", "--fix", *more, str(path)])
    return path.read_text()


def test_all_that_is_certain_is_written_in_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        fixed(TUTORIAL, tmp_path)
        == """input: [1, 28, 28]
layers:
  - conv: {out: 8, kernel: 3}   # first
  - relu
  - conv: {out: 16, kernel: 3}
  - max_pool: 2
  - flatten
  - linear: 10
"""
    )
    output = capsys.readouterr().out
    assert "`conv` instead of `Conv2d` in line 3\n" in output
    assert "`kernel` instead of `kernel_size` in line 3\n" in output
    assert "`out: 16` instead of `out:16` in line 5\n" in output
    assert "1 of 1 networks are ok" in output


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("Conv2d: [6, 3]", "conv: [6, 3]"),
        ("nn.Conv2d: [6, 3]", "conv: [6, 3]"),
        ("Conv2DTranspose: [6, 3]", "conv_transpose: [6, 3]"),
        ("MaxPooling2D: 2", "max_pool: 2"),
        ("AvgPool2d: 2", "avg_pool: 2"),
        ("GlobalAveragePooling2D", "global_avg_pool"),
        ("BatchNorm2d", "batch_norm"),
        ("BatchNormalization", "batch_norm"),
        ("LeakyReLU: 0.1", "leaky_relu: 0.1"),
        ("Dropout2d: 0.5", "channel_dropout: 0.5"),
        ("leakyrelu: 0.1", "leaky_relu: 0.1"),
        ("conv: {filters: 6, kernel: 3}", "conv: {out: 6, kernel: 3}"),
        ("conv: {out: 6, kernel: 3, strides: 5}", "conv: {out: 6, kernel: 3, stride: 5}"),
        ("max_pool: {pool_size: 2}", "max_pool: {kernel: 2}"),
        ("dropout: {p: 0.5}", "dropout: {rate: 0.5}"),
        ("conv: {out: 6, Kernel: 3}", "conv: {out: 6, kernel: 3}"),
        ("conv:[6, 3]", "conv: [6, 3]"),
        ("max_pool:2", "max_pool: 2"),
    ],
)
def test_a_spelling_with_one_reading_is_corrected(wrong: str, right: str, tmp_path: Path) -> None:
    text = "input: [4, 8, 8]\nlayers:\n  - {}\n"
    assert fixed(text.format(wrong), tmp_path) == text.format(right)
    assert load(text.format(right)).check().ok


@pytest.mark.parametrize(
    "step",
    [
        "lienar: 4",
        "pool: 2",
        "konv: [6, 3]",
        "conv: {out: 6, kernal: 3}",
        "conv: {out: 6, size: 3}",
        "conv 3",
        "squeeze",
    ],
)
def test_a_guess_is_told_and_not_written(step: str, tmp_path: Path) -> None:
    text = f"input: [4, 8, 8]\nlayers:\n  - {step}\n"
    assert not load(text).check().ok
    assert fixed(text, tmp_path) == text


def test_a_guess_shows_the_line_that_it_would_write() -> None:
    (found,) = load("input: [4, 8, 8]\nlayers:\n  - konv: [6, 3]\n").check().diagnostics
    (help,) = found.help
    assert help == "did you mean `conv`?"
    assert (help.changes[0].text, help.is_certain) == ("conv", False)


@pytest.mark.parametrize(
    "text",
    [
        "input: [1, 8, 8]\nlayers:\n\t- conv: [8, 3]\n\t- relu\n",
        "input: [1, 8, 8]\nlayers:\n\t- conv:\n\t\t\tout: 3\n\t\t\tkernel: 3\n",
        "input: [1, 8, 8]\nblocks:\n\tb:\n\t\t- relu\nlayers:\n- b\n",
    ],
)
def test_tabs_become_spaces_where_nothing_is_indented_by_spaces(text: str, tmp_path: Path) -> None:
    assert fixed(text, tmp_path) == text.replace("\t", "  ")
    assert load(text.replace("\t", "  ")).check().ok


def test_how_many_spaces_a_tab_is_among_spaces_nobody_knows(tmp_path: Path) -> None:
    text = "input: [1, 8, 8]\nlayers:\n    - conv: [8, 3]\n\t- relu\n"
    assert fixed(text, tmp_path) == text


def test_several_slips_come_before_a_repair_of_sizes(tmp_path: Path) -> None:
    """Once the file can be read, there is a fraction, and rounding is safe."""
    text = "input: [1, 7, 7]\nlayers:\n  - MaxPool2d: 2\n  - Flatten\n"
    assert fixed(text, tmp_path) == "input: [1, 7, 7]\nrounding: floor\nlayers:\n  - max_pool: 2\n  - flatten\n"


def test_a_correction_that_leads_to_a_suspicion_is_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "input: [3, 32, 32]\nlayers: [Conv2D: [3, 16, 5]]\n"
    assert fixed(text, tmp_path) == text
    assert "to consider: `conv` instead of `Conv2D` in line 2; but the spec may mean something else" in (
        capsys.readouterr().out
    )
    assert [harm.kind for harm in load(text).repairs()[0].harms] == ["suspicion"]


def test_a_name_of_pytorch_with_the_order_of_pytorch_is_not_corrected_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where nothing is known of the input: the list would say something else under the new name."""
    text = "input: [3, 32, 32]\nlayers: [spam, Conv2d: [6, 16, 5], Linear: [400, 120]]\n"
    assert fixed(text, tmp_path) == text
    told = " ".join(capsys.readouterr().out.split())
    assert "did you mean `conv`? The inputs are not written: `conv: [16, 5]`" in told
    assert "did you mean `linear`? The inputs are not written: `linear: 120`" in told


def test_a_correction_that_makes_a_key_twice_is_none(tmp_path: Path) -> None:
    text = "input: [3, 32, 32]\nlayers: [conv: {out: 3, kernel_size: 3, kernel: 5}]\n"
    assert fixed(text, tmp_path) == text
    assert load(text).repairs() == []


def test_corrections_are_repairs() -> None:
    first, second = load("input: [1, 8, 8]\nlayers: [Conv2d: [6, 3], maxpool: 2]\n").check().repairs
    assert (first.title, first.nature, first.code, first.harms) == (
        "`conv` instead of `Conv2d` in line 2", "spelling", "AC131", ()
    )  # fmt: skip
    assert first.text == "input: [1, 8, 8]\nlayers: [conv: [6, 3], maxpool: 2]\n"
    assert first.legal is None and first.to_json()["legal"] is None
    assert repr(second) == "<Repair `max_pool` instead of `maxpool` in line 2>"


def test_a_file_with_variants_is_corrected_too(tmp_path: Path) -> None:
    text = "input: [1, 8, 8]\nlayers: [Conv2d: [w, 3]]\nvariants:\n  a: {let: {w: 3}}\n  b: {let: {w: 4}}\n"
    assert fixed(text, tmp_path) == text.replace("Conv2d", "conv")


def test_corrections_of_json_stay_json(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    text = '{"input": [1, 8, 8], "layers": [{"Conv2d": {"out_channels": 6, "kernel_size": 3}}]}'
    path.write_text(text)
    main(["check", "--fix", str(path)])
    assert path.read_text() == '{"input": [1, 8, 8], "layers": [{"conv": {"out": 6, "kernel": 3}}]}'
    assert load(path).check().ok


def test_more_corrections_than_are_looked_at_take_further_rounds(tmp_path: Path) -> None:
    text = "input: [1, 8, 8]\nlayers:\n" + 50 * "  - ReLU\n"
    assert len(repairs(load(text).program)) == 20
    assert fixed(text, tmp_path) == text.replace("ReLU", "relu")
