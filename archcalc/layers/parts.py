"""Parts of a map: one entry along an axis, a stretch of it, or the axis cut into several maps."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.diagnostics.codes.language import TOO_MANY_STEPS
from archcalc.dims import Condition, Dim, ceil_div
from archcalc.layers.axes import axis_names, equal_part, own_axis, resolve_axis, torch_axis
from archcalc.layers.base import Layer, TorchCall
from archcalc.layers.fields import Concrete, Doc, Integer, SizeList
from archcalc.layers.formula import Formula, Letter, rearranged
from archcalc.layers.letters import size_letters, spatial_axes
from archcalc.layers.reach import SAME, Reach, sliding
from archcalc.layers.rules import AlongAxis
from archcalc.layers.shape import Layout, Rounding, Shape, factor
from archcalc.layers.shared_fields import Axis
from archcalc.layers.site import Site
from archcalc.layers.window import Window, as_dim

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
        return rearranged(len(names) - 1, f"without the {names[own_axis(shape, self.axis)]}: one entry is taken")

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`select`, counting the batch as axis 0."""
        return (TorchCall("select", (torch_axis(inputs[0], self.axis), self.index), is_module=False),)


class Slice(Layer):
    """A stretch of an axis: the entries from `start` up to `stop`, which stays out, or every `step`-th of them.

    `slice: {axis: 0, start: 1}` leaves out the first token of a sequence [T, D]; `x[:, 1:]` in PyTorch, which counts
    the batch as axis 0. Negative numbers count from the end. An entry that is not there is an error.

    Shape: (C, *N) -> (M, *N) with M = (stop - start)/step, rounded up, on the axis
    Cost: no parameters, no multiplications
    Reports: AC307, AC312, AC313, AC318
    Source: torch.Tensor.__getitem__

    >>> Slice(axis=0, start=1).shapes([Shape((197, 768), "channels_last")], Site())[0].sizes
    (196, 768)
    >>> Slice(axis=-1, stop=-1, step=2).shapes([Shape((8, 9, 9))], Site())[0].sizes
    (8, 9, 4)
    """

    family = "reshape"
    numbers = "any"
    is_view = True

    axis: Axis = None
    start: Annotated[Integer, Doc("The first entry, counted from 0, or from the end with -1.")] = 0
    stop: Annotated[
        Integer | None, Doc("The entry behind the last one, counted from 0, or from the end. Default: the end.")
    ] = None
    step: Annotated[Concrete, Doc("The distance of the entries that stay; 1 takes all of them.")] = 1

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """As many entries as there are on the way from start to stop."""
        (shape,) = inputs
        axis = resolve_axis(site, shape, self.axis)
        if axis is None:
            return None
        size = shape.sizes[axis]
        start, stop = self._ends(size)
        there = f"axis {axis} of {shape} has {size} entries, counted from 0"
        bounds = (
            (Condition.at_least(start, 0), "start", self.start, codes.CROP_OUT_OF_BOUNDS),
            (Condition.at_least(stop, 0), "stop", self.stop, codes.CROP_OUT_OF_BOUNDS),
            (Condition.at_least(size, stop), "stop", self.stop, codes.CROP_OUT_OF_BOUNDS),
            (Condition.at_least(stop, start + 1), "start", self.start, codes.EMPTY_OUTPUT),
        )
        for condition, field, value, code in bounds:
            gone = code is codes.EMPTY_OUTPUT
            message = f"slice from {start} up to {stop} leaves nothing" if gone else f"{field} {value} is out of reach"
            if not site.require(condition, code, f"{message}: {there}", field=field, label=f"{size} entries"):
                return None
        length = as_dim(stop - start if self.step == 1 else ceil_div(stop - start, self.step))
        return (shape._replace(sizes=(*shape.sizes[:axis], length, *shape.sizes[axis + 1 :])),)

    def _ends(self, size: Dim) -> tuple[Dim, Dim]:
        """Start and stop counted from 0."""
        start, stop = (
            size + end if isinstance(end, int) and end < 0 else end
            for end in (self.start, size if self.stop is None else self.stop)
        )
        return as_dim(start), as_dim(stop)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """From the start to the stop."""
        (shape,) = inputs
        axis = own_axis(shape, self.axis)
        start, stop = self._ends(shape.sizes[axis])
        letters = (Letter("E", stop, "stop"), Letter("B", start, "start"))
        if self.step == 1:
            return (Formula(axis_names(shape)[axis], "E - B", letters, (axis,)),)
        step = Letter("S", self.step, "step")
        return (Formula(axis_names(shape)[axis], "ceil((E - B)/S)", (*letters, step), (axis,)),)

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Itself, further on; with a step, further apart."""
        (shape,) = inputs
        axis = own_axis(shape, self.axis)
        start, _ = self._ends(shape.sizes[axis])
        window = Window(kernel=1, stride=self.step, before=as_dim(-start))
        return tuple(sliding(window) if place == axis else SAME for place in spatial_axes(shape))

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """What PyTorch calls for a slice in brackets."""
        ends = {"start": self.start, "end": self.stop, "step": self.step}
        left_out = {"start": 0, "end": None, "step": 1}
        given = {name: value for name, value in ends.items() if value != left_out[name]}
        return (TorchCall("ops.aten.slice", (), {"dim": torch_axis(inputs[0], self.axis), **given}, is_module=False),)


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
        axis = own_axis(shape, self.axis)
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
