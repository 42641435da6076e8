"""Inputs as people write them: `3x224x224`, `tokens=128:int`."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping, Sequence
from operator import index
from typing import Any, TypeAlias, cast

from archcalc.importing.failure import ImportFailure
from archcalc.importing.torch.inputs import Input, Type

Shape: TypeAlias = Sequence[int] | str
Shapes: TypeAlias = int | Shape | Sequence[Shape] | Mapping[str, Shape]
"""What goes in, without the batch: `784`, `(3, 224, 224)`, several of them, or by name `{"input_ids": "128:int"}`."""

_INPUT = re.compile(r"(?:(?P<name>[^=]+)=)?(?P<sizes>\d+(?:[x×*,]\s*\d+)*),?(?::(?P<type>\w+))?")
_TYPES = {"float": "float", "int": "int", "long": "int", "bool": "bool"}
_MOST = 1 << 40
"""No size of an input is larger."""


def inputs(given: Shapes | None) -> list[Input]:
    """Inputs as a caller gives them. Raises: ImportFailure.

    >>> inputs((3, 32, 32)) == inputs("3x32x32") == inputs([[3, 32, 32]]), inputs(784)
    (True, [Input(shape=(784,), dtype='float', name=None)])
    >>> print(*inputs({"image": (3, 32, 32), "words": "16:int"}), sep=", ")
    image = 3×32×32, words = 16 (int)
    """
    if given is None:
        return []
    if isinstance(given, int):
        return [_one((given,))]
    if isinstance(given, Mapping):
        return [_named(name, _one(shape)) for name, shape in given.items()]
    is_several = isinstance(given, list | tuple) and any(hasattr(item, "__len__") for item in given)
    return [_one(shape) for shape in cast(Sequence[Shape], given if is_several else [given])]


def _named(name: str, given: Input) -> Input:
    return Input(given.shape, given.dtype, name)


def _one(given: Shape) -> Input:
    if isinstance(given, str):
        return parsed(given)
    try:
        # Sizes of numpy and of PyTorch are integers, too.
        sizes = tuple(index(cast(Any, size)) for size in given)
    except TypeError:
        raise _unreadable(reprlib.repr(given)) from None
    if not sizes:
        message = "an input of one number for each item has no axis, and a spec has no map without axes"
        raise ImportFailure("input", message, help="let the module read a vector, and give its length: (1,)")
    if not all(0 < size <= _MOST for size in sizes):
        raise _unreadable(reprlib.repr(given))
    return Input(sizes)


def parsed(text: str) -> Input:
    """An input as `--input` takes it. Raises: ImportFailure.

    >>> parsed("3x224x224"), parsed("tokens=128:int")
    (Input(shape=(3, 224, 224), dtype='float', name=None), Input(shape=(128,), dtype='int', name='tokens'))
    """
    match = _INPUT.fullmatch(text.strip())
    kind = None if match is None else _TYPES.get(match["type"] or "float")
    if match is None or kind is None:
        raise _unreadable(text)
    sizes = tuple(int(size) for size in re.findall(r"\d+", match["sizes"]))
    if not all(0 < size <= _MOST for size in sizes):
        raise _unreadable(text)
    return Input(sizes, cast(Type, kind), match["name"].strip() if match["name"] else None)


def _unreadable(text: str) -> ImportFailure:
    return ImportFailure(
        "input",
        f"`{text}` is no shape of an input",
        help="write the sizes without the batch, such as 3x224x224, or tokens=128:int for integers by name",
    )
