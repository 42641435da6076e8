"""Pooling of regions: as many of them as the output is to have places, or one for the whole map."""

from collections.abc import Sequence
from typing import ClassVar

from archcalc.layers.axes import collapsed_axes
from archcalc.layers.base import TorchCall
from archcalc.layers.formula import Formula
from archcalc.layers.letters import each_axis, spatial_axes, stated
from archcalc.layers.maps import collapsed, spread
from archcalc.layers.rules import OfMap, OfPositions
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import OutputSize
from archcalc.layers.site import Site
from archcalc.layers.window import per_axis


class AdaptivePool(OfMap):
    """Fields and rules that the adaptive pools share."""

    family = "pool"
    resizes = True
    main = "size"
    module: ClassVar[str] = ""

    size: OutputSize

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """As many maps as it reads, of the given size, which may also be larger."""
        sizes = per_axis(site, self.size, len(shape.spatial), "size")
        return None if sizes is None else (shape.with_spatial(sizes),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The sizes that are asked for."""
        (shape,) = inputs
        return stated(shape, spread(self.size, len(shape.spatial)), words="whatever the input size")

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.AdaptiveAvgPoolNd` or `nn.AdaptiveMaxPoolNd`."""
        return (TorchCall(f"nn.{self.module}{len(inputs[0].spatial)}d", (collapsed(self.size),)),)


class AdaptiveAvgPool(AdaptivePool):
    """Adaptive average pooling: the mean of as many regions as the output has places, whatever the input size.

    Region i of M on an axis of N runs from floor(i*N/M) to ceil((i + 1)*N/M).

    Shape: (C, *N) -> (C, *size)
    Cost: no parameters, no multiplications
    Reports: AC304, AC321
    Source: torch.nn.AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d

    >>> AdaptiveAvgPool(size=7).shapes([Shape((512, 13, 9))], Site())[0].sizes
    (512, 7, 7)
    """

    module = "AdaptiveAvgPool"


class AdaptiveMaxPool(AdaptivePool):
    """Adaptive max pooling: the largest value of as many regions as the output has places, whatever the input size.

    Shape: (C, *N) -> (C, *size)
    Cost: no parameters, no multiplications
    Reports: AC304, AC321
    Source: torch.nn.AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d

    >>> AdaptiveMaxPool(size=[1, 4]).shapes([Shape((8, 5, 16))], Site())[0].sizes
    (8, 1, 4)
    """

    module = "AdaptiveMaxPool"


class GlobalPool(OfPositions):
    """The rules that the global pools share."""

    family = "pool"
    resizes = True
    module: ClassVar[str] = ""
    function: ClassVar[str] = ""

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """One value per map; the axes stay, with size 1."""
        return (shape.with_spatial((1,) * len(shape.spatial)),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """1 on every axis."""
        (shape,) = inputs
        return each_axis(shape, lambda: "1", words="one value for every map")

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.AdaptiveAvgPoolNd(1)` or `nn.AdaptiveMaxPoolNd(1)`; with the channels last, a mean or the largest."""
        (shape,) = inputs
        if shape.layout == "channels_last":
            dims = collapsed_axes(axis + 1 for axis in spatial_axes(shape))
            return (TorchCall(self.function, (), {"dim": dims, "keepdim": True}, is_module=False),)
        return (TorchCall(f"nn.{self.module}{len(shape.spatial)}d", (1,)),)


class GlobalAvgPool(GlobalPool):
    """Global average pooling: the mean of every map.

    Shape: (C, *N) -> (C, 1, ...), one 1 for every axis; `flatten` makes it (C); (*N, C) -> (1, ..., C)
    Cost: no parameters, no multiplications
    Reports: AC304, AC321
    Source: torch.nn.AdaptiveAvgPool2d(1)

    >>> GlobalAvgPool().shapes([Shape((2048, 7, 7))], Site())[0].sizes
    (2048, 1, 1)
    """

    module = "AdaptiveAvgPool"
    function = "mean"


class GlobalMaxPool(GlobalPool):
    """Global max pooling: the largest value of every map.

    Shape: (C, *N) -> (C, 1, ...), one 1 for every axis; (*N, C) -> (1, ..., C)
    Cost: no parameters, no multiplications
    Reports: AC304, AC321
    Source: torch.nn.AdaptiveMaxPool2d(1)

    >>> GlobalMaxPool().shapes([Shape((8, 100))], Site())[0].sizes
    (8, 1)
    """

    module = "AdaptiveMaxPool"
    function = "amax"
