"""Designs as tables of Arrow and in files: the rows are those of checks one by one, and they say what was asked."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cli.command import ROOT, run
from sweep.one_by_one import figures, legality

import archcalc
from archcalc.api.sweeping import Sweep
from archcalc.expressions.values import Word
from archcalc.questions.values import WrongQuestion
from archcalc.sweep.domain import written
from archcalc.sweep.question import read
from archcalc.sweep.stored import table
from archcalc.sweep.stored.asked import as_data, digest, from_data
from archcalc.sweep.stored.table import Table, gathered, widths

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

TEXT = """\
name: Small
input: [3, N, N]
at: {N: 32}
let: {width: 8, act: relu, sides: [1, 2], biased: true}
layers:
  - {conv: {out: width, kernel: 3, bias: biased}, as: c1}
  - {apply: act}
  - for: {side: sides}
    do: [max_pool: side]
"""
AXES: dict[str, Any] = {
    "N": range(9, 25, 3),
    "width": [Fraction(1), Fraction(3, 2), 2],
    "act": ["relu", "silu"],
    "sides": [[1, 2], [2, 2], [], [1]],
    "biased": [True, False],
}
SHOW = ["parameters", "size(c1)", "multiplications", "legal", "obstacle"]


def small(where: str = "", show: list[str] = SHOW) -> archcalc.Sweep:
    return archcalc.load(TEXT).sweep(AXES, where or (), show)


def rows_of(batches: Any) -> list[dict[str, Any]]:
    return [row for batch in batches for row in batch.to_pylist()]


def one_by_one(space: archcalc.Sweep) -> list[dict[str, Any]]:
    """The same rows from checks of one design after the other."""
    network = archcalc.load(TEXT)
    found = []
    for number in range(space.points):
        values = space.values(number)
        is_legal = legality(network, values)
        told = figures(network, values, space.question) if is_legal else [None] * 3
        told = [list(one) if isinstance(one, tuple) else one for one in told]
        plain = {"N": values["N"], "biased": values["biased"]}
        row = {name: plain.get(name, written(value)) for name, value in values.items()}
        quantities = dict(zip([one.text for one in space.question.quantities], told, strict=True))
        found.append({"design": number, **row, **quantities, "legal": is_legal})
    return found


def test_rows_are_those_of_checks_one_by_one() -> None:
    space = small()
    rows = rows_of(space.batches())
    expected = one_by_one(space)
    for row in rows:
        obstacle = row.pop("obstacle")
        assert bool(obstacle) is not row["legal"]
        assert obstacle == space.obstacle(row["design"])
    assert rows == expected
    assert {row["legal"] for row in rows} == {True, False}


def test_conditions_leave_rows_out() -> None:
    space = small("parameters <= 60", ["parameters"])
    rows = rows_of(space.batches())
    assert [row["design"] for row in rows] == [
        row["design"] for row in one_by_one(small()) if row["legal"] and row["parameters"] <= 60
    ]
    assert 0 < len(rows) < space.points
    assert list(rows[0]) == ["design", *AXES, "parameters"]


@pytest.mark.parametrize("rows", [1, 7, 10_000])
def test_batches_of_any_size_have_the_same_rows(rows: int) -> None:
    found = list(small().batches(rows))
    assert [batch.num_rows for batch in found[:-1]] == [rows] * (len(found) - 1)
    assert rows_of(found) == rows_of(small().batches())


def test_parts_are_put_together_by_rows_alone() -> None:
    schema = pyarrow.schema([("a", pyarrow.int32())])
    whole = list(range(50))
    for cuts in ([], [10], [3, 4, 4, 20, 45], list(range(50)), [20, 40]):
        ends = [0, *cuts, 50]
        parts = [pyarrow.RecordBatch.from_pydict({"a": whole[a:b]}, schema) for a, b in pairwise(ends)]
        found = [batch.column(0).to_pylist() for batch in gathered(parts, schema, 20)]
        assert found == [whole[:20], whole[20:40], whole[40:]]


def test_files_of_every_format_have_the_same_rows(tmp_path: Path) -> None:
    space = small()
    tallies = [space.write(tmp_path / f"designs.{ending}") for ending in ("parquet", "arrow", "csv")]
    assert tallies[0] == tallies[1] == tallies[2]
    rows = rows_of(space.batches())
    assert tallies[0] == (len(rows), sum(row["legal"] for row in rows), sum(row["legal"] for row in rows), len(rows))
    assert parquet.read_table(tmp_path / "designs.parquet").to_pylist() == rows
    assert pyarrow.ipc.open_file(tmp_path / "designs.arrow").read_all().to_pylist() == rows
    with (tmp_path / "designs.csv").open(newline="") as stream:
        told = list(csv.DictReader(stream))
    for row, texts in zip(rows, told, strict=True):
        assert {name: _as_csv(value) for name, value in row.items()} == texts


def _as_csv(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "x".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_integers_are_as_wide_as_they_have_to_be() -> None:
    plain = archcalc.load("vgg:D").sweep({"H": range(32, 257, 32)}, show=["multiplications", "parameters"])
    assert [str(one) for one in Table(plain, widths(plain)).schema.types] == ["int64", "int32", "int64", "int32"]
    sizes = range(32 * 10**9, 32 * 10**9 + 65, 32)
    wide = archcalc.load("vgg:D").sweep({"H": sizes, "W": sizes}, show="parameters")
    assert [str(one) for one in Table(wide, widths(wide)).schema.types] == ["int64", "int64", "int64", "string"]
    # VGG-16 with its convolutions as they are: the first linear layer reads a map of H/32 x W/32.
    for row in rows_of(wide.batches()):
        expected = 2048 * row["H"] * row["W"] + 35_597_096
        assert row["parameters"] == str(expected)
        assert expected > 2**64


def test_numbers_of_designs_and_of_names_beyond_64_bits_are_texts() -> None:
    sizes = range(1, 10**30 + 1)
    space = archcalc.load("input: [w]\nat: {w: 2}\nlet: {v: 1}\nlayers: [linear: v]").sweep({"w": sizes, "v": sizes})
    number = 10**59 + 7
    (row,) = Table(space, widths(space)).batch([number]).to_pylist()
    assert row["design"] == str(number)
    w, v = int(row["w"]), int(row["v"])
    assert (w - 1) * 10**30 + v - 1 == number
    assert row["parameters"] == str(w * v + v)
    with pytest.raises(WrongQuestion, match="too many to go through"):
        next(space.batches())


def test_among_many_forms_a_number_of_more_than_64_bits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # Of so many depths the bounds are not proven one after the other; the last design alone is that large.
    text = "input: [8]\nlet: {depth: 1, width: 1}\nlayers: [{repeat: depth, do: [linear: width]}]"
    monkeypatch.setattr(table, "TRIED", 0)
    network = archcalc.load(text)
    large = network.sweep({"depth": range(1, 300), "width": [1, 2**32]}, show="parameters")
    assert [row["parameters"] for row in rows_of(large.batches())][-1] == str(9 * 2**32 + 298 * (2**64 + 2**32))
    hidden = network.sweep({"depth": range(1, 300), "width": [1, 2**40, 2]}, show="parameters")
    numbers = sorted([hidden.number(depth=1, width=1), hidden.number(depth=299, width=2)])
    assert numbers[0] == 0
    with pytest.raises(WrongQuestion, match="more than 64 bits"):
        Table(hidden, ["int64"]).batch([hidden.number(depth=2, width=2**40)])


def test_names_that_a_table_has_itself() -> None:
    network = archcalc.load("input: [8]\nlet: {design: 1, legal: 2}\nlayers: [linear: design, linear: legal]")
    space = network.sweep({"design": (1, 2), "legal": (3,)}, show=["parameters", "legal"])
    assert rows_of(space.batches())[1] == {"design_": 1, "design": 2, "legal": 3, "parameters": 27, "legal_": True}


def test_a_question_is_read_again_as_it_was() -> None:
    spaces = [
        small("parameters <= 1k and size(c1) >= 3"),
        archcalc.load("unet:paper").sweep({"N": range(188, 10**25, 16)}, "flops <= 1T", "multiplications[thop]"),
        archcalc.load("resnet:resnet50").sweep(
            {"depths": [[1, 1, 1, 1], [3, 4, 6, 3]]}, show="depth(network)", values={"H": 64}
        ),
        archcalc.load({"input": [8], "let": {"a": 1}, "layers": [{"linear": "a"}]}).sweep({"a": "1..2/0.25"}),
    ]
    for space in spaces:
        data = json.loads(json.dumps(as_data(space.question)))
        again = from_data(data)
        assert again == space.question
        assert digest(as_data(again)) == digest(data)
        axes = dict(reversed([(axis.name, axis.values) for axis in space.question.axes]))
        other = Sweep(read(space.question.program, axes, (), "layers", space.question.given))
        assert list(from_data(json.loads(json.dumps(as_data(other.question)))).axes) == list(other.question.axes)
    assert len({digest(as_data(space.question)) for space in spaces}) == len(spaces)
    assert from_data(as_data(spaces[0].question)).axes[2].values == (Word("relu"), Word("silu"))


def test_files_say_what_was_asked(tmp_path: Path) -> None:
    space = small("parameters <= 1k")
    space.write(tmp_path / "designs.parquet")
    metadata = parquet.read_schema(tmp_path / "designs.parquet").metadata
    assert metadata[b"archcalc"].decode() == archcalc.__version__
    question = json.loads(metadata[b"archcalc.question"])
    assert question["spec"] == TEXT
    assert question["where"] == ["parameters <= 1k"]
    assert question["for"][0] == ["N", {"from": 9, "to": 24, "step": 3}]
    assert "new weights" in question["conventions"]
    del question["file"]
    told = hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()
    assert metadata[b"archcalc.sha256"].decode() == told
    assert next(small("parameters <= 1k").batches()).schema.metadata[b"archcalc.sha256"].decode() == told


def test_frames_of_pandas_and_polars() -> None:
    space = small()
    rows = rows_of(space.batches())
    pandas = pytest.importorskip("pandas")
    frame = space.to_pandas()
    assert str(frame.dtypes["parameters"]) == "Int32"
    assert frame["parameters"].sum() == sum(row["parameters"] for row in rows if row["legal"])
    assert frame["act"].tolist() == [row["act"] for row in rows]
    assert isinstance(frame, pandas.DataFrame)
    pytest.importorskip("polars")
    table = space.to_polars()
    assert table["design"].to_list() == list(range(space.points))
    assert table["parameters"].to_list() == [row["parameters"] for row in rows]
    assert table["act"].to_list() == [row["act"] for row in rows]


@pytest.mark.parametrize(
    ("library", "ask", "install"),
    [
        ("pandas", lambda space: space.to_pandas(), "pip install pandas"),
        ("polars", lambda space: space.to_polars(), "pip install polars"),
        ("pyarrow", lambda space: next(space.batches()), r"pip install 'archcalc\[sweep\]'"),
        ("distributed", lambda space: space.write("never", on="tcp://x:1"), r"pip install 'archcalc\[cluster\]'"),
    ],
)
def test_what_is_missing_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, library: str, ask: Any, install: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=install):
        ask(small())


def test_csv_needs_no_arrow(tmp_path: Path) -> None:
    code = "import sys; sys.modules['pyarrow'] = None\nimport archcalc\n"
    code += "archcalc.load('unet:paper').sweep({'N': '100..300'}).write('designs.csv')"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, env={"PYTHONPATH": str(ROOT)})
    assert len((tmp_path / "designs.csv").read_text().splitlines()) == 1 + 8


def test_the_command_writes_files(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(TEXT)
    asked = ["sweep", "small.yaml", "--for", "N=9..99", "--for", "act=relu,silu"]
    done = run(*asked, "-o", "designs.parquet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == ["90 of 182 are legal", "90 written to designs.parquet"]
    assert parquet.read_table(tmp_path / "designs.parquet").num_rows == 90
    assert run(*asked, "-o", "designs.parquet", cwd=tmp_path).returncode == 2
    some = run(*asked, "--pareto=-multiplications", "-o", "designs.parquet", "--force", cwd=tmp_path)
    assert some.returncode == 0, some.stderr
    found = parquet.read_table(tmp_path / "designs.parquet")
    assert found.column("N").to_pylist() == [98]
    assert found.schema.metadata[b"archcalc.chosen"] == b"--pareto -multiplications"
    none = run(*asked, "--where", "parameters > 1G", "-o", "none.arrow", cwd=tmp_path)
    assert none.returncode == 1
    assert pyarrow.ipc.open_file(tmp_path / "none.arrow").read_all().num_rows == 0
