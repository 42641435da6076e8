"""The closed forms of networks, layers and scopes against the integers of checks at many sizes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import prod
from random import Random
from typing import Any

import catalogue
import pytest
import sympy
from effort import TIMES, commit
from latex_reader import equations, value_of

import archcalc
from archcalc.closed_forms import ClosedForm
from archcalc.graph import Graph
from archcalc.report.forms import ClosedForms
from archcalc.sizes.legal import LegalSizes
from archcalc.sizes.sets import IntegerSet
from archcalc.tally import tally

COUNTS = ("parameters", "frozen", "buffers", "multiplications")
FEW = 3 if TIMES else 2
"""Sizes at which a network is unfolded, those of its spec among them."""
VIEWS = {
    "flatten", "reshape", "permute", "tokens", "channels_last", "channels_first", "select", "slice", "split", "expand",
    "identity",
}  # fmt: skip


def stated(network: str) -> dict[str, int]:
    """The sizes of the spec, and 7 for what it leaves open, such as how many regions there are."""
    return {name: value if isinstance(value, int) else 7 for name, value in catalogue.report(network).symbols.items()}


def legal(network: str) -> Iterator[tuple[dict[str, int], Graph]]:
    """The graph at a few sizes at which all layers fit: those of the spec, near ones, and some with their residues."""
    read, start = catalogue.architecture(network), stated(network)
    yield start, read.unfold(start).graph
    rng, found = Random(f"{commit()} {network}"), 1
    for attempt in range(30):
        if found == FEW or not start:
            return
        step = (1, 96, 112, 224, 256)[attempt % 5]  # patches and windows fill no other sizes
        sizes = {name: max(1, size + step * rng.choice((-1, 1, 2, 3, 5, 8))) for name, size in start.items()}
        graph = read.unfold(sizes).graph
        if graph.is_complete and sizes != start:
            found += 1
            yield sizes, graph
    raise AssertionError(f"only {found} legal sizes were found")


@pytest.mark.parametrize("network", catalogue.networks())
def test_forms_are_the_integers_of_checks(network: str) -> None:
    forms = catalogue.report(network).closed_forms()
    for sizes, graph in legal(network):
        assert counts_at(forms, sizes) == tally(graph.nodes)._asdict()
        assert forms.activations is not None
        assert forms.activations.at(sizes) == written(graph)
        assert sizes_at(forms.output_sizes, sizes) == outputs_of(graph)


def counts_at(forms: ClosedForms, sizes: dict[str, int]) -> dict[str, int]:
    return {name: getattr(forms, name).at(sizes) for name in COUNTS}


def sizes_at(shapes: dict[str, Any], sizes: dict[str, int]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(size.at(sizes) for size in shape) for name, shape in shapes.items()}


def outputs_of(graph: Graph) -> dict[str, Any]:
    return {name: output.shape and output.shape.sizes for name, output in graph.outputs.items()}


def written(graph: Graph) -> Any:
    """The output column of the table, multiplied out, without the rows of layers that only look at what they read.

    Shapes leave out how many regions of interest there are.
    """
    shapes = [output.shape for node in graph.nodes if node.kind not in VIEWS for output in node.outputs]
    return sum(prod(shape.sizes) * shape.items for shape in shapes if shape)


@pytest.mark.parametrize("network", catalogue.networks())
def test_sympy_and_latex_say_the_same(network: str) -> None:
    sizes, forms = stated(network), catalogue.report(network).closed_forms()
    outputs = sizes_at(forms.output_sizes, sizes)
    places = {sympy.Symbol(name, integer=True, positive=True): size for name, size in sizes.items()}
    for name in (*COUNTS, "activations"):
        assert getattr(forms, name).to_sympy().xreplace(places) == getattr(forms, name).at(sizes)
    known: dict[str, Fraction | int] = dict(sizes)
    rows = equations(forms.to_latex())
    for left, right in reversed(rows):
        values = [value_of(factor, known) for factor in right]
        if left in forms.output_sizes:
            assert tuple(values) == outputs[left]
        elif hasattr(forms, left):
            assert values == [getattr(forms, left).at(sizes)]
        else:
            (known[left],) = values
    assert {left for left, _ in rows} >= {"parameters", "multiplications", "activations", *outputs}


@pytest.mark.parametrize("network", ["unet:paper", "resnet:resnet50", "googlenet:caffe", "fast_rcnn:VGG16", "segnet"])
def test_parts_add_up(network: str) -> None:
    """The layers of the network, or its outermost scopes and the layers beside them."""
    report = catalogue.report(network)
    for names in ([layer.name for layer in report], dict.fromkeys(layer.path[0] for layer in report)):
        parts = [report.closed_forms(name) for name in names]
        for name in (*COUNTS, "activations"):
            total: Any = sum(getattr(part, name) for part in parts)
            assert total == getattr(report.closed_forms(), name)


def test_shared_parameters_are_owned_once() -> None:
    report = archcalc.load(
        "input: [4, N]\nlayers:\n  - {as: one, do: [{conv: [4, 1]}]}\n  - {use: one, as: two}\n"
    ).check()
    assert report.parameters == 20
    assert str(report.multiplications) == "32*N"


def test_worked_answers() -> None:
    unet = catalogue.report("unet:paper")
    assert str(unet.multiplications) == "733888*N**2 - 181895424*N + 14356195584"
    assert unet.multiplications.at(unet.symbols) == 150428424448
    assert [str(size) for size in unet.output_sizes["output"]] == ["2", "N - 184", "N - 184"]
    assert [str(size) for size in unet.closed_forms("bottom").output_sizes["output"]] == [
        "1024",
        "(N - 124)/16",
        "(N - 124)/16",
    ]
    resnet = catalogue.report("resnet:resnet50")
    assert resnet.multiplications.at(H=224, W=224) == 4089184256
    assert resnet.parameters == 25557032
    with pytest.raises(KeyError, match="did you mean 'bottom'"):
        unet.closed_forms("botom")


PADDED = """
input: [1, N, N]
rounding: floor
blocks:
  double(width): [{repeat: 2, do: [{conv: [width, 3, 1, same]}, relu]}]
  up(width, skip): [{conv_transpose: [width, 2, 2]}, {concat: [[{crop: {to: here}, from: skip}], here]}, double: width]
