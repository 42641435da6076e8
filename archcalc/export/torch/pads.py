"""Pads as modules: what stands in an `nn.Sequential` for `nn.functional.pad`, which `forward` calls elsewhere.

nn.Sequential(OrderedDict(pad=nn.ZeroPad1d((1, 0)), conv=nn.Conv1d(64, 64, kernel_size=2)))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc.graph import Node
from archcalc.layers.base import TorchCall

FUNCTION = "nn.functional.pad"
OF_MODE = {"reflect": "ReflectionPad", "replicate": "ReplicationPad", "circular": "CircularPad"}


def module_of(node: Node, call: TorchCall) -> str | None:
    """The class of PyTorch that pads a map as a call does; None for other calls, and for other axes than the map's.

    >>> from archcalc import load
    >>> network = load({"input": [3, 8], "layers": [{"pad": [[1, 0]]}, {"pad": {"padding": [[2, 0]], "value": 1}}]})
    >>> for node in network.unfold().graph.nodes:
    ...     print(module_of(node, node.layer.torch([node.inputs[0].shape], [node.outputs[0].shape], "exact")[0]))
    nn.ZeroPad1d
    nn.ConstantPad1d
    """
    shape = node.inputs[0].shape if node.inputs else None
    if call.target != FUNCTION or shape is None or shape.layout == "channels_last":
        return None
    axes = len(shape.spatial)
    if axes not in (1, 2, 3) or len(call.args[0]) != 2 * axes:
        return None
    return f"nn.{_name(call.kwargs)}{axes}d"


def _name(given: Mapping[str, Any]) -> str:
    if "mode" in given:
        return OF_MODE[given["mode"]]
    return "ConstantPad" if "value" in given else "ZeroPad"
