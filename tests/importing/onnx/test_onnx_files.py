"""What a file may be: symbols, batches, missing data, functions, branches, loops, and what is refused."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy
import pytest

onnx = pytest.importorskip("onnx")
from onnx import ModelProto, numpy_helper, parser  # noqa: E402

from archcalc.importing.failure import ImportFailure  # noqa: E402 - behind the skip
from archcalc.importing.imported import imported  # noqa: E402
from archcalc.importing.onnx import read, signature, symbols  # noqa: E402
from archcalc.importing.passes import finished  # noqa: E402
from archcalc.importing.record import Record  # noqa: E402

HEAD = '<ir_version: 8, opset_import: ["" : 18, "own" : 1]>\n'


def model(text: str, **tensors: tuple[int, ...]) -> ModelProto:
    """A graph in the text format of the package, with stored tensors of these shapes."""
    made = parser.parse_model(HEAD + text)
    for name, shape in tensors.items():
        made.graph.initializer.append(numpy_helper.from_array(numpy.full(shape, 0.5, "float32"), name))
    return made


def record_of(text: str, sizes: dict[str, int] | None = None, batch: bool | None = None, **tensors: Any) -> Record:
    return read(model(text, **tensors).SerializeToString(), sizes, batch=batch)


def kinds(record: Record) -> list[str]:
    return [layer.kind for layer in record.layers()]


def refused(text: str, sizes: dict[str, int] | None = None, **tensors: tuple[int, ...]) -> str:
    with pytest.raises(ImportFailure) as caught:
        record_of(text, sizes, **tensors)
    return str(caught.value)


CONV = "net (float[{sizes}] x) => (float[N] y) {{ y = Conv (x, w) }}"


def test_symbols_name_the_axes_that_bear_them() -> None:
    data = model(CONV.format(sizes="batch, 3, height, width"), w=(8, 3, 3, 3)).SerializeToString()
    assert symbols(data) == {"height": [("x", 1)], "width": [("x", 2)]}
    assert signature(data).inputs[0].shape == (3, "height", "width")
    assert read(data, {"height": 9, "width": 12}).outputs[0].shape == (8, 7, 10)


def test_a_symbol_without_a_number_is_asked_for() -> None:
    text = refused(CONV.format(sizes="batch, 3, height, 9"), w=(8, 3, 3, 3))
    assert text == "the size `height` of its input `x` is not known\nhelp: give a number for it, such as height=64"


def test_the_batch_is_followed_through_windows_and_heads() -> None:
    text = """net (float[batch, 8, 8, 6] x) => (float[N] y) {
        five = Constant <value_ints = [-1, 2, 4, 2, 4, 6]> ()
        opened = Reshape (x, five)
        turned = Transpose <perm = [0, 1, 3, 2, 4, 5]> (opened)
        three = Constant <value_ints = [-1, 16, 6]> ()
        windows = Reshape (turned, three)
        y = MatMul (windows, w)
    }"""
    record = record_of(text, w=(6, 5))
    assert record.outputs[0].shape == (4, 16, 5)
    assert record.multiplications == 4 * 16 * 6 * 5


def test_a_file_without_a_batch_keeps_its_first_axis() -> None:
    text = "net (float[7, 6] x) => (float[N] y) { y = Softmax <axis = 0> (x) }"
    assert record_of(text).outputs[0].shape == (7, 6)
    assert record_of(text).root.items[0].fields == {"axis": 0}  # type: ignore[union-attr]
    assert kinds(record_of(text, batch=True)) == ["opaque"]


def test_the_batch_may_stand_behind_the_tokens() -> None:
    text = "net (float[T, batch, 6] x) => (float[N] y) { y = LSTM <hidden_size = 4> (x, w, r) }"
    record = record_of(text, {"T": 5}, w=(1, 16, 6), r=(1, 16, 4))
    assert (record.inputs[0].shape, record.outputs[0].shape) == ((5, 6), (5, 1, 4))


def test_a_file_for_one_item_is_read_so_and_says_it() -> None:
    text = """net (float[batch, 4, 6] x) => (float[N] y) {
        goal = Constant <value_ints = [1, 24]> ()
        y = Reshape (x, goal)
    }"""
    record = record_of(text)
    assert record.outputs[0].shape == (24,)
    assert record.notes == ["The file is read for a batch of one: with more items its shapes do not fit each other."]


def test_tensors_may_lie_in_files_that_are_missing() -> None:
    made = model(CONV.format(sizes="1, 3, 9, 9"))
    tensor = made.graph.initializer.add(name="w", data_type=1, dims=[8, 3, 3, 3], data_location=1)
    tensor.external_data.add(key="location", value="nowhere.bin")
    record = read(made.SerializeToString())
    assert [(one.name, one.shape) for one in record.tensors] == [("w", (8, 3, 3, 3))]


def test_a_sparse_tensor_counts_as_it_is() -> None:
    made = model("net (float[1, 4] x) => (float[N] y) { y = MatMul (x, w) }")
    entry = made.graph.sparse_initializer.add(dims=[4, 3])
    entry.values.CopyFrom(numpy_helper.from_array(numpy.ones(2, "float32"), "w"))
    entry.indices.CopyFrom(numpy_helper.from_array(numpy.array([0, 5]), "places"))
    assert [tensor.shape for tensor in read(made.SerializeToString()).tensors] == [(4, 3)]


def test_shapes_are_computed_as_the_file_does() -> None:
    text = """net (float[batch, 3, height, width] x) => (float[N] y) {
        shape = Shape (x)
        first = Constant <value_ints = [2]> ()
        last = Constant <value_ints = [4]> ()
        ends = Slice (shape, first, last)
        two = Constant <value_ints = [2]> ()
        larger = Mul (ends, two)
        zero = Constant <value_ints = [0]> ()
        front = Slice (shape, zero, first)
        goal = Concat <axis = 0> (front, larger)
        y = Resize <mode = "nearest"> (x, , , goal)
    }"""
    record = record_of(text, {"height": 5, "width": 7})
    assert record.outputs[0].shape == (3, 10, 14)
    assert [layer.fields["size"] for layer in record.layers()] == [[10, 14]]


def test_a_bias_that_is_a_computed_zero_is_none() -> None:
    text = """net (float[1, 3, 9, 9] x) => (float[N] y) {
        zero = Constant <value_float = 0.0> ()
        eight = Constant <value_ints = [8]> ()
        bias = Expand (zero, eight)
        y = Conv (x, w, bias)
    }"""
    (layer,) = record_of(text, w=(8, 3, 3, 3)).layers()
    assert (layer.fields["bias"], list(layer.tensors)) == (False, ["weight"])


def test_equal_tensors_that_are_stored_once_are_one_tensor() -> None:
    text = "net (float[1, 4] x) => (float[N] y) { m = MatMul (x, w) y = MatMul (m, w) }"
    record = record_of(text, w=(4, 4))
    first, second = record.layers()
    assert second.shares is first and len(record.tensors) == 1


def test_functions_of_the_file_are_read_where_they_are_called() -> None:
    text = """net (float[1, 3, 9, 9] x) => (float[N] y) { y = own.Twice <slope: float = 0.2> (x) }
    <domain: "own", opset_import: ["" : 18]>
    Twice <slope> (a) => (c) { b = LeakyRelu <alpha: float = @slope> (a) c = LeakyRelu <alpha: float = @slope> (b) }"""
    assert [layer.fields for layer in record_of(text).layers()] == [{"slope": 0.2}, {"slope": 0.2}]


def test_a_function_that_calls_itself_ends() -> None:
    text = """net (float[1, 3] x) => (float[N] y) { y = own.Again (x) }
    <domain: "own", opset_import: ["" : 18, "own" : 1]>
    Again (a) => (c) { b = Relu (a) c = own.Again (b) }"""
    assert refused(text) == "functions and branches lie more than 24 deep within each other"


BRANCH = """net (float[1, 3] x) => (float[N] y) {{
    {condition}
    y = If (c) <
        then_branch = yes () => (float[1, 3] a) {{ a = {then} }},
        else_branch = no () => (float[1, 3] b) {{ b = Tanh (x) }}
    >
}}"""


def test_a_branch_whose_condition_is_known_is_taken() -> None:
    text = BRANCH.format(condition="one = Constant <value_int = 1> () c = Cast <to = 9> (one)", then="Relu (x)")
    assert kinds(record_of(text)) == ["relu"]


def test_a_branch_whose_condition_is_computed_is_opaque_or_refused() -> None:
    condition = "s = ReduceMax <keepdims = 0> (x) c = Cast <to = 9> (s)"
    assert "opaque" in kinds(record_of(BRANCH.format(condition=condition, then="Relu (x)"), batch=False))
    with pytest.raises(ImportFailure, match="If multiplies matrices as often as only the input tells"):
        record_of(BRANCH.format(condition=condition, then="MatMul (x, w)"), batch=False, w=(3, 3))


def test_what_has_no_kind_is_opaque_with_its_shape_and_tensors() -> None:
    text = "net (float[1, 3, 8, 8] x, float[1, 4, 4, 2] g) => (float[N] y) { y = GridSample (x, g) }"
    (layer,) = record_of(text).layers()
    assert (layer.kind, layer.fields["reason"]) == ("opaque", "archcalc has no kind for GridSample")
    assert layer.output.shape == (3, 4, 4)


def test_an_operator_of_nobody_needs_a_stated_shape() -> None:
    text = "net (float[1, 3] x) => (float[M] y) { z = own.Magic (x) y = Relu (z) }"
    assert refused(text).startswith('node Magic "z": archcalc cannot say the shape of what it gives')
    stated = "net (float[1, 3] x) => (float[1, 5] y) { y = own.Magic (x, w) }"
    record = record_of(stated, w=(5, 3))
    assert record.outputs[0].shape == (5,)
    assert [tensor.name for tensor in record.tensors] == ["w"]
    assert record.notes == ['node Magic "y": its products are not known, and 0 is stated.']


def test_a_tensor_that_nothing_applies_is_listed() -> None:
    record = record_of("net (float[1, 3] x) => (float[N] y) { y = Relu (x) }", lost=(7, 7))
    assert [tensor.name for tensor in record.tensors] == ["lost"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("y = Conv (x, w)", 'node Conv "y": 1 groups of filters [8, 3, 3, 3] do not fit 5 channels'),
        ("y = Conv <strides = [0, 1]> (x, w)", 'node Conv "y": its `strides` [0, 1] must be 2 numbers from 1 on'),
        ("y = Relu (nobody)", 'node Relu "y": it reads `nobody`, which nothing in front of it gives'),
        ("y = Concat <axis = 9> (x, x)", 'node Concat "y": it names axis 9 of 4 axes'),
        (
            "y = MaxPool <kernel_shape = [99, 99]> (x)",
            'node MaxPool "y": nothing is left of its map: its sizes are [5, -88, -88]',
        ),
        ("y = Transpose <perm = [0, 0, 1, 2]> (x)", 'node Transpose "y": its order [0, 0, 1, 2] is none of 4 axes'),
    ],
)
def test_a_mistake_is_told_with_its_node(text: str, message: str) -> None:
    graph = f"net (float[batch, 5, 10, 10] x) => (float[N] y) {{ {text} }}"
    assert refused(graph, w=(8, 3, 3, 3)) == message


def test_names_of_the_file_cannot_reach_the_terminal() -> None:
    made = model("net (float[1, 3] x) => (float[N] y) { y = Relu (x) }")
    made.graph.node[0].input[0] = "\x1b[2J" + "a" * 500
    with pytest.raises(ImportFailure) as caught:
        read(made.SerializeToString())
    assert str(caught.value).isprintable() and len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "large",
    [
        "ConstantOfShape (size)",
        "Tile (one, size)",
        "Expand (one, size)",
        "Range (none, far, step)",
    ],
)
def test_sizes_that_would_fill_the_memory_are_only_numbers(large: str) -> None:
    text = f"""net (float[1, 3] x) => (float[N] y) {{
        size = Constant <value_ints = [1000000, 1000000]> ()
        row = Constant <value_ints = [1, 1]> ()
        one = ConstantOfShape (row)
        none = Constant <value_int = 0> ()
        far = Constant <value_int = 1000000000000> ()
        step = Constant <value_int = 1> ()
        large = {large}
        shape = Shape (large)
        y = Add (x, x)
    }}"""
    assert kinds(record_of(text))[-1] == "add"


def test_a_missing_file_and_other_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(ImportFailure, match="there is no file"):
        read(tmp_path / "none.onnx")
    other = tmp_path / "other.onnx"
    other.write_text("name: net\ninput: [3, 8, 8]\n")
    with pytest.raises(ImportFailure, match="this is no ONNX file"):
        read(other)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportFailure, match="reading ONNX needs the package `onnx`") as caught:
        read(b"")
    assert caught.value.help == "python -m pip install 'archcalc[onnx]'"


def test_opaque_layers_state_tensors_under_names_that_modules_can_have() -> None:
    made = model("net (float[1, 3] x) => (float[1, 5] y) { y = own.Magic (x, w) }", w=(5, 3))
    made.graph.initializer[0].name = made.graph.node[0].input[1] = "onnx::MatMul_7"
    found = imported(finished(read(made.SerializeToString())), flat=True)
    assert "tensors: {onnx__MatMul_7: [5, 3]}" in found.text


def test_a_small_part_without_a_kind_leaves_the_network_around_it_open() -> None:
    """A mask that is computed somewhere states nothing of the modules beside it, though they stand in one module."""
    made = model(
        """net (float[1, 6, 8] x) => (float[1, 6, 8] y) {
            hidden = MatMul (x, w)
            mask = Less (x, x)
            kept = Where (mask, x, hidden)
            y = MatMul (kept, v)
        }""",
        w=(8, 8),
        v=(8, 8),
    )
    for node, name in zip(
        made.graph.node, ("/net/one/MatMul", "/net/Less", "/net/Where", "/net/two/MatMul"), strict=True
    ):
        node.name = name
    found = imported(finished(read(made.SerializeToString())))
    assert (found.products, found.multiplications) == (0, 2 * 6 * 8 * 8)
