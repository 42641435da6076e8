"""The functions of PyTorch, a module for each family: what each becomes in archcalc's kinds.

A table maps a function's own name, as in `torch.conv2d` or `Tensor.add_`, to the handler that makes its layers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TypeAlias

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Value
from archcalc.importing.torch.calls import Call, own_name

Handler: TypeAlias = "Callable[[Call], Value | list[Value]]"

_FAMILIES = (
    "activations",
    "arithmetic",
    "convolutions",
    "kept",
    "lookup",
    "matrices",
    "normalizations",
    "parts",
    "pools",
    "products",
    "reductions",
    "resampling",
    "scores",
    "shapes",
    "writes",
)


def handler(name: str) -> Handler:
    """The handler of a function, by its recorded name: `torch.Tensor.add_` is `add`, `torch.Tensor.__add__`, too.

    Raises: NotSaid, if no kind of layer does what the function does.
    """
    if name.startswith("module:"):
        own = name.rsplit(":", 1)[-1].rsplit(".", 1)[-1]
        return _table().get(f"module:{own}", _table()["module:*"])
    own = own_name(name)
    plain = re.sub(r"^__i?(?=(add|sub|mul|truediv|div|pow)__$)", "", own).strip("_") or own
    found = _table().get(own) or _table().get(plain)
    if found is None:
        raise NotSaid(f"{own} has no layer")
    return found


@cache
def _table() -> dict[str, Handler]:
    """All functions of all families by name."""
    table: dict[str, Handler] = {}
    for family in _FAMILIES:
        found: dict[str, Handler] = import_module(f"{__name__}.{family}").FUNCTIONS
        twice = table.keys() & found.keys()
        assert not twice, twice
        table |= found
    return table
