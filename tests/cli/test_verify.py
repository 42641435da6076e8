"""`archcalc verify`: the contract of its output and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest
from command import run, spawn

from archcalc.cli import main
from archcalc.export import targets
from archcalc.graph import Graph
from archcalc.terminal import display_width
from archcalc.verify import verification


class Spoilt(NamedTuple):
    """Code that does not fit GOOD."""

    graph: Graph
    text: str = (
        "from torch import nn\n\n\nclass Net(nn.Sequential):\n    def __init__(self):\n        super().__init__("
        "nn.Conv2d(1, 4, 5), nn.ReLU(), nn.Flatten(), nn.Linear(64, 10))\n"
    )
    class_name: str = "Net"
    arguments: dict[str, str] = {}  # noqa: RUF012
    events: tuple[tuple[str, int], ...] = (("0", 1), ("1", 1), ("2", 1), ("3", 1))
    scopes: tuple[str, ...] = ("Net",)
    supplied: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()


@pytest.fixture
def spoilt(shared_process: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exporter that makes mistakes."""
    wrong = targets.Target("torch", "wrong", ".py", lambda: lambda program, *_: (Spoilt(program.unfold().graph), []))
    monkeypatch.setitem(targets.TARGETS, "torch", wrong)


def test_a_network_that_agrees(folder: Path, shared_process: None) -> None:
    before = sorted(folder.iterdir())
    result = run("verify", "good.yaml", cwd=folder)
    assert result.returncode == 0, result.stdout
    assert result.stderr == ""
    assert "differs" not in result.stdout
    assert result.stdout.splitlines()[-1].startswith("ok with PyTorch ")
    assert "H = 2 is illegal: AC303, and PyTorch refuses" in result.stdout
    assert sorted(folder.iterdir()) == before


def test_several_networks_in_a_line_each(folder: Path, shared_process: None) -> None:
    result = run("verify", ".", "--set", "H=9", cwd=folder)
    assert result.returncode == 1
    assert "error[AC301]" in result.stdout
    lines = result.stdout.splitlines()
    assert lines[-1] == "3 of 4 networks agree with PyTorch"
    assert [line.split()[0] for line in lines[-5:-1]] == ["FAILS", "ok", "ok", "ok"]


def test_a_network_that_differs(folder: Path, spoilt: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(folder / "good.yaml")]) == 1
    out = capsys.readouterr().out
    assert "error[AC504]: 0.weight is 4×1×5×5 in PyTorch and 4×1×3×3 here" in " ".join(out.split())
    assert "error[AC505]" in out
    assert "not ok with PyTorch" in out


def test_json(folder: Path, spoilt: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(folder / "good.yaml"), "--format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["ok"] is False
    assert data["problems"] == []
    spec = data["specs"][0]
    assert spec["name"] == "Small"
    assert spec["ok"] is False
    assert spec["layers"][0]["torch"] == {
        "output": [4, 4, 4],
        "parameters": 104,
        "frozen": 0,
        "buffers": 0,
        "multiplications": 1600,
    }
    assert {found["code"] for found in spec["diagnostics"]} == {"AC504", "AC505", "AC506", "AC507"}


@pytest.mark.parametrize("columns", [40, 80])
def test_text_fits_its_width(folder: Path, shared_process: None, columns: int) -> None:
    result = run("verify", "good.yaml", cwd=folder, COLUMNS=str(columns))
    assert result.returncode == 0
    assert [line for line in result.stdout.splitlines() if display_width(line) > columns] == []


def test_a_terminal_without_other_letters_gets_ascii(folder: Path) -> None:
    pytest.importorskip("torch")
    result = spawn("verify", "good.yaml", cwd=folder, COLUMNS="40", PYTHONIOENCODING="ascii")
    assert result.returncode == 0
    assert result.stdout.isascii()
    assert [line for line in result.stdout.splitlines() if display_width(line) > 40] == []


@pytest.mark.parametrize("output", ["text", "json"])
def test_without_torch_the_command_that_helps_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    monkeypatch.setattr(verification, "has_torch", lambda: False)
    assert main(["verify", str(folder / "good.yaml"), "--format", output]) == 2
    told = capsys.readouterr()
    assert "AC509" in told.err
    assert "pip install 'archcalc[torch]'" in told.err
    if output == "json":
        data = json.loads(told.out)
        assert data["ok"] is False
        assert "AC509" in data["problems"][0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "usage:"),
        (["missing.yaml"], "there is no file missing.yaml"),
        (["good.yaml", "--set", "K=2"], "no such symbol or let; there are: H, c"),
        (["good.yaml", "--set", "K"], "NAME=VALUE"),
        (["variants.yaml:c"], "no variant `c`"),
        (["variants.yaml", "--depth", "2"], "--depth is for the table of one network, and there are 2"),
        (["good.yaml", "--timeout", "0"], "0 is not a number of seconds"),
        (["good.yaml", "--timeout", "soon"], "soon is not a number of seconds"),
        (["good.yaml", "--timeout", "nan"], "nan is not a number of seconds"),
    ],
)
def test_wrong_usage_is_told(folder: Path, arguments: list[str], message: str) -> None:
    result = run("verify", *arguments, cwd=folder)
    assert result.returncode == 2
    assert message in result.stderr


def test_a_spec_with_errors_is_not_run(folder: Path) -> None:
    result = run("verify", "fraction.yaml", cwd=folder)
    assert result.returncode in (1, 2)
    if result.returncode == 1:
        assert "error[AC501]" in result.stdout
