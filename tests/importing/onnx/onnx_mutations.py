"""Files that are broken by chance: a network of many operators, with bytes or messages changed by a seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

_SIZES = (-(1 << 63), -7, -1, 0, 1, 2, 3, 17, 1 << 20, 1 << 40, (1 << 63) - 1)
_OPERATORS = (
    *(
        "Conv",
        "ConvTranspose",
        "MaxPool",
        "AveragePool",
        "Resize",
        "Pad",
        "Reshape",
        "Transpose",
        "Concat",
        "Split",
        "Slice",
    ),
    *(
        "Gather",
        "MatMul",
        "Gemm",
        "Add",
        "Expand",
        "LSTM",
        "Attention",
        "If",
        "Loop",
        "Shape",
        "ConstantOfShape",
        "Range",
    ),
    *(
        "Einsum",
        "ReduceMean",
        "Softmax",
        "Tile",
        "TopK",
        "NonZero",
        "Squeeze",
        "Unsqueeze",
        "LayerNormalization",
        "Nothing",
    ),
)


def base() -> Any:
    """A network with windows, shapes that are computed, tokens, a recurrent layer and a function of its own."""
    import numpy
    from onnx import numpy_helper, parser

    model = parser.parse_model(_TEXT)
    for name, shape in _TENSORS.items():
        model.graph.initializer.append(numpy_helper.from_array(numpy.ones(shape, "float32"), name))
    return model


_TENSORS = {"filters": (8, 3, 3, 3), "shift": (8,), "W": (1, 32, 8), "R": (1, 32, 8), "up": (8, 4, 2, 2)}
_TENSORS |= {"head": (5, 8), "bias": (5,), "table": (11, 8), "query": (8, 24), "slope": (8, 1, 1)}
_TEXT = """
<ir_version: 8, opset_import: ["" : 18, "own" : 1]>
net (float[batch, 3, height, width] image, int64[batch, 4] words) => (float[batch, 5] y, float[4, 1, batch, 8] z) {
    conved = Conv <kernel_shape = [3, 3], pads = [1, 1, 1, 1], strides = [2, 2]> (image, filters, shift)
    normed = BatchNormalization (conved, shift, shift, shift, shift)
    active = own.Active <slope: float = 0.1> (normed)
    pooled = MaxPool <kernel_shape = [2, 2], strides = [2, 2], ceil_mode = 1> (active)
    zero = Constant <value_ints = [0]> ()
    two = Constant <value_ints = [2]> ()
    four = Constant <value_ints = [4]> ()
    shape = Shape (pooled)
    front = Slice (shape, zero, two)
    ends = Slice (shape, two, four)
    larger = Mul (ends, two)
    goal = Concat <axis = 0> (front, larger)
    wide = Resize <mode = "linear"> (pooled, , , goal)
    back = ConvTranspose <strides = [2, 2], group = 2> (pooled, up)
    sloped = PRelu (back, slope)
    total = Add (wide, sloped)
    borders = Constant <value_ints = [0, 0, 1, 1, 0, 0, 2, 1]> ()
    padded = Pad (total, borders)
    axes = Constant <value_ints = [2, 3]> ()
    mean = ReduceMean <keepdims = 0> (padded, axes)
    y = Gemm <transB = 1> (mean, head, bias)
    tokens = Gather (table, words)
    keys = MatMul (tokens, query)
    q, k, v = Split <axis = 2, num_outputs = 3> (keys)
    turned = Transpose <perm = [0, 2, 1]> (k)
    scores = MatMul (q, turned)
    weights = Softmax <axis = -1> (scores)
    seen = MatMul (weights, v)
    ordered = Transpose <perm = [1, 0, 2]> (seen)
    z = LSTM <hidden_size = 8> (ordered, W, R)
}
<domain: "own", opset_import: ["" : 18]>
Active <slope> (x) => (y) { y = LeakyRelu <alpha: float = @slope> (x) }
"""


def mutated(data: bytes, seed: int) -> bytes:
    """The file with a few mistakes."""
    chance = random.Random(seed)
    if chance.random() < 0.4:
        return _bytes(data, chance)
    from onnx import ModelProto

    model = ModelProto()
    model.ParseFromString(data)
    for _ in range(chance.choice((1, 1, 2, 4))):
        chance.choice(_CHANGES)(model.graph, chance)
    return model.SerializeToString()


def _bytes(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 2, 5, 20))):
        place = chance.randrange(len(changed))
        kind = chance.randrange(4)
        if kind == 0:
            changed[place] = chance.randrange(256)
        elif kind == 1:
            del changed[place : place + chance.randrange(1, 40)]
        elif kind == 2:
            changed[place:place] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 8)))
        else:
            del changed[place:]
        if not changed:
            break
    return bytes(changed)


def _node(graph: Any, chance: random.Random) -> Any:
    return chance.choice(graph.node)


def _attribute(graph: Any, chance: random.Random) -> None:
    nodes = [node for node in graph.node if node.attribute]
    if not nodes:
        return
    attribute = chance.choice(chance.choice(nodes).attribute)
    change = chance.randrange(6)
    if change == 0 and attribute.ints:
        attribute.ints[chance.randrange(len(attribute.ints))] = chance.choice(_SIZES)
    elif change == 1 and attribute.ints:
        del attribute.ints[chance.randrange(len(attribute.ints)) :]
    elif change == 2:
        attribute.ints.extend([chance.choice(_SIZES)] * chance.choice((1, 3, 100)))
    elif change == 3:
        attribute.i = chance.choice(_SIZES)
    elif change == 4:
        attribute.type = chance.randrange(15)
    else:
        attribute.name = chance.choice(("axis", "kernel_shape", "", "mode", "pads"))


def _operator(graph: Any, chance: random.Random) -> None:
    _node(graph, chance).op_type = chance.choice(_OPERATORS)


def _inputs(graph: Any, chance: random.Random) -> None:
    node = _node(graph, chance)
    names = [name for other in graph.node for name in (*other.input, *other.output)] + ["", "nobody", "\x1b[2J"]
    change = chance.randrange(3)
    if change == 0 and node.input:
        node.input[chance.randrange(len(node.input))] = chance.choice(names)
    elif change == 1 and node.input:
        del node.input[chance.randrange(len(node.input))]
    else:
        node.input.append(chance.choice(names))


def _outputs(graph: Any, chance: random.Random) -> None:
    node = _node(graph, chance)
    if chance.random() < 0.5 and node.output:
        del node.output[-1]
    else:
        node.output.append(chance.choice([value.name for value in graph.output] + ["another", ""]))


def _tensor(graph: Any, chance: random.Random) -> None:
    if not graph.initializer:
        return
    tensor = chance.choice(graph.initializer)
    change = chance.randrange(4)
    if change == 0 and tensor.dims:
        tensor.dims[chance.randrange(len(tensor.dims))] = chance.choice(_SIZES)
    elif change == 1:
        tensor.dims.extend([1] * chance.choice((1, 30)))
    elif change == 2:
        tensor.data_type = chance.randrange(30)
    else:
        tensor.raw_data = tensor.raw_data[: chance.randrange(20)]


def _order(graph: Any, chance: random.Random) -> None:
    first, second = chance.randrange(len(graph.node)), chance.randrange(len(graph.node))
    one, other = graph.node[first].SerializeToString(), graph.node[second].SerializeToString()
    graph.node[first].ParseFromString(other)
    graph.node[second].ParseFromString(one)


def _shapes(graph: Any, chance: random.Random) -> None:
    value = chance.choice([*graph.input, *graph.output])
    dims = value.type.tensor_type.shape.dim
    if not dims:
        return
    dim = chance.choice(dims)
    if chance.random() < 0.5:
        dim.dim_value = chance.choice(_SIZES)
    else:
        dim.dim_param = chance.choice(("", "N", "height", "\x1b[31m", "a" * 5000))


def _again(graph: Any, chance: random.Random) -> None:
    graph.node.append(_node(graph, chance))


_CHANGES: tuple[Callable[[Any, random.Random], None], ...] = (
    *(_attribute, _attribute, _operator, _inputs, _outputs),
    *(_tensor, _order, _shapes, _again),
)
