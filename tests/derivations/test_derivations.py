"""Every line of every derivation is true, and says what the engine found; a calculator of its own judges both."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache, lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc import Architecture, Derivation, Report
from archcalc.derivations import Line
from archcalc.derivations.notation import LATEX, PLAIN, TEXT
from archcalc.dims import Condition, Polynomial, free_symbols, substitute
from archcalc.layers.table import KINDS, layer_class
from derivations.reading import calculated, from_latex, from_text

ROOT = Path(__file__).resolve().parents[2]
FILES = [*sorted((ROOT / "specs").rglob("*.yaml")), *sorted((ROOT / "tests" / "cases" / "layers").glob("*.yaml"))]

TRICKY = {
    "one axis": """
input: [4, 20]
layers: [conv: {out: 6, kernel: 3, stride: 2, padding: [[0, 1]]}, avg_pool: 3]
""",
    "three axes": """
input: [2, 9, 10, 10]
layers:
  - conv: {out: 4, kernel: [3, 1, 1], dilation: [2, 1, 1]}
  - conv_transpose: {out: 2, kernel: 2, stride: 2, groups: 2}
""",
    "everything differs": """
input: [4, 21, 15]
rounding: floor
layers:
  - conv: {out: 8, kernel: [3, 5], stride: [2, 3], padding: [[1, 2], 1], dilation: [2, 1], groups: 4, bias: false}
""",
    "same": """
input: [3, 225, 224]
layers:
  - conv: {out: 4, kernel: [3, 4], stride: 2, padding: same}
  - max_pool: {kernel: 3, stride: 2, padding: same}
  - depthwise: {kernel: 3, padding: same, multiplier: 2}
""",
    "rounded up": """
input: [1, 28, 27]
rounding: ceil
layers:
  - max_pool: [3, 2]
  - max_pool: [2, 2, 1]
  - conv: {out: 2, kernel: 2, stride: 3, padding: 2}
  - {upsample: 1.5}
  - {crop: {size: 6}}
""",
    "rounded down": "{input: [1, 28, 27], rounding: floor, layers: [max_pool: [3, 2], upsample: {factor: [1/3, 3/2]}]}",
    "several items": """
input:
  image: [8, 16, 16]
  rois: {shape: [4], count: R}
layers:
  - {roi_pool: {size: [3, 2], boxes: rois}, from: image}
  - conv: [6, [3, 2]]
  - flatten
  - linear: 5
""",
    "applied again": """
input: [8, 6, 6]
layers:
  - {conv: [8, 3, 1, 1], as: first}
  - relu
  - use: first
  - {conv: [4, 1], trainable: false}
""",
    "long merge": """
input: [8, 6, 6]
layers:
  - {conv: [4, 1], as: a}
  - concat: [a, input, a, a, input, here]
  - add: [here, here]
""",
    "memory": """
input: [6, 10]
layers:
  - tokens
  - {linear: 4, as: other}
  - linear: 8
  - attention: {heads: 2, memory: other, dim: 6}
  - layer_norm: {bias: false}
""",
    "letters taken": """
input: [C, N, N]
let: {K: 4}
layers:
  - conv: {out: K, kernel: 3}
  - conv: {out: 2*C, kernel: 3, groups: 2}
  - max_pool: 2
""",
    "indices taken": "{input: [n, N_h, N_w], layers: [conv: {out: 4, kernel: [3, 1]}, flatten, linear: 3]}",
    "long names": "{input: [in_width, height, height], layers: [conv: {out: 2, kernel: 3}, max_pool: 2]}",
    "rounded with symbols": """
input: [3, H, W]
rounding: floor
layers:
  - conv: {out: 4, kernel: 7, stride: 2, padding: 3}
  - max_pool: [3, 2, 1]
  - max_pool: {kernel: 3, stride: 2, rounding: ceil}
  - max_pool: {kernel: 2, stride: 2, padding: 1, rounding: ceil}
  - conv: {out: 2, kernel: 3, stride: 2, padding: same}
  - upsample: 1.5
