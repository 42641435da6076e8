"""The node tests of the onnx package as networks: a node with its weights stored, and the shapes that it must give."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

FAMILIES = {
    "convolution": ("Conv", "ConvTranspose", "ConvInteger", "QLinearConv", "DeformConv"),
    "pool": ("MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool", "MaxUnpool"),
    "region": ("MaxRoiPool", "RoiAlign", "GridSample"),
    "resize": ("Resize", "Upsample", "DepthToSpace", "SpaceToDepth", "Col2Im"),
    "pad": ("Pad", "CenterCropPad"),
    "normalization": (
        *("BatchNormalization", "InstanceNormalization", "GroupNormalization", "LayerNormalization", "LRN"),
        *("Softmax",),
    ),
    "reshape": ("Flatten", "Concat", "Split", "Transpose", "Reshape"),
    "product": ("Gemm", "MatMul"),
    "activation": ("Relu", "LeakyRelu", "PRelu", "Clip", "HardSwish", "HardSigmoid", "Mish", "Gelu"),
    "reduction": ("ReduceMean",),
}
"""Operators by family."""
_MAPS = {
    "DeformConv": (0, 2, 4),
    "MaxUnpool": (0, 1),
    "RoiAlign": (0, 1),
    "GridSample": (0, 1),
    "Concat": range(99),
    "MatMul": (0, 1),
}
"""Which inputs are maps of the network, where more than the first one are; the others are stored tensors."""


class Case(NamedTuple):
    """A node as a file, the arrays of its maps, and what comes out."""

    name: str
    operator: str
    data: bytes
    inputs: list[Any]
    results: list[Any]

    @property
    def outputs(self) -> list[tuple[int, ...]]:
        """The shapes that come out."""
        return [result.shape for result in self.results]


def family(operator: str) -> str | None:
    """The family of an operator; None for those that are no layers of networks of maps."""
    return next((name for name, operators in FAMILIES.items() if operator in operators), None)


def cases() -> Iterator[Case]:
    """All cases of a single node of these families."""
    import numpy
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        collected = collect_testcases(None)
    for case in collected:
        nodes = case.model.graph.node
        if len(nodes) == 1 and family(nodes[0].op_type) is not None:
            given, results = case.data_sets[0]
            maps = _MAPS.get(nodes[0].op_type, (0,))
            read = [numpy.asarray(one) for place, one in enumerate(given) if place in maps]
            arrays = [numpy.asarray(one) for one in results]
            yield Case(case.name, nodes[0].op_type, _stored(case.model, given), read, arrays)


def _stored(model: Any, given: Any) -> bytes:
    """The file with numbers in place of all inputs that are no maps."""
    import numpy
    from onnx import ModelProto, numpy_helper

    made = ModelProto()
    made.CopyFrom(model)
    graph = made.graph
    maps = _MAPS.get(graph.node[0].op_type, (0,))
    values = dict(zip([value.name for value in graph.input], given, strict=True))
    for place, name in enumerate(graph.node[0].input):
        if name and place not in maps and name in values:
            graph.initializer.append(numpy_helper.from_array(numpy.asarray(values[name]), name))
            graph.input.remove(next(value for value in graph.input if value.name == name))
    return made.SerializeToString()
