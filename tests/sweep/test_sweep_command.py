"""`archcalc sweep`: what it prints, its files, its exit codes, and its complaints."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from cli.command import run

import archcalc

SPEC = """\
name: Small
input: [3, N, N]
at: {N: 32}
let: {width: 8, act: relu, sides: [1, 2]}
layers:
  - {conv: {out: width, kernel: 3}, as: c1}
  - {apply: act}
  - for: {side: sides}
    do: [max_pool: side]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(SPEC)
    return tmp_path


def test_designs_are_counted_and_listed(folder: Path) -> None:
    # 27*8*(N - 2)^2 products; the map of N - 2 is halved.
    done = run("sweep", "small.yaml", "--for", "N=10..14", "--where", "multiplications <= 25k", cwd=folder)
    assert done.returncode == 0
    assert done.stdout == (
        "5 designs of Small\n"
        "  symbols of closed forms: N; 16 bits are proven to be enough\n"
        "3 of 5 are legal, 2 meet the condition\n"
        "\n"
        "design   N  multiplications  parameters\n"
        "───────────────────────────────────────\n"
        "     0  10           13,824         224\n"
        "     2  12           21,600         224\n"
    )


def test_every_kind_of_value(folder: Path) -> None:
    axes = ["--for", "act=relu,silu", "--for", "sides=[1],[2,2],[]", "--for", "width=1..2/0.5"]
    done = run("sweep", "small.yaml", *axes, "--show", "size,legal", "--set", "N=18", cwd=folder)
    assert done.returncode == 0
    assert "18 designs of Small" in done.stdout
    assert "12 of 18 are legal" in done.stdout
    assert "looked up in tables: act, sides, width; " in done.stdout
    lines = [line.split() for line in done.stdout.splitlines() if line.strip()[:1].isdigit()][-18:]
    assert lines[0] == ["0", "relu", "[1]", "1", "16x16", "true"]
    assert lines[1] == ["1", "relu", "[1]", "1.5", "-", "false"]
    assert lines[3] == ["3", "relu", "[2,2]", "1", "4x4", "true"]


def test_why_there_are_no_tables(folder: Path) -> None:
    done = run("sweep", "small.yaml", "--for", "act=relu,silu", "--for", "N=18,20", "--show", "peak", cwd=folder)
    assert "act (its values are words)" in done.stdout
    assert "  not in tables: peak depends on how the whole network runs" in done.stdout.splitlines()


def test_only_the_count(folder: Path) -> None:
    done = run("sweep", "small.yaml", "--for", "N=10..14", "--count", cwd=folder)
    assert done.stdout.splitlines()[-1] == "3 of 5 are legal"
    none = run("sweep", "small.yaml", "--for", "N=10..14", "--count", "--where", "parameters >= 1M", cwd=folder)
    assert none.stdout.splitlines()[-1] == "3 of 5 are legal, 0 meet the condition"
    assert none.returncode == 1


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        (["--first", "2"], ["0", "2"]),
        (["--smallest"], ["0"]),
        (["--largest"], ["20"]),
        (["--sample", "99"], [str(number) for number in range(0, 21, 2)]),
        (["--pareto=-height"], ["20"]),
        (["--pareto", "multiplications,-multiplications"], [str(number) for number in range(0, 21, 2)]),
    ],
)
def test_some_of_them(folder: Path, asked: list[str], numbers: list[str]) -> None:
    done = run("sweep", "small.yaml", "--for", "N=10..30", *asked, cwd=folder)
    assert done.returncode == 0
    table = done.stdout.split("─\n")[1].split("\n\n")[0].splitlines()
    assert [line.split()[0] for line in table] == numbers


def test_a_file_has_all_of_them(folder: Path) -> None:
    asked = [
        "sweep",
        "small.yaml",
        "--for",
        "N=10..99",
        "--for",
        "act=relu,silu",
        "--show",
        "output,obstacle,parameters",
    ]
    done = run(*asked, "-o", "designs.csv", cwd=folder)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "180 written to designs.csv"
    with (folder / "designs.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [int(row["design"]) for row in rows] == list(range(180))
    network = archcalc.load(SPEC)
    for row in rows[::17]:
        report = network.check(N=int(row["N"]), act=row["act"])
        assert bool(row["obstacle"]) is not report.ok
        if report.ok:
            assert row["parameters"] == str(report.totals.parameters)
            assert row["output"] == "x".join(map(str, report.outputs["output"]))
    again = run(*asked, "-o", "designs.csv", cwd=folder)
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert run(*asked, "-o", "designs.csv", "--force", cwd=folder).returncode == 0


def test_names_without_room_are_told(folder: Path) -> None:
    names = [f"name_{place:02}" for place in range(30)]
    lets = ", ".join(f"{name}: 1" for name in names)
    layers = ", ".join(f"linear: {name}" for name in names)
    (folder / "many.yaml").write_text(f"input: [8]\nlet: {{{lets}}}\nlayers: [{layers}]\n")
    done = run("sweep", "many.yaml", "--for", "name_??=1,2", "--first", "2", cwd=folder)
    assert done.returncode == 0
    assert "1,073,741,824 designs of many" in done.stdout
    assert "not shown: " in done.stdout
    assert max(map(len, done.stdout.split("─\n")[1].splitlines())) <= 120


def test_a_network_with_errors_is_not_swept(folder: Path) -> None:
    (folder / "wrong.yaml").write_text("input: [3, N, N]\nat: {N: 8}\nlayers: [conf: 3]\n")
    done = run("sweep", "wrong.yaml", "--for", "N=8..9", cwd=folder)
    assert done.returncode == 1
    assert "there is no layer or block `conf`" in done.stderr


def test_a_check_loads_nothing_of_a_sweep() -> None:
    import subprocess
    import sys

    code = "import sys\nfrom archcalc.cli import main\nmain(['check', 'unet:paper'])\n"
    code += "print([name for name in sys.modules if 'sweep' in name or name == 'numpy'], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"
