"""A forward pass without its work: PyTorch dispatches as ever, but products and random numbers are not computed.

    with Uncomputed():
        module(x)          # every operator is called, with tensors of its sizes; convolutions give zeros

A tool that counts sees the same modules, functions and operators, and waits for none of them. On the meta device
PyTorch would call other operators, and takes some apart in Python, through functions that tools have patched.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

_ATEN = torch.ops.aten
_RANDOM = {_ATEN.uniform_, _ATEN.normal_, _ATEN.bernoulli_, _ATEN.random_, _ATEN.erfinv_}


class Uncomputed(TorchDispatchMode):
    """Zeros in place of the results of convolutions and of products of matrices."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        packet = func.overloadpacket
        if packet in _RANDOM:
            return args[0]
        if packet is _ATEN.convolution and args[0].device.type == "cpu":
            return _zeros(args[0], _after_convolution(*args))
        if packet in (_ATEN.mm, _ATEN.bmm):
            left, right = args[:2]
            return _zeros(left, [*left.shape[:-1], right.shape[-1]])
        if packet in (_ATEN.addmm, _ATEN.baddbmm):
            left, right = args[1:3]
            return _zeros(left, [*left.shape[:-1], right.shape[-1]])
        return func(*args, **(kwargs or {}))


def _zeros(like: Any, sizes: list[int]) -> Any:
    # By the operator itself: the functions and methods of PyTorch may be those of the tool.
    return _ATEN.new_zeros.default(like, sizes)


def _after_convolution(
    x: Any,
    weight: Any,
    bias: Any,
    stride: list[int],
    padding: list[int],
    dilation: list[int],
    transposed: bool,
    more: list[int],
    groups: int,
) -> list[int]:
    """The sizes that a convolution writes. A list of one number stands for all axes."""
    axes = x.dim() - 2
    stride, padding, dilation, more = (
        list(one) * (axes if len(one) == 1 else 1) for one in (stride, padding, dilation, more)
    )
    sizes = []
    for axis, size in enumerate(x.shape[2:]):
        window = dilation[axis] * (weight.shape[2 + axis] - 1) + 1
        if transposed:
            sizes.append((size - 1) * stride[axis] - 2 * padding[axis] + window + more[axis])
        else:
            sizes.append((size + 2 * padding[axis] - window) // stride[axis] + 1)
    channels = weight.shape[1] * groups if transposed else weight.shape[0]
    return [x.shape[0], channels, *sizes]
