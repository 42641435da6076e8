"""Layers, one room per family: fields, shape rule, cost rule and PyTorch counterpart stand together.

The classes can be used to write a specification in Python:

    >>> import archcalc
    >>> from archcalc.layers import Conv, Linear, Flatten, Relu
    >>> net = {"input": [1, 8, 8], "layers": [Conv(out=4, kernel=3), Relu(), Flatten(), Linear(out=10)]}
    >>> archcalc.load(net).check().totals.parameters
    1490
"""

from __future__ import annotations

from typing import Any

from archcalc.layers.table import KINDS, layer_class

# A merge needs its branches, which are steps: it is written as data, {"add": ["here", [Conv(...)]]}.
_OF_MERGES = ("merge:", "products:", "dot_attention:")
_KIND_OF_CLASS = {home.partition(":")[2]: kind for kind, home in KINDS.items() if not home.startswith(_OF_MERGES)}

__all__ = sorted(_KIND_OF_CLASS)


def __getattr__(name: str) -> Any:
    if name not in _KIND_OF_CLASS:
        raise AttributeError(f"module 'archcalc.layers' has no attribute {name!r}")
    return layer_class(_KIND_OF_CLASS[name])


def __dir__() -> list[str]:
    return __all__
