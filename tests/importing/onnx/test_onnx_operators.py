"""What operators become, in old and new versions of ONNX: the kinds of layers with their fields."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper

from archcalc.importing.imported import imported
from archcalc.importing.onnx import read
from archcalc.importing.passes import finished
from archcalc.importing.record import Layer, Record


def network(
    operator: str,
    image: tuple[int, ...],
    /,
    *stored: Any,
    version: int = 18,
    outputs: int = 1,
    domain: str = "",
    maps: int = 1,
    **attributes: Any,
) -> Record:
    """A node with maps of one shape, and behind them stored arrays, lists of integers, or None for nothing."""
    names = [f"x{place}" for place in range(maps)]
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(image)) for name in names]
    arrays = {f"t{place}": _array(one) for place, one in enumerate(stored) if one is not None}
    read_names = [*names, *(f"t{place}" if one is not None else "" for place, one in enumerate(stored))]
    results = [f"y{place}" for place in range(outputs)]
    node = helper.make_node(operator, read_names, results, domain=domain, **attributes)
    given = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    shown = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in results]
    graph = helper.make_graph([node], "net", inputs, shown, given)
    opsets = [helper.make_opsetid("", version), helper.make_opsetid("com.microsoft", 1)]
    return read(helper.make_model(graph, opset_imports=opsets).SerializeToString())


def _array(one: Any) -> Any:
    return numpy.asarray(one, "int64") if isinstance(one, list) else one


def ones(*shape: int) -> Any:
    return numpy.full(shape, 0.25, "float32")


def layers(record: Record) -> list[tuple[str, dict[str, Any]]]:
    return [(layer.kind, layer.fields) for layer in record.layers()]


def only(record: Record) -> Layer:
    (layer,) = record.layers()
    return layer


IMAGE = (1, 4, 8, 8)


@pytest.mark.parametrize(
    ("operator", "version", "stored", "attributes", "kind", "fields"),
    [
        ("Upsample", 7, (), {"scales": [1.0, 1.0, 2.0, 2.0]}, "upsample", {"factor": 2, "nearest_mode": "floor"}),
        ("Upsample", 9, (numpy.array([1, 1, 2, 3], "float32"),), {}, "upsample", {"factor": [2, 3]}),
        ("Resize", 10, (numpy.array([1, 1, 0.5, 0.5], "float32"),), {}, "upsample", {"factor": 0.5}),
        (
            "Resize",
            13,
            (None, None, [1, 4, 6, 9]),
            {"mode": "linear"},
            "upsample",
            {"size": [6, 9], "mode": "bilinear"},
        ),
        ("Resize", 19, (None, None, [6, 9]), {"axes": [2, 3]}, "upsample", {"nearest_mode": "round_prefer_floor"}),
        ("Pad", 2, (), {"pads": [0, 0, 1, 0, 0, 0, 0, 2], "value": 3.0}, "pad", {"value": 3.0}),
        ("Pad", 13, ([0, 0, 1, 0, 0, 0, 0, 2],), {"mode": "edge"}, "pad", {"mode": "replicate"}),
        ("Pad", 18, ([1, 2], None, [1]), {}, "pad", {"padding": [[1, 2], [0, 0], [0, 0]]}),
        ("Clip", 6, (), {"min": 0.0, "max": 6.0}, "relu6", {}),
        ("Clip", 13, (numpy.float32(-1), numpy.float32(2)), {}, "hardtanh", {"low": -1, "high": 2}),
        ("Clip", 13, (None, numpy.float32(2)), {}, "elementwise", {"value": "min(x, 2)"}),
        ("Reshape", 1, (), {"shape": [0, -1]}, "flatten", {}),
        ("Reshape", 13, ([0, 2, -1],), {}, "reshape", {"shape": [2, 128]}),
        ("Squeeze", 1, (), {"axes": [0]}, "identity", {}),
        ("Unsqueeze", 13, ([1],), {}, "reshape", {"shape": [1, 4, 8, 8]}),
        ("Slice", 1, (), {"starts": [1], "ends": [3], "axes": [1]}, "slice", {"axis": 0, "start": 1, "stop": 3}),
        ("Slice", 13, ([0], [2**62], [3], [3]), {}, "slice", {"axis": 2, "step": 3}),
        ("Split", 2, (), {"axis": 1, "split": [1, 3]}, "split", {"axis": 0, "sizes": [1, 3]}),
        ("Split", 18, (), {"axis": 1, "num_outputs": 2}, "split", {"axis": 0, "parts": 2}),
        ("ReduceMean", 13, (), {"axes": [2, 3]}, "mean", {"axes": [1, 2], "keep": True}),
        ("ReduceMax", 18, ([1],), {"keepdims": 0}, "max", {"axes": [0]}),
        ("Softmax", 11, (), {"axis": 3}, "softmax", {"axis": 2}),
        ("Softmax", 13, (), {"axis": 1}, "softmax", {"axis": 0}),
        ("LpNormalization", 13, (), {"axis": 1}, "normalize", {"axis": 0}),
        ("Gelu", 20, (), {"approximate": "tanh"}, "gelu", {"approximate": "tanh"}),
        ("HardSigmoid", 13, (), {}, "hardsigmoid", {"slope": 0.2}),
        ("DepthToSpace", 13, (), {"blocksize": 2}, "pixel_shuffle", {"factor": 2, "order": "dcr"}),
        ("DepthToSpace", 13, (), {"blocksize": 2, "mode": "CRD"}, "pixel_shuffle", {"factor": 2}),
        ("SpaceToDepth", 13, (), {"blocksize": 2}, "pixel_unshuffle", {"factor": 2, "order": "dcr"}),
        ("Gather", 13, (numpy.int64(1),), {"axis": 1}, "select", {"index": 1, "axis": 0}),
        ("Gather", 13, ([1, 3],), {"axis": 1}, "slice", {"axis": 0, "start": 1, "stop": 4, "step": 2}),
        ("MaxPool", 12, (), {"kernel_shape": [3, 3], "auto_pad": "SAME_UPPER"}, "max_pool", {"padding": "same"}),
        ("MaxPool", 12, (), {"kernel_shape": [3, 3], "dilations": [2, 2]}, "max_pool", {"dilation": 2}),
        ("AveragePool", 19, (), {"kernel_shape": [2, 2], "pads": [1] * 4}, "avg_pool", {"count_include_pad": False}),
        ("LpPool", 18, (), {"kernel_shape": [2, 2], "p": 2}, "lp_pool", {"norm": 2}),
        ("Expand", 13, ([1, 4, 8, 8],), {}, "identity", {}),
        ("Div", 13, (numpy.float32(2),), {}, "elementwise", {"value": "x / 2"}),
        ("Pow", 13, (numpy.float32(2),), {}, "elementwise", {"value": "x ** 2"}),
        ("Mul", 13, (numpy.float32(1),), {}, "identity", {}),
        ("PRelu", 16, (ones(4, 1, 1),), {}, "prelu", {"per_channel": True}),
        ("LRN", 13, (), {"size": 5, "bias": 2.0}, "lrn", {"k": 2}),
    ],
)
def test_an_operator_becomes_its_kind(
    operator: str, version: int, stored: tuple[Any, ...], attributes: dict[str, Any], kind: str, fields: dict[str, Any]
) -> None:
    outputs = 2 if operator == "Split" else 1
    record = network(operator, IMAGE, *stored, version=version, outputs=outputs, **attributes)
    layer = only(record)
    assert layer.kind == kind
    assert {name: layer.fields.get(name) for name in fields} == fields
    assert not imported(finished(record), flat=True).opaque


@pytest.mark.parametrize(
    ("attributes", "size", "fields"),
    [
        ({"pads": [1, 0, 0, 1], "strides": [2, 2]}, (16, 16), {"padding": [[1, 0], [0, 1]]}),
        ({"strides": [2, 2], "auto_pad": "SAME_UPPER"}, (16, 16), {"padding": "same"}),
        ({"strides": [2, 2], "output_padding": [1, 1]}, (18, 18), {"output_padding": 1}),
        ({"strides": [3, 2], "output_shape": [25, 18]}, (25, 18), {"output_padding": 1}),
    ],
)
def test_a_transposed_convolution_cuts_as_its_file_says(
    attributes: dict[str, Any], size: tuple[int, int], fields: dict[str, Any]
) -> None:
    record = network("ConvTranspose", IMAGE, ones(4, 6, 3, 3), **attributes)
    layer = only(record)
    assert layer.output.shape == (6, *size)
    assert {name: layer.fields.get(name) for name in fields} == fields
    assert imported(finished(record), flat=True).multiplications == 4 * 6 * 9 * 64


def test_pooled_values_are_put_back_by_the_pool_that_found_them() -> None:
    nodes = [
        helper.make_node("MaxPool", ["x"], ["p", "i"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("MaxUnpool", ["p", "i"], ["y"], kernel_shape=[2, 2], strides=[2, 2]),
    ]
    image = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 8, 8])]
    graph = helper.make_graph(nodes, "net", image, [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    record = read(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]).SerializeToString())
    pool, unpool = record.layers()
    assert unpool.kind == "unpool" and unpool.maps["pool"] is pool.output
    assert record.outputs[0].shape == (4, 8, 8)


TOKENS = (1, 6, 16)


@pytest.mark.parametrize(
    ("attributes", "fields", "products"),
    [
        ({"q_num_heads": 4, "kv_num_heads": 4}, {"heads": 4}, 2 * 6 * 6 * 16),
        ({"q_num_heads": 4, "kv_num_heads": 4, "is_causal": 1}, {"heads": 4, "causal": True}, 2 * 6 * 6 * 16),
        ({"q_num_heads": 4, "kv_num_heads": 4, "scale": 0.3}, {"heads": 4, "scale": 0.3}, 2 * 6 * 6 * 16),
    ],
)
def test_attention_is_one_layer(attributes: dict[str, Any], fields: dict[str, Any], products: int) -> None:
    record = network("Attention", TOKENS, version=23, maps=3, **attributes)
    layer = only(record)
    assert (layer.kind, layer.fields) == ("dot_attention", fields)
    assert imported(finished(record), flat=True).multiplications == products == record.multiplications


def test_attention_that_archcalc_has_not_states_its_products() -> None:
    record = network("Attention", TOKENS, version=23, maps=3, q_num_heads=4, kv_num_heads=4, softcap=30.0)
    layer = only(record)
    assert layer.fields == {"reason": "it bounds its scores", "products": 2 * 6 * 6 * 16}
    assert layer.output.shape == (6, 16)


@pytest.mark.parametrize(
    ("alpha", "beta", "shape", "kinds"),
    [
        (1.0, 1.0, (5,), ["linear"]),
        (0.5, 1.0, (5,), ["elementwise", "linear"]),
        (1.0, 2.0, (5,), ["linear", "parameter", "elementwise", "add"]),
        (1.0, 0.0, (5,), ["linear"]),
    ],
)
def test_a_gemm_is_a_layer_with_what_scales_it(
    alpha: float, beta: float, shape: tuple[int, ...], kinds: list[str]
) -> None:
    record = network("Gemm", (1, 4), ones(4, 5), ones(*shape), alpha=alpha, beta=beta)
    assert [kind for kind, _ in layers(record)] == kinds
    assert not imported(finished(record), flat=True).opaque


def test_letters_of_a_product_are_axes() -> None:
    record = network("Einsum", (1, 2, 6, 8), maps=2, equation="bhqd,bhkd->bhqk")
    assert record.outputs[0].shape == (2, 6, 6)
    assert imported(finished(record), flat=True).multiplications == 2 * 6 * 6 * 8


def test_states_and_the_last_state_of_an_lstm_can_be_read() -> None:
    stored = (ones(2, 16, 4), ones(2, 16, 4), ones(2, 32))
    nodes = [
        helper.make_node("LSTM", ["x", "w", "r", "b"], ["all", "last"], hidden_size=4, direction="bidirectional"),
        helper.make_node("Relu", ["last"], ["z"]),
    ]
    given = [numpy_helper.from_array(array, name) for name, array in zip("wrb", stored, strict=True)]
    tokens = helper.make_tensor_value_info("x", TensorProto.FLOAT, [7, "batch", 4])
    shown = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("all", "z")]
    graph = helper.make_graph(nodes, "net", [tokens], shown, given)
    record = finished(read(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]).SerializeToString()))
    assert [value.shape for value in record.outputs] == [(7, 2, 4), (2, 4)]
    found = imported(record, flat=True)
    assert (found.parameters, found.multiplications) == (2 * 16 * 10, 7 * 2 * 16 * 8)
    assert not found.opaque


def test_a_gru_that_resets_before_it_multiplies_is_opaque_with_its_products() -> None:
    record = network("GRU", (7, 1, 4), ones(1, 12, 4), ones(1, 12, 4), hidden_size=4, maps=1)
    (reason,) = [fields["reason"] for kind, fields in layers(record) if kind == "opaque"]
    assert reason in (
        "it resets the state before it multiplies it",
        "the batch is at another axis than its operator says",
    )


def test_quantized_numbers_are_rounded_by_arithmetic() -> None:
    record = network("QuantizeLinear", IMAGE, numpy.float32(0.5), numpy.uint8(3), version=13)
    assert only(record).fields == {"value": "clamp(round(x / 0.5) + 3, 0, 255)"}
    each = network("QuantizeLinear", IMAGE, numpy.array([1, 2, 3, 4], "float32"), version=13, axis=1)
    assert only(each).kind == "opaque"


def test_normalization_of_runtime_and_of_groups() -> None:
    skip = network("SkipLayerNormalization", TOKENS, ones(16), ones(16), domain="com.microsoft", maps=2)
    assert [kind for kind, _ in layers(skip)] == ["add", "layer_norm"]
    groups = network("GroupNormalization", IMAGE, ones(4), ones(4), version=21, num_groups=2)
    assert only(groups).fields == {"groups": 2, "eps": 1e-05}
    old = network("GroupNormalization", IMAGE, ones(2), ones(2), version=18, num_groups=2)
    assert only(old).kind == "opaque"
    assert sum(tensor.shape[0] for tensor in old.tensors) == 4


def test_a_norm_of_an_odd_power_leaves_out_signs() -> None:
    assert layers(network("LpPool", IMAGE, kernel_shape=[2, 2], p=3)) == [
        ("elementwise", {"value": "abs(x)"}),
        ("lp_pool", {"norm": 3, "kernel": 2, "stride": 1}),
    ]


def test_resized_by_a_factor_that_its_sizes_do_not_have_is_noted() -> None:
    record = network("Resize", IMAGE, None, numpy.array([1, 1, 0.6, 0.6], "float32"), mode="linear")
    assert record.outputs[0].shape == (4, 4, 4)
    (note,) = record.notes
    assert note.endswith("it places values by its factors, archcalc by the sizes: they differ a little.")


GELU = """
<ir_version: 8, opset_import: ["" : 13]>
net (float[batch, 5, 8] x) => (float[N] y) {
    root = Constant <value_float = 1.4142135> () one = Constant <value_float = 1.0> ()
    half = Constant <value_float = 0.5> () two = Constant <value_float = 2.0> () eps = Constant <value_float = 0.001> ()
    a = Div (x, root) b = Erf (a) c = Add (b, one) d = Mul (x, c) g = Mul (d, half)
    m = ReduceMean <axes = [-1]> (g) o = Sub (g, m) s = Pow (o, two) v = ReduceMean <axes = [-1]> (s)
    e = Add (v, eps) r = Sqrt (e) n = Div (o, r) w = Mul (n, weight) y = Add (w, bias)
}
"""


def test_older_files_write_gelu_and_layer_norm_out() -> None:
    from onnx import parser

    model = parser.parse_model(GELU)
    model.graph.initializer.extend([numpy_helper.from_array(ones(8), name) for name in ("weight", "bias")])
    record = read(model.SerializeToString())
    assert layers(record) == [("gelu", {}), ("layer_norm", {"eps": 0.001, "axes": 1})]
    # Where somebody else reads what is inside, it stays as it is written.
    model.graph.node.add(op_type="Relu", input=["v"], output=["other"])
    model.graph.output.add(name="other")
    kinds = [kind for kind, _ in layers(read(model.SerializeToString()))]
    assert "layer_norm" not in kinds and kinds[0] == "gelu"