layers:
  - {double: 64, as: enc1}
  - max_pool: 2
  - {double: 128, as: enc2}
  - max_pool: 2
  - {double: 256, as: enc3}
  - max_pool: 2
  - {double: 512, as: enc4}
  - max_pool: 2
  - {double: 1024, as: bottom}
  - up: [512, enc4]
  - up: [256, enc3]
  - up: [128, enc2]
  - up: [64, enc1]
  - conv: [2, 1]
"""


def test_floors_of_a_unet_collapse_on_multiples_of_16() -> None:
    forms = archcalc.load(PADDED).check().closed_forms()
    assert "floor" in str(forms.multiplications)
    on16 = forms.on(N=IntegerSet.progression(0, 16))
    assert str(on16.multiplications) == "733888*N**2"
    assert on16.multiplications is not None
    assert on16.multiplications.at(N=256) == 48096083968
    assert str(on16).splitlines()[-1] == "output           2×N×N"
    assert on16.parameters == forms.parameters == 31030658


def test_forms_on_legal_sizes() -> None:
    forms = archcalc.load(PADDED).check().closed_forms()
    legal = LegalSizes(("N",), [{"N": IntegerSet.progression(0, 16)}])
    assert forms.multiplications is not None
    assert str(forms.on(legal).multiplications) == str(forms.multiplications.on(legal)) == "733888*N**2"


@pytest.mark.parametrize("network", ["resnet:resnet50", "xception", "alexnet:paper-224", "fcn:32s", "zfnet:ceil"])
@pytest.mark.parametrize("residue", [0, 3, 26])
def test_forms_on_a_residue_are_the_integers_of_checks(network: str, residue: int) -> None:
    sides = [name for name in stated(network) if name in ("N", "H", "W")]
    members = IntegerSet.progression(residue, 32, minimum=192)
    forms = catalogue.report(network).closed_forms().on(dict.fromkeys(sides, members))
    assert "floor" not in str(forms)
    for number in (members.above(200), members.above(300)):
        sizes = {**stated(network), **dict.fromkeys(sides, number)}
        graph = catalogue.architecture(network).unfold(sizes).graph
        assert graph.is_complete
        assert counts_at(forms, sizes) == tally(graph.nodes)._asdict()
        assert sizes_at(forms.output_sizes, sizes) == outputs_of(graph)


def test_values_are_set_aside_and_lets_are_kept() -> None:
    architecture = archcalc.load("input: [1, N, N]\nat: {N: 32}\nlet: {width: 6}\nlayers: [conv: [width, 5]]")
    for report in (architecture.check(), architecture.check(N=9), architecture.check(symbolic=True)):
        assert str(report.multiplications) == "150*N**2 - 1200*N + 2400"
    assert str(architecture.check(N=9, width=12).multiplications) == "300*N**2 - 2400*N + 4800"


def test_forms_are_known_where_the_stated_size_is_illegal() -> None:
    report = archcalc.load("unet:paper").check(N=570)
    assert not report.ok
    assert report.totals.multiplications is None
    assert report.multiplications is not None
    assert report.multiplications.at(N=572) == 150428424448


def test_what_an_error_keeps_unknown() -> None:
    spec = "input: [1, N, N]\nlayers:\n  - {conv: [6, 5], as: c}\n  - {linear: 3, in: 4, as: l}\n"
    report = archcalc.load(spec.replace("in: 4, ", "").replace("linear: 3", "conv: [3, 0]")).check()
    assert not report.ok
    assert (report.parameters, report.multiplications, report.activations, report.buffers) == (None,) * 4
    known = report.closed_forms("c")
    assert str(known.multiplications) == "150*N**2 - 1200*N + 2400"
    unknown = report.closed_forms("l") if "l" in report else report.closed_forms()
    assert unknown.on(N=IntegerSet.progression(0, 2)).multiplications is None
    assert str(unknown).splitlines()[:2] == ["parameters       ?", "frozen           ?"]


def test_a_file_that_is_no_network() -> None:
    report = archcalc.load("layers: 3\n").check()
    assert report.parameters is None
    assert report.output_sizes == {}


def test_constants_of_a_network_without_symbols() -> None:
    report = archcalc.load("input: [1, 32, 32]\nlayers: [conv: [6, 5], tanh]").check()
    assert report.multiplications == report.totals.multiplications == 117600
    assert report.activations == ClosedForm(2 * 6 * 28 * 28)
    assert report.activations is not None
    assert report.activations.symbols == ()


def test_several_outputs() -> None:
    forms = archcalc.load("input: [8, N]\nlayers: [relu, split: 2]").check().closed_forms()
    assert [(name, [str(size) for size in shape or ()]) for name, shape in forms.output_sizes.items()] == [
        ("output.0", ["4", "N"]),
        ("output.1", ["4", "N"]),
    ]
    assert str(forms.activations) == "8*N"


def test_in_a_notebook() -> None:
    forms = archcalc.load("input: [8, N, N]\nrounding: floor\nlayers: [{max_pool: 2}, {pad: 1}]").check().closed_forms()
    begin, *rows, end = forms._repr_latex_().split("\n")
    assert (begin, end) == (r"$$\begin{aligned}", r"\end{aligned}$$")
    assert r"\text{output} &= 8 \times \left(a + 2\right) \times \left(a + 2\right) \\" in rows
