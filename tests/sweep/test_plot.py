"""The plot of a front on a terminal: every design has its mark at its place, and every terminal can show it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from cli.command import run

import archcalc
from archcalc.sweep.plot import LINES, plot
from archcalc.sweep.question import objective
from archcalc.sweep.scale import Scale, short
from archcalc.terminal import PLAIN, Terminal

SPEC = """\
name: Small
input: [3, N, N]
at: {N: 16}
let: {width: 8}
layers:
  - {conv: {out: width, kernel: 3, padding: 1}, as: c1}
  - flatten
  - linear: 10
"""


def drawn(axes: dict[str, range], *objectives: str, terminal: Terminal = PLAIN) -> list[str]:
    space = archcalc.load(SPEC).sweep(axes)
    return plot(space.pareto(*objectives), [objective(text, space.question) for text in objectives], terminal)


def marks(lines: list[str], mark: str = "•") -> list[tuple[int, int]]:
    """Column and line of each mark."""
    return [(x, y) for y, line in enumerate(lines) for x, letter in enumerate(line) if letter == mark]


def test_a_plot_to_the_letter() -> None:
    # 27*w*256 + 2560*w products; 28*w + 2560*w + 10 parameters: both grow by the same step from design to design.
    lines = drawn({"width": range(1, 6)}, "multiplications", "-parameters", terminal=Terminal(width=49))
    assert lines == [
        "parameters, more is better",
        "12,950 ┤                                        •",
        "       │",
        "       │",
        "       │                              •",
        "       │",
        "       │",
        "       │                    •",
        "       │",
        "       │          •",
        "       │",
        "       │",
        " 2,598 ┤•",
        "       └┬───────────────────────────────────────┬",
        "        9,472                              47,360",
        "                  multiplications, less is better",
    ]


@pytest.mark.parametrize("width", [40, 57, 80, 100, 300])
@pytest.mark.parametrize("objectives", [("multiplications", "-parameters"), ("-parameters", "memory")])
def test_every_design_has_a_mark_at_its_place(width: int, objectives: tuple[str, str]) -> None:
    axes = {"width": range(1, 40), "N": range(3, 20)}
    lines = drawn(axes, *objectives, terminal=Terminal(width=width))
    assert max(map(len, lines)) <= min(width, 100)
    front = archcalc.load(SPEC).sweep(axes, show=["multiplications", "parameters", "memory"]).pareto(*objectives)
    found = marks(lines)
    left, right = min(x for x, _ in found), max(x for x, _ in found)
    top, bottom = min(y for _, y in found), max(y for _, y in found)
    assert bottom - top == LINES - 1
    assert right == min(width, 100) - 1
    across, up = ([logarithms(design.figures[name.lstrip("-")]) for design in front] for name in objectives)
    places = {
        (round(left + x * (right - left)), round(bottom - y * (LINES - 1)))
        for x, y in zip(shares(across), shares(up), strict=True)
    }
    assert places == set(found)


def logarithms(number: object) -> float:
    assert isinstance(number, int)
    return math.log(number)


def shares(numbers: list[float]) -> list[float]:
    """Where numbers lie between the least of them, which is 0, and the greatest."""
    low, high = min(numbers), max(numbers)
    return [(number - low) / (high - low) for number in numbers]


def test_a_logarithmic_axis_is_for_numbers_that_differ_much() -> None:
    few, many = (drawn({"width": range(1, last)}, "multiplications", "-parameters")[0] for last in (29, 40))
    assert few == "parameters, more is better"
    assert many == "parameters, more is better, logarithmic"


def test_plain_letters_where_a_terminal_has_no_others() -> None:
    lines = drawn({"width": range(1, 6)}, "multiplications", "-parameters", terminal=Terminal(60, encoding="ascii"))
    assert all(line.isascii() for line in lines)
    assert len(marks(lines, "*")) == 5


@pytest.mark.parametrize("objectives", [("multiplications",), ("multiplications", "parameters", "memory")])
def test_other_numbers_of_quantities_have_no_plot(objectives: tuple[str, ...]) -> None:
    assert drawn({"width": range(1, 6)}, *objectives) == []


def test_one_design_has_no_plot() -> None:
    assert drawn({"width": range(1, 6)}, "multiplications", "parameters") == []


def test_numbers_of_any_length() -> None:
    lines = drawn({"width": range(10**30, 10**30 + 5)}, "multiplications", "-parameters")
    assert len(marks(lines)) == 5
    assert lines[1].startswith("2.59e+33 ┤")


def test_a_scale_is_true() -> None:
    scale = Scale.of([0, 10, 40])
    assert [scale.place(number) for number in (0, 10, 40)] == [0, 0.25, 1]
    assert Scale.of([7]).place(7) == 0.5
    assert not Scale.of([1, 30]).is_logarithmic and Scale.of([1, 31]).is_logarithmic
    for low, high in ((3, 17), (0, 5), (385_814_752, 1_900_000_000), (10, 10**9), (41, 569), (7, 7), (99, 10**18)):
        scale = Scale.of([low, high])
        ticks = scale.ticks(6)
        assert 1 <= len(ticks) <= 9 or low == high
        assert ticks == sorted(set(ticks)) and all(low <= tick <= high for tick in ticks)
        assert all(len(str(tick).rstrip("0")) <= 3 for tick in ticks)


@pytest.mark.parametrize(
    ("number", "text"),
    [(999, "999"), (999_499, "999k"), (999_500, "1M"), (15_470_264_320, "15.5B"), (-12, "-12"), (10**400, "1e+400")],
)
def test_numbers_in_few_letters(number: int, text: str) -> None:
    assert short(number) == text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(SPEC)
    return tmp_path


def test_the_command_prints_it_below_the_table(folder: Path) -> None:
    asked = ["sweep", "small.yaml", "--for", "width=1..5", "--pareto", "multiplications,-parameters"]
    done = run(*asked, cwd=folder)
    assert done.returncode == 0
    *_, table, plotted = done.stdout.split("\n\n")
    assert table.startswith("design  width")
    assert plotted.splitlines() == drawn({"width": range(1, 6)}, "multiplications", "-parameters")
    run(*asked, "-o", "front.csv", cwd=folder)
    assert (folder / "front.csv").read_text().splitlines() == [
        "design,width,multiplications,parameters",
        *[f"{width - 1},{width},{9472 * width},{2588 * width + 10}" for width in range(1, 6)],
    ]
    one = run("sweep", "small.yaml", "--for", "width=1..5", "--pareto", "multiplications,parameters", cwd=folder)
    assert "┤" not in one.stdout


def test_the_table_shows_what_the_front_is_of(folder: Path) -> None:
    done = run(
        "sweep", "small.yaml", "--for", "width=1..2", "--show", "legal", "--pareto", "activations,-parameters",
        cwd=folder,
    )  # fmt: skip
    head, _, first, second = done.stdout.split("\n\n")[1].splitlines()
    assert head.split() == ["design", "width", "activations", "parameters", "legal"]
    assert [line.split()[-2:] for line in (first, second)] == [["2,598", "true"], ["5,186", "true"]]
