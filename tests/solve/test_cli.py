"""`archcalc solve`: what it prints, its exit codes, and its complaints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archcalc.cli import main
from archcalc.quantities import QUANTITIES

SPEC = """\
name: Small
input: [3, N, N]
at: {N: 32}
let: {width: 8}
layers: [{conv: [width, 3], as: c1}, max_pool: 2, {conv: [2 * width, 3], as: c2}, flatten, linear: 10]
"""


@pytest.fixture
def small(tmp_path: Path) -> str:
    path = tmp_path / "small.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return str(path)


def test_all_solutions(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", small, "--for", "N", "--where", "size(c2) = 7x7"]) == 0
    assert capsys.readouterr().out == (
        "N = 20\n"
        "  N = 20: size(c2) = 7x7\n"
        "  but N = 18: size(c2) = 6x6\n"
        "  but N = 22: size(c2) = 8x8\n"
        "complete: proven for every N >= 1\n"
    )


def test_an_end(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    # 3*w*9 + w of c1, w*2w*9 + 2w of c2, 2w*13*13*10 + 10 of the linear layer: 18 w^2 + 3410 w + 10
    assert main(["solve", small, "--for", "width", "--where", "parameters <= 0.1M", "--largest"]) == 0
    assert capsys.readouterr().out == (
        "width = 25\n"
        "  width = 25: parameters = 96,510\n"
        "  but width = 26: parameters = 100,838\n"
        "complete: proven for every width >= 0\n"
    )
    assert main(["solve", small, "--for", "width", "--where", "parameters >= 0.1M", "--smallest"]) == 0
    assert capsys.readouterr().out.startswith("width = 26\n  width = 26: parameters = 100,838\n")
    assert main(["solve", small, "--for", "width", "--where", "parameters >= 0.1M", "--largest"]) == 0
    assert capsys.readouterr().out.startswith("there is no largest width: width >= 26\n")


def test_several_unknowns_and_conditions(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--where", "parameters <= 30K", "--where", "multiplications <= 1M"]
    assert main(["solve", small, "--for", "width=4,8", "--for", "N=16..32", *where, "--format", "json"]) == 0
    (data,) = json.loads(capsys.readouterr().out)["specs"]
    assert data["unknowns"] == ["width", "N"]
    assert data["where"] == ["parameters <= 30K", "multiplications <= 1M"]
    assert data["complete"] is True
    assert {(width, n) for box in data["solutions"] for width in box["width"]["values"] for n in box["N"]["values"]} > {
        (4, 16),
        (8, 16),
    }


def test_no_solution(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", small, "--for", "N", "--where", "parameters(c1) <= 5"]) == 1
    told = capsys.readouterr().out
    assert told.startswith("no N: parameters(c1) <= 5 is never met; at N = 8: parameters(c1) = 224\n")
    assert told.endswith("complete: proven for every N >= 1\n")


def test_fixed_values(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", small, "--for", "N", "--where", "channels(c2) = 12", "--set", "width=6", "--smallest"]) == 0
    assert capsys.readouterr().out.startswith("N = 8\n  N = 8: channels(c2) = 12\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--for", "M", "--where", "parameters <= 5M"],
            "`M` is neither a symbol nor a let of Small; there are N, width",
        ),
        (["--for", "N", "--where", "params <= 5M"], "did you mean `parameters`?"),
        (["--for", "N", "--set", "N=5"], "N is unknown and has a value at the same time"),
        (["--for", "N", "--set", "M=5"], "--set M: no such symbol or let"),
        (["--for", "N\x1b[31m", "--where", "parameters <= 5M"], "\\x1b"),
    ],
)
def test_wrong_usage(small: str, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", small, *arguments]) == 2
    found = capsys.readouterr()
    assert found.out == ""
    assert told in found.err


def test_what_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("input: [3, N, N]\nlayers: [con: 3]\n", encoding="utf-8")
    assert main(["solve", str(path), "--for", "N"]) == 1
    assert "did you mean `conv`?" in capsys.readouterr().err
    assert main(["solve", str(tmp_path / "missing.yaml"), "--for", "N"]) == 2
    assert main(["solve", "vgg", "--for", "H"]) == 2
    assert "solve takes one network" in capsys.readouterr().err


def test_help_names_every_quantity(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["solve", "--help"])
    told = capsys.readouterr().out
    assert [name for name in QUANTITIES if name not in told] == []


def test_what_lies_between_a_solution_and_the_next_legal_value(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", small, "--for", "width=0.5..4/0.25", "--where", "channels(c1) <= 2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("width = 2.25" in line and "whole" in line for line in lines)
    assert any("width = 3: channels(c1) = 3" in line for line in lines)


def test_memory_is_told_in_bytes(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", small, "--for", "width=8", "--where", "memory <= 1 GiB"]) == 0
    assert " bytes\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("input: [3, N, N]\nlet: {w: foo}\nlayers: [relu]\n", "AC121"),
        ("input: [3, N, N]\nlayers: [spam]\n", "AC131"),
        ("input: [3, N, N]\nlayers: [conv: {out: 8, kernel: 3, groups: 5}]\n", "AC305"),
        ("input: [3, N, N]\nlayers: [relu, linear: 10]\n", "AC321"),
        ("input: [3, N, N]\nlayers: [relu\n", "AC105"),
    ],
)
def test_behind_an_error_nothing_is_said_about_solutions(
    text: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(text)
    assert main(["solve", str(path), "--for", "N", "--format", "json"]) == 1
    told = capsys.readouterr()
    data = json.loads(told.out)
    assert data["ok"] is False
    (entry,) = data["specs"]
    assert set(entry) == {"name", "variant", "file", "diagnostics"}
    assert [found["code"] for found in entry["diagnostics"]] == [code]
    assert f"error[{code}]" in told.err
    assert main(["solve", str(path), "--for", "N"]) == 1
    assert capsys.readouterr().out == ""
