"""Errors that people make, and what a person who knows the field would change first."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from archcalc import Architecture, load
from archcalc.checking import check
from archcalc.editing import apply
from archcalc.layers.window import Window
from archcalc.repair import Repair, merges, repairs, search
from archcalc.repair.blame import failures
from archcalc.repair.places import halved
from archcalc.repair.rank import of_windows
from archcalc.repair.scene import Scene
from archcalc.repair.windows import Slide, kernels, strides, symmetric

UNIT = """input: [64, 57, 57]
blocks:
  unit(width, stride=1):
    - add:
        - do:
            - {conv: {out: width, kernel: 3, stride: stride, padding: 1, bias: false}, as: conv1}
            - {batch_norm, as: bn1}
            - relu
            - {conv: {out: width, kernel: 3, padding: 1, bias: false}, as: conv2}
        - [{project: [width, stride], as: downsample, when: stride > 1}]
    - relu
  project(width, stride):
    - conv: {out: width, kernel: 1, stride: stride, bias: false}     # no bias: it is normalised
    - batch_norm
layers:
  - {unit: 64, as: one}
  - {unit: [128, 2], as: two}
"""
RESIDUAL = """input: [64, 56, 56]
layers:
  - {conv: {out: 64, kernel: 3, padding: 1}, as: stem}
  - add:
      - here
      - - {conv: {out: 64, kernel: 3, padding: 1}, as: a}
        - relu
        - {conv: {out: 64, kernel: 3, padding: 1}, as: b}
"""
UNET = """input: [1, N, N]
at: {N: 572}
blocks:
  double(width):
    - repeat: 2
      do: [conv: {out: width, kernel: 3}, relu]
  up(width, skip):
    - conv_transpose: [width, 2, 2]
    - concat:
        - [{crop: {to: here}, from: skip}]
        - here
    - double: width
layers:
  - for: {i: 1..4, width: [64, 128, 256, 512]}
    do:
      - {double: width, as: enc$i}
      - max_pool: 2
  - double: 1024
  - for: {i: [4, 3, 2, 1], width: [512, 256, 128, 64]}
    do:
      - {up: [width, enc$i], as: dec$i}
  - {conv: [2, 1], as: head}
"""
LENET = """input: [1, 32, 32]
layers:
  - {conv: [6, 5], as: conv1}
  - {avg_pool: 2, as: pool1}
  - {conv: [16, 5], as: conv2}
  - {avg_pool: 2, as: pool2}
  - {reshape: 400, as: flat}
  - {linear: 10, as: fc}
"""
ALEXNET = "input: [3, 224, 224]\nlayers:\n  - {conv: {out: 96, kernel: 11, stride: 4}, as: conv1}\n"
TRUNK = ALEXNET + "  - max_pool: [3, 2]\n  - conv: {out: 256, kernel: 5, padding: same}\n  - max_pool: [3, 2]\n"
DECODER = """input: [8, 8, 8]
layers:
  - {conv: [8, 3, 1, 1], as: skip}
  - max_pool: 2
  - {conv_transpose: {out: 8, kernel: 3, stride: 2, padding: 1}, as: up}
  - concat: [skip, here]
"""
SHORTCUT = "input: [64, 57, 57]\nlayers:\n  - add:\n      - here\n      - [conv: [128, 3, 2, 1]]\n"


LARGE = """input: [1, 14, 14]
rounding: floor
layers:
  - {conv: {out: 16, kernel: 3, stride: 2, padding: 1}, as: down}
  - {conv: {out: 32, kernel: 3, stride: 2, padding: 1}, as: quarter}
  - {conv_transpose: {out: 16, kernel: 3, stride: 2, padding: 1, output_padding: 1}, as: wider}
  - add: [down, here]
"""
SHUFFLE = """input: [3, 24, 24]
layers:
  - {conv: {out: 10, kernel: 3, padding: 1}, as: last}
  - pixel_shuffle: 2
"""
STRIDED = """input: [3, 32, 32]
layers:
  - conv: {out: 16, kernel: 4, stride: 2, padding: 1}
  - conv: {out: 32, kernel: 3, stride: 2, padding: 1}
  - conv: {out: 64, kernel: 3, stride: 2, padding: 1}
