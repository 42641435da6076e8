"""Functions as modules: what stands in an `nn.Sequential` for a pad or for another order of axes.

    nn.Sequential(OrderedDict(pad=nn.ZeroPad1d((1, 0)), conv=nn.Conv1d(64, 64, kernel_size=2)))

Elsewhere, `forward` calls the functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc.graph import Node
from archcalc.layers.base import TorchCall

PAD = "nn.functional.pad"
OF_MODE = {"reflect": "ReflectionPad", "replicate": "ReplicationPad", "circular": "CircularPad"}


def pad_of(node: Node, call: TorchCall) -> str | None:
    """The class of PyTorch that pads a map as a call does; None for other calls, and for other axes than the map's.

    >>> from archcalc import load
    >>> network = load({"input": [3, 8], "layers": [{"pad": [[1, 0]]}, {"pad": {"padding": [[2, 0]], "value": 1}}]})
    >>> for node in network.unfold().graph.nodes:
    ...     print(pad_of(node, node.layer.torch([node.inputs[0].shape], [node.outputs[0].shape], "exact")[0]))
    nn.ZeroPad1d
    nn.ConstantPad1d
    """
    shape = node.inputs[0].shape if node.inputs else None
    if call.target != PAD or shape is None or shape.layout == "channels_last":
        return None
    axes = len(shape.spatial)
    if axes not in (1, 2, 3) or len(call.args[0]) != 2 * axes:
        return None
    return f"nn.{_name(call.kwargs)}{axes}d"


def order_of(node: Node, call: TorchCall) -> tuple[int, ...] | None:
    """The order of axes that a call gives to a map, with the batch in front; None for other calls.

    >>> from archcalc import load
    >>> (node,) = load({"input": [3, 8, 8], "layers": ["channels_last"]}).unfold().graph.nodes
    >>> order_of(node, TorchCall("Tensor.movedim", (1, -1)))
    (0, 2, 3, 1)
    """
    shape = node.inputs[0].shape if node.inputs else None
    if shape is None:
        return None
    axes = list(range(len(shape.sizes) + 1))
    match call.target.removeprefix("Tensor."), call.args:
        case "permute", (tuple() as order,) | order:
            return tuple(order)
        case "movedim", (source, target):
            moved = axes.pop(source)
            axes.insert(target % (len(axes) + 1), moved)
            return tuple(axes)
    return None


def is_link(node: Node, call: TorchCall) -> bool:
    """Whether a function has a module that does the same in a chain."""
    return pad_of(node, call) is not None or order_of(node, call) is not None


def _name(given: Mapping[str, Any]) -> str:
    if "mode" in given:
        return OF_MODE[given["mode"]]
    return "ConstantPad" if "value" in given else "ZeroPad"
