"""Reshaping: the same numbers in other shapes, orders and parts."""

from collections.abc import Sequence
from math import prod
from typing import Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.diagnostics.codes.language import TOO_MANY_STEPS
from archcalc.dims import Condition, Dim
from archcalc.layers.axes import axis_names, equal_part, resolve_axis, torch_axis
from archcalc.layers.base import Layer, Layout, Rounding, Shape, Site, TorchCall, factor
from archcalc.layers.fields import Concrete, Integer, IntegerList, SizeList
from archcalc.layers.formula import Formula, Letter, kept, product, rearranged
from archcalc.layers.letters import size_letters, spatial_letters
from archcalc.layers.maps import reads_map
from archcalc.layers.reach import Reach, pointwise

MOST_PARTS = 10_000
"""Maps that one split may make: enough for every network, and few enough to be written down."""


class Flatten(Layer):
    """All axes made one: from a map to a vector, as fully connected layers read it.

    Shape: (C, *N) -> (C*prod(N))
    Cost: no parameters, no multiplications
    Source: torch.nn.Flatten

    >>> Flatten().shapes([Shape((16, 5, 5))], Site())[0].sizes
    (400,)
    """

    kind = "flatten"
    family = "reshape"

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """One axis of all elements."""
        (shape,) = inputs
        return (Shape((shape.elements,), items=shape.items),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """All sizes multiplied."""
        letters = size_letters(inputs[0])
        return (Formula("channels", product(*letters), letters, (0,), "all numbers in one axis"),)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.Flatten`."""
        return (TorchCall("nn.Flatten"),)


class Reshape(Layer):
    """The same numbers, in the same order, in another shape.

    `layout: channels_last` says that the last of the new axes holds the channels.

    Shape: (*sizes) -> (*shape) with the same product
    Cost: no parameters, no multiplications
    Reports: AC310
    Source: torch.reshape

    >>> Reshape(shape=[256, 6, 6]).shapes([Shape((9216,))], Site())[0].sizes
    (256, 6, 6)
    """

    kind = "reshape"
    family = "reshape"
    main = "shape"
    main_is_list = True

    shape: SizeList
    layout: Layout = "channels_first"

    @model_validator(mode="after")
    def _has_axes(self) -> Self:
        if not self.shape:
            raise ValueError("takes a list of at least one size")
        return self

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that is asked for."""
        (shape,) = inputs
        elements: Dim = prod(self.shape)
        product = " * ".join(str(size) if isinstance(size, int) else f"({size})" for size in self.shape)
        total = f"{product} = {elements}" if len(self.shape) > 1 else str(elements)
        if not site.require(
            Condition.equal(shape.elements, elements),
            codes.ELEMENTS_DIFFER,
            f"{shape} has {shape.elements} elements, but the new shape has {total}",
            field="shape",
            label=f"{elements} elements for {shape.elements}",
        ):
            return None
        return (Shape(self.shape, self.layout, shape.items),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """All sizes multiplied, and the shape that is asked for."""
        letters = size_letters(inputs[0])
        asked = Shape(self.shape, self.layout)
        return (
            Formula("elements", product(*letters), letters),
            *rearranged(len(self.shape), f"{asked}, as many elements in the same order"),
        )

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`flatten`, then `unflatten` behind the batch; a single size with symbols is what remains."""
        flat = TorchCall("flatten", (1,), is_module=False)
        sizes = outputs[0].sizes
        if sum(not isinstance(size, int) for size in sizes) == 1:
            sizes = tuple(size if isinstance(size, int) else -1 for size in sizes)
        return (flat,) if len(sizes) == 1 else (flat, TorchCall("unflatten", (1, sizes), is_module=False))


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

    kind = "permute"
    family = "reshape"
    main = "axes"
    main_is_list = True

    axes: IntegerList
    layout: Layout = "channels_first"

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The same sizes in another order."""
        (shape,) = inputs
        axes = [resolve_axis(site, shape, axis, "axes") for axis in self.axes]
        if None in axes:
            return None
        order = [axis for axis in axes if axis is not None]
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
        return (TorchCall("permute", ((0, *axes),), is_module=False),)


class ChannelsLast(Layer):
    """The channel axis moved to the end, as attention and layers over positions read it.

    Shape: (C, *N) -> (*N, C)
    Cost: no parameters, no multiplications
    Reports: AC321
    Source: torch.movedim

    >>> print(ChannelsLast().shapes([Shape((96, 56, 55))], Site())[0])
    56×55×96
    """

    kind = "channels_last"
    family = "reshape"

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The same sizes with the channels last."""
        (shape,) = inputs
        if shape.layout == "channels_last":
            message = f"the channels of {shape} are last already"
            site.report(codes.LAYOUT_MISMATCH, message, help=("leave this step out",))
            return None
        return (shape._replace(sizes=(*shape.spatial, shape.channels), layout="channels_last"),)

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Every position sees itself."""
        return pointwise(inputs[0])

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The same sizes in another order."""
        return rearranged(len(inputs[0].sizes), "the same sizes, the channels behind the others")

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`movedim` from behind the batch to the end."""
        return (TorchCall("movedim", (1, -1), is_module=False),)


class ChannelsFirst(Layer):
    """The channel axis moved to the front, as convolutions and pools read it.

    Shape: (*N, C) -> (C, *N)
    Cost: no parameters, no multiplications
    Reports: AC321
    Source: torch.movedim

    >>> print(ChannelsFirst().shapes([Shape((56, 55, 96), "channels_last")], Site())[0])
    96×56×55
    """

    kind = "channels_first"
    family = "reshape"

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The same sizes with the channels first."""
        (shape,) = inputs
        if shape.layout == "channels_first":
            message = f"the channels of {shape} are first already"
            site.report(codes.LAYOUT_MISMATCH, message, help=("leave this step out",))
            return None
        return (shape._replace(sizes=(shape.channels, *shape.spatial), layout="channels_first"),)

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Every position sees itself."""
        return pointwise(inputs[0])

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The same sizes in another order."""
        return rearranged(len(inputs[0].sizes), "the same sizes, the channels in front of the others")

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`movedim` from the end to behind the batch."""
        return (TorchCall("movedim", (-1, 1), is_module=False),)


class Tokens(Layer):
    """Every position of a map made a token: a sequence with the channels last.

    Shape: (C, *N) -> (prod(N), C)
    Cost: no parameters, no multiplications
    Reports: AC304, AC321
    Source: Dosovitskiy et al. 2021, An image is worth 16x16 words

    >>> Tokens().shapes([Shape((768, 14, 14))], Site())[0].sizes
    (196, 768)
    """

    kind = "tokens"
    family = "reshape"

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """As many tokens as positions."""
        (shape,) = inputs
        if not reads_map(site, shape, self.kind):
            return None
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
        return (TorchCall("flatten", (2,), is_module=False), TorchCall("transpose", (1, 2), is_module=False))


class Select(Layer):
    """One entry along an axis, which disappears: `select: 0` takes the first token of a sequence.

    Shape: (T, D) -> (D) for axis 0
    Cost: no parameters, no multiplications
    Reports: AC304, AC312, AC313, AC318
    Source: torch.select

    >>> Select(index=0).shapes([Shape((197, 768), "channels_last")], Site())[0]
    Shape(sizes=(768,), layout='channels_first', items=1)
    """

    kind = "select"
    family = "reshape"
    main = "index"

    index: Integer
    axis: Integer = 0

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The other axes."""
        (shape,) = inputs
        axis = resolve_axis(site, shape, self.axis)
        if axis is None:
            return None
        if len(shape.sizes) == 1:
            site.report(codes.RANK_MISMATCH, f"select takes an axis away, and {shape} has only one")
            return None
        size = shape.sizes[axis]
        # Like PyTorch, -1 is the last entry.
        needed = -self.index if isinstance(self.index, int) and self.index < 0 else self.index + 1
        for enough in (Condition.at_least(size, needed), Condition.at_least(self.index, -size)):
            if not site.require(
                enough,
                codes.CROP_OUT_OF_BOUNDS,
                f"there is no entry {self.index} on axis {axis} of {shape}: it has {size}, counted from 0",
                field="index",
                label=f"{size} entries",
            ):
                return None
        rest = (*shape.sizes[:axis], *shape.sizes[axis + 1 :])
        # A vector has one order only; where the channels themselves are taken away, the declared order stays.
        layout: Layout = "channels_first" if len(rest) == 1 else shape.layout
        return (Shape(rest, layout, shape.items),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The sizes without one."""
        (shape,) = inputs
        names = axis_names(shape)
        return rearranged(len(names) - 1, f"without the {names[torch_axis(shape, self.axis) - 1]}: one entry is taken")

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`select`, counting the batch as axis 0."""
        return (TorchCall("select", (torch_axis(inputs[0], self.axis), self.index), is_module=False),)


class ChannelShuffle(Layer):
    """Channels dealt out anew: the first of every group, then the second of every group, and so on.

    Shape: (C, *N) -> (C, *N)
    Cost: no parameters, no multiplications
    Reports: AC304, AC314, AC321
    Source: Zhang et al. 2018, ShuffleNet; torch.nn.ChannelShuffle

    >>> ChannelShuffle(groups=3).shapes([Shape((240, 28, 28))], Site())[0].sizes
    (240, 28, 28)
    """

    kind = "channel_shuffle"
    family = "reshape"
    main = "groups"

    groups: Concrete

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        (shape,) = inputs
        if not reads_map(site, shape, self.kind):
            return None
        if not site.require(
            Condition.multiple(shape.channels, self.groups),
            codes.DOES_NOT_DIVIDE,
            f"{self.groups} groups do not divide the {shape.channels} channels",
            field="groups",
            label=f"{shape.channels} is not a multiple of {self.groups}",
        ):
            return None
        return (shape,)

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Every position sees itself."""
        return pointwise(inputs[0])

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


class Split(Layer):
    """A map cut into parts along an axis, by default its channels: equal parts, or parts of given sizes.

    The parts are a list: `{split: 2, as: parts}` gives parts.0 and parts.1.

    Shape: (C, *N) -> parts times (C/parts, *N)
    Cost: no parameters, no multiplications
    Reports: AC142, AC310, AC313, AC314, AC318
    Source: torch.split

    >>> [part.sizes for part in Split(parts=2).shapes([Shape((96, 27, 27))], Site())]
    [(48, 27, 27), (48, 27, 27)]
    """

    kind = "split"
    family = "reshape"
    main = "parts"
    gives_list = True

    parts: Concrete | None = None
    sizes: SizeList | None = None
    axis: Integer | None = None

    @model_validator(mode="after")
    def _has_one_way(self) -> Self:
        if (self.parts is None) == (not self.sizes):
            raise ValueError("takes a number of parts or a list of sizes: exactly one of them")
        return self

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """One shape per part."""
        (shape,) = inputs
        axis = resolve_axis(site, shape, self.axis)
        if axis is None:
            return None
        count = len(self.sizes or ()) if self.parts is None else self.parts
        if count > MOST_PARTS:
            site.report(
                TOO_MANY_STEPS,
                f"split would make {count:,} maps, and {MOST_PARTS:,} is the most",
                field="sizes" if self.parts is None else "parts",
                label=f"{count:,} parts",
                help=("check the number of parts",),
            )
            return None
        size = shape.sizes[axis]
        parts: tuple[Dim, ...]
        if self.parts is None:
            parts = tuple(self.sizes or ())
            total = sum(parts)
            fits = site.require(
                Condition.equal(size, total),
                codes.ELEMENTS_DIFFER,
                f"the sizes of the parts add up to {total}, but axis {axis} of {shape} has {size}",
                field="sizes",
                label=f"{' + '.join(map(str, parts))} = {total}",
            )
        else:
            fits = site.require(
                Condition.multiple(size, self.parts),
                codes.DOES_NOT_DIVIDE,
                f"{self.parts} parts do not divide axis {axis} of {shape}, which has {size}",
                field="parts",
                label=f"{size} is not a multiple of {self.parts}",
            )
            parts = (equal_part(size, self.parts),) * self.parts if fits else ()
        if not fits:
            return None
        return tuple(shape._replace(sizes=(*shape.sizes[:axis], part, *shape.sizes[axis + 1 :])) for part in parts)

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Every position sees itself, unless positions are split."""
        (shape,) = inputs
        of_channels = torch_axis(shape, self.axis) == torch_axis(shape, None)
        return pointwise(shape) if of_channels else None

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """Equal parts of the axis, or those that are given."""
        (shape,) = inputs
        axis = torch_axis(shape, self.axis) - 1
        whole = size_letters(shape)[axis]
        name = axis_names(shape)[axis]
        if self.parts is not None:
            parts = Letter("G", self.parts, "parts")
            return (Formula(f"{name} of every part", f"{whole.name}/G", (whole, parts), (axis,)),)
        shown = " + ".join(factor(size) for size in self.sizes or ())
        return (
            Formula(f"{name} of the parts", words=", ".join(str(size) for size in self.sizes or ()), axes=(axis,)),
            Formula("together", shown, words=f"the {whole.meaning}"),
        )

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`chunk` into equal parts, or `split` into parts of given sizes, counting the batch as axis 0."""
        axis = torch_axis(inputs[0], self.axis)
        if self.parts is not None:
            return (TorchCall("chunk", (self.parts,), {"dim": axis}, is_module=False),)
        sizes = [output.sizes[axis - 1] for output in outputs]
        return (TorchCall("split", (sizes,), {"dim": axis}, is_module=False),)


class Identity(Layer):
    """What it reads, unchanged: a name for a map, or a place for a layer.

    Shape: (*sizes) -> (*sizes)
    Cost: no parameters, no multiplications
    Source: torch.nn.Identity

    >>> Identity().shapes([Shape((64, 56, 56))], Site())[0].sizes
    (64, 56, 56)
    """

    kind = "identity"
    family = "reshape"

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        return (inputs[0],)

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Every position sees itself."""
        return pointwise(inputs[0])

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.Identity`."""
        return (TorchCall("nn.Identity"),)
