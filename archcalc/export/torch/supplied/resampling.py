"""Interpolation, and pixels that are exchanged with channels."""

import torch
from torch import Tensor, nn

from archcalc.export.torch.supplied.crops import axes_of
from archcalc.export.torch.supplied.padding import per_axis


def neighbours(
    size: int,
    length: int,
    mode: str,
    coordinates: str,
    nearest_mode: str,
    cubic_coeff_a: float,
) -> list[tuple[list[int], list[float]]]:
    """Positions of `size` that are mixed for each of `length` ones, and their shares.

    Places are fractions of whole numbers, so that nothing is rounded by accident.
    """
    over, under = [i * size for i in range(length)], length
    if coordinates == "align_corners":
        over, under = [i * (size - 1) for i in range(length)], max(length - 1, 1)
    if coordinates.endswith("half_pixel"):
        over, under = [(2 * i + 1) * size - length for i in range(length)], 2 * length
    if coordinates == "pytorch_half_pixel" and length == 1:
        over = [0]
    if mode == "nearest":
        halves = {"floor": 0, "ceil": 2 * under - 1, "round_prefer_ceil": under}
        extra = halves.get(nearest_mode, under - 1)
        found = [((2 * part + extra) // (2 * under), 1.0) for part in over]
        taps = [found]
    else:
        reach = range(-1, 3) if mode == "bicubic" else range(2)
        taps = []
        for step in reach:
            found = []
            for part in over:
                distance = abs(part % under / under - step)
                share = max(1 - distance, 0.0)
                if mode == "bicubic":
                    share = cubic_share(distance, cubic_coeff_a)
                found.append((part // under + step, share))
            taps.append(found)
    result = []
    for found in taps:
        places = [min(max(at, 0), size - 1) for at, _ in found]
        result.append((places, [share for _, share in found]))
    return result


def cubic_share(distance: float, a: float) -> float:
    """Share of a value at a distance in a cubic convolution with the coefficient a."""
    if distance < 1:
        return (a + 2) * distance**3 - (a + 3) * distance**2 + 1
    if distance < 2:
        return a * (distance**3 - 5 * distance**2 + 8 * distance - 4)
    return 0.0


def resample(
    x: Tensor,
    size: int | tuple[int, ...],
    mode: str,
    coordinates: str,
    nearest_mode: str = "floor",
    cubic_coeff_a: float = -0.75,
) -> Tensor:
    """Interpolate every map to a size, by the rules of ONNX's Resize.

    Shape: (B, C, *N) -> (B, C, *size)
    """
    rules = (mode, coordinates, nearest_mode, cubic_coeff_a)
    for dim, length in enumerate(per_axis(size, x), start=2):
        along = [1] * x.dim()
        along[dim] = length
        mixed = []
        for places, weights in neighbours(x.shape[dim], length, *rules):
            index = torch.tensor(places, device=x.device)
            share = torch.tensor(weights, dtype=x.dtype, device=x.device)
            mixed.append(x.index_select(dim, index) * share.view(along))
        x = torch.stack(mixed).sum(0)
    return x


def resample_like(
    x: Tensor,
    like: Tensor,
    mode: str,
    coordinates: str,
    nearest_mode: str = "floor",
    cubic_coeff_a: float = -0.75,
    channels_last: bool = False,
) -> Tensor:
    """Interpolate every map to the size of another map, by the rules of ONNX's Resize.

    Shape: (B, C, *N), like (B, D, *M) -> (B, C, *M)
    """
    size = axes_of(like, channels_last)
    return resample(x, size, mode, coordinates, nearest_mode, cubic_coeff_a)


def resample_by(
    x: Tensor,
    numerator: int | tuple[int, ...],
    denominator: int | tuple[int, ...],
    mode: str,
    coordinates: str,
    nearest_mode: str = "floor",
    cubic_coeff_a: float = -0.75,
    round_up: bool = False,
) -> Tensor:
    """Interpolate every map to numerator / denominator of its size, rounded down or up.

    Shape: (B, C, *N) -> (B, C, *M)
    """
    size = scaled_size(x, numerator, denominator, round_up)
    return resample(x, size, mode, coordinates, nearest_mode, cubic_coeff_a)


def scaled_size(
    x: Tensor,
    numerator: int | tuple[int, ...],
    denominator: int | tuple[int, ...],
    round_up: bool,
) -> tuple[int, ...]:
    """Numerator / denominator of the size of a map, rounded down or up."""
    axes = zip(per_axis(numerator, x), per_axis(denominator, x), strict=True)
    size = []
    for length, (above, below) in zip(x.shape[2:], axes, strict=True):
        size.append((length * above + (below - 1) * round_up) // below)
    return tuple(size)


def resize_like(
    x: Tensor,
    like: Tensor,
    mode: str = "nearest",
    **options: bool,
) -> Tensor:
    """Interpolate every map to the size of another map.

    Shape: (B, C, *N), like (B, D, *M) -> (B, C, *M)
    """
    size = list(like.shape[2:])
    return nn.functional.interpolate(x, size, mode=mode, **options)


def resize_like_positions(
    x: Tensor,
    like: Tensor,
    mode: str = "nearest",
    **options: bool,
) -> Tensor:
    """Interpolate every map to as many positions as another map has, channels last.

    Shape: (B, C, *N), like (B, *M, D) -> (B, C, *M)
    """
    size = list(like.shape[1:-1])
    return nn.functional.interpolate(x, size, mode=mode, **options)


def resize_by(
    x: Tensor,
    numerator: int | tuple[int, ...],
    denominator: int | tuple[int, ...],
    mode: str = "nearest",
    round_up: bool = False,
    **options: bool,
) -> Tensor:
    """Interpolate every map to numerator / denominator of its size, rounded down or up.

    Shape: (B, C, *N) -> (B, C, *M)
    """
    size = scaled_size(x, numerator, denominator, round_up)
    return nn.functional.interpolate(x, size, mode=mode, **options)


def shuffle_pixels(x: Tensor, factor: int, blocks_first: bool = False) -> Tensor:
    """Make blocks of positions from channels, on any number k of axes.

    A block is made of neighbours among the channels, or of one of each block in turn.

    Shape: (B, C * factor**k, *N) -> (B, C, *(N * factor))
    """
    axes = x.dim() - 2
    if blocks_first:
        x = torch.unflatten(x, 1, (factor,) * axes + (-1,)).movedim(1 + axes, 1)
    else:
        x = torch.unflatten(x, 1, (-1,) + (factor,) * axes)
    for _ in range(axes):
        x = x.movedim(2, axes + 2).flatten(axes + 1, axes + 2)
    return x


def unshuffle_pixels(x: Tensor, factor: int, blocks_first: bool = False) -> Tensor:
    """Make channels from blocks of positions, on any number k of axes.

    The channels of a block are neighbours, or one of each block comes in turn.

    Shape: (B, C, *(N * factor)) -> (B, C * factor**k, *N)
    """
    axes = x.dim() - 2
    for axis in range(axes):
        x = torch.unflatten(x, 2 + 2 * axis, (-1, factor))
        x = x.movedim(3 + 2 * axis, 2 + axis)
    if blocks_first:
        x = x.movedim(1, 1 + axes)
    return x.flatten(1, 1 + axes)
