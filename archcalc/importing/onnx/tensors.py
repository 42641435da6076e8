"""Tensors that a file stores, as constants: their shapes always, their numbers where they are few and in the file."""

from __future__ import annotations

import re
from math import prod
from typing import TYPE_CHECKING

from archcalc.importing.onnx.arrays import RANK, is_small, kind_of
from archcalc.importing.onnx.places import malformed, shown
from archcalc.importing.onnx.values import Constant
from archcalc.importing.record import Tensor

if TYPE_CHECKING:
    import numpy
    from onnx import SparseTensorProto, TensorProto

_FLOATS = frozenset({1, 10, 11, 16, 17, 18, 19, 20, 23, 24})
"""Types of real numbers: 1 float, 10 float16, 11 double, 16 bfloat16, the others of 8 and 4 bits."""
_INTEGERS = frozenset({2, 3, 4, 5, 6, 7, 12, 13, 21, 22, 25, 26})
_BOOL = 9
_EXTERNAL = 1


_MADE_UP = re.compile(
    r"(.*\.)?(val_\d+|_tensor_constant\d+|scalar_tensor_default(_\d+)?)|onnx::\w+_\d+|/.*Constant(_\d+)?_output_0"
)


def is_made_up(name: str) -> bool:
    """Whether an exporter made up the name of a tensor: then no module of the network holds it so.

    >>> is_made_up("val_32"), is_made_up("onnx::MatMul_512"), is_made_up("layer1.0.conv1.weight")
    (True, True, False)
    """
    return _MADE_UP.fullmatch(name) is not None


def kind_of_type(number: int) -> str:
    """The sort of numbers of a type of ONNX."""
    return "float" if number in _FLOATS else "int" if number in _INTEGERS else "bool" if number == _BOOL else "other"


def checked(sizes: list[int], place: str) -> tuple[int, ...]:
    """A shape that can be.

    Raises: ImportFailure for negative sizes, and for too many axes.
    """
    if len(sizes) > RANK:
        raise malformed(f"it has {len(sizes)} axes, and no network needs more than {RANK}", place)
    if any(size < 0 for size in sizes):
        raise malformed(f"its shape is {sizes}, and sizes are not negative", place)
    return tuple(sizes)


def stored(tensor: TensorProto, name: str) -> Constant:
    """A tensor of the file. Real numbers are one of the network, too; single ones only under a name of their own."""
    place = f'tensor "{shown(name)}"'
    shape = checked(list(tensor.dims), place)
    kind = kind_of_type(tensor.data_type)
    is_number = not shape or (prod(shape) == 1 and is_made_up(name))
    owned = Tensor(name, shape) if kind == "float" and not is_number else None
    return Constant(shape, kind, _numbers(tensor, shape, place), owned, is_stored=True)


def sparse(tensor: SparseTensorProto) -> Constant:
    """A tensor of which only the numbers that are not 0 are stored."""
    name = tensor.values.name
    shape = checked(list(tensor.dims), f'tensor "{shown(name)}"')
    kind = kind_of_type(tensor.values.data_type)
    return Constant(shape, kind, None, Tensor(name, shape) if kind == "float" and shape else None)


def _numbers(tensor: TensorProto, shape: tuple[int, ...], place: str) -> numpy.ndarray | None:
    """The numbers, if the file has them and they are few."""
    from onnx import numpy_helper

    has_data = tensor.raw_data or any(len(getattr(tensor, field)) for field in _DATA)
    if tensor.data_location == _EXTERNAL or not is_small(shape) or not (has_data or not prod(shape)):
        return None
    try:
        array = numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise malformed(f"its numbers do not fit its shape {list(shape)} and its type", place) from error
    if array.shape != shape:
        raise malformed(f"its numbers do not fit its shape {list(shape)}", place)
    return array if kind_of(array) != "other" else _as_float(array)


def _as_float(array: numpy.ndarray) -> numpy.ndarray | None:
    """Numbers of 16, 8 and 4 bits as floats; None for texts and complex numbers."""
    import numpy

    return array.astype(numpy.float32) if array.dtype.kind == "V" or array.dtype.name.startswith("bf") else None


_DATA = ("float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")
