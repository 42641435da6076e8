"""How the way of the sizes and the repairs are told."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from archcalc import load
from archcalc.cli import main
from archcalc.diagnostics.model import Diagnostic
from archcalc.export.targets import ExportError
from archcalc.repair import explained, help_lines, repairs
from archcalc.repair.blame import failures, trails
from archcalc.repair.help_lines import MAX_TOLD
from archcalc.repair.windows import no_padding, slide_of

DECODER = """input: [3, 100, 100]
layers:
  - {conv: [8, 3, 1, 1], as: e1}
  - {max_pool: 2, as: p1}
  - {conv: [8, 3, 1, 1], as: e2}
  - {max_pool: 2, as: p2}
  - {conv: [8, 3, 1, 1], as: e3}
  - {max_pool: {kernel: 2, rounding: floor}, as: p3}
  - {conv: [8, 3, 1, 1], as: bottom}
  - {upsample: 2, as: up3}
  - concat: [LEFT, here]
"""


def lines_of(text: str) -> tuple[str, ...]:
    """The repairs of a spec as help."""
    network = load(text)
    return help_lines(repairs(network.program), network.file)


def error(text: str) -> Diagnostic:
    """The one error of a spec, explained."""
    report = load(text).check()
    (found,) = [one for one in explained(report, repairs(load(text).program)) if one.severity == "error"]
    return found


def test_the_way_of_the_sizes_along_both_branches() -> None:
    found = error(DECODER.replace("LEFT", "e3"))
    assert found.notes == (
        "height along branch 1: 25 (e3)",
        "height along branch 2: 25 (e3) -> 12 (p3, floor of 12.5) -> 24 (up3)",
    )


def test_the_way_begins_where_the_branches_part() -> None:
    found = error(DECODER.replace("LEFT", "e1"))
    assert found.notes == (
        "height along branch 1: 100 (e1)",
        "height along branch 2: 100 (e1) -> 50 (p1) -> 25 (p2) -> 12 (p3, floor of 12.5) -> 24 (up3)",
    )


def test_rounding_is_told_of_layers_that_round() -> None:
    report = load("input: [4, 4, 4]\nlayers:\n  - add: [here, [flatten, {reshape: [16, 2, 2], as: r}]]\n").check()
    (blame,) = failures(report.graph, report.diagnostics)
    assert trails(report.graph, blame.node)[:2] == [
        "height along branch 1: 4 (input)",
        "height along branch 2: 4 (input) -> 2 (r)",
    ]


def test_a_help_says_why() -> None:
    lines = lines_of("input: [1, 7, 7]\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]\n")
    assert lines[0] == "padding: 1 on conv 0, the usual (F - 1)/2 (legal: H = 1 (mod 3); W = 1 (mod 3))"


def test_axes_that_differ_are_told_apart() -> None:
    report = load("input: [8, 9, 7]\nlayers:\n  - add: [here, [{conv: {out: 8, kernel: [3, 2]}, as: c}]]\n").check()
    (blame,) = failures(report.graph, report.diagnostics)
    assert trails(report.graph, blame.node) == [
        "height along branch 1: 9 (input)",
        "height along branch 2: 9 (input) -> 7 (c)",
        "width along branch 1: 7 (input)",
        "width along branch 2: 7 (input) -> 6 (c)",
    ]


def test_the_slice_of_a_merge_is_what_lies_between_fork_and_merge() -> None:
    report = load(DECODER.replace("LEFT", "e3")).check()
    (blame,) = failures(report.graph, report.diagnostics)
    assert [node.name for node in blame.slice] == ["up3", "bottom", "p3"]
    assert blame.code == "AC306"


def test_inputs_that_come_from_several_places_have_no_fork() -> None:
    report = load("input: {a: [8, 4, 4], b: [8, 5, 5]}\nlayers:\n  - add: [a, b]\n").check()
    (blame,) = failures(report.graph, report.diagnostics)
    assert trails(report.graph, blame.node) == ["height along branch 1: 4 (a)", "height along branch 2: 5 (b)"]


def test_help_of_the_layer_gives_way_to_what_was_checked() -> None:
    text = "input: [3, 224, 224]\nlayers:\n  - {conv: {out: 96, kernel: 11, stride: 4}, as: conv1}\n"
    before = load(text).check().diagnostics[0]
    assert before.help == ("declare the rounding: `rounding: floor` gives 54 here, `rounding: ceil` gives 55",)
    found = error(text)
    assert found.notes == ("no padding P fits that is equal on both sides: 224 - 11 + 2P is never a multiple of 4",)
    assert found.help[0] == (
        "H = W = 223 or 227 instead of 224 (legal: H = 3 (mod 4), H >= 11; W = 3 (mod 4), W >= 11)"
    )
    assert "declare the rounding" not in "".join(found.help)


def test_help_stays_where_nothing_was_found() -> None:
    report = load("input: [3, 224, 224]\nlayers:\n  - conv: {out: 96, kernel: 11, stride: 4}\n").check()
    assert explained(report, [])[0].help == report.diagnostics[0].help


def test_the_order_of_the_axes_is_still_suspected() -> None:
    found = error("input: [224, 224, 3]\nlayers:\n  - conv: [8, 5]\n")
    assert found.help[0].startswith("the channels come first")
    assert len(found.help) > 1


def test_a_size_of_the_input_that_is_not_whole() -> None:
    found = error("input: [1, (N-1)/2, (N-1)/2]\nat: {N: 10}\nlayers: [relu]\n")
    assert found.help == ("N = 11 or 9 instead of 10 (legal: N = 1 (mod 2), N >= 3)",)


def test_the_nearest_sizes_share_a_line() -> None:
    lines = lines_of("input: [1, N, N]\nat: {N: 7}\nlayers: [max_pool: 2]\n")
    assert [line.partition(" (")[0] for line in lines if "instead of" in line] == ["N = 8 or 6 instead of 7"]


def test_sizes_that_change_apart_are_told_apart() -> None:
    """Of quarters the next ones are 4 and 8 for a height of 7, and 8 and 12 for a width of 9."""
    lines = lines_of("input: [1, 7, 9]\nlayers: [max_pool: 4]\n")
    (line,) = [line for line in lines if "instead of" in line]
    assert (
        line.partition(" (")[0] == "H = 8 instead of 7, W = 12 instead of 9 or H = 4 instead of 7, W = 8 instead of 9"
    )


def test_an_error_behind_another_does_not_keep_it_from_being_repaired() -> None:
    text = (
        "input: [8, 9, 9]\nlayers:\n  - {conv: {out: 8, kernel: 3, padding: 1}, as: stem}\n"
        "  - add: [here, [{conv: [8, 3], as: narrow}]]\n  - {conv: {out: 9, kernel: 1}, as: wide}\n"
        "  - {conv: {out: 6, kernel: 3, groups: 6}, as: grouped}\n"
    )
    found = repairs(load(text).program)
    assert found[0].title == "padding: 1 on narrow"
    assert found[0].why == "the usual (F - 1)/2"  # The other error is told in the same run.
    assert not any(repair.is_safe for repair in found)
    # The legal sizes are those with the other error repaired.
    assert found[0].legal.text() == "H >= 3; W >= 3"


def test_a_repair_is_shown_in_a_line() -> None:
    (first, *_) = repairs(load("input: [1, 7, 7]\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]\n").program)
    assert repr(first) == "<Repair padding: 1 on conv 0, the usual (F - 1)/2; legal: H = 1 (mod 3); W = 1 (mod 3)>"


def test_no_padding_is_looked_for_where_another_field_is_wrong() -> None:
    """The kernel does not fit either, but is rounded: it is the groups that are wrong."""
    found = error(
        "input: [3, 224, 224]\nlayers:\n  - conv: {out: 96, kernel: 11, stride: 4, groups: 2, rounding: floor}\n"
    )
    assert found.code.id != "AC301"
    assert found.notes == ()


def test_one_size_is_told_once() -> None:
    """No size below 3 has room for the kernel."""
    lines = lines_of("input: [1, N, N]\nat: {N: 2}\nlayers: [conv: [1, 3]]\n")
    assert [line for line in lines if "instead" in line] == ["N = 3 instead of 2"]


def test_of_unknown_sizes_no_padding_is_known_to_fail() -> None:
    (node,) = load("input: [1, 224, 224]\nlayers: [conv: {out: 1, kernel: 11, stride: 4}]\n").check().graph.nodes
    slide = slide_of(node)
    assert slide is not None and "never a multiple of 4" in no_padding(slide)
    assert no_padding(slide._replace(sizes=None)) == ""


def test_no_padding_is_looked_for_at_a_pool() -> None:
    assert error("input: [1, 224, 224]\nlayers: [max_pool: [11, 4]]\n").notes == ()
    assert error("input: [1, 224, 224]\nlayers: [conv: [1, 11, 4]]\n").notes != ()


FRACTIONS = [
    "input: [1, 7, 7]\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]\n",
    "input: [3, 224, 224]\nlayers: [conv: {out: 96, kernel: 11, stride: 4}]\n",
    "input: [1, 28, 28]\nlayers: [conv: [32, 3], max_pool: 2, conv: [64, 3], max_pool: 2, flatten, linear: 10]\n",
    "input: [1, 16000]\nlayers: [conv: {out: 32, kernel: 80, stride: 4}, max_pool: 4, conv: [32, 3], max_pool: 4]\n",
    "input: [8, 9, 9]\nlayers: [conv: {out: 8, kernel: 2, stride: 2}, global_avg_pool, flatten, linear: 3]\n",
    "input: [1, 5, 5]\nlayers: [upsample: 3/2]\n",
    "input: [3, 64, 64]\nlayers:\n  - conv: [64, 7, 2, 3]\n  - max_pool: [3, 2, 1]\n  - conv: [128, 3, 2, 1]\n",
]


@pytest.mark.parametrize("text", FRACTIONS)
def test_rounding_is_among_the_first_two_ways_out_of_a_fraction(text: str) -> None:
    (found, *_) = [one for one in load(text).check().explained if one.code.id == "AC301"]
    places = [place for place, line in enumerate(found.help) if line.startswith("rounding: floor for the spec, what")]
    assert places in ([0], [1])


@pytest.mark.parametrize("text", FRACTIONS)
def test_few_helps_are_told_one_of_padding_and_legal_sizes_once(text: str) -> None:
    for found in load(text).check().explained:
        assert len(found.help) <= MAX_TOLD == 3
        assert sum(line.startswith("padding") for line in found.help) <= 1
        assert not any("(legal: " in line for line in found.help[1:])


def test_how_much_is_not_read() -> None:
    def why(text: str) -> str:
        (found,) = [line for line in lines_of(text) if line.startswith("rounding: floor for the spec")]
        return found.partition(" (")[0].removeprefix("rounding: floor for the spec, what PyTorch and Keras do; ")

    assert why("input: [1, 7, 7]\nlayers: [max_pool: 2]\n") == "1 row and column is not read"
    assert why("input: [1, 8, 8]\nlayers: [max_pool: 3]\n") == "2 rows and columns are not read"
    assert why("input: [1, 7, 8]\nlayers: [max_pool: {kernel: [4, 3]}]\n") == "3 rows and 2 columns are not read"
    assert why("input: [1, 7]\nlayers: [max_pool: 2]\n") == "1 position is not read"
    assert why("input: [3, 32, 32]\nlayers: [conv: [8, 3, 2, 1]]\n") == "only padding is dropped"


def test_what_fails_then_is_told_of_rounding_and_where_there_is_nothing_else() -> None:
    """With the 16 numbers that the first reshape reads the second one still cannot make 6."""
    only = "input: [1, 4, 4]\nlayers:\n  - {reshape: 15, as: r}\n  - {reshape: 6, as: s}\n"
    found = error(only)
    assert found.help and all(line.endswith("but then s fails") for line in found.help)
    hidden = "input: [1, 7, 7]\nlayers: [conv: {out: 1, kernel: 3, stride: 3}, conv: {out: 1, kernel: 5}]\n"
    told = error(hidden).help
    # Everybody tries declared rounding first, and reads here why it does not do.
    assert [line for line in told if "but then" in line] == [told[1]]
    assert told[1].startswith("rounding: floor for the spec") and told[1].endswith("but then conv 1 fails")


def test_what_is_said_by_hand_stays_unless_a_repair_says_it() -> None:
    """Nobody repairs the order of the axes."""
    text = "input: [5, 8]\nlayers:\n  - layer_norm\n  - attention: 2\n"
    note, found = load(text).check().diagnostics
    assert note.severity == "note" and error(text).help == found.help and len(found.help) == 2
    gate = "input: [8, 4, 4]\nlayers:\n  - multiply: [here, [global_avg_pool]]\n"
    assert load(gate).check().diagnostics[0].help == ("write `broadcast: true` to stretch the sizes of 1",)
    assert not any(line.startswith("write") for line in error(gate).help)


def test_a_gate_gets_its_field_written_out() -> None:
    text = "input: [8, 4, 4]\nlayers:\n  - multiply: [here, [global_avg_pool]]\n"
    first = error(text).help[0]
    assert first == (
        "broadcast: true on multiply, to stretch the sizes of 1: `multiply: {branches: [...], broadcast: true}` "
        "(legal: any H and W)"
    )
    (repair, *_) = repairs(load(text).program)
    assert repair.text.endswith("- multiply: {branches: [here, [global_avg_pool]], broadcast: true}\n")
    assert load(repair.text).check().outputs == {"output": (8, 4, 4)}


@pytest.mark.parametrize(
    ("shapes", "is_gate"),
    [
        ("{a: [8, 4, 4], b: [8, 1, 1]}", True),
        ("{a: [1, 4, 4], b: [8, 4, 4]}", True),
        ("{a: [8, 4, 1], b: [8, 1, 4]}", True),
        ("{a: [8, 4, 4], b: [8, 2, 2]}", False),
        ("{a: [8, 4, 4], b: [4, 1, 1]}", False),
        ("{a: [8, 4, 4], b: [8]}", False),
    ],
)
@pytest.mark.parametrize("kind", ["multiply", "add"])
def test_only_sizes_of_1_are_stretched(kind: str, shapes: str, is_gate: bool) -> None:
    found = repairs(load(f"input: {shapes}\nlayers:\n  - {kind}: [a, b]\n").program)
    assert any(one.title.startswith("broadcast") for one in found) == is_gate


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("input: [8, 4, 4]\nlayers: [{linear: 5, as: fc}]\n", ["flatten", "channels_last"]),
        ("input: [8, 4, 4]\nlayers: [{attention: 2, as: mix}]\n", ["tokens"]),
        ("input: [8, 4, 4]\nlayers: [{rms_norm, as: norm}]\n", ["channels_last", "tokens"]),
        ("input: [8, 4, 4]\nlayers: [channels_last, {max_pool: 2, as: pool}]\n", ["channels_first"]),
        ("input: [8]\nlayers: [{conv: [8, 3], as: conv}]\n", []),
        ("input: [N, 3, 8, 8]\nlayers: [{conv: {out: 8, kernel: [5, 5]}, as: conv}]\n", []),
    ],
)
def test_a_step_in_front_is_one_that_the_layer_asks_for(text: str, steps: list[str]) -> None:
    titles = [one.title for one in repairs(load(text).program) if one.nature == "insertion"]
    assert [title.partition(" in front of ")[0] for title in titles] == steps


SOME = ("check", "export", "draw")
"""Commands that check a network and need no PyTorch."""


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        (FRACTIONS[2], ("check", "export", "draw", "verify")),
        # A gate, a block of attention, kernels for other axes, a residual with a fraction, a claim on a size.
        ("input: [64, 56, 56]\nlayers:\n  - multiply: [here, [global_avg_pool, conv: [64, 1]]]\n", SOME),
        ("input: [T, 512]\nblocks: {enc: [add: [here, [attention: 8]]]}\nlayers: [enc, enc]\n", SOME),
        ("input: [N, 3, 32, 32]\nlayers: [conv: {out: 8, kernel: [5, 5]}, conv: {out: 8, kernel: [5, 5]}]\n", SOME),
        (
            "input: [64, 56, 56]\nlayers:\n  - add: [[conv: [128, 3, 2, 1]], [conv: [128, 1, 2]]]\n  - linear: 10\n",
            SOME,
        ),
        ("input: [3, 64, 64]\nlayers: [{max_pool: {kernel: 2, padding: 2}, as: p}, linear: 10]\n", SOME),
        # No size repairs it, so that `sizes` has nothing else to say.
        (
            "input: [8, 4, 4]\nlayers:\n  - add: [here, [{conv: [9, 3, 1, 1], as: wide}]]\n",
            ("check", "export", "draw", "verify", "sizes"),
        ),
    ],
)
def test_all_commands_say_the_same(
    text: str, commands: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(text)
    told = []
    for command in commands:
        if command == "verify" and find_spec("torch") is None:
            continue
        main([command, str(path)])
        output = capsys.readouterr()
        told.append([line for line in (output.out + output.err).splitlines() if "= help" in line or "= note" in line])
    assert len(told[0]) >= 2
    assert told == [told[0]] * len(told)
    with pytest.raises(ExportError) as caught:
        load(path).to_torch()
    assert caught.value.diagnostics[0].help == load(path).check().explained[0].help
