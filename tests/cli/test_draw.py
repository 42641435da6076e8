"""`archcalc draw`: what is written where, and what is said."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from command import GOOD, run, spawn

from archcalc.draw.palette import DARK

NEEDED = {"png": "resvg_py", "pdf": "fontTools"}
"""What writes a format."""


def test_dot_goes_to_standard_output(folder: Path) -> None:
    result = run("draw", "good.yaml", cwd=folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("digraph network {\n")
    assert '0 -> 2 [label=" 4×6×6 "' in result.stdout
    assert spawn("draw", "-", cwd=folder, stdin=GOOD.encode()).stdout == result.stdout
    assert spawn("draw", "good.yaml", "--format", "dot", cwd=folder, PYTHONIOENCODING="ascii").stdout == result.stdout


@pytest.mark.parametrize(("format", "beginning"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_the_suffix_says_the_format(folder: Path, format: str, beginning: bytes) -> None:
    if format in NEEDED:
        pytest.importorskip(NEEDED[format])
    result = run("draw", "good.yaml", "-o", f"net.{format}", cwd=folder)
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == f"wrote net.{format}: 5 boxes and 4 edges, at --depth 1\n"
    assert (folder / f"net.{format}").read_bytes().startswith(beginning)
    again = run("draw", "good.yaml", "-o", f"net.{format}", cwd=folder)
    assert (again.returncode, again.stderr) == (2, f"archcalc: net.{format} exists; --force overwrites it\n")
    assert run("draw", "good.yaml", "-o", f"net.{format}", "--force", cwd=folder).returncode == 0
    assert run("draw", "good.yaml", "-o", "other.txt", "--format", format, cwd=folder).returncode == 0
    assert (folder / "other.txt").read_bytes().startswith(beginning)


def test_values_symbols_and_direction(folder: Path) -> None:
    assert " 6×4×4 " in run("draw", "good.yaml", "--set", "c=6", "--set", "H=6", cwd=folder).stdout
    assert " 4×(H - 2)×(H - 2) " in run("draw", "good.yaml", "--symbolic", cwd=folder).stdout
    assert "rankdir=LR" in run("draw", "good.yaml", "--direction", "right", cwd=folder).stdout


def test_a_network_with_errors_is_drawn_and_its_errors_are_told(folder: Path) -> None:
    result = run("draw", "fraction.yaml", "-o", "net.dot", cwd=folder)
    assert result.returncode == 1
    assert "error[AC301]" in result.stderr
    assert result.stderr.endswith("wrote net.dot: 3 boxes and 2 edges, at --depth 1\n")
    assert '[label=" 1×?×? "' in (folder / "net.dot").read_text(encoding="utf-8")
    nothing = spawn("draw", "-", "-o", "nothing.dot", cwd=folder, stdin=b"layers: 3\n")
    assert nothing.returncode == 1
    assert not (folder / "nothing.dot").exists()


def test_without_graphviz_the_advice_is_printed(folder: Path) -> None:
    # A folder without programs, and a pygraphviz that is none.
    hidden = folder / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import importlib.util as util\nfind = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name == 'pygraphviz' else find(name, *more)\n"
    )
    root = str(Path(__file__).resolve().parents[2])
    bare = {"PATH": str(hidden), "PYTHONPATH": os.pathsep.join([str(hidden), root])}
    result = spawn("draw", "good.yaml", "-o", "net.svg", "--engine", "graphviz", cwd=folder, **bare)
    assert result.returncode == 2
    assert "apt install graphviz, brew install graphviz, or pip install 'archcalc[draw]'" in result.stderr
    assert not (folder / "net.svg").exists()
    assert spawn("draw", "good.yaml", "-o", "net.dot", cwd=folder, **bare).returncode == 0
    assert spawn("draw", "good.yaml", "-o", "net.svg", cwd=folder, **bare).returncode == 0


def test_aspect_and_dark(folder: Path) -> None:
    wide = run("draw", "good.yaml", "--format", "svg", "--aspect", "16:9", "--dark", cwd=folder).stdout
    found = re.search(r'width="(\d+)" height="(\d+)"', wide)
    assert found is not None
    assert int(found[1]) / int(found[2]) == pytest.approx(16 / 9, rel=0.01)
    assert f'fill="{DARK.background}"' in wide and DARK.families["conv"].fill in wide
    assert DARK.background in run("draw", "good.yaml", "--dark", cwd=folder).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "usage:"),
        (["missing.yaml"], "there is no file missing.yaml"),
        (["variants.yaml"], "draw takes one network, and variants.yaml has the variants a, b; choose one"),
        (["variants.yaml:c"], "no variant `c`"),
        (["."], "draw takes one network, and the folder"),
        (["good.yaml", "conv9"], "there is no layer, no group and no block conv9"),
        (["good.yaml", "--aspect", "wide"], "an aspect is width:height, such as 16:9"),
        (["good.yaml", "--aspect", "0:9"], "0:9 is not"),
        (["good.yaml", "--aspect", "99:1"], "neither is more than ten times the other"),
        (["good.yaml", "--aspect", "16:9"], "--aspect is for pictures that archcalc lays out itself"),
        (["good.yaml", "--engine", "elk"], "invalid choice: 'elk'"),
        (["good.yaml", "--depth", "0"], "0 is not a number of 1 or more"),
        (["good.yaml", "--set", "d=6"], "there are: H, c"),
        (["good.yaml", "--format", "gif"], "invalid choice: 'gif'"),
        (["good.yaml", "-o", "net"], "net does not say what it is: end it in .dot, .gv, .svg, .pdf or .png"),
        (
            ["good.yaml", "-o", "net.jpg"],
            "net.jpg: .jpg is not supported, because it blurs lines and letters: end it in .dot, .gv, .svg, .pdf",
        ),
        (["good.yaml", "-o", "net.GIF"], "net.GIF: .gif is not supported: end it in .dot"),
        (["good.yaml", "-o", "net.png", "--format", "svg"], "the name of a picture in png, but --format says svg"),
        (["good.yaml", "-o", "."], "it is a folder; name a file in it, such as net.svg"),
        (["good.yaml", "-o", "nowhere/net.svg"], "there is no folder nowhere"),
        (["good.yaml", "-o", "good.yaml"], "good.yaml does not say what it is"),
        (["good.yaml", "-o", "good.yaml", "--format", "svg"], "good.yaml exists"),
    ],
)
def test_wrong_usage_is_told(folder: Path, arguments: list[str], message: str) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    result = run("draw", *arguments, cwd=folder)
    assert result.returncode == 2
    assert message in result.stderr
    assert result.stdout == ""
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_too_many_boxes(folder: Path) -> None:
    (folder / "long.yaml").write_text("input: [8]\nlayers:\n  - for: {i: 1..2000}\n    do: [linear: i]\n")
    result = run("draw", "long.yaml", "-o", "long.svg", cwd=folder)
    assert result.returncode == 2
    assert "2,002 boxes, and 1,000 are the most; no --depth has fewer" in result.stderr
    assert not (folder / "long.svg").exists()


def test_volumes(folder: Path) -> None:
    result = run("draw", "good.yaml", "--style", "volumes", "-o", "net.svg", cwd=folder)
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr.startswith("wrote net.svg: ") and " volumes, " in result.stderr
    shown = run("draw", "good.yaml", "--style", "volumes", cwd=folder)
    assert shown.stdout == (folder / "net.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--style", "volumes", "--direction", "right"], "--direction is for --style graph"),
        (["--style", "volumes", "--no-fold"], "--no-fold is for --style graph"),
        (["--style", "volumes", "-o", "net.dot"], "volumes are no graph for Graphviz: write svg, pdf or png"),
        (["--style", "volumes", "-o", "net.jpg"], ".jpg is not supported"),
        (["--style", "volumes", "--aspect", "16x9"], "an aspect is width:height, such as 16:9"),
        (["--style", "volumes", "--aspect", "1:0"], "an aspect is width:height"),
        (["--style", "volumes", "--aspect", "nan"], "an aspect is width:height"),
        (["--style", "volumes", "--width", "0"], "the width is a number of pixels from 16 to 20,000, not 0"),
        (["nobody", "--style", "volumes"], "there is no layer, no group and no block nobody"),
        (["--title", "Net"], "--title is for --style volumes"),
    ],
)
def test_wishes_that_a_style_has_not(folder: Path, options: list[str], message: str) -> None:
    result = run("draw", "good.yaml", *options, cwd=folder)
    assert result.returncode == 2 and result.stdout == ""
    assert message in result.stderr
