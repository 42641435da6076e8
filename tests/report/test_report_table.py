"""The table: rows that sum to the total, folded neighbours, letters for roundings, and every width of a terminal."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import catalogue
import pytest
from effort import share

import archcalc
from archcalc import Report
from archcalc.dims import floor_div, symbol
from archcalc.report.abbreviations import Abbreviations
from archcalc.report.columns import MULTIPLICATIONS, PARAMETERS
from archcalc.report.grid import lines
from archcalc.report.table import table
from archcalc.report.tree import levels, tree
from archcalc.terminal import Terminal

CONCRETE = catalogue.networks()
NUMBER = re.compile(r"\(?(\d{1,3}(?:,\d{3})*|-)\)?")


@cache
def network(name: str, symbolic: bool) -> Report:
    return catalogue.architecture(name).check(symbolic=True) if symbolic else catalogue.report(name)


def reports(name: str) -> list[Report]:
    """In numbers, and in closed forms where sizes have symbols."""
    found = [network(name, False), network(name, True)]
    return found if found[1].symbols else found[:1]


def small(text: str, symbolic: bool = False) -> Report:
    report = archcalc.load(text).check(symbolic=symbolic)
    assert report.ok, str(report)
    return report


def printed(report: Report, depth: int | None = None, width: int = 80, encoding: str = "utf-8") -> str:
    """The table as it is printed."""
    return "\n".join(lines(report, Terminal(width, encoding=encoding), depth=depth)) + "\n"


def cells(line: str) -> int:
    """Cells of a line on a terminal."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def number(text: str) -> int:
    """What a cell counts; parentheses stand around what the column does not add up."""
    if text == "" or text.startswith("("):
        return 0
    assert NUMBER.fullmatch(text), text
    return 0 if text == "-" else int(text.replace(",", ""))


@pytest.mark.parametrize("name", CONCRETE)
def test_columns_sum_to_the_total_at_every_depth(name: str) -> None:
    report = network(name, False)
    deepest = levels(tree(report.graph.nodes))
    for depth in range(1, deepest + 2):
        found = table(report, depth)
        for column, total in ((3, report.totals.parameters), (4, report.totals.multiplications)):
            if isinstance(total, int):
                assert sum(number(row.texts()[column]) for row in found.rows) == total
                assert number(found.total.texts()[column]) == total
        assert [row for row in found.rows if row.is_scope and row.texts()[3:] != ("", "")] == []


def test_closed_forms_sum_to_the_total_too() -> None:
    report = network("unet:paper", True)
    for depth in (1, 2, 3):
        found = table(report, depth)
        assert (
            sum(row.cells[MULTIPLICATIONS] for row in found.rows if not row.is_scope) == report.totals.multiplications
        )
        assert found.total.cells[MULTIPLICATIONS] == report.totals.multiplications


@pytest.mark.parametrize("index", range(len(CONCRETE)), ids=CONCRETE.__getitem__)
def test_every_network_fits(index: int) -> None:
    name = CONCRETE[index]
    # A few widths for one variant of a file, one for the others, which are much alike: together all widths, and others
    # with the next commit.
    is_first = index == 0 or CONCRETE[index - 1].partition(":")[0] != name.partition(":")[0]
    for report in reports(name):
        for width in share(range(30, 121), index, 18 if is_first else 91):
            assert_fits(report, width)


@pytest.mark.parametrize(
    "which", [("alexnet:two-groups", False), ("resnet:resnet152", False), ("unet:paper", True)], ids=str
)
def test_every_width_is_kept(which: tuple[str, bool]) -> None:
    for width in range(30, 121):
        assert_fits(network(*which), width)


def assert_fits(report: Report, width: int) -> None:
    """No line is wider than the terminal, and none of the numbers in the last row is cut."""
    total = table(report, 1).total
    numbers = [total.text(column) for column in (PARAMETERS, MULTIPLICATIONS) if isinstance(total.cells[column], int)]
    text = report.to_text(width=width).splitlines()
    wide = [line for line in text if cells(line) > max(width, 40) and "-->" not in line]
    assert wide == [], width
    (last,) = [line for line in text if line.startswith("total ")]
    # The number of layers, in front of them, may be one of these numbers, too.
    found = [word for word in last.split() if word in numbers]
    assert found[len(found) - len(numbers) :] == numbers, width


