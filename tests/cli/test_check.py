"""`archcalc check` and `archcalc explain`: the contract of their output, their options and exit codes."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from command import run, spawn

NETWORK = """\
name: Small
source: a test
input: [1, H, W]
at: {H: 8, W: 8}
let: {width: 4}
layers:
  - {conv: {out: width, kernel: 3}, as: filter}
  - relu
  - flatten
  - {linear: 10, as: fc}
expect:
  - {output: [10], parameters: 1490}
  - {parameters: 40, of: filter, source: by hand}
"""
FRACTION = "input: [1, 7, 7]\nlayers:\n  - {conv: {out: 1, kernel: 3, stride: 3}, as: filter}\n"
VARIANTS = "input: [8]\nlet: {c: 4}\nlayers: [linear: c]\nvariants:\n  a: {let: {c: 5}}\n  b: {let: {c: 6}}\n"


def width(line: str) -> int:
    """Cells of a line on a terminal."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(NETWORK)
    (tmp_path / "fraction.yaml").write_text(FRACTION)
    (tmp_path / "variants.yaml").write_text(VARIANTS)
    return tmp_path


def checked(folder: Path, *arguments: str, stdin: bytes = b"") -> tuple[int, Any]:
    result = run("check", *arguments, "--format", "json", cwd=folder, stdin=stdin)
    assert result.stderr == ""
    return result.returncode, json.loads(result.stdout)


@pytest.mark.parametrize(
    ("arguments", "code", "specs"),
    [
        (["small.yaml"], 0, 1),
        (["small.yaml", "--symbolic"], 0, 1),
        (["fraction.yaml"], 1, 1),
        (["variants.yaml"], 0, 2),
        (["variants.yaml:b"], 0, 1),
        (["."], 1, 4),
        (["small.yaml", "fraction.yaml", "variants.yaml:a"], 1, 3),
    ],
)
def test_json_has_an_entry_for_each_network(folder: Path, arguments: list[str], code: int, specs: int) -> None:
    returned, data = checked(folder, *arguments)
    assert returned == code
    assert data["ok"] is (code == 0)
    assert len(data["specs"]) == specs


def test_json_tells_what_it_could_not_read(folder: Path) -> None:
    result = run("check", "small.yaml", "missing.yaml", "--format", "json", cwd=folder)
    data = json.loads(result.stdout)
    assert result.returncode == 2
    assert data["ok"] is False
    assert [spec["file"] for spec in data["specs"]] == ["small.yaml"]
    assert len(data["problems"]) == 1
    assert "missing.yaml" in data["problems"][0]


def test_json_says_what_there_is(folder: Path) -> None:
    _, data = checked(folder, "small.yaml")
    (spec,) = data["specs"]
    assert (spec["name"], spec["variant"], spec["file"], spec["ok"]) == ("Small", None, "small.yaml", True)
    # 4*9 + 4 and (4*6*6)*10 + 10; 36 places * 36 and 144*10
    assert spec["totals"] == {"parameters": 1490, "frozen": 0, "buffers": 0, "multiplications": 2736}
    assert spec["outputs"] == {"output": [10]}
    first = spec["layers"][0]
    assert (first["name"], first["kind"], first["path"], first["line"]) == ("filter", "conv", ["filter"], 7)
    assert (first["input"], first["output"]) == ([[1, 8, 8]], [4, 6, 6])
    assert [one["state"] for one in spec["expectations"]] == ["holds"] * 3


def test_json_places_findings(folder: Path) -> None:
    _, data = checked(folder, "fraction.yaml")
    (spec,) = data["specs"]
    assert spec["outputs"] == {"output": [1, None, None]}
    (found,) = spec["diagnostics"]
    assert (found["code"], found["name"], found["severity"]) == ("AC301", "fractional-output", "error")
    assert (found["file"], found["line"], found["layer"]) == ("fraction.yaml", 3, "filter")
    assert FRACTION.splitlines()[2][found["column"] - 1 :].startswith(("conv", "3"))


def test_set_overrides_symbols_and_lets(folder: Path) -> None:
    _, data = checked(folder, "small.yaml", "--set", "H=10", "--set", "width=2*3")
    assert data["specs"][0]["layers"][0]["output"] == [6, 8, 6]


