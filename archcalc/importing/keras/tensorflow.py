"""Functions of TensorFlow that stand in a network of Keras 2 as layers, by the names that Keras 3 has for them."""

from __future__ import annotations

from archcalc.importing.keras.document import Described

_OPERATIONS = {
    "__operators__.add": "Add",
    "math.add": "Add",
    "add": "Add",
    "math.subtract": "Subtract",
    "subtract": "Subtract",
    "math.multiply": "Multiply",
    "multiply": "Multiply",
    "math.truediv": "TrueDivide",
    "math.divide": "TrueDivide",
    "math.pow": "Power",
    "math.maximum": "Maximum",
    "math.minimum": "Minimum",
    "nn.relu": "Relu",
    "nn.relu6": "Relu6",
    "nn.sigmoid": "Sigmoid",
    "math.sigmoid": "Sigmoid",
    "nn.silu": "Silu",
    "nn.swish": "Silu",
    "math.tanh": "Tanh",
    "nn.softmax": "Softmax",
    "math.exp": "Exp",
    "math.square": "Square",
    "math.sqrt": "Sqrt",
    "math.abs": "Abs",
    "math.negative": "Negative",
    "math.reduce_mean": "Mean",
    "math.reduce_sum": "Sum",
    "math.reduce_max": "Max",
    "reshape": "Reshape",
    "transpose": "Transpose",
    "concat": "Concatenate",
    "expand_dims": "ExpandDims",
    "squeeze": "Squeeze",
    "linalg.matmul": "Matmul",
}


def operation(layer: Described) -> str | None:
    """The operation of a `TFOpLambda`, by the name of its function; None for one that is not known."""
    function = layer.config.get("function")
    return _OPERATIONS.get(function) if isinstance(function, str) else None
