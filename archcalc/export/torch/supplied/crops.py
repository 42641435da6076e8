"""Crops to the sizes of other maps."""

from torch import Tensor

from archcalc.export.torch.supplied.padding import per_axis


def axes_of(like: Tensor, channels_last: bool) -> tuple[int, ...]:
    """Sizes of a map without its batch and its channels."""
    return tuple(like.shape[1:-1] if channels_last else like.shape[2:])


def crop_to(
    x: Tensor,
    size: int | tuple[int, ...],
    offset: int | tuple[int, ...],
) -> Tensor:
    """Cut a window of a size out of every map, from an offset on.

    Shape: (B, C, *N) -> (B, C, *size)
    """
    axes = zip(per_axis(offset, x), per_axis(size, x), strict=True)
    for dim, (start, length) in enumerate(axes, start=2):
        x = x.narrow(dim, start, length)
    return x


def crop_like(x: Tensor, like: Tensor, offset: int) -> Tensor:
    """Cut a window of the size of another map out of every map, from an offset on.

    Shape: (B, C, *N), like (B, D, *M) -> (B, C, *M)
    """
    for dim in range(2, x.dim()):
        x = x.narrow(dim, offset, like.shape[dim])
    return x


def crop_window_like(
    x: Tensor,
    like: Tensor,
    offset: int | tuple[int, ...],
    channels_last: bool = False,
) -> Tensor:
    """Cut a window as large as another map out of every map, from an offset per axis.

    Shape: (B, C, *N), like (B, D, *M) -> (B, C, *M)
    """
    return crop_to(x, axes_of(like, channels_last), offset)


def center_crop_to(
    x: Tensor,
    size: int | tuple[int, ...],
    round_up: bool = False,
) -> Tensor:
    """Cut a window of a size out of the middle of every map.

    Where the middle is not whole, it is rounded down, or up.

    Shape: (B, C, *N) -> (B, C, *size)
    """
    for dim, length in enumerate(per_axis(size, x), start=2):
        start = (x.shape[dim] - length + round_up) // 2
        x = x.narrow(dim, start, length)
    return x


def center_crop(x: Tensor, like: Tensor) -> Tensor:
    """Cut a window of the size of another map out of the middle of every map.

    Shape: (B, C, *N), like (B, D, *M) -> (B, C, *M)
    """
    for dim in range(2, x.dim()):
        start = (x.shape[dim] - like.shape[dim]) // 2
        x = x.narrow(dim, start, like.shape[dim])
    return x


def center_crop_like(
    x: Tensor,
    like: Tensor,
    round_up: bool = False,
    channels_last: bool = False,
) -> Tensor:
    """Cut a window of the size of another map out of the middle of every map.

    Where the middle is not whole, it is rounded down, or up.

    Shape: (B, C, *N), like (B, D, *M) -> (B, C, *M)
    """
    return center_crop_to(x, axes_of(like, channels_last), round_up)
