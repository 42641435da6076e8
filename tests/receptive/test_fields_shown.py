"""Receptive fields in tables and in JSON data, where they were asked for and only there."""

from __future__ import annotations

import json
import unicodedata

import pytest
from catalogue import architecture, networks

import archcalc
from archcalc import Report
from archcalc.report.columns import WITH_FIELDS
from archcalc.report.receptive import field_cells
from archcalc.report.table import table

MIXED = """\
input: [1, 32, 34]
rounding: floor
layers:
  - {conv: [4, [3, 5]], as: edges}
  - {max_pool: 2, as: pool}
  - {do: [{conv_transpose: [4, 2, 2]}, relu], as: up}
  - {add: [here, [{conv: {out: 4, kernel: 2, padding: [[0, 1], [0, 1]]}, as: even}]], as: sum}
  - flatten
  - {linear: 2, as: score}
"""


def report(spec: str, symbolic: bool = False) -> Report:
    found = archcalc.load(spec).check(symbolic=symbolic)
    assert found.ok, str(found)
    return found


def shown(found: Report, width: int = 100) -> list[str]:
    return found.to_text(width=width, receptive_field=True).splitlines()


def test_the_table() -> None:
    """Worked out by hand: the pool sees 3 + 1 rows and 5 + 1 columns, and its parts are seen by two positions each."""
    assert shown(report(MIXED))[2:-2] == [
        "layer  kind            output   field  jump     centre  parameters  multiplications",
        "───────────────────────────────────────────────────────────────────────────────────",
        "edges  conv            4×30×30    3×5     1        1×2          64           54,000",
        "pool   max_pool        4×15×15    4×6     2    1.5×2.5           -                -",
        "up     group           4×30×30    4×6    ~1      ~1×~2",
        "  0    conv_transpose  4×30×30    4×6    ~1      ~1×~2          68           14,400",
        "  1    relu            4×30×30    4×6    ~1      ~1×~2           -                -",
        "even   conv            4×30×30    6×8    ~1  ~1.5×~2.5          68           57,600",
        "sum    add             4×30×30    6×8    ~1  ~1.5×~2.5           -                -",
        "4      flatten         3600         -     -          -           -                -",
        "score  linear          2            -     -          -       7,202            7,200",
        "───────────────────────────────────────────────────────────────────────────────────",
        "total  8 layers                                              7,402          133,200",
        "",
        "field: positions of the input that one position sees; jump: from a position to the next one, in the",
        "input; centre: the middle of what the first position sees, 0 for the first of the input",
        "~ positions differ: field is the most that one of them sees, jump and centre are averages",
        "no field: 4 (flatten) mixes the positions of its map, or brings them into another order",
        "sum joins maps whose centres are 0.5 apart, with a jump of 1: up.1 at 1×2, even at 1.5×2.5",
    ]


def test_counts_make_room_on_a_narrow_terminal() -> None:
    head, rule, *rows = shown(report(MIXED), 40)[2:13]
    assert head == "layer  output   field  jump     centre"
    assert rows[1] == "pool   4×15×15    4×6     2    1.5×2.5"
    assert len(rule) <= 40


def test_the_data() -> None:
    data = json.loads(json.dumps(report(MIXED).to_json(receptive_field=True)))
    layers = {layer["name"]: layer for layer in data["layers"]}
    assert layers["edges"]["receptive_field"] == {"size": [3, 5], "jump": [1, 1], "centre": [1, 2]}
    assert layers["pool"]["receptive_field"] == {"size": [4, 6], "jump": [2, 2], "centre": ["3/2", "5/2"]}
    # An even row and the odd one behind it lie in one block; the columns of one position are two further on.
    assert layers["up.0"]["receptive_field"] == {
        "size": [4, 6],
        "jump": [1, 1],
        "centre": [1, 2],
        "pattern": [[[0, 3], [0, 3]], [[0, 5], [0, 5]]],
    }
    assert layers["score"]["receptive_field"] is None
    why = "4 (flatten) mixes the positions of its map, or brings them into another order"
    assert layers["score"]["no_receptive_field"] == why
    assert data["misaligned"] == [
        {
            "layer": "sum",
            "apart": ["1/2", "1/2"],
            "jump": [1, 1],
            "branches": [{"layer": "up.1", "centre": [1, 2]}, {"layer": "even", "centre": ["3/2", "5/2"]}],
        }
    ]