"""


class Case(NamedTuple):
    """A spec, what is damaged in it, and what stands in the text after the first repair."""

    name: str
    spec: str
    wrong: tuple[str, str]
    right: str
    title: str


CASES = [
    Case("shortcut without its stride", UNIT, ("kernel: 1, stride: stride", "kernel: 1"),
         "bias: false, stride: stride}", "stride: stride on conv two.downsample.0"),
    Case("shortcut called without its stride", UNIT, ("[width, stride], as", "[width, 1], as"),
         "[width, stride], as", "stride: stride in line 10"),
    Case("one padding forgotten", RESIDUAL, (", padding: 1}, as: a", "}, as: a"),
         "padding: 1}, as: a", "padding: 1 on a"),
    Case("both paddings forgotten", RESIDUAL.replace("padding: 1}, as: b", "padding: 0}, as: b"),
         (", padding: 1}, as: a", "}, as: a"), "padding: 1}, as: b", "padding: 1 on a and b"),
    Case("channels of a branch", RESIDUAL,
         ("out: 64, kernel: 3, padding: 1}, as: b", "out: 9, kernel: 3, padding: 1}, as: b"),
         "out: 64, kernel: 3, padding: 1}, as: b", "out: 64 on b"),
    Case("U-Net at 570", UNET, ("N: 572", "N: 570"), "at: {N: 572}", "N = 572 instead of 570"),
    Case("U-Net at 576", UNET, ("N: 572", "N: 576"), "at: {N: 572}", "N = 572 instead of 576"),
    Case("a reshape of other inputs", LENET, ("reshape: 400", "reshape: 256"),
         "reshape: [400]", "shape: [400] on flat"),
    Case("no flatten", LENET, ("  - {reshape: 400, as: flat}\n", ""), "- flatten\n", "flatten in front of fc"),
    Case("AlexNet's trunk at 224", TRUNK, ("", ""), "input: [3, 227, 227]", "H = W = 227 instead of 224"),
    Case("a decoder one short", DECODER, ("", ""), "output_padding: 1", "output_padding: 1 on up"),
    Case("no projection", SHORTCUT, ("", ""),
         "- [conv: {out: 128, kernel: 1, stride: 2}]", "conv: {out: 128, kernel: 1, stride: 2} on branch 1 of add"),
    Case("ResNet's stem under exact arithmetic", "input: [3, 224, 224]\nlayers:\n  - conv: [64, 7, 2, 3]\n", ("", ""),
         "rounding: floor", "rounding: floor for the spec"),
    Case("groups", "input: [6, 8, 8]\nlayers: [conv: {out: 9, kernel: 3, padding: 1, groups: 2}]\n", ("", ""),
         "groups: 3", "groups: 3 on conv 0"),
    Case("groups far from what divides", "input: [24, 8, 8]\nlayers: [conv: {out: 48, kernel: 1, groups: 32}]\n",
         ("", ""), "groups: 8", "groups: 8 on conv 0"),
    Case("a decoder one too large", LARGE, ("", ""), "output_padding: 0", "output_padding: 0 on wider"),
    Case("channels that no shuffle takes", SHUFFLE, ("", ""), "out: 12", "out: 12 on last"),
    Case("a strided net under exact arithmetic", STRIDED, ("", ""), "rounding: floor", "rounding: floor for the spec"),
]  # fmt: skip


def broken(case: Case) -> str:
    text = case.spec.replace(*case.wrong) if case.wrong[0] else case.spec
    assert not load(text).check().ok
    return text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_first_repair_is_what_a_person_would_do(case: Case) -> None:
    first = repairs(load(broken(case)).program)[0]
    assert case.title in first.title
    assert case.right in first.text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_repair_leads_to_a_network_without_errors(case: Case) -> None:
    text = broken(case)
    for repair in repairs(load(text).program):
        assert apply(text, repair.edits) == repair.text
        again = Architecture.from_text(repair.text)
        assert again.check().ok, repair.title


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_legal_sizes_of_a_repair_are_those_that_a_check_finds(case: Case) -> None:
    for repair in repairs(load(broken(case)).program)[:2]:
        names = repair.legal.symbols
        shapes = repair.legal.with_new_weights or repair.legal
        for size in (*range(1, 40, 3), 57, 188, 224, 227, 570, 572):
            text = repair.text
            if names != ("N",):
                channels = text.partition("input: [")[2].partition(",")[0]
                line = next(line for line in text.splitlines() if line.startswith("input:"))
                text = text.replace(line, f"input: [{channels}, {size}, {size}]")
            report = load(text).check({"N": size} if names == ("N",) else {})
            assert report.ok == (dict.fromkeys(names, size) in shapes), (repair.title, size)


def titles(text: str, **values: int) -> list[str]:
    return [repair.title for repair in repairs(load(text).program, values)]


def test_alexnet_at_224() -> None:
    """No padding that is equal on both sides fits: 2P = 3 (mod 4) has no solution."""
    found = titles(ALEXNET)
    assert found[:3] == [
        "H = W = 223 instead of 224",
        "rounding: floor for the spec",
        "H = W = 227 instead of 224",
    ]
    assert {"kernel: 12 on conv1", "padding: [[0, 3], [0, 3]] on conv1"} <= set(found)
    assert not any(title.startswith("padding: ") and "[" not in title for title in found)


def test_an_even_kernel_is_odd_in_steps_of_1_only() -> None:
    """In steps of 2 kernels of 2 and 4 are common, and come before a padding on one side only."""
    even = ["kernel: 2 on conv 0", "kernel: 4 on conv 0"]
    found = titles("input: [1, 8, 8]\nlayers: [conv: {out: 1, kernel: 3, stride: 2}]\n")
    found.remove("rounding: floor for the spec")
    assert found[:4] == ["H = W = 9 instead of 8", "H = W = 7 instead of 8", *even]


def test_padding_of_1_is_there_for_a_kernel_of_3() -> None:
    """In steps of 1 a padding P keeps the size for the kernel 2P + 1."""
    found = titles("input: [8, 9, 9]\nlayers:\n  - add: [here, [{conv: {out: 8, kernel: 5, padding: 1}, as: c}]]\n")
    assert found == ["padding: 2 on c", "kernel: 3 on c"]


def test_a_kernel_for_each_axis_is_written_by_its_name() -> None:
    """A list behind `max_pool` would be its kernel and its stride."""
    text = "input: [1, 8, 9]\nlayers: [max_pool: 2]\n"
    (repair,) = [one for one in repairs(load(text).program) if one.title == "kernel: [2, 3] on max_pool 0"]
    assert "max_pool: {kernel: [2, 3]}" in repair.text


def test_a_scale_that_is_no_window_may_be_rounded() -> None:
    found = repairs(load("input: [1, 5, 5]\nlayers: [upsample: 3/2]\n").program)
    rounded = {one.title: load(one.text).check().outputs["output"] for one in found if one.title.startswith("rounding")}
    assert rounded["rounding: floor for the spec"] == (1, 7, 7)
    assert rounded["rounding: ceil for the spec"] == (1, 8, 8)


def test_a_branch_that_rounds_otherwise_may_round_as_the_other_one_does() -> None:
    text = "input: [8, 5, 5]\nlayers:\n  - add:\n"
    for name, policy in (("q", "ceil"), ("p", "floor")):
        text += f"      - [{{max_pool: {{kernel: 2, rounding: {policy}}}, as: {name}}}]\n"
    (repair,) = [one for one in repairs(load(text).program) if one.title == "rounding: floor on q"]
    assert load(repair.text).check().outputs["output"] == (8, 2, 2)


def test_a_kernel_for_more_axes_than_there_are_has_no_repair_and_no_crash() -> None:
    assert titles("input: [1, 7, 7]\nlayers: [conv: {out: 1, kernel: [3, 3, 3]}]\n") == []


def test_rounding_comes_before_padding_that_is_wider_than_half_the_kernel() -> None:
    found = titles("input: [1, 18, 18]\nlayers: [conv: {out: 1, kernel: 1, stride: 9}]\n")
    padded = [title for title in found if title.startswith("padding")]
    assert padded and found.index("rounding: floor for the spec") < min(map(found.index, padded))


def test_a_map_that_is_too_large_is_cut_rather_than_the_other_enlarged() -> None:
    found = titles(LARGE)
    assert found.index("crop: {to: down} on branch 2 of add") < found.index("upsample: {to: here} on branch 1 of add")


@pytest.mark.parametrize(("size", "found"), [(18, [9]), (10, []), (9, [9]), (5, [5])])
def test_kernels_are_tried_up_to_a_few_more_than_twice_the_present_one(size: int, found: list[int]) -> None:
    """In steps of 9 only a kernel of the size itself, or of 9 less, comes out whole."""
    assert kernels(Window(1, 9, 0, 0), size) == found


@pytest.mark.parametrize(("window", "size", "found"), [((2, 3), 7, [1, 5]), ((1, 3), 7, [2, 6]), ((1, 2), 8, [1])])
def test_the_strides_next_to_the_present_one(window: tuple[int, int], size: int, found: list[int]) -> None:
    """The divisors of 7 - 2 and of 7 - 1 next to 3; a stride of 1 divides all, and 3 itself is none of them.

    Nobody means a stride of 7 who has written 2.
    """
    assert strides(Window(*window, 0, 0), size) == found


@pytest.mark.parametrize(
    ("window", "size", "found"),
    [
        # In steps of 1 every padding fits.
        (Window(3, 1, 1, 1), 9, [0, 2]),
        # Of 7 a kernel of 3 in steps of 3 leaves one value: 4 + 2P is a multiple of 3 for P = 1, 4, ...
        (Window(3, 3, 0, 0), 7, [1]),
        (Window(3, 3, 2, 2), 7, [1, 4]),
        # A padding of 1 on both sides would fit here, but another one was meant.
        (Window(2, 3, 0, 3), 9, []),
    ],
)
def test_the_paddings_next_to_the_present_one_on_both_sides(window: Window, size: int, found: list[int]) -> None:
    assert symmetric(window, size) == found


def test_a_name_that_stands_for_a_name_is_followed_to_the_value() -> None:
    text = "input: [8, 9, 9]\nlet:\n  q: 0\n  p: q\nlayers:\n  - add: [here, [{conv: [8, 3, 1, p], as: a}]]\n"
    assert titles(text) == ["q: 1 in line 3, which is the padding of a"]


def test_the_kernel_of_a_pool_is_no_example_for_a_convolution() -> None:
    text = "input: [8, 16, 16]\nlayers:\n  - add: [[LAYER: KERNEL], [{conv: [8, 3], as: a}]]\n"
    assert titles(text.replace("LAYER: KERNEL", "max_pool: [7, 1]")) == []
    assert "kernel: 7 on a" in titles(text.replace("LAYER: KERNEL", "conv: [8, 7]"))


@pytest.mark.parametrize(
    "text",
    [
        "input: {x: [8, N], y: [8, 9]}\nlayers:\n  - add: [[{pad: 9, from: x, as: p}], y]\n",
        "input: {x: [8, N], y: [8, 2]}\nlayers:\n"
        "  - add: [[{conv_transpose: {out: 8, kernel: 3, stride: 2}, from: x, as: up}], y]\n",
        "input: [64, 57, 57]\nlayers:\n  - add:\n      - []\n      - [conv: [128, 3, 2, 1]]\n",
    ],
)
def test_sizes_without_values_and_branches_without_steps_have_no_repair_and_no_crash(text: str) -> None:
    assert [one.code.id for one in load(text).check().diagnostics] == ["AC306"]
    assert titles(text) == []


def test_channels_that_are_no_number_have_no_common_divisor() -> None:
    text = "input: [N, 8, 8]\nlayers: [conv: {out: 9, kernel: 3, padding: 1, groups: 2}]\n"
    assert [one.code.id for one in load(text).check().diagnostics if one.severity == "error"] == ["AC305"]
    assert all(load(repair.text).check().ok for repair in repairs(load(text).program))


def test_a_map_that_is_larger_one_way_and_smaller_the_other_is_neither_cut_nor_enlarged() -> None:
    text = "input: [8, 9, 7]\nlayers:\n  - {relu, as: a}\n  - {permute: [0, 2, 1], as: b}\n  - add: [a, b]\n"
    assert [one.code.id for one in load(text).check().diagnostics] == ["AC306"]
    assert titles(text) == []


def test_a_pool_over_single_values_is_not_told() -> None:
    found = titles("input: [1, 9, 9]\nlayers: [max_pool: [2, 2]]\n")
    assert "kernel: 3 on max_pool 0" in found
    assert "kernel: 1 on max_pool 0" not in found


def test_reading_a_change_again_counts_as_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ten layers and an input, a place costs 11 to read and a check 12: 23 for a kernel, 34 for height and width."""
    text = "input: [1, 8, 8]\nlayers:\n" + 9 * "  - relu\n" + "  - max_pool: [3, 2]\n"
    calls = 0

    def counted(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        return check(*given)

    monkeypatch.setattr(search, "check", counted)
    monkeypatch.setattr(search, "MOST_WORK", 57)
    assert repairs(load(text).program)
    assert calls == 1 + 3


def test_a_branch_that_is_four_times_as_large_has_forgotten_a_stride_of_4() -> None:
    text = "input: [8, 57, 57]\nlayers:\n  - add:\n      - [{conv: {out: 8, kernel: 1, stride: 4}, as: a}]\n"
    text += "      - [{conv: {out: 8, kernel: 3, padding: 1}, as: b}]\n"
    found = {repair.title: repair for repair in repairs(load(text).program)}
    assert found["stride: 4 on b"].why == "the branches differ by a factor of 4"
    assert load(found["stride: 4 on b"].text).check().outputs == {"output": (8, 15, 15)}


def test_a_projection_rounds_where_its_steps_do_not_come_out_whole() -> None:
    """Of 56 values a kernel of 2 in steps of 2 makes 28 exactly, and a kernel of 1 makes 55/2 + 1."""
    found = repairs(load("input: [64, 56, 56]\nlayers:\n  - add: [here, [conv: [128, 2, 2]]]\n").program)
    assert found[0].title == "conv: {out: 128, kernel: 1, stride: 2, rounding: floor} on branch 1 of add"
    assert load(found[0].text).check().outputs == {"output": (128, 28, 28)}


RESIDUAL_BLOCK = """input: [16, 33, 33]
blocks:
  basic(out, stride=1):
    - {conv: [out, 3, stride, 1], as: a}
    - {conv: [out, 3, 1, 1], as: b}
    - add: [b, input]
layers: [basic: 16, basic: [32, 2], basic: 32]
"""


@pytest.mark.parametrize(
    ("text", "step", "outputs"),
    [
        # The first and the last call need none.
        (
            RESIDUAL_BLOCK,
            "{conv: {out: out, kernel: 1, stride: stride}, when: stride > 1 or channels(input) != out, from: input}",
            (32, 17, 17),
        ),
        (
            RESIDUAL_BLOCK.replace("basic: 16, ", ""),
            "{conv: {out: out, kernel: 1, stride: stride}, when: stride > 1 or channels(input) != out, from: input}",
            (32, 17, 17),
        ),
        # Every call does, which nobody knows behind the first one.
        (
            "input: [3, 32, 32]\nblocks:\n  unit(w):\n    - {conv: [2 * w, 3, 1, 1], as: a}\n    - add: [a, input]\n"
            "layers: [unit: 4, unit: 8]\n",
            "{conv: {out: 2 * w, kernel: 1}, when: channels(input) != 2 * w, from: input}",
            (16, 32, 32),
        ),
        (
            "input: [16, 32]\nlayers:\n  - for: {w: [16, 32, 64]}\n    do: [add: [here, [conv: [w, 3, 1, 1], relu]]]\n",
            "{conv: {out: w, kernel: 1}, when: channels(here) != w}",
            (64, 32),
        ),
    ],
)
def test_a_projection_for_several_calls_is_written_in_their_names(
    text: str, step: str, outputs: tuple[int, ...]
) -> None:
    (repair,) = [one for one in repairs(load(text).program) if "needs a projection" in one.why]
    assert step in repair.text
    report = load(repair.text).check()
    assert report.ok and report.outputs == {"output": outputs}
    assert [harm.kind for harm in repair.harms][-1] == "insertion"


def test_a_projection_is_offered_beside_a_fraction() -> None:
    """Only declared rounding says what the other branch becomes."""
    text = "input: [64, 56, 56]\nlayers:\n  - add: [here, [conv: [128, 3, 2, 1]]]\n"
    merge, fraction = load(text).check().explained
    assert merge.message == "add needs branches of one shape, but gets 64×56×56 and 128×?×?"
    assert merge.help[0].startswith("conv: {out: 128, kernel: 1, stride: 2} on branch 1 of add, a shortcut past")
    assert fraction.help[0].startswith("rounding: floor for the spec")


def test_rounding_up_comes_after_other_sizes_where_rounding_down_drops_padding_only() -> None:
    found = titles("input: [3, 224, 224]\nlayers:\n  - conv: [64, 7, 2, 3]\n")
    assert found[:2] == ["rounding: floor for the spec", "H = W = 225 instead of 224"]


def test_a_let_that_repairs_is_told_once_and_not_beside_each_of_its_layers() -> None:
    """Only the padding of `a` matters: the pool hides that of `b`."""
    text = "input: [8, 9, 9]\nlet: {p: 0}\nlayers:\n  - add:\n      - here\n      - [{conv: [8, 3, 1, p], as: a}]\n"
    text += "      - [{conv: [8, 3, 1, p], as: b}, adaptive_avg_pool: 9]\n"
    assert titles(text) == ["p: 1 in line 2, which is the padding of b"]


@pytest.mark.parametrize(
    ("kernel", "found"), [("3", None), ("k", "k // 2"), ("1 + 2", "(1 + 2) // 2"), ("-(-3)", "(-(-3)) // 2")]
)
def test_half_of_an_expression_is_written_as_one(kernel: str, found: str | None) -> None:
    (node,) = (
        load(f"input: [1, 9, 9]\nlet: {{k: 3}}\nlayers: [conv: {{out: 1, kernel: {kernel}}}]\n").check().graph.nodes
    )
    assert halved(node, "kernel") == found


def failing(text: str) -> tuple[Scene, Slide]:
    """The one error of a spec, and the windows of the layer that fails."""
    program = load(text).program
    report = check(program)
    network = report.network
    assert network is not None
    (blame,) = failures(network.graph, network.diagnostics)
    scene = Scene(program, network, {}, blame)
    return scene, scene.slides[id(blame.node)]


def test_an_odd_kernel_comes_before_an_even_one_in_steps_of_1() -> None:
    """Though it is further away from the present one."""
    scene, slide = failing("input: [1, 2, 2]\nlayers: [conv: {out: 1, kernel: 3}]\n")
    four, five = [of_windows(scene, slide, "kernel", 2 * (Window(kernel, 1, 0, 0),)) for kernel in (4, 5)]
    assert five < four


def test_an_axis_that_keeps_its_stride_costs_nothing() -> None:
    scene, slide = failing("input: [1, 8, 8]\nlayers: [conv: {out: 1, kernel: 3, stride: 2}]\n")
    one, both = Window(3, 2, 0, 0), Window(3, 3, 0, 0)
    assert of_windows(scene, slide, "stride", (one, both)) == of_windows(scene, slide, "stride", (both, both))


def test_570_lies_between_556_and_572() -> None:
    found = [title for title in titles(UNET.replace("572", "570")) if not title.startswith("rounding")]
    assert found[:2] == ["N = 572 instead of 570", "N = 556 instead of 570"]


def test_sizes_from_outside_are_no_change_of_the_file() -> None:
    found = repairs(load(UNET).program, {"N": 570})
    assert (found[0].title, found[0].edits, dict(found[0].sizes)) == ("N = 572 instead of 570", (), {"N": 572})
    assert found[0].text == UNET
    assert not any(repair.is_safe for repair in found)


def test_axes_that_differ_get_their_own_padding() -> None:
    found = repairs(load("input: [1, 8, 7]\nlayers:\n  - conv: {out: 1, kernel: 3, stride: 3}\n").program)
    padded = next(repair for repair in found if repair.title.startswith("padding"))
    assert padded.title == "padding: [2, 1] on conv 0"
    assert load(padded.text).check().outputs == {"output": (1, 4, 3)}


def test_a_step_of_several_kernels_gets_a_padding_that_follows_them() -> None:
    text = (
        "input: [8, 9, 9]\nlayers:\n  - add:\n      - - for: {k: [1, 3]}\n          do: [conv: [8, k]]\n      - here\n"
    )
    first = repairs(load(text).program)[0]
    assert first.title == "padding: k // 2 on conv 1"
    assert load(first.text).check().ok


def test_what_a_loop_or_a_let_gives_is_changed_there() -> None:
    text = "input: [8, 9, 9]\nlet: {p: 0}\nlayers:\n  - add: [here, [conv: [8, 3, 1, p]]]\n"
    assert "let: {p: 1}" in repairs(load(text).program)[0].text
    loop = "- - for: {p: [1, 0]}\n          do: [conv: [8, 3, 1, p]]"
    text = f"input: [8, 9, 9]\nlayers:\n  - add:\n      {loop}\n      - here\n"
    assert "p: [1, 1]" in repairs(load(text).program)[0].text


def test_comments_and_other_text_stay() -> None:
    text = broken(CASES[0])
    (changed,) = set(repairs(load(text).program)[0].text.splitlines()) - set(text.splitlines())
    assert changed.startswith("    - conv: {out: width, kernel: 1") and changed.endswith("# no bias: it is normalised")


def test_a_repair_that_breaks_a_claim_is_not_safe() -> None:
    text = LENET.replace("reshape: 400", "reshape: 256") + "expect: {of: flat, output: [256]}\n"
    found = {repair.title: repair for repair in repairs(load(text).program)}
    assert all(not repair.is_safe for title, repair in found.items() if title.startswith("shape"))
    assert all(load(repair.text).check().ok for repair in found.values() if repair.is_safe)


def test_a_repair_that_spoils_a_variant_is_not_safe() -> None:
    text = UNET.replace("at: {N: 572}", "let: {pad: 0}\nvariants:\n  valid: {at: {N: 572}}\n  padded: {at: {N: 512}}")
    text = text.replace("kernel: 3}", "kernel: 3, padding: pad}")
    assert load(text, variant="valid").check().ok
    for repair in repairs(load(text, variant="padded").program):
        valid = Architecture.from_text(repair.text, variant="valid").check()
        assert valid.ok or not repair.is_safe


def test_two_errors_are_repaired_one_after_the_other() -> None:
    text = "input: [8, 10, 10]\nlayers:\n  - fork: [[conv: [8, 3, 2]], [add: [here, [conv: [8, 3]]]]]\n"
    found = repairs(load(text).program)
    assert [found[0].code, found[-1].code] == ["AC301", "AC306"]
    for repair in found:
        after = load(repair.text).check()
        assert sum(one.severity == "error" for one in after.diagnostics) < 2


def test_a_pool_without_padding_gets_another_kernel_and_no_padding() -> None:
    layer = "lp_pool: {norm: 2, kernel: 3, stride: 2}"
    found = titles(f"input: [8, 12, 12]\nlayers:\n  - {layer}\n")
    assert "kernel: 2 on lp_pool 0" in found
    assert not [title for title in found if "padding" in title]


def test_nothing_is_repaired_where_nothing_fails() -> None:
    assert repairs(load(UNET).program) == []
    assert repairs(load("input: [8]\nlayers: [unknown_layer]\n").program) == []
    assert repairs(load("layers: 3\n").program) == []


def test_repairs_are_data() -> None:
    found = repairs(load(UNET.replace("572", "570")).program)[0]
    data = found.to_json()
    assert data["title"] == "N = 572 instead of 570"
    assert data["sizes"] == {"N": 572}
    assert data["legal"]["legal"] == "N = 12 (mod 16), N >= 188"
    (edit,) = data["edits"]
    assert edit["text"].endswith("572")
    assert (data["nature"], data["safe"]) == ("data", False)
    assert data["harms"] == [{"kind": "data", "text": "it changes the data that the network is for"}]
    tried = repairs(
        load("input: [1, 7, 7]\nlayers: [conv: {out: 1, kernel: 3, stride: 3}, conv: {out: 1, kernel: 5}]\n").program
    )
    padded = next(repair for repair in tried if repair.title.startswith("padding"))
    assert (padded.to_json()["safe"], padded.to_json()["harms"]) == (
        False,
        [
            {"kind": "hidden", "text": "conv 1 fails"},
            {"kind": "design", "text": "it changes the design of the network"},
        ],
    )


def test_a_check_of_another_file_is_none_of_this_one() -> None:
    """The other one has no errors, which says nothing about this one."""
    program, other = load("input: [1, 7, 7]\nlayers: [max_pool: 2]\n").program, load(RESIDUAL).program
    assert check(other).ok
    assert repairs(program, None, check(other)) == repairs(program, None, check(program)) == repairs(program) != []


def test_of_several_inputs_the_one_that_is_wrong_is_to_blame() -> None:
    text = "input: {x: [8, N/2], y: [8]}\nat: {N: 5}\nlayers: [{relu, from: y}]\n"
    network = check(load(text).program).network
    assert network is not None
    assert [blame.node.label for blame in failures(network.graph, network.diagnostics)] == ["x"]


def test_the_work_is_bounded() -> None:
    """However many layers a network has, its candidates unfold about as many, and the answer says where it stopped."""
    steps = "\n".join("  - conv: [8, 3, 1, 1]" for _ in range(1000))
    found = repairs(load(f"input: [8, 32, 32]\nlayers:\n{steps}\n  - max_pool: [3, 2]\n").program)
    assert all(isinstance(repair, Repair) for repair in found)
    assert "rounding: floor for the spec" in [repair.title for repair in found]
    assert found.stopped.startswith("the search for repairs was given up after ")
    assert found.stopped.endswith(" changes: the network has 1,001 layers")


def test_where_few_changes_could_be_tried_none_are() -> None:
    report = load("input: [3, 32, 32]\nlayers: [{repeat: 20000, do: [{conv: [3, 3]}]}]\n").check()
    assert report.repairs == []
    (error,) = [one for one in report.explained if one.severity == "error"]
    assert error.notes[-1] == "no repairs were searched: the network has 20,000 layers"
    assert "no repairs were searched" in report.to_text()


def test_of_a_small_network_all_is_tried() -> None:
    assert repairs(load("input: [1, 7, 7]\nlayers: [max_pool: 2]\n").program).stopped == ""


def _joined(count: int) -> str:
    """Inputs that differ in channels and size, added."""
    entries = "".join(f"  a{i}: [{i + 1}, {i + 8}]\n" for i in range(count))
    return f"input:\n{entries}layers:\n  - add: [{', '.join(f'a{i}' for i in range(count))}]\n"


def test_a_merge_counts_as_work_for_each_of_its_branches() -> None:
    assert repairs(load(_joined(4)).program).stopped == ""
    found = repairs(load(_joined(400)).program)
    assert found.stopped.endswith(" changes: the network has 400 inputs")
    assert sum(len(repair.text) for repair in found) < 1_000_000
    assert repairs(load(_joined(2000)).program).stopped == "no repairs were searched: the network has 2,000 inputs"


def test_pairs_of_many_branches_are_looked_at_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    own = merges._own
    monkeypatch.setattr(merges, "_own", lambda *names: asked.append(names) or own(*names))
    repairs(load(_joined(200)).program)
    # Twice where a branch has no layers of its own; the pairs of 200 branches are 39,800.
    assert 0 < len(asked) <= 2 * merges.MAX_PAIRS


def test_a_change_after_which_no_size_is_legal_is_no_repair() -> None:
    """In steps of 4 the branches would be equal at C = 1 only, where the window of 3 does not fit."""
    text = "input: [1, C]\nlayers: [{max_pool: 2, as: a}, {max_pool: 3, from: input, as: b}, add: [a, b]]\n"
    found = load(text).check().repairs
    assert [repair.title for repair in found][:1] == ["kernel: 3 on a"]
    assert all(repair.legal is not None and not repair.legal.is_empty for repair in found)
    assert "stride: 4 on b" not in [repair.title for repair in found]


def test_a_list_for_other_axes_is_no_reason_for_another_kernel() -> None:
    text = "input: [4, 8, 32, 32]\nlayers: [conv: [8, [5, 5]], conv: [8, [5, 5]]]\n"
    assert [repair.title for repair in load(text).check().repairs if repair.title.startswith("kernel")] == []


@pytest.mark.parametrize("size", [-3, -1, 0])
def test_a_size_that_is_none_is_far_from_every_legal_one(size: int) -> None:
    """The claim fails, so that repairs are searched from the size that was given from outside."""
    network = Architecture.from_text("input: [N, 8]\nlayers: [flatten]\nexpect: {output: 1}\n")
    report = network.check(N=size)
    assert [found.code.id for found in report.diagnostics] == ["AC133", "AC401"]
    assert all(repair.sizes.get("N", 1) > 0 for repair in report.repairs)


@pytest.mark.parametrize("kind", ["concat", "add"])
def test_integers_beside_numbers_are_not_made_to_agree(kind: str) -> None:
    inputs = "{left: {shape: [6, 8]}, right: {shape: [6, 9], dtype: int}}"
    report = Architecture.from_text(f"input: {inputs}\nlayers: [{kind}: [left, right]]\n").check()
    assert not report.ok
    assert list(report.repairs) == []


def test_a_list_of_a_step_that_is_used_again_is_looked_at_once() -> None:
    """With the rounding declared, the list may be in PyTorch's order: one reading, although two layers have it."""
    text = "input: [3, 8]\nlayers:\n  - {conv: [3, 3, 3], as: a}\n  - conv: [3, 1]\n  - {use: a}\n"
    report = Architecture.from_text(text).check()
    assert [found.code.id for found in report.diagnostics] == ["AC301"]
    assert report.repairs[0].sizes == {"L": 9}