""",
}


@cache
def architectures() -> list[tuple[str, Architecture]]:
    found = [(path.stem, archcalc.load(path)) for path in FILES]
    found += [(name, Architecture.from_text(text, name)) for name, text in TRICKY.items()]
    return [
        (f"{name}:{variant}" if variant else name, whole.choose(variant))
        for name, whole in found
        for variant in whole.variants or [None]
    ]


@cache
def reports(name: str) -> list[Report]:
    """With the values of the specification, and without any where it has symbols."""
    architecture = dict(architectures())[name]
    report = architecture.check()
    return [report, architecture.check(symbolic=True)] if report.symbols else [report]


NAMES = [name for name, _ in architectures()]


def assignments(derivation: Derivation) -> Iterator[dict[str, Any]]:
    """Values for the symbols in a derivation: numbers decide whether what it says of them is true.

    A size that is so many times a window is none where the window does not fit.
    """
    symbols = sorted({name for letter in derivation.letters for name in free_symbols(letter.value)})
    found = [
        {name: size + index for index, name in enumerate(symbols)} for size in ((1, 17, 64, 448) if symbols else (0,))
    ]
    sizes = [letter.value for letter in derivation.letters if isinstance(letter.value, Polynomial)]
    legal = [values for values in found if all(at(size, values) > 0 for size in sizes)]
    assert legal, derivation
    yield from legal


@lru_cache(maxsize=100)
def terms(line: Line) -> list[str]:
    """What stands between the equals signs, in every notation, for the calculator."""
    readers = ((TEXT, from_text), (PLAIN, from_text), (LATEX, from_latex))
    return list(dict.fromkeys(read(term) for notation, read in readers for term in line.chain(notation)))


def at(value: Any, values: dict[str, Any]) -> int | Fraction:
    found = substitute(value, values)
    assert isinstance(found, (int, Fraction)), f"{value} at {values}"
    return found


def unique(report: Report, seen: set[Any]) -> Iterator[Derivation]:
    """The derivations of a report that are new: repetition is the rule in networks, and among variants."""
    for layer in report:
        node = layer.derivation.node
        inputs = tuple(read.shape for read in node.inputs)
        key = (repr(node.layer), inputs, node.rounding, node.trainable, node.shares and node.shares.name)
        if key not in seen:
            seen.add(key)
            yield layer.derivation


JUDGED: set[Any] = set()


@pytest.mark.parametrize("name", NAMES)
def test_every_line_is_true(name: str) -> None:
    """Terms between two equals signs are equal, in every notation, and what they give is what the engine found."""
    for report in reports(name):
        for derivation in unique(report, JUDGED):
            assert_true(derivation)
            if derivation.known:
                assert_complete(derivation)


def assert_true(derivation: Derivation) -> None:
    assert len({letter.name for letter in derivation.letters}) == len(derivation.letters), derivation
    for values in assignments(derivation):
        known = {letter.name: at(letter.value, values) for letter in derivation.letters} | values
        for line in derivation.lines:
            if line.value is None:
                assert line.words and not line.steps
                continue
            if line.defines:
                known.setdefault(line.defines, at(line.value, values))
            expected = at(line.value, values)
            for term in terms(line):
                assert calculated(term, known) == expected, f"{derivation}\n{line.quantity}: {term}"


def assert_complete(derivation: Derivation) -> None:
    """Every size that changes and every count has its line."""
    facts, node = derivation.node.facts, derivation.node
    told = {line.quantity: line.value for line in derivation.lines}
    (first, *_) = [shape.sizes for shape in derivation.inputs if shape is not None] or [()]
    explained = {axis for line in derivation.lines for axis in line.axes}
    assert explained or len(first) == len(facts.outputs[0].sizes)
    for output in facts.outputs:
        for axis, size in enumerate(output.sizes):
            assert axis in explained or first[axis] == size, f"{derivation}\naxis {axis} is {size}"
        for line in derivation.lines:
            for axis in line.axes:
                assert line.value is None or line.value == output.sizes[axis], f"{derivation}\n{line.quantity}"
    counts = {
        "parameters": 0 if node.shares else sum(tensor.elements for tensor in node.own_weights),
        "buffers": 0 if node.shares else facts.buffer_elements,
        "multiplications": facts.multiplications,
    }
    for quantity, count in counts.items():
        found = told.get(quantity)
        assert (0 if found is None else found) == count, f"{derivation}\n{quantity} are {count}"
    # Where symbols remain, the layer itself may ask for it, as a `reshape` into windows of 7 rows does.
    same = Condition.equal(told.get("elements", facts.outputs[0].elements), facts.outputs[0].elements)
    assert same.decide() or any(requirement.condition == same for requirement in facts.requirements)
    assert told.get("maps", facts.outputs[0].items) == facts.outputs[0].items


def test_every_kind_is_among_them() -> None:
    assert set(KINDS) <= {layer.kind for kind in KINDS for report in reports(kind) for layer in report}


def test_a_layer_with_multiplications_says_how_many() -> None:
    """The formulas of a kind stand beside its rules: one that counts has a formula of its own."""
    from archcalc.layers.base import Layer

    for kind in KINDS:
        cls = layer_class(kind)
        if cls.multiplications is not Layer.multiplications:
            assert cls.count_formulas is not Layer.count_formulas, kind


WINDOWS = list(product((1, 2, 3, 4), (1, 2, 3), ((0, 0), (1, 1), (0, 1), (2, 0)), (1, 2), ("floor", "ceil")))
SIZES = (1, 2, 3, 5, 8, 9)


def windows(kind: str, size: int) -> Report:
    """One network in which every window reads the same input: a window that does not fit keeps no other from it."""
    layers = []
    for kernel, stride, padding, dilation, rounding in WINDOWS:
        fields = {"kernel": kernel, "stride": stride, "padding": [list(padding)], "dilation": dilation}
        layers.append(
            {kind: {**fields, "rounding": rounding, **({"out": 1} if kind == "conv" else {})}, "from": "input"}
        )
    return archcalc.load({"input": [1, size], "layers": layers}).check()


@pytest.mark.parametrize("kind", ["conv", "max_pool"])
def test_windows_of_all_sorts(kind: str) -> None:
    """On small numbers everything happens: nothing to round, rows left over, windows that reach past the end."""
    seen = set()
    for size in SIZES:
        report = windows(kind, size)
        assert len(report) == len(WINDOWS)
        for layer, (kernel, _, _, dilation, _) in zip(report, WINDOWS, strict=True):
            if layer.output is None or None in layer.output:
                continue
            derivation = layer.derivation
            (line,) = (line for line in derivation.lines if line.axes == (1,))
            values = {letter.name: letter.value for letter in derivation.letters}
            if any(line.defines for line in derivation.lines):
                values["E"] = dilation * (kernel - 1) + 1
            for term in line.chain(TEXT):
                assert calculated(from_text(term), values) == layer.output[1], derivation
            seen.add(line.chain(TEXT)[0])
    assert {"(N - F + 2P)/S + 1", "floor((N - F + 2P)/S) + 1", "ceil((N - E + P + Q)/S) + 1"} <= seen
    assert "min(ceil((N - F + 2P)/S) + 1, ceil((N + P)/S))" in seen
