"""`archcalc roofline`: what it prints, and what it says of wrong questions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archcalc.cli import main
from archcalc.hardware import names


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["roofline", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_layers_with_most_time_come_first(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = asked(capsys, "lenet:lecture", "--on", "a100")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == [
        "LeNet:lecture on NVIDIA A100 SXM, 80 GB: float32, batch 1",
        "19.5 TFLOPS, 2039 GB/s: compute-bound from 9.56 FLOP/B on",
    ]
    assert lines[5].split() == ["c5", "linear", "96.0K", "195K", "0.493", "memory", "95.4ns", "48.9%"]


def test_data_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = asked(
        capsys, "lenet:lecture", "--on", "raspberry-pi-5", "--batch", "2", "--dtype", "half", "--format", "json"
    )
    data = json.loads(out)
    (entry,) = data["specs"]
    assert code == 0 and data["ok"]
    assert (entry["dtype"], entry["batch"], entry["hardware"]["name"]) == ("float16", 2, "raspberry-pi-5")
    assert entry["hardware"]["bandwidth"]["how"] == "32 bits of LPDDR4X-4267"
    place = entry["hardware"]["bandwidth"]["source"]
    assert entry["hardware"]["sources"][place]["url"].startswith("https://")
    assert sum(layer["bytes"] for layer in entry["layers"]) == entry["bytes"]
    assert sum(layer["seconds"] for layer in entry["layers"]) == pytest.approx(entry["seconds"])
    assert sum(layer["share"] for layer in entry["layers"]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ("lenet:lecture", f"roofline needs --on, the device: {', '.join(names())}, or a file of your own that ends in"),
        ("lenet:lecture --on b100", "--on: there is no hardware `b100`; did you mean `a100`?"),
        ("lenet:lecture --on toaster", "--on: there is no hardware `toaster`; there are a100, "),
        ("lenet:lecture --on nowhere.yaml", "--on: nowhere.yaml cannot be read: No such file or directory"),
        ("lenet:lecture --on v100 --dtype int8", "v100 states no peak for int8; it has float32, float16"),
        ("lenet:lecture --on v100 --dtype float17", "there is no type of numbers `float17`; did you mean `float16`?"),
        ("lenet:lecture --on v100 --tensors words", "there is no type of numbers `words`; there are float64, "),
        ("lenet:lecture --on v100 --batch 0", "--batch is at least 1"),
    ],
)
def test_wrong_questions(capsys: pytest.CaptureFixture[str], arguments: str, problem: str) -> None:
    code, out, err = asked(capsys, *arguments.split())
    assert (code, out) == (2, "")
    assert err.startswith(f"archcalc: {problem}")


def test_symbols_need_values(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("input: [1, N, N]\nlayers: [conv: [4, 3]]\n", encoding="utf-8")
    assert asked(capsys, str(path), "--on", "t4") == (
        2,
        "",
        "archcalc: N has no value, and times are those of numbers: give one with --set\n",
    )
    assert asked(capsys, str(path), "--on", "t4", "--set", "N=9")[0] == 0


def test_a_network_with_errors(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("input: [1, 4, 4]\nlayers: [conv: [4, 9]]\n", encoding="utf-8")
    code, out, err = asked(capsys, str(path), "--on", "t4")
    assert (code, out) == (1, "")
    assert "error[AC303]" in err
    code, out, _ = asked(capsys, str(path), "--on", "t4", "--format", "json")
    assert code == 1 and not json.loads(out)["ok"]


def test_a_device_of_ones_own(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "board.yaml"
    path.write_text("hardware: board\nbandwidth: 10 GB/s\npeak: {fp32: 100 GFLOPS}\n", encoding="utf-8")
    code, out, _ = asked(capsys, "lenet:lecture", "--on", str(path))
    assert code == 0
    assert "LeNet:lecture on board: float32, batch 1\n100 GFLOPS, 10 GB/s: compute-bound from 10 FLOP/B on" in out
    path.write_text("hardware: board\nbandwith: 10 GB/s\npeak: {fp32: fast}\n", encoding="utf-8")
    code, out, err = asked(capsys, "lenet:lecture", "--on", str(path))
    assert (code, out) == (2, "")
    assert "error[AC130]: hardware has no `bandwith`" in err
    assert "the peak for `fp32` is a number with its unit, such as 312 TFLOPS, not fast" in " ".join(err.split())
    assert err.endswith("board.yaml holds no hardware\n")
