"""Tables for elsewhere: the same numbers in every format, columns as they were asked for, and no markup in names."""

from __future__ import annotations

import csv
import re
from io import StringIO
from math import prod

import pytest

import archcalc
from archcalc import Architecture
from archcalc.cli import arguments
from archcalc.quantities import QUANTITIES
from archcalc.report.columns import COLUMNS, chosen
from archcalc.report.markup import WRITERS, comma_separated, latex, markdown
from archcalc.report.outcome import outcome
from archcalc.report.sheets import of_networks
from archcalc.report.text import COUNTED

NET = """\
input: [3, 32, 32]
layers:
  - {conv: {out: 8, kernel: [3, 5], padding: [1, 2], stride: 2, rounding: floor}, as: stem}
  - {conv: {out: 8, kernel: 3, padding: same, dilation: 2}, trainable: false}
  - relu
  - relu
  - do: [{conv: [8, 1], as: mix}, {add: [mix, stem]}]
    as: block
  - {max_pool: {kernel: 2, padding: [[0, 1], [0, 1]], rounding: floor}, as: pool}
  - flatten
  - {linear: 10, as: fc}
"""


def report(text: str = NET) -> archcalc.Report:
    return archcalc.load(text).check()


def values(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def test_the_help_lists_the_columns() -> None:
    assert ", ".join(COLUMNS) == arguments.COLUMNS


def test_a_spreadsheet_adds_up_to_the_totals() -> None:
    for name in ("lenet:lecture", "resnet:resnet50", "googlenet:caffe-heads"):
        found = archcalc.load(name).check()
        rows = values(found.to_csv(columns=["parameters", "buffers", "multiplications", "activations", "memory"]))
        assert [row["layer"] for row in rows] == [layer.name for layer in found]
        for quantity in ("parameters", "buffers", "multiplications"):
            assert sum(int(row[quantity]) for row in rows) == getattr(found.totals, quantity), (name, quantity)
        written = sum(int(row["activations"]) for row in rows)
        # A view writes nothing.
        assert written == sum(prod(sizes) for layer in found if layer.kind != "flatten" for sizes in layer.outputs)
        # Four bytes for each weight and each number that a layer writes.
        assert sum(int(row["memory"]) for row in rows) == 4 * (found.totals.parameters + written)


def test_what_a_column_says_of_a_layer() -> None:
    rows = {row["layer"]: row for row in values(report().to_csv(columns=list(COLUMNS)))}
    stem, frozen, pool, fc = rows["stem"], rows["1"], rows["pool"], rows["fc"]
    assert list(stem) == list(COLUMNS)
    assert (stem["input"], stem["output"]) == ("3x32x32", "8x16x16")
    assert (stem["kernel"], stem["stride"], stem["padding"], stem["dilation"]) == ("3x5", "2", "1x2", "1")
    assert (frozen["padding"], frozen["dilation"]) == ("same", "2")
    assert (frozen["parameters"], frozen["frozen"]) == ("0", "584")
    assert (pool["kernel"], pool["stride"], pool["padding"]) == ("2", "2", "0+1")
    assert (fc["kernel"], fc["stride"], fc["receptive_field"]) == ("", "", "")
    assert (fc["input"], fc["multiplications"], fc["flops"]) == ("512", "5120", "10240")
    assert (stem["receptive_field"], stem["jump"], stem["centre"]) == ("3x5", "2", "0")
    assert rows["block.add"]["input"] == "8x16x16"


def test_columns_stand_in_the_order_asked_and_behind_the_layer() -> None:
    assert [column.name for column in chosen(["memory", "kind", "memory"])] == ["layer", "memory", "kind"]
    assert [column.name for column in chosen(["memory", "layer"])] == ["memory", "layer"]
    for format in (report().to_text, report().to_markdown, report().to_latex, report().to_csv):
        lines = [line for line in format(columns=["kernel", "parameters"]).splitlines() if "parameters" in line]
        assert re.split(r"[^a-z]+", lines[0].strip("| \\")) == ["layer", "kernel", "parameters"]


def test_the_unit_of_memory_stands_over_it() -> None:
    for format in (report().to_text, report().to_markdown, report().to_latex):
        assert "memory in bytes" in format(columns=["memory"])
    assert report().to_csv(columns=["memory"]).splitlines()[0] == "layer,memory"


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (["kernal"], "there is no column `kernal`; did you mean `kernel`?"),
        (["params", "kind"], "there is no column `params`; did you mean `parameters`?"),
        ([""], "there is no column ``; there are layer, kind, input, "),
    ],
)
def test_a_column_that_there_is_not(names: list[str], problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        report().to_text(columns=names)


def test_markdown_has_scopes_folds_and_a_total() -> None:
    assert report().to_markdown(columns=["kind", "output", "parameters"]).splitlines() == [
        "| layer | kind | output | parameters |",
        "| :-- | :-- | :-- | --: |",
        "| stem | conv | 8×16×16 | 368 |",
        "| 1 | conv | 8×16×16 | (584) |",
        "| 2 … 3 | 2 × relu | 8×16×16 | - |",
        "| **block** | group | 8×16×16 |  |",
        "| &emsp;mix | conv | 8×16×16 | 72 |",
        "| &emsp;add | add | 8×16×16 | - |",
        "| pool | max\\_pool | 8×8×8 | - |",
        "| 6 | flatten | 512 | - |",
        "| fc | linear | 10 | 5,130 |",
        "| **total** | **9 layers** |  | **5,570** |",
        "",
        "in parentheses: frozen parameters, which the total leaves out",
    ]


def test_latex_is_a_tabular_with_as_many_cells_in_every_row() -> None:
    lines = archcalc.load("unet:paper").check(symbolic=True).to_latex().splitlines()
    assert lines[:4] == [
        "% U-Net:paper: needs \\usepackage{booktabs}",
        "\\begin{tabular}{lllrr}",
        "\\toprule",
        "layer & kind & output & parameters & multiplications \\\\",
    ]
    assert lines[-2:] == ["\\bottomrule", "\\end{tabular}"]
    rows = [line for line in lines if line.endswith("\\\\")]
    assert {row.count(" & ") for row in rows} == {4}
    assert all(row.count("$") % 2 == 0 and row.count("{") == row.count("}") for row in rows)


def test_errors_leave_cells_open_and_stop_the_table() -> None:
    found = report("input: [8]\nlayers:\n  - {conv: [4, 3], as: a}\n" + "  - relu\n" * 9)
    assert "| a | conv | ? ← AC304 | ? | ? |\n| *9 more layers are unknown* |  |  |  |  |" in found.to_markdown()
    assert "\\multicolumn{5}{l}{\\emph{9 more layers are unknown}} \\\\" in found.to_latex()
    assert "\na,conv,,,\n1,relu,,,\n" in found.to_csv()


def test_several_networks_have_a_line_each() -> None:
    reports = [archcalc.load("lenet", variant=name).check() for name in ("lecture", "caffe")]
    columns = chosen(["activations", "parameters"])
    sheet = of_networks([outcome(one, columns[1:]) for one in reports], columns)
    assert comma_separated(sheet).splitlines() == [
        "network,check,activations,parameters",
        "lenet:lecture,ok,14602,61706",
        "lenet:caffe,ok,19410,431080",
    ]
    with pytest.raises(ValueError, match="`kernel` says nothing of a whole network, and these are several; there are "):
        of_networks([outcome(one, ()) for one in reports], chosen(["kernel"]))


HOSTILE = [
    "=cmd|' /C calc'!A0.yaml",
    "+1+1.yaml",
    "@SUM(1+1).yaml",
    "-2+3.yaml",
    "a|b`c`*d*_e_<script>.yaml",
    "\\input{x}$x$%&#~^{}.yaml",
    "[3pt] a.yaml",
    "* a.yaml",
    'quo"te, comma\nline\x1b[2J.yaml',
    "\t=1.yaml",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_in_every_format(name: str) -> None:
    architecture = Architecture.from_bytes(b"input: [8]\nlayers: [relu]\n", name)
    sheet = of_networks([outcome(architecture.check(), COUNTED)] * 2)
    for write in WRITERS.values():
        assert all(character.isprintable() or character == "\n" for character in write(sheet))

    head, first, second = csv.reader(StringIO(comma_separated(sheet)))
    assert first == second
    assert len(first) == len(head)
    assert not first[0].startswith(("=", "+", "-", "@", "\t"))

    row = markdown(sheet).splitlines()[2]
    # What is left without the escaped characters has no markup but the borders of the cells.
    bare = re.sub(r"\\[\\`*_\[\]|~$]|&(lt|gt|amp);", "", row)
    assert bare.count("|") == 5
    assert not set(bare) & set("`*_<>[]~$\\")

    (row,) = [line for line in latex(sheet).splitlines() if line.endswith("& -- & -- \\\\")][:1]
    cell = row.split(" & ")[0]
    bare = re.sub(r"\\text(backslash|asciitilde|asciicircum|less|greater|bar)\{\}|\\[{}_$%&#]", "", cell)
    assert not set(bare.removeprefix("{}")) & set("\\{}_$%&#~^<>|"), bare
    assert not cell.startswith(("[", "*"))


def test_hostile_texts_of_a_spec_reach_no_table() -> None:
    text = (
        'name: "x\\n\\\\input{x}"\nsource: "=1+1"\ninput: [8]\nblocks: {"a|b": [relu]}\nlayers: [{relu: , as: "=1"}]\n'
    )
    found = archcalc.load(text).check()
    for text in (found.to_markdown(), found.to_latex(), found.to_csv()):
        assert "=1" not in text
    assert found.to_latex().startswith("% x\\n\\input{x}: needs")


def test_a_column_of_bytes_says_so() -> None:
    of_bytes = [one for name, one in COLUMNS.items() if name in QUANTITIES and QUANTITIES[name].is_in_bytes]
    assert of_bytes and all("bytes" in column.heading for column in of_bytes)
