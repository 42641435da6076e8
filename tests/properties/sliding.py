"""Shapes and products counted one by one: windows that really slide, loops that really nest. No formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

Sizes = tuple[int, ...]


def per_axis(value: Any, rank: int) -> tuple[Any, ...]:
    """A field's value for every axis."""
    return tuple(value) if isinstance(value, (list, tuple)) else (value,) * rank


def sides(entry: Any) -> tuple[int, int]:
    """Padding before and after."""
    return (entry[0], entry[1]) if isinstance(entry, (list, tuple)) else (entry, entry)


def places(size: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int, rounding: str) -> int | None:
    """How many places a window takes on an axis; None where it does not fit, or not exactly."""
    before, after = padding
    length = before + size + after
    taken, exact = 0, False
    while True:
        start = taken * stride
        last = start
        for _ in range(kernel - 1):
            last += dilation
        inside = last < length
        # PyTorch's `ceil_mode`: one more window if positions are left over, unless it starts behind the input.
        begins = start < before + size or rounding == "caffe"
        reaching = rounding in ("ceil", "caffe") and last - stride < length - 1 and begins
        if not inside and not reaching:
            break
        exact = last == length - 1
        taken += 1
    if taken == 0:
        return None
    return None if rounding == "exact" and not exact else taken


def same_places(size: int, stride: int) -> int:
    """Places of a window whose first element walks over the input."""
    return sum(1 for _ in range(0, size, stride))


def reads(position: int, size: int, mode: str) -> int | None:
    """The real position that a padded one repeats: seen in the mirror at the end, or on the next turn; None if none."""
    if 0 <= position < size:
        return position
    if mode == "reflect":
        there = -position if position < 0 else 2 * (size - 1) - position
    else:
        there = position + size if position < 0 else position - size
    return there if 0 <= there < size else None


def border_is_legal(size: int, pair: tuple[int, int], mode: str) -> bool:
    """Whether every position of a border repeats a real one, without a second mirror or a second turn."""
    if mode not in ("reflect", "circular"):
        return True
    if mode == "circular":
        # What one side cuts off is not there any more for the other to be wrapped.
        size += min(pair[0], 0) + min(pair[1], 0)
    border = [*range(-pair[0], 0), *range(size, size + pair[1])]
    return all(reads(position, size, mode) is not None for position in border)


def same_border(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """What `same` puts around an axis: one position after the other, the odd one at the end, until all places fit."""
    before = after = 0
    while before + size + after <= (same_places(size, stride) - 1) * stride + (kernel - 1) * dilation:
        before, after = (before + 1, after) if before < after else (before, after + 1)
    return before, after


def window_sizes(sizes: Sizes, fields: dict[str, Any], kind: str, rounding: str) -> Sizes | None:
    """Spatial sizes behind a convolution or a pool."""
    rank = len(sizes)
    if any(len(value) != rank for name in ("kernel", "stride", "padding", "dilation")
           if isinstance(value := fields.get(name), (list, tuple))):  # fmt: skip
        return None
    kernels = per_axis(fields["kernel"], rank)
    strides = per_axis(fields.get("stride", fields["kernel"] if kind.endswith("_pool") else 1), rank)
    dilations = per_axis(fields.get("dilation", 1), rank)
    padding = fields.get("padding", 0)
    word = padding if isinstance(padding, str) else None
    paddings = [sides(entry) for entry in per_axis(0 if word else padding, rank)]
    mode = fields.get("padding_mode", "zeros")
    if rounding == "caffe":
        # Its convolutions round down; its pools look where the last window starts if there is any padding.
        looks = any(side != 0 for pair in paddings for side in pair)
        rounding = "floor" if not kind.endswith("_pool") else "ceil" if looks else "caffe"
    found: list[int | None] = []
    for size, kernel, stride, pair, dilation in zip(sizes, kernels, strides, paddings, dilations, strict=True):
        border = same_border(size, kernel, stride, dilation) if word == "same" else pair
        if not border_is_legal(size, border, mode):
            return None
        found.append(
            same_places(size, stride) if word == "same" else places(size, kernel, stride, pair, dilation, rounding)
        )
    return None if None in found else tuple(count for count in found if count is not None)


def painted(size: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int, extra: int) -> int:
    """Positions that a transposed convolution paints, less the padding that is cut off."""
    touched = [place * stride + element * dilation for place in range(size) for element in range(kernel)]
    return len(range(min(touched), max(touched) + 1)) + extra - padding[0] - padding[1]


def transposed_sizes(sizes: Sizes, fields: dict[str, Any]) -> Sizes | None:
    """Spatial sizes behind a transposed convolution."""
    rank = len(sizes)
    padding = fields.get("padding", 0)
    paddings = [sides(entry) for entry in per_axis(0 if isinstance(padding, str) else padding, rank)]
    columns = [per_axis(fields.get(name, default), rank) for name, default in
               (("kernel", 1), ("stride", 1), ("dilation", 1), ("output_padding", 0))]  # fmt: skip
    found = []
    for size, kernel, stride, dilation, extra, pair in zip(sizes, *columns, paddings, strict=True):
        if extra >= max(stride, dilation):
            return None
        grown = sum(1 for _ in range(size) for _ in range(stride))
        found.append(grown if padding == "same" else painted(size, kernel, stride, pair, dilation, extra))
    return tuple(found) if min(found) >= 1 else None


def scaled(size: int, factor: Fraction, rounding: str) -> int | None:
    """Positions of a grid that is `factor` times as dense, counted."""
    reach = size * factor.numerator
    whole = sum(1 for place in range(1, reach + 1) if place * factor.denominator <= reach)
    started = sum(1 for place in range(reach) if place * factor.denominator < reach)
    if rounding == "exact" and whole != started:
        return None
    count = started if rounding == "ceil" else whole
    return count or None


def each(*sizes: int) -> Iterator[tuple[int, ...]]:
    """Every index of an array of these sizes."""
    return product(*map(range, sizes))


def conv_products(channels: int, out: int, groups: int, kernel: Sizes, output: Sizes, rows: Any = None) -> int:
    """Products of a convolution: one for every weight at every place."""
    count = 0
    for made in range(out):
        for channel in range(channels):
            if rows is not None and channel not in rows[made]:
                continue
            if made * groups // out != channel * groups // channels:
                continue
            for _ in each(*output):
                for _ in each(*kernel):
                    count += 1
    return count


def linear_products(positions: Sizes, channels: int, out: int) -> int:
    """Products of a fully connected layer at every position."""
    return sum(1 for _ in each(*positions, out, channels))


def attention_products(
    tokens: int, channels: int, width: int, grouped: tuple[int, int], memory: tuple[int, int]
) -> int:
    """Products of attention: queries, keys, values, scores, means and the way out."""
    read, read_channels = memory
    heads, key_heads = grouped
    queries = linear_products((tokens,), channels, width)
    keys_and_values = 2 * linear_products((read,), read_channels, width // heads * key_heads)
    between = sum(1 for _ in each(heads, tokens, read, width // heads))
    return queries + keys_and_values + 2 * between + linear_products((tokens,), width, channels)


def product_of(sizes: Sequence[int]) -> int:
    """Numbers in an array."""
    return sum(1 for _ in each(*sizes))
