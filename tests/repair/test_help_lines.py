"""How the way of the sizes and the repairs are told."""

from __future__ import annotations

from archcalc import load
from archcalc.diagnostics.model import Diagnostic
from archcalc.repair import explained, help_lines, repairs
from archcalc.repair.blame import failures, trails
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
    lines = help_lines(repairs(load("input: [1, 7, 7]\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]\n").program))
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
        "H = W = 223 or H = W = 227 instead of 224 (legal: H = 3 (mod 4), H >= 11; W = 3 (mod 4), W >= 11)"
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
    assert found.help == ("N = 11 or N = 9 instead of 10 (legal: N = 1 (mod 2), N >= 3)",)


def test_the_nearest_sizes_share_a_line() -> None:
    found = repairs(load("input: [1, N, N]\nat: {N: 7}\nlayers: [max_pool: 2]\n").program)
    lines = help_lines(found)
    assert sum("instead of 7" in line for line in lines) == 1
    assert any(line.startswith(("N = 6 or N = 8 instead of 7", "N = 8 or N = 6 instead of 7")) for line in lines)


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
    assert "legal" not in "".join(help_lines(found))


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
    lines = help_lines(repairs(load("input: [1, N, N]\nat: {N: 2}\nlayers: [conv: [1, 3]]\n").program))
    assert [line for line in lines if "instead" in line] == ["N = 3 instead of 2 (legal: N >= 3)"]


def test_of_unknown_sizes_no_padding_is_known_to_fail() -> None:
    (node,) = load("input: [1, 224, 224]\nlayers: [conv: {out: 1, kernel: 11, stride: 4}]\n").check().graph.nodes
    slide = slide_of(node)
    assert slide is not None and "never a multiple of 4" in no_padding(slide)
    assert no_padding(slide._replace(sizes=None)) == ""


def test_no_padding_is_looked_for_at_a_pool() -> None:
    assert error("input: [1, 224, 224]\nlayers: [max_pool: [11, 4]]\n").notes == ()
    assert error("input: [1, 224, 224]\nlayers: [conv: [1, 11, 4]]\n").notes != ()
