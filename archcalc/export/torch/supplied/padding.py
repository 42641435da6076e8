"""Padding that depends on the size of a map."""

from torch import Tensor, nn


def contiguous(x: Tensor) -> Tensor:
    """The same numbers, in memory in the order of the axes.

    Shape: (*) -> (*)
    """
    return x.contiguous()


def per_axis(value: int | tuple[int, ...], x: Tensor) -> tuple[int, ...]:
    """One number for every axis of a map behind its channels."""
    return value if isinstance(value, tuple) else (value,) * (x.dim() - 2)


def pad_axes(
    x: Tensor,
    padding: tuple[tuple[int, int], ...],
    mode: str = "constant",
    value: float = 0.0,
) -> Tensor:
    """Pad every axis of a map before and after; negative padding cuts.

    Shape: (B, C, *N) -> (B, C, *(N + before + after))
    """
    flat = [side for pair in reversed(padding) for side in pair]
    return nn.functional.pad(x, flat, mode, value)


def same_padding(
    x: Tensor,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    dilation: int | tuple[int, ...] = 1,
) -> tuple[tuple[int, int], ...]:
    """Padding before and after every axis that makes ceil(N / stride) windows fit."""
    kernels, strides = per_axis(kernel_size, x), per_axis(stride, x)
    dilations = per_axis(dilation, x)
    axes = zip(x.shape[2:], kernels, strides, dilations, strict=True)
    pairs = []
    for size, kernel, step, spread in axes:
        steps = (size - 1) // step * step
        total = max(steps + spread * (kernel - 1) + 1 - size, 0)
        pairs.append((total // 2, total - total // 2))
    return tuple(pairs)


def pad_same(
    x: Tensor,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    dilation: int | tuple[int, ...] = 1,
    mode: str = "constant",
    value: float = 0.0,
) -> Tensor:
    """Pad a map so that ceil(N / stride) windows fit, at the end if the sum is odd.

    Shape: (B, C, *N) -> (B, C, *M)
    """
    padding = same_padding(x, kernel_size, stride, dilation)
    return pad_axes(x, padding, mode, value)


def pad_ceil(
    x: Tensor,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    dilation: int | tuple[int, ...] = 1,
    after: int | tuple[int, ...] = 0,
    value: float = 0.0,
    inside: bool = True,
) -> Tensor:
    """Pad the end of a map for one more window, where something is left for it.

    The last window must start in front of the padding `after` that the map has already,
    unless it need not be `inside`.

    Shape: (B, C, *N) -> (B, C, *M)
    """
    kernels, strides = per_axis(kernel_size, x), per_axis(stride, x)
    dilations, afters = per_axis(dilation, x), per_axis(after, x)
    axes = zip(x.shape[2:], kernels, strides, dilations, afters, strict=True)
    pairs = []
    for size, kernel, step, spread, padded in axes:
        room = size - (spread * (kernel - 1) + 1)
        started = -(-(size - padded) // step)
        windows = -(-room // step) + 1
        if inside:
            windows = max(room // step + 1, min(windows, started))
        pairs.append((0, max((windows - 1) * step - room, 0)))
    return pad_axes(x, tuple(pairs), value=value)
