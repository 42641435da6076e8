"""Parts of a map: one entry along an axis, or the axis cut into several maps."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.diagnostics.codes.language import TOO_MANY_STEPS
from archcalc.dims import Condition, Dim
from archcalc.layers.axes import axis_names, equal_part, resolve_axis, torch_axis
from archcalc.layers.base import Layer, TorchCall
from archcalc.layers.fields import Concrete, Doc, Integer, SizeList
from archcalc.layers.formula import Formula, Letter, rearranged
from archcalc.layers.letters import size_letters
from archcalc.layers.rules import AlongAxis
from archcalc.layers.shape import Layout, Rounding, Shape, factor
from archcalc.layers.shared_fields import Axis
from archcalc.layers.site import Site

MOST_PARTS = 10_000
"""Maps that one split may make: enough for every network, and few enough to be written down."""


class Select(Layer):
    """One entry along an axis, which disappears: `select: 0` takes the first token of a sequence.

    Shape: (T, D) -> (D) for axis 0
    Cost: no parameters, no multiplications
    Reports: AC304, AC312, AC313, AC318
    Source: torch.select

    >>> Select(index=0).shapes([Shape((197, 768), "channels_last")], Site())[0]
    Shape(sizes=(768,), layout='channels_first', items=1)
    """

    family = "reshape"
    numbers = "any"
    is_view = True
    main = "index"

    index: Annotated[Integer, Doc("Position along the axis, from 0, or from the end with -1.")]
    axis: Annotated[Integer, Doc("The axis that disappears, counted without the batch from 0.")] = 0

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


class Split(AlongAxis):
    """A map cut into parts along an axis, by default its channels: equal parts, or parts of given sizes.

    The parts are a list: `{split: 2, as: parts}` gives parts.0 and parts.1.

    Shape: (C, *N) -> parts times (C/parts, *N)
    Cost: no parameters, no multiplications
    Reports: AC142, AC310, AC313, AC314, AC318
    Source: torch.split

    >>> [part.sizes for part in Split(parts=2).shapes([Shape((96, 27, 27))], Site())]
    [(48, 27, 27), (48, 27, 27)]
    """

    family = "reshape"
    numbers = "any"
    is_view = True
    main = "parts"
    gives_list = True

    parts: Annotated[Concrete | None, Doc("Number of equal parts.")] = None
    sizes: Annotated[SizeList | None, Doc("The sizes of the parts along the axis.")] = None
    axis: Axis = None

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
