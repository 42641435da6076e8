"""A layer written as a call of Python, `nn.Conv2d(3, 64, kernel_size=11)`, and the step that it is here."""

from __future__ import annotations

import re

from archcalc.layers.table import layer_class, layer_fields
from archcalc.spec import foreign
from archcalc.spec.slips import split_at_commas

_CALL = re.compile(r"\s*([A-Za-z_][\w.]*)\s*\((.*)\)\s*", re.DOTALL)
_NAMED = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)\s*(.*?)\s*", re.DOTALL)
_ACTIVATION = "activation"
_CONSTANTS = {"True": "true", "False": "false"}
_CONVOLUTION = "in_channels out_channels kernel_size stride padding"
_ORDERS: dict[str, str] = {
    "Conv1d Conv2d Conv3d": f"{_CONVOLUTION} dilation groups bias padding_mode",
    "ConvTranspose1d ConvTranspose2d ConvTranspose3d": f"{_CONVOLUTION} output_padding groups bias dilation",
    "Linear": "in_features out_features bias",
    "Embedding": "num_embeddings embedding_dim padding_idx",
    "LSTM GRU": "input_size hidden_size num_layers bias batch_first dropout bidirectional proj_size",
    "RNN": "input_size hidden_size num_layers nonlinearity bias batch_first dropout bidirectional",
    "BatchNorm1d BatchNorm2d BatchNorm3d InstanceNorm1d InstanceNorm2d InstanceNorm3d": "num_features",
    "GroupNorm": "num_groups num_channels",
    "LayerNorm RMSNorm": "normalized_shape",
    "MaxPool1d MaxPool2d MaxPool3d": "kernel_size stride padding dilation",
    "AvgPool1d AvgPool2d AvgPool3d": "kernel_size stride padding ceil_mode",
    "Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose": "filters kernel_size strides padding",
    "DepthwiseConv1D DepthwiseConv2D": "kernel_size strides padding",
    "MaxPooling1D MaxPooling2D MaxPooling3D MaxPool1D MaxPool2D MaxPool3D": "pool_size strides padding",
    "AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D": "pool_size strides padding",
    "Dense": "units activation",
    "ReLU ReLU6 SiLU ELU Hardswish Hardsigmoid": "inplace",
    "LeakyReLU": "negative_slope inplace",
    "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout": "p inplace",
    "Flatten": "start_dim end_dim",
}
"""The order of the arguments of classes of PyTorch and Keras, where it is not that of the fields here."""
_AS_HERE = {("start_dim", "1"), ("end_dim", "-1"), ("data_format", "channels_first")}
"""What arguments say that is so here in any case."""
_COUNTS_AXES = ("axis", "axes")
"""Fields that number axes: elsewhere the batch is one."""
_ORDER_OF = {name: order.split() for names, order in _ORDERS.items() for name in names.split()}


def as_steps(text: str, kind: str) -> list[str]:
    """The step that a call of a layer is, and its activation; none if it has an argument that cannot be written here.

    >>> as_steps("nn.Conv2d(3, 64, kernel_size=11, stride=4)", "conv"), as_steps("nn.ReLU(inplace=True)", "relu")
    (['conv: {out: 64, kernel: 11, stride: 4}'], ['relu'])
    >>> as_steps("Dense(5, activation='relu')", "linear"), as_steps("conv(8, 3)", "conv"), as_steps("relu", "relu")
    (['linear: 5', 'relu'], ['conv: {out: 8, kernel: 3}'], [])
    """
    called = _CALL.fullmatch(text)
    fields = None if called is None else _fields(called[1].rpartition(".")[2], called[2], kind)
    if fields is None:
        return []
    activation = fields.pop(_ACTIVATION, "")
    following = [foreign.kind_elsewhere(activation) or activation] if activation else []
    if not fields:
        return [kind, *following]
    # A list behind a kind sets its fields in their order: one for the axes of a field stands at its name.
    if list(fields) == [layer_class(kind).main] and not next(iter(fields.values())).startswith("["):
        return [f"{kind}: {next(iter(fields.values()))}", *following]
    return [f"{kind}: {{{', '.join(f'{name}: {value}' for name, value in fields.items())}}}", *following]


def takes_input_first(name: str, given: int) -> bool:
    """Whether a class of PyTorch is given so many values in order that the first must be the input channels.

    >>> takes_input_first("nn.Conv2d", 3), takes_input_first("nn.Conv2d", 2), takes_input_first("Linear", 2)
    (True, False, True)
    """
    order = _ORDER_OF.get(name.rpartition(".")[2], [])
    return order[:1] in (["in_channels"], ["in_features"]) and given >= (3 if "kernel_size" in order else 2)


def _fields(name: str, arguments: str, kind: str) -> dict[str, str] | None:
    known, required = layer_fields(kind)
    order = _ORDER_OF.get(name, known)
    fields: dict[str, str] = {}
    for index, piece in enumerate(split_at_commas(arguments) if arguments.strip() else []):
        named = _NAMED.fullmatch(piece)
        if named is None and index >= len(order):
            return None
        argument, value = (named[1], named[2]) if named else (order[index], piece.strip())
        found = _field(argument, _value(value), known)
        if found is None:
            return None
        fields.update([found] if found[0] else [])
    return None if any(field not in fields for field in required) else fields


def _field(argument: str, value: str, known: list[str]) -> tuple[str, str] | None:
    """Field and value of an argument; no name for what is not written here; None for what is no field."""
    if (argument, value) in _AS_HERE:
        return "", ""
    if argument == _ACTIVATION:
        return (_ACTIVATION, value) if value.casefold() not in foreign.NOTHING else ("", "")
    if argument in known and argument not in _COUNTS_AXES:
        return argument, value
    if argument == "ceil_mode" and "rounding" in known:
        return ("rounding", "ceil") if value == "true" else ("", "")
    meant = next((field for field in foreign.fields_elsewhere(argument) if field in known), None)
    if meant is not None and meant not in _COUNTS_AXES:
        return meant, value
    return ("", "") if (foreign.field_reason(argument) or "").endswith("leave it out") else None


def _value(text: str) -> str:
    """A value of Python as it is written here: `(3, 3)` is a list."""
    if text.startswith("(") and text.endswith(")"):
        text = f"[{text[1:-1].rstrip(', ')}]"
    return _CONSTANTS.get(text, text.strip("'\""))
