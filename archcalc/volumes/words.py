"""What stands beside a volume, in few words."""

from __future__ import annotations

from typing import Any

from archcalc.dims import Dim
from archcalc.graph import Node
from archcalc.layers.shape import factor

SIGNS = {"add": "+", "subtract": "−", "multiply": "×"}
"""Merges that are drawn as a circle with a sign."""
NAMES = {"conv_transpose": "up-conv"}
"""Kinds that lecturers call by another name."""


def action(node: Node) -> str:
    """What a layer does, with every field that changes its arithmetic: `conv 3×3, /2, 32 groups`.

    >>> import archcalc
    >>> text = "input: [8, 9, 9]\\nlayers: [conv: {out: 8, kernel: 3, stride: 2, groups: 8}]"
    >>> action(archcalc.load(text).check().graph.nodes[0])
    'conv 3×3, /2, depthwise'
    """
    layer = node.layer
    if layer is None:
        return node.kind.replace("_", " ")
    windows = layer.windows()
    name = NAMES.get(node.kind, node.kind.replace("_", " "))
    details: list[str] = []
    if windows is not None:
        name = f"{name} {_sides(windows.kernel, _rank(node))}"
        is_pool = layer.family == "pool"
        if windows.stride != (windows.kernel if is_pool else 1) and windows.stride is not None:
            details.append("stride 1" if windows.stride == 1 else f"/{_listed(windows.stride)}")
        if windows.dilation != 1:
            details.append(f"dilation {_listed(windows.dilation)}")
    elif node.kind == "conv_transpose":
        name = f"{name} {_sides(getattr(layer, 'kernel', None), _rank(node))}"
        if (stride := getattr(layer, "stride", 1)) not in (1, getattr(layer, "kernel", None)):
            details.append(f"×{_listed(stride)}")
    elif (kernel := getattr(layer, "kernel", None)) is not None:
        name = f"{name} {_sides(kernel, _rank(node))}"
    if (number := groups(node)) != 1:
        details.append(f"{number} groups")
    elif (number := getattr(layer, "groups", 1)) != 1:
        shape = node.inputs[0].outline
        details.append("depthwise" if shape is not None and number == shape.channels else f"{number} groups")
    if (heads := getattr(layer, "heads", None)) is not None:
        details.append(f"{heads} head{'' if heads == 1 else 's'}")
    return ", ".join([name, *details])


def groups(node: Node) -> int:
    """The groups of a convolution; 1 where every channel is a group of its own, and where their number is no number."""
    number = getattr(node.layer, "groups", 1)
    shape = node.inputs[0].outline if node.inputs else None
    return number if isinstance(number, int) and shape is not None and number != shape.channels else 1


def resized(node: Node) -> str:
    """What a layer cuts off or adds: `crop 392×392`; nothing where it changes no size."""
    before, after = node.inputs[0].outline, node.outputs[0].outline
    if before is None or after is None or before.sizes == after.sizes:
        return ""
    sizes = (after.channels,) if node.kind == "pad_channels" else after.spatial
    return f"{node.kind.replace('_', ' ')} {product(sizes)}"


def product(sizes: tuple[Dim, ...]) -> str:
    """Sizes as factors: `56×56`."""
    return "×".join([factor(size) for size in sizes])


def _rank(node: Node) -> int:
    shape = node.inputs[0].outline if node.inputs else None
    return len(shape.spatial) if shape is not None else 2


def _sides(kernel: Any, rank: int) -> str:
    sides = kernel if isinstance(kernel, tuple) else (kernel,) * max(rank, 1)
    return "×".join(map(str, sides))


def _listed(value: Any) -> str:
    if isinstance(value, tuple):
        return str(value[0]) if len(set(value)) == 1 else "×".join(map(str, value))
    return str(value)
