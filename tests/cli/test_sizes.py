"""`archcalc sizes` as people run it: text, JSON, LaTeX, neighbours, certificates, wrong usage."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import FRACTION, GOOD, ROOT, VARIANTS, run, spawn

UNET = "name: Small U-Net\ninput: [1, N, N]\nat: {N: 12}\nlayers: [max_pool: 2, max_pool: 2]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "good": GOOD,
        "fraction": FRACTION,
        "variants": VARIANTS,
        "unet": UNET,
        "broken": "layers: 3",
    }.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


def test_the_page_names_the_layers(folder: Path) -> None:
    done = spawn("sizes", "unet.yaml", cwd=folder)
    assert done.returncode == 0
    assert done.stdout.startswith("Small U-Net\n\nlegal: N = 0 (mod 4)\n       4, 8, 12, 16, 20, 24, 28, 32, ...\n")
    rows = [line.split("  ")[1:3] for line in done.stdout.splitlines() if "max_pool" in line]
    assert [row[0].strip() for row in rows] == ["N = 0 (mod 2)", "N = 0 (mod 4)", "N >= 4"]
    assert done.stdout.rstrip().endswith("N = 12 is legal")


def entry(folder: Path, *arguments: str) -> Any:
    """What the JSON says about the one network that is asked about."""
    (spec,) = json.loads(run("sizes", *arguments, "--format", "json", cwd=folder).stdout)["specs"]
    return spec


def test_neighbours_of_a_size(folder: Path) -> None:
    done = run("sizes", "unet.yaml", "--near", "N=10", cwd=folder)
    assert "N = 10 is not legal; the nearest that are: N = 8 and N = 12" in done.stdout
    data = entry(folder, "unet.yaml", "--near", "N=10")
    assert data["near"] == {"sizes": {"N": 10}, "legal": False, "below": {"N": 8}, "above": {"N": 12}}


def test_json_keeps_its_contract(folder: Path) -> None:
    data = entry(folder, "unet:paper")
    found = {name: data["symbols"]["N"][name] for name in ("modulus", "residues", "minimum", "maximum", "exceptions")}
    assert found == {
        "modulus": 16,
        "residues": [12],
        "minimum": 188,
        "maximum": None,
        "exceptions": {"added": [], "removed": []},
    }
    many = json.loads(run("sizes", "unet.yaml", "variants.yaml", "--format", "json", cwd=folder).stdout)
    assert [entry["variant"] for entry in many["specs"]] == [None, "a", "b"]


def test_weights_and_joint_conditions_in_json(folder: Path) -> None:
    data = entry(folder, "vgg:D")
    assert data["independent"] is False
    assert [box["H"]["minimum"] for box in data["boxes"]] == [32, 224, 1568]
    assert data["with_new_weights"]["symbols"]["H"]["modulus"] == 32
    assert data["stated"] == {"H": 224, "W": 224}


def test_a_value_can_be_set_as_for_a_check(folder: Path) -> None:
    """The network is then one of this size, and so are its weights."""
    done = run("sizes", "vgg:D", "--set", "W=32", cwd=folder)
    assert "legal: H = 224 with the weights of H = 224, W = 32; H = 0 (mod 32) with others" in done.stdout


def test_values_that_are_set_are_those_of_what_is_shown(folder: Path) -> None:
    spec = "input: [1, N]\nat: {N: 8}\nlet: {depth: 1, g: 2}\nlayers:\n  - conv: [6, 1]\n  - group_norm: g\n"
    (folder / "lets.yaml").write_text(spec + "  - {repeat: depth, do: [max_pool: 2]}\n")
    done = run("sizes", "lets.yaml", "--set", "depth=2", cwd=folder)
    assert done.stdout.count("(max_pool): ") == 3  # Two divisions, and the last window.
    done = run("sizes", "lets.yaml", "--set", "g=4", cwd=folder)
    assert done.returncode == 1
    assert "4 groups do not divide the 6 channels" in done.stdout


def test_several_networks_get_a_line_each(folder: Path) -> None:
    done = run("sizes", "unet.yaml", "good.yaml", cwd=folder)
    assert done.stdout.splitlines() == [
        "unet.yaml  N = 0 (mod 4)",
        "good.yaml  H = 8 with the weights of H = 8; H >= 3 with others",
    ]


def test_numbers_in_the_input_are_freed(folder: Path) -> None:
    done = run("sizes", "fraction.yaml", cwd=folder)
    assert done.returncode == 0
    assert "legal: H = 0 (mod 3); W = 0 (mod 3)" in done.stdout
    assert "H = W = 7 is not legal; the nearest that are: H = W = 6 and H = W = 9" in done.stdout


def test_a_size_that_is_not_asked_about_is_as_stated(folder: Path) -> None:
    done = run("sizes", "fraction.yaml", "--near", "H=8", cwd=folder)
    assert "H = 8, W = 7 is not legal; the nearest that are: H = W = 6 and H = W = 9" in done.stdout
    data = entry(folder, "fraction.yaml", "--near", "H=9")
    assert data["near"]["sizes"] == {"H": 9, "W": 7}
    several = run("sizes", "fraction.yaml", "unet.yaml", "--near", "N=10", cwd=folder)
    assert "N = 10 is not legal; the nearest that are: N = 8 and N = 12" in several.stdout


def test_sizes_that_are_tied_together_are_listed_as_points(folder: Path) -> None:
    done = run("sizes", "vgg:D", "--format", "latex", cwd=folder)
    assert done.stdout == "(H, W) = (224, 224), (32, 1568) \\ \\text{or}\\  (1568, 32)\n"


@pytest.mark.parametrize("wrong", ["570", "N=many"])
def test_a_complaint_names_its_option(folder: Path, wrong: str) -> None:
    done = run("sizes", "unet.yaml", "--near", wrong, cwd=folder)
    assert done.returncode == 2
    assert "--near" in done.stderr
    assert "--set" not in done.stderr


def test_latex(folder: Path) -> None:
    assert run("sizes", "unet.yaml", "--format", "latex", cwd=folder).stdout == "N \\equiv 0 \\pmod{4}\n"


def test_what_is_never_legal_says_why_and_fails(folder: Path) -> None:
    (folder / "never.yaml").write_text("input: [1, N, N]\nlayers: [{linear: 3}]\n")
    done = run("sizes", "never.yaml", cwd=folder)
    assert done.returncode == 1
    assert "error[AC3" in done.stdout
    assert "linear reads a vector" in done.stdout
    assert done.stdout.endswith("legal: no N\n")
    (folder / "misread.yaml").write_text("input: [1, N, N]\nlayers: [{max_pool: 2}, {max_pol: 2}]\n")
    assert "did you mean" in run("sizes", "misread.yaml", cwd=folder).stdout


C3D = """input: [3, 16, 112, 112]
rounding: floor
layers:
  - conv: {out: 64, kernel: 3, padding: 1}
  - max_pool: {kernel: [1, 2, 2]}
  - repeat: 3
    do: [conv: {out: 64, kernel: 3, padding: 1}, max_pool: 2]
  - max_pool: {kernel: 2, padding: [0, 1, 1]}
  - flatten
  - linear: 4096
