"""Unpooling, also with windows that lie unevenly."""

import torch
from torch import Tensor

from archcalc.export.torch.supplied.padding import pad_axes, pad_ceil, per_axis, same_padding


def max_unpool(x: Tensor, indices: Tensor, entered: Tensor) -> Tensor:
    """Put values back to where a max pool found the largest ones, zeros elsewhere.

    Shape: (B, C, *M), indices (B, C, *M), entered (B, C, *N) -> (B, C, *N)
    """
    if indices.shape != x.shape:
        raise ValueError(f"{tuple(x.shape)} values, but {tuple(indices.shape)} indices")
    size = entered.shape[2:]
    values = x.new_zeros(*x.shape[:2], size.numel())
    values = values.scatter(2, indices.flatten(2), x.flatten(2))
    return torch.unflatten(values, 2, size)


def max_unpool_dilated(x: Tensor, indices: Tensor, entered: Tensor) -> Tensor:
    """Undo a max pool whose windows may lie in its padding alone: they have no place.

    Shape: (B, C, *M), indices (B, C, *M), entered (B, C, *N) -> (B, C, *N)
    """
    if indices.shape != x.shape:
        raise ValueError(f"{tuple(x.shape)} values, but {tuple(indices.shape)} indices")
    size = entered.shape[2:]
    count = size.numel()
    places = indices.flatten(2)
    places = places.masked_fill((places < 0) | (places >= count), count)
    values = x.new_zeros(*x.shape[:2], count + 1).scatter(2, places, x.flatten(2))
    return torch.unflatten(values.narrow(2, 0, count), 2, size)


def max_unpool_padded(
    x: Tensor,
    indices: Tensor,
    entered: Tensor,
    padding: tuple[tuple[int, int], ...],
) -> Tensor:
    """Undo a max pool of a map that was padded first, before and after every axis.

    Shape: (B, C, *M), indices (B, C, *M), entered (B, C, *N) -> (B, C, *N)
    """
    values = max_unpool(x, indices, pad_axes(entered, padding))
    return pad_axes(values, tuple((-before, -after) for before, after in padding))


def max_unpool_uneven(
    x: Tensor,
    indices: Tensor,
    entered: Tensor,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    dilation: int | tuple[int, ...] = 1,
    padding: tuple[tuple[int, int], ...] | None = None,
    inside: bool = True,
) -> Tensor:
    """Undo a max pool with padding (before, after) every axis, `same` if None.

    The last window of a pool that is not `same` may have reached past the padding.

    Shape: (B, C, *M), indices (B, C, *M), entered (B, C, *N) -> (B, C, *N)
    """
    if padding is None:
        padding = same_padding(entered, kernel_size, stride, dilation)
        return max_unpool_padded(x, indices, entered, padding)
    padded = pad_axes(entered, padding)
    after = tuple(pair[1] for pair in padding)
    framed = pad_ceil(padded, kernel_size, stride, dilation, after, inside=inside)
    sizes = zip(padding, padded.shape[2:], framed.shape[2:], strict=True)
    pairs = [(pair[0], pair[1] + full - part) for pair, part, full in sizes]
    return max_unpool_padded(x, indices, entered, tuple(pairs))


def unpool_blocks(
    x: Tensor,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    padding: int | tuple[int, ...] = 0,
) -> Tensor:
    """Put every value at the top left of its block, zeros elsewhere.

    Shape: (B, C, *N) -> (B, C, *((N - 1) * stride - 2 * padding + kernel_size))
    """
    kernels, strides = per_axis(kernel_size, x), per_axis(stride, x)
    axes = zip(kernels, strides, strict=True)
    for dim, (kernel, step) in enumerate(axes, start=2):
        size = list(x.shape)
        size[dim] = (x.shape[dim] - 1) * step + kernel
        places = torch.arange(x.shape[dim], device=x.device) * step
        x = x.new_zeros(size).index_copy(dim, places, x)
    return pad_axes(x, tuple((-side, -side) for side in per_axis(padding, x)))


def unpool_to(x: Tensor, size: int | tuple[int, ...]) -> Tensor:
    """Put value i of N at the start of its block, floor(i * size / N), zeros elsewhere.

    Shape: (B, C, *N) -> (B, C, *size)
    """
    for dim, length in enumerate(per_axis(size, x), start=2):
        full = list(x.shape)
        full[dim] = length
        places = torch.arange(x.shape[dim], device=x.device) * length // x.shape[dim]
        x = x.new_zeros(full).index_copy(dim, places, x)
    return x
