"""Sizes that a network refuses."""

from torch import Tensor

from archcalc.export.torch.supplied.padding import per_axis


def required(
    x: Tensor,
    multiple_of: int | tuple[int, ...] = 1,
    at_least: int | tuple[int, ...] = 1,
    channels_last: bool = False,
) -> Tensor:
    """The same map, unless one of its sizes besides the channels is refused.

    Shape: (B, C, *N) -> (B, C, *N)
    """
    sizes = x.shape[1:-1] if channels_last else x.shape[2:]
    factors, bounds = per_axis(multiple_of, x), per_axis(at_least, x)
    for size, factor, bound in zip(sizes, factors, bounds, strict=True):
        if size % factor or size < bound:
            raise ValueError(f"{size} is no multiple of {factor} from {bound} on")
    return x
