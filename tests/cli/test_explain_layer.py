"""`archcalc explain SPEC LAYER`: the work for a layer, its formats, and what is said when there is no such layer."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import run, spawn

from archcalc.cli import main

SMALL = """\
name: Small
input: [3, N, N]
at: {N: 15}
layers:
  - {conv: {out: 4, kernel: 3, stride: 2}, as: stem}
  - {as: body, do: [relu, {conv: [8, 3], as: conv}]}
  - max_pool: 3
"""
WORK = """\
stem  conv  3×15×15 → 4×7×7
small.yaml:5  - {conv: {out: 4, kernel: 3, stride: 2}, as: stem}

channels          K = 4 (one map for every filter)
height and width  (N - F + 2P)/S + 1 = (15 - 3 + 2·0)/2 + 1 = 7
parameters        K·C·F² + K = 4·3·3² + 4 = 112
multiplications   K·C·F²·H·W = 4·3·3²·7·7 = 5,292
where             K = 4 filters, N = 15 input size, F = 3 kernel, P = 0 padding,
                  S = 2 stride, C = 3 input channels, H = 7 output height,
                  W = 7 output width
"""
VARIANTS = "input: [8]\nlayers: [linear: 4]\nvariants: {a: {}, b: {}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "variants.yaml").write_text(VARIANTS, encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("input: [3, 15\n", encoding="utf-8")
    return tmp_path


def test_the_work_is_shown(folder: Path) -> None:
    done = run("explain", "small.yaml", "stem", cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, WORK, "")
    assert spawn("explain", "-", "stem", cwd=folder, stdin=SMALL.encode()).stdout == WORK.replace(
        "small.yaml", "<stdin>"
    )


def test_values_and_symbols(folder: Path) -> None:
    assert "(21 - 3 + 2·0)/2 + 1 = 10" in run("explain", "small.yaml", "stem", "--set", "N=21", cwd=folder).stdout
    symbolic = run("explain", "small.yaml", "stem", "--symbolic", cwd=folder).stdout
    assert "(n - F + 2P)/S + 1 = (N - 3 + 2·0)/2 + 1 = (N - 1)/2" in symbolic
    assert "n = N input size" in symbolic
    unknown = run("explain", "small.yaml", "stem", "--set", "M=21", cwd=folder)
    assert unknown.returncode == 2
    assert "--set M: no such symbol or let" in unknown.stderr


def test_formats(folder: Path) -> None:
    latex = run("explain", "small.yaml", "stem", "--format", "latex", cwd=folder)
    assert latex.stdout.startswith("% stem: conv, 3×15×15 → 4×7×7\n\\begin{align*}\n")
    assert run("explain", "small.yaml", "stem", "--latex", cwd=folder).stdout == latex.stdout
    markdown = run("explain", "small.yaml", "stem", "--format", "markdown", cwd=folder).stdout
    assert r"- height and width: $\frac{N - F + 2P}{S} + 1 = \frac{15 - 3 + 2 \cdot 0}{2} + 1 = 7$" in markdown
    assert run("explain", "small.yaml", "stem", "--format", "pdf", cwd=folder).returncode == 2


def test_colours_and_narrow_terminals(folder: Path) -> None:
    assert "\x1b[1mstem\x1b[0m" in run("explain", "small.yaml", "stem", "--color", "always", cwd=folder).stdout
    narrow = run("explain", "small.yaml", "stem", cwd=folder, COLUMNS="40").stdout
    assert "\n  (N - F + 2P)/S + 1\n  = (15 - 3 + 2·0)/2 + 1 = 7\n" in narrow
    assert all(len(line) <= 40 for line in narrow.split("\n"))
    plain = spawn("explain", "small.yaml", "stem", cwd=folder, PYTHONIOENCODING="ascii").stdout
    assert "K*C*F^2 + K = 4*3*3^2 + 4 = 112" in plain


def test_a_scope_shows_its_layers(folder: Path) -> None:
    done = run("explain", "small.yaml", "body", cwd=folder)
    assert done.returncode == 0
    assert done.stdout.startswith("body  group  4×7×7 → 8×5×5\n2 layers, 296 parameters, 7,200 multiplications\n")
    assert "\nbody.conv  conv  4×7×7 → 8×5×5\n" in done.stdout


def test_what_an_error_keeps_unknown(folder: Path) -> None:
    """The layer with the error, and those behind it; the layers in front are known all the same."""
    (folder / "wrong.yaml").write_text(SMALL.replace("15", "16"), encoding="utf-8")
    own = run("explain", "wrong.yaml", "stem", cwd=folder)
    assert own.returncode == 1
    assert "(16 - 3 + 2·0)/2 + 1 = 7.5\n                  (not a whole number)\n" in own.stdout
    assert "error[AC301]: height and width: (16 - 3 + 0)/2 + 1 = 7.5 is not a whole number" in own.stdout
    behind = run("explain", "wrong.yaml", "body.conv", cwd=folder)
    assert behind.returncode == 1
    assert "error[AC301] in stem: height and width" in behind.stdout
    assert run("explain", "wrong.yaml", "body", cwd=folder).returncode == 1
    (folder / "late.yaml").write_text(SMALL.replace("15", "19"), encoding="utf-8")
    assert run("check", "late.yaml", cwd=folder).returncode == 1
    assert run("explain", "late.yaml", "stem", cwd=folder).returncode == 0
    broken = run("explain", "broken.yaml", "stem", cwd=folder)
    assert (broken.returncode, broken.stdout) == (1, "")
    assert "error[AC1" in broken.stderr


def test_a_whole_network(folder: Path) -> None:
    done = run("explain", "small.yaml", "--set", "N=23", cwd=folder)
    assert done.returncode == 0
    title, summary, *rest = done.stdout.splitlines()
    assert " network " in title
    assert summary.endswith("multiplications")
    # Whatever its layers say one by one, the page of the network says.
    for layer in ("stem", "body.conv"):
        own = run("explain", "small.yaml", layer, "--set", "N=23", cwd=folder).stdout.splitlines()
        formulas = [line.strip() for line in own if line.startswith(("height", "param", "multi"))]
        assert formulas and {*formulas} <= {line.strip() for line in rest}
    assert run("explain", "small.yaml", "--latex", cwd=folder).stdout.count("align*") >= 4
    # The last layer of it does not fit at 15.
    assert run("explain", "small.yaml", cwd=folder).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["small.yaml", "stm"], "small.yaml: there is no layer 'stm'; did you mean 'stem'?"),
        (["small.yaml", "xyzzy"], "there is no layer 'xyzzy'; there are stem, body.0, body.conv, 2"),
        (["variants.yaml", "0"], "variants.yaml has the variants a, b; choose one, such as variants.yaml:a"),
        (["variants.yaml"], "variants.yaml has the variants a, b; choose one, such as variants.yaml:a"),
        (["missing.yaml", "0"], "there is no file missing.yaml"),
        (["AC301", "stem"], "there is neither a file nor a catalogue entry `AC301`"),
        (["AC301", "--symbolic"], "--format, --latex, --set and --symbolic are for a network"),
        (["layers", "--format", "markdown"], "are for a network"),
        (["xyzzy"], "there is no code, no layer and no word of the language xyzzy"),
        (["small.yaml", "\x1b[2J"], r"there is no layer '\x1b[2J'"),
    ],
)
def test_wrong_usage(
    arguments: list[str], told: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert main(["explain", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert told in captured.err
    assert captured.err.count("\n") == 1


def test_pages_stay(capsys: pytest.CaptureFixture[str]) -> None:
    """A kind of layer and a code come before a network of the same name."""
    for subject, start in (("AC301", "AC301 fractional-output"), ("conv", "conv (conv)"), ("layers", "conv\n")):
        assert main(["explain", subject]) == 0
        assert capsys.readouterr().out.startswith(start)


def test_a_size_that_is_none_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The work of other numbers than those that were asked for would be wrong."""
    monkeypatch.chdir(folder)
    assert main(["explain", "unet:paper", "head", "--set", "N=0"]) == 1
    captured = capsys.readouterr()
    assert "AC133" in captured.err + captured.out
    assert "388" not in captured.out