LAYERS_TO_FOLD = """\
input: [8, 9, 9]
blocks:
  pair(out):
    - {conv: [out, 1], as: one}
    - relu
layers:
  - {repeat: 3, do: [{pair: 8}], as: same}
  - {pair: 4, as: first}
  - {pair: 4, as: second}
  - pair: 4
  - pair: 4
  - {pair: 4, as: frozen, trainable: false}
"""


def test_equal_neighbours_fold_and_their_rows_stand_for_all() -> None:
    # 8*8 + 8 = 72, 8*4 + 4 = 36, 4*4 + 4 = 20; each weight is applied at 81 places.
    assert (
        printed(small(LAYERS_TO_FOLD), depth=2)
        == """\
layer    kind       output  parameters  multiplications
───────────────────────────────────────────────────────
same     group      8×9×9
  0 … 2  3 × pair   8×9×9          216           15,552
first    pair       4×9×9
  one    conv       4×9×9           36            2,592
  1      relu       4×9×9            -                -
second   pair       4×9×9
  one    conv       4×9×9           20            1,296
  1      relu       4×9×9            -                -
3 … 4    2 × pair   4×9×9
  one    conv       4×9×9           40            2,592
  1      relu       4×9×9            -                -
frozen   pair       4×9×9
  one    conv       4×9×9         (20)            1,296
  1      relu       4×9×9            -                -
───────────────────────────────────────────────────────
total    16 layers                 312           23,328
"""
    )


def test_a_scope_stays_one_where_a_layer_is_applied_again() -> None:
    spec = """\
input: [8, 16, 16]
blocks:
  b():
    - {conv: [8, 1], as: a}
    - {use: a}
    - {do: [relu, {conv: [8, 3]}], as: g}
    - {use: a}
layers:
  - {b: [], as: x}
  - {use: x}
"""
    report = small(spec)
    labels = [row.texts()[:3] for row in table(report, 3).rows]
    assert [(label, output) for label, _, output in labels] == [
        ("x", "8×14×14"),
        ("  a", "8×16×16"),
        ("  a_2", "8×16×16"),
        ("  g", "8×14×14"),
        ("    0", "8×16×16"),
        ("    1", "8×14×14"),
        ("  a_3", "8×14×14"),
        ("x_2", "8×12×12"),
        ("  a", "8×14×14"),
        ("  a_2", "8×14×14"),
        ("  g", "8×12×12"),
        ("    0", "8×14×14"),
        ("    1", "8×12×12"),
        ("  a_3", "8×12×12"),
    ]
    assert [kind for _, kind, _ in labels][:7] == ["b", "conv", "conv", "group", "relu", "conv", "conv"]
    # 8*8 + 8, and 8*8*9 + 8 for the other one: once, however often they are applied
    assert sum(number(row.text(PARAMETERS)) for row in table(report, 3).rows) == 72 + 584 == report.totals.parameters


def test_a_scope_that_begins_with_a_borrowed_layer_has_its_shape() -> None:
    spec = "input: [8, 4, 4]\nlayers:\n  - {conv: [8, 1], as: a}\n  - {do: [{use: a}, {conv: [8, 3]}], as: g}\n"
    assert [row.texts()[:3] for row in table(small(spec), 1).rows] == [
        ("a", "conv", "8×4×4"),
        ("g", "group", "8×2×2"),
    ]


COLLIDING = """\
input: [3, N, N]
at: {a: 3, N: 9}
layers:
  - {conv: {out: 4, kernel: a, padding: same}}
  - {max_pool: {kernel: 2, rounding: ceil}}
  - {conv: {out: 4, kernel: 3, padding: same}}
"""


