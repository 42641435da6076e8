"""Embeddings against nn.Embedding, and integers on their way through a network."""

from __future__ import annotations

from typing import Any

import pytest
from oracles import Sources, ask, assert_as_torch, assert_symbols_agree, load_torch, made, run_calls, written

import archcalc
from archcalc.dims import symbol
from archcalc.layers.base import Layer
from archcalc.layers.embedding import Embedding, Positions
from archcalc.layers.shape import Integers, Shape

T, V = symbol("T"), symbol("V")


def words(*sizes: Any, below: Any = None) -> Shape:
    return Shape(sizes, integers=Integers(below))


@pytest.mark.parametrize("sizes", [(7,), (3, 7), (2, 3, 4)])
def test_is_that_of_torch(sizes: tuple[int, ...]) -> None:
    ran = assert_as_torch(Embedding(count=10, out=6), words(*sizes))
    assert ran.shapes == ((*sizes, 6),)
    assert ran.multiplications == 0


@pytest.mark.parametrize("shape", [words(7), Shape((7, 5), "channels_last")])
def test_positions_count_from_their_start(shape: Shape) -> None:
    torch = load_torch()
    layer = Positions(start=2)
    calls = layer.torch([shape], written(layer, shape), "exact")
    (values,) = run_calls(calls, Sources(layer, [shape]), modules=made(calls))
    assert torch.equal(values, torch.tensor([[2, 3, 4, 5, 6, 7, 8]] * 2))
    assert written(layer, shape) == (words(7, below=9),)


def test_positions_leave_out_what_pads() -> None:
    """Worked out by hand: the integers 1 keep their number, and the others are counted from 2 on."""
    torch = load_torch()
    layer, shape = Positions(padding=1), words(6)
    calls = layer.torch([shape], written(layer, shape), "exact")
    sources = Sources(layer, [shape])
    sources.maps[0] = torch.tensor([[7, 1, 0, 1, 9, 9], [1, 1, 1, 1, 1, 1]])
    (values,) = run_calls(calls, sources, modules=made(calls))
    assert torch.equal(values, torch.tensor([[2, 1, 3, 1, 4, 5], [1] * 6]))
    assert written(layer, shape) == (words(6, below=8),)


def test_symbols() -> None:
    values = [{"T": value, "V": 10 - value} for value in range(1, 10)]
    assert assert_symbols_agree(Embedding(count=V, out=T), [words(T, T)], values) == 9
    assert assert_symbols_agree(Embedding(count=V, out=3), [words(T, below=T)], values) == 5
    assert assert_symbols_agree(Positions(start=V), [words(T)], values) == 9
    assert assert_symbols_agree(Positions(padding=V), [words(T)], values) == 9


REFUSED: list[tuple[Layer, Shape, str, str]] = [
    (
        Embedding(count=5, out=3),
        words(6, below=6),
        "AC344",
        "the integers are 0 to 5, and the table has the rows 0 to 4",
    ),
    (
        Positions(),
        Shape((8, 4)),
        "AC321",
        "positions reads tokens [T, D] with the channels last, but gets 8×4 with the channels first",
    ),
    (Positions(), words(8, 4), "AC304", "positions reads a sequence of integers [T], but gets 8×4"),
    (
        Positions(padding=0),
        Shape((8, 4), "channels_last"),
        "AC343",
        "positions with a padding reads integers, such as the numbers of words, but gets real numbers",
    ),
]


@pytest.mark.parametrize(("layer", "shape", "code", "message"), REFUSED)
def test_refused(layer: Layer, shape: Shape, code: str, message: str) -> None:
    answer = ask(layer, shape)
    assert answer.codes == (code,)
    assert answer.site.findings[0].message == message


def test_integers_have_positions_and_no_channels() -> None:
    shape = words(3, T)
    assert (shape.channels, shape.spatial, shape.elements) == (1, (3, T), 3 * T)
    assert shape.with_spatial((5,)) == words(5)


LANGUAGE_MODEL = """
input: {shape: [T], dtype: int}
at: {T: 8}
layers:
  - {embedding: [100, 6], as: words}
  - {positions, as: places}
  - {embedding: [32, 6], as: looked_up}
  - {add: [words, looked_up]}
  - {linear: 4, as: head}
"""


def test_the_longest_sequence_is_known() -> None:
    report = archcalc.load(LANGUAGE_MODEL).check()
    assert (report.totals.parameters, str(report.legal_sizes)) == (100 * 6 + 32 * 6 + 6 * 4 + 4, "1 <= T <= 32")


def test_one_input_may_have_its_shape_and_numbers_in_a_map() -> None:
    named = LANGUAGE_MODEL.replace("input: {shape: [T], dtype: int}", "input: {text: {shape: [T], dtype: int}}")
    one, other = archcalc.load(LANGUAGE_MODEL).check(), archcalc.load(named).check()
    assert (one.inputs, other.inputs) == ({"input": (8,)}, {"text": (8,)})
    assert one.totals == other.totals
    unlike = archcalc.load("input: {shape: [3, 8, 8], dtype: float}\nlayers: [conv: [4, 3]]").check()
    assert unlike.inputs == {"input": (3, 8, 8)}
    assert archcalc.load("input: {shape: [3, 8, 8]}\nlayers: [conv: [4, 3]]").check().inputs == {"shape": (3, 8, 8)}


def test_integers_are_handed_on_by_layers_that_only_move_them() -> None:
    text = "input: {shape: [12], dtype: int}\nlayers:\n  - {reshape: [2, 6]}\n  - {permute: [1, 0]}\n"
    text += "  - {split: {parts: 2, axis: 0}, as: halves}\n  - {concat: [halves.0, halves.1], axis: 0, as: joined}\n"
    text += "  - {slice: {start: 1}}\n  - {select: 2}\n  - flatten\n  - identity\n  - embedding: [9, 4]\n"
    report = archcalc.load(text).check()
    assert report.ok, report
    assert report.outputs == {"output": (2, 4)}


def test_exported_code_looks_up_integers_in_range() -> None:
    pytest.importorskip("torch")
    found = archcalc.load(LANGUAGE_MODEL).verify()
    assert found.ok, found
    assert "Input: [8] of integers (T = 8)" in archcalc.load(LANGUAGE_MODEL).to_torch()