def test_symbolic_leaves_closed_forms(folder: Path) -> None:
    _, data = checked(folder, "small.yaml", "--symbolic")
    (spec,) = data["specs"]
    assert spec["layers"][0]["output"] == [4, "H - 2", "W - 2"]
    # 40*(H - 2)*(W - 2) + 10 + 40
    assert spec["totals"]["parameters"] == "40*H*W - 80*H - 80*W + 210"


def test_standard_input_and_its_variant(folder: Path) -> None:
    code, data = checked(folder, "-", stdin=NETWORK.encode())
    assert code == 0
    assert data["specs"][0]["file"] == "<stdin>"
    picked = spawn("check", "--format", "json", "--", "-:b", cwd=folder, stdin=VARIANTS.encode())
    assert json.loads(picked.stdout)["specs"][0]["layers"][0]["output"] == [6]
    assert checked(folder, "-", stdin=b'{"input": [8], "layers": ["relu"]}')[0] == 0


def test_a_folder_is_told_in_one_line_per_network(folder: Path) -> None:
    result = run("check", ".", cwd=folder)
    assert result.returncode == 1
    assert "3 of 4 networks are ok" in result.stdout
    assert "error[AC301]" in result.stdout


def test_usage_wins_over_findings(folder: Path) -> None:
    result = spawn("check", "fraction.yaml", "missing.yaml", cwd=folder)
    assert result.returncode == 2
    assert "error[AC301]" in result.stdout
    assert "missing.yaml" in result.stderr


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize("name", ["resnet:resnet50", "unet:paper", "vgg:D", "fraction.yaml", "small.yaml"])
def test_text_fits_its_width(folder: Path, columns: int, name: str) -> None:
    result = run("check", name, cwd=folder, COLUMNS=str(columns))
    assert result.returncode == (1 if name == "fraction.yaml" else 0)
    assert result.stderr == ""
    assert "multiplications" in result.stdout or " mults" in result.stdout
    wide = [line for line in result.stdout.splitlines() if width(line) > columns and "-->" not in line]
    assert wide == []


def test_colours_are_for_those_who_want_them(folder: Path) -> None:
    assert "\x1b[" not in spawn("check", "fraction.yaml", cwd=folder).stdout
    assert "\x1b[" in spawn("check", "fraction.yaml", "--color", "always", cwd=folder).stdout
    assert "\x1b[" not in spawn("check", "fraction.yaml", "--color", "never", cwd=folder, FORCE_COLOR="1").stdout
    assert "\x1b[" not in spawn("check", "fraction.yaml", cwd=folder, NO_COLOR="1").stdout


def test_names_cannot_paint_the_terminal(folder: Path) -> None:
    (folder / "evil.yaml").write_text('name: "\\e[31mred"\nsource: "a\\nb\\e]0;x\\a"\ninput: [8]\nlayers: [relu]\n')
    result = run("check", "evil.yaml", cwd=folder)
    assert result.returncode == 0
    assert "\x1b" not in result.stdout
    assert "\x07" not in result.stdout
    assert result.stdout.startswith("\\x1b[31mred  8 → 8\na\\nb\\x1b]0;x\\x07\n")


@pytest.mark.parametrize("columns", [40, 80])
def test_an_ascii_terminal_gets_ascii(folder: Path, columns: int) -> None:
    result = spawn("check", "small.yaml", cwd=folder, PYTHONIOENCODING="ascii", COLUMNS=str(columns))
    assert result.returncode == 0
    assert result.stdout.isascii()
    assert "1x8x8 -> 10" in result.stdout
    assert "\n---" in result.stdout
    # Nothing was replaced on the way out.
    assert "?" not in result.stdout


def test_explain_prints_a_page_or_the_list() -> None:
    page = run("explain", "ac301")
    assert page.returncode == 0
    assert "fractional-output" in page.stdout
    assert "Example" in page.stdout
    assert run("explain", "fractional-output").stdout == page.stdout
    index = run("explain")
    assert index.returncode == 0
    assert index.stdout.count("AC") > 60


def test_help_and_version() -> None:
    assert spawn("--version").stdout.startswith("archcalc ")
    for arguments in (["--help"], ["check", "--help"]):
        result = spawn(*arguments)
        assert result.returncode == 0
        assert "usage:" in result.stdout