def test_letters_keep_away_from_symbols() -> None:
    assert printed(small(COLLIDING, symbolic=True)).splitlines()[2:] == [
        "0      conv      4×N×N     12*a**2 + 4             12*N**2*a**2",
        "1      max_pool  4×b×b               -                        -",
        "2      conv      4×b×b             148                 144*b**2",
        "───────────────────────────────────────────────────────────────",
        "total  3 layers          12*a**2 + 152  12*N**2*a**2 + 144*b**2",
        "",
        "where b = floor((N + 1)/2)",
    ]


def test_letters_keep_away_from_symbols_that_are_not_shown() -> None:
    spec = "input: [1, N, N]\nat: {a: 2, N: 8}\nlayers:\n  - {max_pool: {kernel: 2, rounding: floor}}\n"
    assert printed(small(spec, symbolic=True)).endswith("\nwhere b = floor(N/2)\n")


def test_roundings_of_counts_get_letters() -> None:
    spec = "input: [1, N]\nlet: {half: floor(N/2)}\nlayers:\n  - {conv: [half, 1]}\n  - {conv: [2, 1]}\n"
    found = table(small(spec), 1)
    assert [row.texts()[2:] for row in found.rows] == [("a×N", "2*a", "N*a"), ("2×N", "2*a + 2", "2*N*a")]
    hidden = "input: [1, N]\nlayers:\n  - {do: [{conv: [floor(N/2), 1]}, {conv: [2, 1]}], as: g}\n"
    found = table(small(hidden), 1)
    assert [row.texts()[2:] for row in found.rows] == [("2×N", "4*a + 2", "3*N*a")]
    assert found.abbreviations.legend() == ["a = floor(N/2)"]


def test_the_legend_explains_what_is_shown_and_nothing_else() -> None:
    report = network("alexnet:torchvision", True)
    for depth in (1, 2):
        found = table(report, depth)
        text = " ".join(cell for row in [*found.rows, found.total] for cell in row.texts()[2:])
        used = set(re.findall(r"\b[a-z]\b", text))
        assert used == set(found.abbreviations.names.values())
        assert "floor" not in text


def test_frozen_parameters_have_letters_too() -> None:
    spec = "input: [1, N]\nlayers:\n  - {conv: [floor(N/2), 1], trainable: false}\n"
    assert [row.texts()[3] for row in table(small(spec), 1).rows] == ["(2*a)"]


def test_more_roundings_than_letters() -> None:
    values = [floor_div(symbol("N"), divisor) for divisor in range(2, 32)]
    abbreviations = Abbreviations(values, ["c"])
    assert len(abbreviations.names) == 25
    assert "c" not in abbreviations.names.values()
    assert abbreviations.short(values[-1]) == values[-1]


def test_unknown_counts_are_question_marks() -> None:
    report = archcalc.load("input: [1, 7]\nlayers:\n  - {conv: [2, 3]}\n  - {conv: [1, 2, 2]}\n  - relu\n").check()
    assert not report.ok
    found = table(report, 1)
    assert found.rows[0].texts()[2:] == ("2×5", "8", "30")
    assert found.rows[1].texts()[2:] == ("1×? <- AC301", "?", "?")
    assert found.rows[2].texts()[2:] == ("1×?", "-", "-")
    assert found.total is None


def test_narrow_tables_cut_texts_and_closed_forms_but_no_numbers() -> None:
    report = network("unet:paper", True)
    rows = printed(report, depth=1, width=40).splitlines()
    assert rows[0].split() == ["layer", "output", "params", "mults"]
    assert [row.split()[-2] for row in rows[2:4]] == ["37,568", "-"]
    assert all(cells(row) <= 40 for row in rows)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "utf-8"])
@pytest.mark.parametrize("width", [40, 60, 80])
def test_tables_are_aligned_in_every_encoding(encoding: str, width: int) -> None:
    for symbolic in (False, True):
        text = printed(network("unet:paper", symbolic), width=width, encoding=encoding)
        assert text.encode(encoding).decode(encoding) == text
        head, rule, *rows = text.split("\n\n")[0].splitlines()
        assert len(set(rule)) == 1
        assert all(cells(row) <= len(rule) <= width for row in [head, *rows])
