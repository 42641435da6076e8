"""Classes are built at arguments that the network does not call: what fits the network by chance is found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import archcalc
from archcalc.export.torch import write
from archcalc.verify import Runner, Verification, verify

pytest.importorskip("torch")

SPEC = """\
input: [4, 16, 16]
rounding: floor
blocks:
  unit(out, stride=1, act=relu):
    - {conv: {out: out, kernel: 3, stride: stride, padding: 1}, as: conv}
    - {apply: act}
layers:
  - unit: [8, 2]
  - unit: [16, 2, tanh]
"""


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner() as found:
        yield found


def verified(runner: Runner, old: str = "", new: str = "") -> Verification:
    program = archcalc.load(SPEC).program
    source, _ = write(program, {})
    assert source is not None and old in source.text
    return verify(program, source=source._replace(text=source.text.replace(old, new)) if old else source, runner=runner)


def test_a_class_that_is_its_block_is_ok(runner: Runner) -> None:
    found = verified(runner)
    assert found.ok, found.to_text()
    assert "block" not in [case.sort for case in found.cases]


def test_a_literal_that_fits_the_network_alone_is_found(runner: Runner) -> None:
    """Both calls have a stride of 2."""
    found = verified(runner, "stride=stride", "stride=2")
    assert [one.code.id for one in found.diagnostics] == ["AC514"]
    (difference,) = found.diagnostics
    assert difference.message.startswith("Unit(in_channels=")
    assert "is not block `unit`, called in the same way: it gives 2x" in difference.message
    assert found.verdict == "not ok"
    assert any(case.sort == "block" and case.ok is False for case in found.cases)


def test_a_tensor_of_another_size_is_found(runner: Runner) -> None:
    found = verified(runner, "in_channels, out, kernel_size=3", "in_channels, 2 * in_channels, kernel_size=3")
    (difference,) = found.diagnostics
    assert difference.code.id == "AC514"
    assert "conv.weight has " in difference.message and " is right" in difference.message


def test_a_constructor_that_fails_elsewhere_is_found(runner: Runner) -> None:
    found = verified(
        runner, "        super().__init__()\n", "        super().__init__()\n        assert out in (8, 16)\n"
    )
    assert "AssertionError" in found.diagnostics[0].message


def test_a_scope_that_gives_a_list_of_maps_is_a_row(runner: Runner) -> None:
    group = "{as: pair, do: [fork: [[{conv: [2, 1], as: left}], [{conv: [3, 1], as: right}]]]}"
    text = f"input: [4, 8, 8]\nlayers:\n  - {group}\n  - concat: [pair.0, pair.1]\n"
    found = verify(archcalc.load(text).program, runner=runner)
    assert found.ok
    (row,) = [line for line in found.to_text().splitlines() if line.startswith("pair")]
    assert "2×8×8, 3×8×8" in row


def test_a_map_that_is_read_from_outside_stands_where_the_class_gives_it(runner: Runner) -> None:
    unit = "[{linear: width, as: narrow}, {linear: channels(input), as: wide}]"
    steps = "[tokens, {unit: 4, as: first}, {unit: 5, as: second}, {linear: 3, from: first.narrow, as: side}]"
    text = f"input: [8, 6]\nblocks:\n  unit(width): {unit}\nlayers: {steps}\noutput: [second, side]\n"
    program = archcalc.load(text).program
    found = verify(program, runner=runner)
    assert found.ok, found.to_text()
    source, _ = write(program, {})
    old = "self.wide = nn.Linear(width, in_channels)"
    assert source is not None and old in source.text and "return narrow, self.wide(narrow)" in source.text
    wrong = source._replace(text=source.text.replace(old, old.replace("in_channels", "8")))
    assert [one.code.id for one in verify(program, source=wrong, runner=runner).diagnostics] == ["AC514"]


def test_a_list_that_is_written_out_holds_for_its_length(runner: Runner) -> None:
    loop = "{for: {i: 0..count - 1}, do: [{linear: width, as: layers.$i}, {tanh, when: i > 0}]}"
    text = f"input: [4]\nblocks:\n  unit(count, width): [{loop}]\nlayers: [unit: [2, 3], unit: [2, 5]]\n"
    program = archcalc.load(text).program
    source, _ = write(program, {})
    assert source is not None and "count" not in source.text
    found = verify(program, runner=runner)
    assert found.ok, found.to_text()
