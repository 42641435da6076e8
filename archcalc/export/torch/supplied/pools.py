"""Pools that PyTorch does not have."""

import torch
from torch import Tensor

from archcalc.export.torch.supplied.padding import pad_axes, pad_ceil, per_axis, same_padding


def window_sums(
    x: Tensor,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    dilation: int | tuple[int, ...] = 1,
) -> Tensor:
    """Sum of every window of a map, one axis after the other.

    Shape: (B, C, *N) -> (B, C, *M)
    """
    kernels, strides = per_axis(kernel_size, x), per_axis(stride, x)
    axes = zip(kernels, strides, per_axis(dilation, x), strict=True)
    for dim, (kernel, step, spread) in enumerate(axes, start=2):
        windows = x.unfold(dim, spread * (kernel - 1) + 1, step)
        x = windows[..., ::spread].sum(-1)
    return x


def dilated_lp_pool(
    x: Tensor,
    norm_type: float,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    dilation: int | tuple[int, ...],
) -> Tensor:
    """Norm of every window with gaps: the root of the sum of powers.

    Shape: (B, C, *N) -> (B, C, *M)
    """
    sums = window_sums(x.pow(norm_type), kernel_size, stride, dilation)
    return sums.pow(1 / norm_type)


def uneven_avg_pool(
    x: Tensor,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    padding: tuple[tuple[int, int], ...] | None = None,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    dilation: int | tuple[int, ...] = 1,
    inside: bool = True,
) -> Tensor:
    """Mean of windows on a map with padding (before, after) every axis, `same` if None.

    What lies past the padding never counts; `count_include_pad` says if padding does.

    Shape: (B, C, *N) -> (B, C, *M)
    """
    if padding is None:
        padding = same_padding(x, kernel_size, stride, dilation)
    share = torch.ones_like(x[:1, :1])
    share = pad_axes(share, padding, value=float(count_include_pad))
    x = pad_axes(x, padding)
    if ceil_mode:
        after = tuple(pair[1] for pair in padding)
        share = pad_ceil(share, kernel_size, stride, dilation, after, inside=inside)
        x = pad_ceil(x, kernel_size, stride, dilation, after, inside=inside)
    counts = window_sums(share, kernel_size, stride, dilation)
    return window_sums(x, kernel_size, stride, dilation) / counts