def test_nothing_changes_where_they_are_not_asked_for() -> None:
    found = report(MIXED)
    assert "field" not in found.to_text()
    assert "misaligned" not in found.to_json()
    assert not any("receptive_field" in layer for layer in found.to_json()["layers"])


def columns(found: Report, depth: int | None = None) -> list[tuple[str, ...]]:
    """Label, field, jump and centre of the rows."""
    return [(row.label, *field_cells(row.seen)) for row in table(found, depth, WITH_FIELDS).rows]


NEIGHBOURS = """\
input: [2, 32]
blocks:
  pair: [{conv: [2, 3, 1, 1]}, relu]
layers:
  - {repeat: 3, as: same, do: [pair]}
"""


def test_neighbours_in_one_row_see_what_the_last_of_them_sees() -> None:
    found = report(NEIGHBOURS)
    assert columns(found, 1) == [("same", "7", "1", "0")]
    assert columns(found, 3) == [
        ("same", "7", "1", "0"),
        ("  0 … 2", "7", "1", "0"),
        ("    0", "7", "1", "0"),
        ("    1", "7", "1", "0"),
    ]
    assert [field.size for field in found.receptive_fields.values()] == [(3,), (3,), (5,), (5,), (7,), (7,)]


def test_what_a_symbol_decides() -> None:
    spec = "input: [1, N]\nat: {k: 3}\nlayers:\n  - {conv: [2, 3], as: first}\n  - {conv: [2, k], as: open}\n  - relu\n"
    found = report(spec, symbolic=True)
    assert "field not decided: open (conv) sees as far as a symbol decides (k)" in shown(found)
    assert columns(found) == [("first", "3", "1", "1"), ("open", "?", "?", "?"), ("2", "?", "?", "?")]
    assert list(found.receptive_fields) == ["first"]
    layers = found.to_json(receptive_field=True)["layers"]
    assert [layer["receptive_field"] is None for layer in layers] == [False, True, True]
    assert report(spec).receptive_fields["open"].size == (5,)


def test_what_an_error_keeps_unknown() -> None:
    found = archcalc.load("input: [1, 7]\nlayers: [{conv: [2, 3]}, {conv: [1, 2, 2]}, relu]\n").check()
    assert columns(found) == [("0", "3", "1", "1"), ("1", "?", "?", "?"), ("2", "?", "?", "?")]
    layers = found.to_json(receptive_field=True)["layers"]
    assert [layer.get("no_receptive_field") for layer in layers] == [None] + ["an error keeps it unknown"] * 2


def test_what_has_none() -> None:
    vector = report("input: [7]\nlayers: [{linear: 3}]\n")
    assert vector.receptive_fields == {}
    (layer,) = vector.to_json(receptive_field=True)["layers"]
    assert layer["no_receptive_field"] == "a vector has no rows and columns"
    learned = report("input: [1, 7]\nlayers: [{add: [here, [{parameter: [1, 7], as: table}]]}]\n")
    assert learned.receptive_fields.keys() == {"add"}
    assert "no field: table (parameter) depends on nothing in the input" in shown(learned)
    fixed = report("input: [1, 7]\nlayers: [{add: [here, [{buffer: [1, 7], as: mask}]]}]\n")
    assert "no field: mask (buffer) depends on nothing in the input" in shown(fixed)
    assert learned.misaligned == []


MANY = """input: [1, 32]
layers:
  - repeat: 9
    do: [{add: [here, [{conv: {out: 1, kernel: 2, padding: [[0, 1]]}}]]}]
"""


def test_many_merges_are_counted() -> None:
    found = report(MANY)
    assert len(found.misaligned) == 9
    told = shown(found)
    assert sum("joins maps whose centres are 0.5 apart" in line for line in told) == 5
    assert "and 4 more merges of maps that lie apart" in told


ALL = list({name.partition(":")[0]: name for name in reversed(networks())}.values())
"""The first network of every file."""


@pytest.mark.parametrize("index", range(len(ALL)), ids=ALL.__getitem__)
def test_every_network_fits(index: int) -> None:
    network = architecture(ALL[index])
    for symbolic in (False, True):
        found = network.check(symbolic=symbolic)
        for width in range(40 + index % 7, 121, 13):
            wide = [line for line in shown(found, width) if cells(line) > width and "-->" not in line]
            assert wide == [], width


def cells(line: str) -> int:
    """Cells of a line on a terminal."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)
