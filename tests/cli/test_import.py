"""`archcalc import`, and commands on files of other tools: what is written, and what is said where it cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command import run

SPEC = """\
# Imported from net.json.
name: net
input: [3, H, W]
at: {H: 64, W: 64}
rounding: floor
layers:
  - {conv: {out: 8, kernel: 3, stride: 2}, as: stem}
  - global_avg_pool
  - flatten
  - {linear: 10, as: head}
"""
LAYERS: list[dict[str, Any]] = [
    {"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [None, None, None, 3]}},
    {"class_name": "Conv2D", "config": {"name": "stem", "filters": 8, "kernel_size": [3, 3], "strides": [2, 2]}},
    {"class_name": "GlobalAveragePooling2D", "config": {"name": "pool"}},
    {"class_name": "Dense", "config": {"name": "head", "units": 10}},
]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model of Keras whose height and width are open."""
    path = tmp_path / "net.json"
    path.write_text(json.dumps({"class_name": "Sequential", "config": {"name": "net", "layers": LAYERS}}))
    return path


def test_a_file_becomes_a_spec(model: Path) -> None:
    done = run("import", str(model), "--input", "3x64x64")
    assert (done.returncode, done.stdout) == (0, SPEC)
    assert done.stderr.splitlines() == [
        "314 parameters, 207,656 multiplications",
        "proven layer by layer to be the network that ran, as blocks and loops",
        "all 4 tensors are in it",
    ]


def test_the_spec_goes_to_a_file(model: Path, tmp_path: Path) -> None:
    done = run("import", str(model), "--input", "3x64x64", "-o", str(tmp_path / "net.yaml"))
    assert (tmp_path / "net.yaml").read_text() == SPEC
    assert done.stderr.splitlines()[0] == f"wrote {tmp_path / 'net.yaml'}"
    again = run("import", str(model), "--input", "3x64x64", "-o", str(tmp_path / "net.yaml"))
    assert (again.returncode, "exists; --force overwrites it" in again.stderr) == (2, True)


@pytest.mark.parametrize("command", ["check", "sizes", "show", "export"])
def test_commands_take_the_file_like_a_spec(command: str, model: Path) -> None:
    sized = [{**LAYERS[0], "config": {**LAYERS[0]["config"], "batch_shape": [None, 32, 32, 3]}}, *LAYERS[1:]]
    model.write_text(json.dumps({"class_name": "Sequential", "config": {"name": "net", "layers": sized}}))
    done = run(command, str(model))
    assert done.returncode == 0, done.stderr
    assert {"check": "314", "sizes": "legal: H >= 3", "show": "Conv2D", "export": "nn.Conv2d(3, 8"}[
        command
    ] in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["no_such_file.onnx"], "there is no file `no_such_file.onnx`"),
        (["net.py:Net"], "there is no file `net.py`"),
        (["."], "there is no file `.`"),
        (["--input", "3xHxW", "net.json"], "`3xHxW` is no shape of an input"),
        (["--input", "tokens=8:complex", "net.json"], "`tokens=8:complex` is no shape of an input"),
        (["--call", "Net(2)", "net.json"], "--call is for sources in Python"),
        (["--train", "net.json"], "--train is for sources in Python"),
        (["spec.json"], "`spec.json` is none of the files that archcalc reads"),
        (["net.yaml"], "`net.yaml` is none of the files that archcalc reads"),
        (["broken.keras"], "broken.keras"),
    ],
)
def test_what_cannot_be_imported_is_told_with_a_way_out(
    arguments: list[str], told: str, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "spec.json").write_text('{"input": [1, 4, 4], "layers": ["relu"]}')
    (tmp_path / "net.yaml").write_text("input: [1, 4, 4]\nlayers: [relu]\n")
    (tmp_path / "broken.keras").write_bytes(b"no archive")
    done = run("import", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr


def test_check_tells_why_a_file_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "broken.keras").write_bytes(b"no archive")
    done = run("check", "broken.keras", cwd=tmp_path)
    complaint, *rest = done.stderr.splitlines()
    assert done.returncode == 2
    assert complaint.startswith("archcalc: broken.keras: ")
    assert all(line.startswith("archcalc: help: ") for line in rest)
    assert "\\n" not in done.stderr
