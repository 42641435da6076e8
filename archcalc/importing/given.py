"""Inputs as people write them: `3x224x224`, `tokens=128:int`."""

from __future__ import annotations

import re
from typing import cast

from archcalc.importing.failure import ImportFailure
from archcalc.importing.torch.inputs import Input, Type

_INPUT = re.compile(r"(?:(?P<name>[^=]+)=)?(?P<sizes>\d+(?:[x×*,]\s*\d+)*),?(?::(?P<type>\w+))?")
_TYPES = {"float": "float", "int": "int", "long": "int", "bool": "bool"}
_MOST = 1 << 40
"""No size of an input is larger."""


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