"""
LINEAR = "layers: [flatten, {linear: 3}]\n"
POOLED = "rounding: floor\nlayers: [{max_pool: 2}, flatten, {linear: 3}]\n"


@pytest.mark.parametrize(
    ("spec", "first", "count"),
    [
        (C3D, "16 <= D <= 31 and 96 <= H <= 127 and 96 <= W <= 127 or ", 15),
        (f"input: [1, H, W]\nat: {{H: 20, W: 30}}\n{LINEAR}", "(H, W) = (20, 30), ", 24),
        (f"input: [1, H, W]\nat: {{H: 30, W: 20}}\n{LINEAR}", "(H, W) = (30, 20), ", 24),
        (f"input: [1, H, W]\nat: {{H: 600, W: 1}}\n{LINEAR}", "(H, W) = (600, 1), ", 24),
        (f"input: [2, 12, 4]\n{POOLED}", "12 <= H <= 13 and 4 <= W <= 5 or ", 6),
        (f"input: [2, 4, 12]\n{POOLED}", "4 <= H <= 5 and 12 <= W <= 13 or ", 6),
        (f"input: [2, 25, 2]\n{POOLED}", "24 <= H <= 25 and 2 <= W <= 3 or ", 6),
    ],
)
def test_the_box_of_the_stated_sizes_comes_first_and_json_has_all(
    folder: Path, spec: str, first: str, count: int
) -> None:
    (folder / "net.yaml").write_text(spec)
    data = entry(folder, "net.yaml")
    assert data["legal"].startswith(first)
    assert f"\nlegal: {first}" in run("sizes", "net.yaml", cwd=folder, COLUMNS="200").stdout
    assert len(data["boxes"]) == count
    inside = [
        all(box[name]["minimum"] <= size <= box[name]["maximum"] for name, size in data["stated"].items())
        for box in data["boxes"]
    ]
    assert inside.count(True) == 1


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ("input: [1, N, N]\nlayers: [{max_pool: 2}, {max_pol: 2}]\n", "AC131"),
        ("input: [1, N, N]\nlayers: [{max_pool: 2, kernl: 3}]\n", "AC134"),
        ("input: [1, N, N]\nlayers: [{conv: [K, 3]}]\n", "AC121"),
        ("input: [1, N, N]\nlayers: 3\n", "AC1"),
        ("input: [1, N, N]\nlet: {w: foo}\nlayers: [relu]\n", "AC121"),
        ("input: [1, N\nlayers: [relu]\n", "AC10"),
    ],
)
def test_a_spec_with_mistakes_has_no_legal_sizes_and_shows_the_mistakes(folder: Path, spec: str, code: str) -> None:
    (folder / "net.yaml").write_text(spec)
    done = run("sizes", "net.yaml", cwd=folder)
    assert done.returncode == 1
    assert f"error[{code}" in done.stdout
    assert "legal:" not in done.stdout
    done = run("sizes", "net.yaml", "--format", "json", cwd=folder)
    assert done.returncode == 1
    (data,) = json.loads(done.stdout)["specs"]
    assert "legal" not in data
    assert any(found["code"].startswith(code) for found in data["diagnostics"])


def test_a_file_that_is_no_network_gets_its_diagnostics(folder: Path) -> None:
    done = run("sizes", "broken.yaml", cwd=folder)
    assert done.returncode == 1
    assert "error[AC1" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.yaml"], "nowhere.yaml"),
        (["unet.yaml", "--near", "M=3"], "no such free symbol; there are: N"),
        (["unet.yaml", "--near", "N"], "NAME=VALUE"),
        (["unet.yaml", "--set", "M=3"], "no such symbol or let"),
        (["variants.yaml", "--certificate", "out.json"], "--certificate is for one network"),
    ],
)
def test_wrong_usage(folder: Path, arguments: list[str], message: str) -> None:
    done = run("sizes", *arguments, cwd=folder)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_certificate_is_checked_by_a_program_of_its_own(folder: Path) -> None:
    done = run("sizes", "unet.yaml", "--certificate", "proof.json", cwd=folder)
    assert done.returncode == 0
    checker = ROOT / "archcalc" / "sizes" / "checker.py"
    command = [sys.executable, "-I", str(checker), "proof.json"]
    assert subprocess.run(command, cwd=folder, check=False).returncode == 0
    assert done.stdout.endswith("\nproof.json proves all of this\n")
    proof = (folder / "proof.json").read_text()
    (folder / "proof.json").write_text(proof.replace('"modulus": 4', '"modulus": 2'))
    assert subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 1
    again = run("sizes", "unet.yaml", "--certificate", "proof.json", cwd=folder)
    assert again.returncode == 2
    assert "--force" in again.stderr


CROP = "input: {a: [1, A], b: [1, B]}\nlayers:\n  - {from: b, crop: {to: a}, as: cut}\n"
TIED = "input: {a: [1, N], b: [1, M], c: [1, K]}\nlayers: [{from: c, max_pool: 2}, {add: [a, b]}]\n"
WITHOUT = "input: [1, N, N]\nlayers: [{max_pool: 2}, {linear: 3}]\n"


@pytest.mark.parametrize(
    ("spec", "code", "line", "data"),
    [
        (CROP, 0, "p.json proves all of this, where B >= A (cut)", (1, 1, ["B >= A (cut)"], 0)),
        (TIED, 0, "p.json proves all 3 parts of this, where M = N (add)", (3, 3, ["M = N (add)"], 0)),
        (
            "input: [1, C]\nlayers: [{add: [[max_pool: 2], [max_pool: 3]]}]\n",
            1,
            "p.json proves all of this",
            (1, 1, [], 0),
        ),
        (WITHOUT, 1, "p.json proves nothing of this; not the sizes of N: linear reads a vector", (1, 0, [], 1)),
        ("input: [3, 8, W]\nlayers: [{conv: [4, 3]}]\n", 0, "p.json proves all of this", (1, 1, [], 0)),
    ],
)
def test_the_command_says_what_its_certificate_proves(
    folder: Path, spec: str, code: int, line: str, data: tuple[int, int, list[str], int]
) -> None:
    (folder / "net.yaml").write_text(spec)
    done = run("sizes", "net.yaml", "--certificate", "p.json", cwd=folder, COLUMNS="100")
    assert done.returncode == code
    assert f"\n\n{line}" in done.stdout
    arguments = ("sizes", "net.yaml", "--certificate", "p.json", "--force")
    found = json.loads(run(*arguments, "--format", "json", cwd=folder).stdout)["specs"][0]["certificate"]
    assert (found["parts"], found["proven"], found["where"], len(found["not_proven"])) == data
    assert line in run(*arguments, "--format", "latex", cwd=folder).stderr


@pytest.mark.parametrize("columns", ["40", "72", "200"])
def test_lines_keep_to_the_width(folder: Path, columns: str) -> None:
    done = run("sizes", "googlenet:caffe-heads", cwd=folder, COLUMNS=columns)
    assert all(len(line) <= int(columns) for line in done.stdout.splitlines())


def test_a_check_has_a_line_about_sizes(folder: Path) -> None:
    assert "\nlegal: N = 0 (mod 4)\n" in run("check", "unet.yaml", cwd=folder).stdout
    assert "\nlegal:" not in run("check", "fraction.yaml", cwd=folder).stdout


def test_nothing_heavy_is_loaded(folder: Path) -> None:
    code = "import sys\nfrom archcalc.cli import main\nmain(['sizes', 'resnet:resnet152'])\n"
    code += "print([name for name in ('sympy', 'numpy', 'networkx', 'torch') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
