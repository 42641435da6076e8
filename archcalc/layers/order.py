"""Reordering: the same numbers with their axes, or the entries of an axis, in another order."""

from collections.abc import Sequence
from math import prod
from typing import Annotated, Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.layers.axes import collapsed_axes, own_axis, resolve_axes, torch_axis
from archcalc.layers.base import Layer, TorchCall
from archcalc.layers.fields import Doc, IntegerList, Size
from archcalc.layers.filters import equal_groups
from archcalc.layers.formula import Formula, Letter, kept, product, rearranged
from archcalc.layers.letters import spatial_axes, spatial_letters
from archcalc.layers.reach import Reach, pointwise
from archcalc.layers.rules import OfMap, Pointwise, Unchanged
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import OutputLayout
from archcalc.layers.site import Site


class Permute(Layer):
    """The axes in another order: entry i of `axes` is the old axis that becomes axis i.

    `layout: channels_last` says that the last of the new axes holds the channels.

    Shape: (n0, n1, n2) -> (n2, n0, n1) for axes [2, 0, 1]
    Cost: no parameters, no multiplications
    Reports: AC313, AC318
    Source: torch.permute

    >>> Permute(axes=[2, 0, 1]).shapes([Shape((8, 4, 5))], Site())[0].sizes
    (5, 8, 4)
    """

    family = "reshape"
    numbers = "any"
    is_view = True
    main = "axes"
    main_is_list = True

    axes: Annotated[IntegerList, Doc("The old axes in their new order, counted without the batch from 0.")]
    layout: OutputLayout = "channels_first"

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The same sizes in another order."""
        (shape,) = inputs
        if sorted(self.axes, key=str) == sorted(range(len(shape.sizes) + 1), key=str) and self.axes[0] == 0:
            rest = ", ".join(str(axis - 1) for axis in self.axes[1:])
            site.report(
                codes.NO_SUCH_AXIS,
                f"{shape} has no axis {len(shape.sizes)}",
                field="axes",
                label=f"the axes are 0 to {len(shape.sizes) - 1}",
                help=(f"axes are counted without the batch: write `permute: [{rest}]`",),
            )
            return None
        order = resolve_axes(site, shape, self.axes)
        if order is None:
            return None
        if sorted(order) != list(range(len(shape.sizes))):
            site.report(
                codes.NO_SUCH_AXIS,
                f"permute needs each axis of {shape} once, but gets {list(self.axes)}",
                field="axes",
                label=f"the axes are 0 to {len(shape.sizes) - 1}",
            )
            return None
        return (Shape(tuple(shape.sizes[axis] for axis in order), self.layout, shape.items),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The same sizes in another order."""
        order = ", ".join(str(axis) for axis in self.axes)
        return rearranged(len(self.axes), f"the sizes {inputs[0]} in the order of the axes {order}")

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`permute`, with the batch in front."""
        axes = (torch_axis(inputs[0], axis) for axis in self.axes)
        return (TorchCall("Tensor.permute", (0, *axes), is_module=False),)


class ChannelsLast(Pointwise):
    """The channel axis moved to the end, as attention and layers over positions read it.

    Shape: (C, *N) -> (*N, C)
    Cost: no parameters, no multiplications
    Reports: AC321
    Source: torch.movedim

    >>> print(ChannelsLast().shapes([Shape((96, 56, 55))], Site())[0])
    56×55×96
    """

    family = "reshape"
    is_view = True

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The same sizes with the channels last."""
        (shape,) = inputs
        if shape.layout == "channels_last":
            message = f"the channels of {shape} are last already"
            site.report(codes.LAYOUT_MISMATCH, message, help=("leave this step out",))
            return None
        return (shape._replace(sizes=(*shape.spatial, shape.channels), layout="channels_last"),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The same sizes in another order."""
        return rearranged(len(inputs[0].sizes), "the same sizes, the channels behind the others")

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`movedim` from behind the batch to the end."""
        return (TorchCall("Tensor.movedim", (1, -1), is_module=False),)


class ChannelsFirst(Pointwise):
    """The channel axis moved to the front, as convolutions and pools read it.

    Shape: (*N, C) -> (C, *N)
    Cost: no parameters, no multiplications
    Reports: AC321
    Source: torch.movedim

    >>> print(ChannelsFirst().shapes([Shape((56, 55, 96), "channels_last")], Site())[0])
    96×56×55
    """

    family = "reshape"
    is_view = True

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The same sizes with the channels first."""
        (shape,) = inputs
        if shape.layout == "channels_first":
            message = f"the channels of {shape} are first already"
            site.report(codes.LAYOUT_MISMATCH, message, help=("leave this step out",))
            return None
        return (shape._replace(sizes=(shape.channels, *shape.spatial), layout="channels_first"),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The same sizes in another order."""
        return rearranged(len(inputs[0].sizes), "the same sizes, the channels in front of the others")

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`movedim` from the end to behind the batch."""
        return (TorchCall("Tensor.movedim", (-1, 1), is_module=False),)


class Tokens(OfMap):
    """Every position of a map made a token: a sequence with the channels last.

    Shape: (C, *N) -> (prod(N), C)
    Cost: no parameters, no multiplications
    Reports: AC304, AC321
    Source: Dosovitskiy et al. 2021, An image is worth 16x16 words

    >>> Tokens().shapes([Shape((768, 14, 14))], Site())[0].sizes
    (196, 768)
    """

    family = "reshape"
    is_view = True

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """As many tokens as positions."""
        return (shape._replace(sizes=(prod(shape.spatial), shape.channels), layout="channels_last"),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The places of the map multiplied; its channels stay."""
        (shape,) = inputs
        places = spatial_letters(shape, "input")
        return (
            Formula("tokens", product(*places), places, (0,), "every place of the map"),
            Formula("channels", "C", (Letter("C", shape.channels, "input channels"),), (1,), "now behind"),
        )

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`flatten` of the positions, then `transpose`."""
        methods: dict[str, tuple[int, ...]] = {"Tensor.flatten": (2,), "Tensor.transpose": (1, 2)}
        return tuple([TorchCall(method, axes, is_module=False) for method, axes in methods.items()])


class ChannelShuffle(OfMap, Pointwise):
    """Channels dealt out anew: the first of every group, then the second of every group, and so on.

    Shape: (C, *N) -> (C, *N)
    Cost: no parameters, no multiplications
    Reports: AC304, AC314, AC318, AC321
    Source: Zhang et al. 2018, ShuffleNet; torch.nn.ChannelShuffle

    >>> ChannelShuffle(groups=3).shapes([Shape((240, 28, 28))], Site())[0].sizes
    (240, 28, 28)
    """

    family = "reshape"
    main = "groups"

    groups: Annotated[Size, Doc("Number of groups whose channels are dealt out.")]

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        return (shape,) if equal_groups(site, self.groups, shape.channels) else None

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The shape stays; whole groups are needed."""
        return (
            *kept("unchanged: the channels change places"),
            Formula(
                "channels of a group",
                "C/G",
                (Letter("C", inputs[0].channels, "channels"), Letter("G", self.groups, "groups")),
            ),
        )

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.ChannelShuffle`."""
        return (TorchCall("nn.ChannelShuffle", (self.groups,)),)


class Roll(Unchanged):
    """The entries of axes moved on, those at the end to the front: `roll: {shifts: [-3, -3], axes: [0, 1]}`.

    Swin moves a map by half a window so, cuts it into windows and moves it back.

    Shape: unchanged
    Cost: no parameters, no multiplications
    Reports: AC313, AC318
    Source: torch.roll

    >>> Roll(shifts=[-3], axes=[1]).torch([Shape((96, 56, 56))], [], "exact")[0].kwargs
    {'shifts': -3, 'dims': 2}
    """

    family = "reshape"
    numbers = "any"

    shifts: Annotated[IntegerList, Doc("How far the entries move, one number for every axis; back with a minus.")]
    axes: Annotated[IntegerList, Doc("The axes, counted without the batch from 0, or from the end with -1.")]

    @model_validator(mode="after")
    def _moves_every_axis(self) -> Self:
        if len(self.shifts) != len(self.axes) or not self.axes:
            raise ValueError("takes one shift for every axis, and at least one")
        return self

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        return None if resolve_axes(site, inputs[0], self.axes) is None else tuple(inputs)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The shape stays."""
        return kept("unchanged: the entries change places")

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Itself, if only channels move; otherwise the positions get another order."""
        (shape,) = inputs
        moved = {own_axis(shape, axis) for axis in self.axes}
        return None if moved & set(spatial_axes(shape)) else pointwise(shape)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`roll`, counting the batch as axis 0."""
        dims = collapsed_axes(torch_axis(inputs[0], axis) for axis in self.axes)
        shifts = self.shifts[0] if len(self.shifts) == 1 else self.shifts
        return (TorchCall("roll", (), {"shifts": shifts, "dims": dims}, is_module=False),)
