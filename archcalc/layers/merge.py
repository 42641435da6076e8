"""Merges: layers that read several branches, elementwise or one behind the other."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar, TypeGuard

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim, Number, is_known, maximum
from archcalc.layers.axes import axis_names, joined, own_axis, resolve_axis, torch_axis
from archcalc.layers.base import Layer, TorchCall
from archcalc.layers.formula import Formula, Letter, rearranged
from archcalc.layers.reach import Reach, pointwise
from archcalc.layers.rules import AlongAxis
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import Axis, Broadcast
from archcalc.layers.site import Helps, Instead, Site, Words, text_of
from archcalc.layers.window import as_dim

_LISTED = 4
_CUT_OR_ENLARGE = ("cut the larger map with `crop: {to: ...}`, or enlarge the smaller one with `upsample: {to: ...}`",)


def shown(shapes: Sequence[Shape]) -> str:
    """The shapes of all branches in words; many branches are grouped by shape."""
    if len(shapes) <= _LISTED:
        parts = [str(shape) for shape in shapes]
    else:
        tally: dict[str, int] = {}
        for shape in shapes:
            tally[str(shape)] = tally.get(str(shape), 0) + 1
        parts = [f"{times} times {text}" if times > 1 else text for text, times in tally.items()]
    return joined(parts)


def agree(
    site: Site, inputs: Sequence[Shape], kind: str, *, exactly: int | None = None, one_layout: bool = True
) -> bool:
    """Whether the branches can be compared axis by axis: enough of them, of one rank, layout and count.

    Reports: AC306, AC311, AC321
    """
    found = f"{len(inputs)} branch" + ("" if len(inputs) == 1 else "es")
    if exactly is not None and len(inputs) != exactly:
        site.report(codes.WRONG_INPUTS, f"{kind} takes exactly {exactly} branches, but gets {found}", label=found)
        return False
    if len(inputs) < 2:
        site.report(codes.WRONG_INPUTS, f"{kind} joins at least 2 branches, but gets {found}", label=found)
        return False
    first = inputs[0]
    other = next((shape for shape in inputs if len(shape.sizes) != len(first.sizes)), None)
    if other is not None:
        site.report(
            codes.MERGE_MISMATCH,
            f"{kind} needs branches with the same axes, but gets {shown(inputs)}",
            label=f"{_axes(first)} against {_axes(other)}",
        )
        return False
    other = next((shape for shape in inputs if shape.layout != first.layout), None)
    if one_layout and other is not None and len(first.sizes) > 1:
        last, front = (first, other) if first.layout == "channels_last" else (other, first)
        site.report(
            codes.LAYOUT_MISMATCH,
            f"{kind} gets {front} with the channels first and {last} with the channels last",
            help=("put `channels_last` or `channels_first` at the end of one branch",),
        )
        return False
    return all(
        site.require(
            Condition.equal(first.items, shape.items),
            codes.MERGE_MISMATCH,
            f"{kind} needs branches with the same number of items, but gets {first.items} and {shape.items} per input",
        )
        for shape in inputs[1:]
    )


def _axes(shape: Shape) -> str:
    return "1 axis" if len(shape.sizes) == 1 else f"{len(shape.sizes)} axes"


def sizes_agree(
    site: Site, inputs: Sequence[Shape], axis: int, message: Words, help_: Helps = (), others: Words = ""
) -> bool:
    """Whether all branches have the same size along an axis, by a condition for each that differs from the first."""
    first = inputs[0].sizes[axis]
    name = axis_names(inputs[0])[axis]

    def require(size: Dim) -> bool:
        return site.require(
            Condition.equal(first, size),
            codes.MERGE_MISMATCH,
            message,
            reason=lambda: f"the {name} {first} and {size} must be equal",
            label=lambda: _differ(name, first, size, others),
            help=help_,
        )

    return all(require(size) for size in dict.fromkeys(shape.sizes[axis] for shape in inputs[1:]))


def _differ(name: str, first: Dim, size: Dim, others: Words) -> str:
    """How two sizes along an axis differ, in words."""
    return f"the {name} differ{'' if name.endswith('s') else 's'}: {first} and {size}{text_of(others)}"


def common(inputs: Sequence[Shape], axis: int) -> Dim:
    """The size of branches that agree along an axis: if an error leaves it open for one of them, it is open for all."""
    sizes = [shape.sizes[axis] for shape in inputs]
    return next((size for size in sizes if not is_known(size)), sizes[0])


def stretched(
    site: Site, inputs: Sequence[Shape], axis: int, message: Words, help_: Helps = (), others: Words = ""
) -> Dim | None:
    """The size that all sizes of 1 give way to. A symbol may stand for 1, too: (a - b)(a - 1)(b - 1) = 0.

    Reports: AC311
    """
    name = axis_names(inputs[0])[axis]

    def require(wide: Dim, size: Dim) -> bool:
        unequal: Number = wide - size
        for one in (wide, size):
            unequal = unequal if isinstance(one, int) else unequal * (one - 1)
        condition = Condition.equal(unequal, 0)
        label = partial(_differ, name, wide, size, others)
        return site.require(condition, codes.MERGE_MISMATCH, message, label=label, help=help_)

    wide, *rest = dict.fromkeys(shape.sizes[axis] for shape in inputs if shape.sizes[axis] != 1) or (1,)
    for size in rest:
        if not require(wide, size):
            return None
        # Where one is 1 or both are equal, the greater one is what comes out; a number is that already.
        number = next((one for one in (wide, size) if isinstance(one, int)), None)
        wide = as_dim(maximum(wide, size)) if number is None else number
    sizes = [shape.sizes[axis] for shape in inputs]
    return wide if all(map(is_known, sizes)) else as_dim(maximum(*sizes))


_STRETCHED = Instead("broadcast", "true", "which stretches the sizes of 1")


def leading_sizes(site: Site, inputs: Sequence[Shape], message: Words, *, broadcast: bool) -> list[Dim] | None:
    """The sizes of the axes in front of the last two, on which maps have to agree.

    Reports: AC306
    """
    sizes: list[Dim] = []
    for axis in range(len(inputs[0].sizes) - 2):
        if broadcast:
            size = stretched(site, inputs, axis, message)
        else:
            along = [shape.sizes[axis] for shape in inputs]
            helps = (_STRETCHED,) if 1 in along else ()
            size = common(inputs, axis) if sizes_agree(site, inputs, axis, message, helps) else None
        if size is None:
            return None
        sizes.append(size)
    return sizes


def common_shape(
    site: Site, kind: str, inputs: Sequence[Shape], *, broadcast: bool, exactly: int | None = None
) -> tuple[Shape, ...] | None:
    """The one shape of maps that are joined number by number; with `broadcast` sizes of 1 give way to the others.

    Reports: AC306, AC311, AC321
    """
    if not agree(site, inputs, kind, exactly=exactly):
        return None

    def message() -> str:
        return f"{kind} needs branches of one shape, but gets {shown(inputs)}"

    sizes: list[Dim] = []
    for axis in range(len(inputs[0].sizes)):
        # Most branches agree, and to find the words takes long.
        helps, others = partial(_helps, inputs, axis, broadcast=broadcast), partial(_others, inputs, axis)
        if broadcast:
            size = stretched(site, inputs, axis, message, helps, others)
        else:
            size = common(inputs, axis) if sizes_agree(site, inputs, axis, message, helps, others) else None
        if size is None:
            return None
        sizes.append(size)
    first = inputs[0]
    return (Shape(tuple(sizes), first.layout, first.items),)


def _others(inputs: Sequence[Shape], axis: int) -> str:
    """The axes behind this one that differ as well, in words."""
    names = axis_names(inputs[0])
    apart = [
        names[later]
        for later in range(axis + 1, len(names))
        if any(Condition.equal(inputs[0].sizes[later], shape.sizes[later]).decide() is False for shape in inputs)
    ]
    return f", and so do{'es' if len(apart) == 1 else ''} the {joined(apart)}" if apart else ""


def _helps(inputs: Sequence[Shape], axis: int, *, broadcast: bool) -> tuple[str, ...]:
    """What helps where sizes differ along an axis, and along those behind it."""
    along = [shape.sizes[axis] for shape in inputs]
    if 1 in along and not broadcast:
        return ("write `broadcast: true` to stretch the sizes of 1",)
    spatial = (
        "give the branch that shrinks `padding`, or the shortcut the same `stride`; or cut the larger map with "
        "`crop: {to: ...}`, or enlarge the smaller one with `upsample: {to: ...}`",
    )
    if axis_names(inputs[0])[axis] != "channels":
        return spatial
    if _is_paced(inputs):
        return (
            "a 1x1 `conv` on the branch that is to change: its `out` is the other's channels, its `stride` how many "
            "times smaller the other is",
        )
    project = "a 1x1 `conv` on the branch that is to change, whose `out` is the other's channels"
    return (f"channels: {project}", *spatial) if _others(inputs, axis) else (project,)


def _is_paced(inputs: Sequence[Shape]) -> bool:
    """Whether one of two maps is some times as large as the other: somebody has given a branch a stride."""
    if len(inputs) != 2:
        return False
    pairs = [sorted(pair) for pair in zip(*(shape.spatial for shape in inputs), strict=True) if _are_numbers(pair)]
    factors = {(large + small // 2) // small for small, large in pairs}
    return len(pairs) == len(inputs[0].spatial) and len(factors) == 1 and factors != {1}


def _are_numbers(sizes: Sequence[Dim]) -> TypeGuard[Sequence[int]]:
    return all(isinstance(size, int) for size in sizes)


def unless_stretched(inputs: Sequence[Shape], output: Shape) -> tuple[Reach, ...] | None:
    """The reach of maps that are joined number by number; None where a single position is stretched over all."""
    sizes = [pair for shape in inputs for pair in zip(shape.spatial, output.spatial, strict=True)]
    return None if any(size == 1 != wide for size, wide in sizes) else pointwise(output)


class Merge(Layer):
    """A layer that reads any number of branches."""

    family = "merge"
    is_merge = True
    counts_as_module = False
    inputs = None


class Elementwise(Merge):
    """Merge of numbers at the same place of every branch."""

    is_elementwise = True
    is_numberwise = True
    function: ClassVar[str] = ""

    broadcast: Broadcast = False

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The common shape; with `broadcast` the sizes of 1 give way to the others."""
        return common_shape(site, self.kind, inputs, broadcast=self.broadcast, exactly=self.branches)

    def operations(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """For every number one less than there are branches."""
        return (len(inputs) - 1) * outputs[0].elements

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """All branches have one shape."""
        words = f"{len(inputs)} branches: {shown(inputs)}"
        return rearranged(len(inputs[0].sizes), f"{words}; sizes of 1 are stretched" if self.broadcast else words)

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Every position sees itself, unless a single one is stretched over all."""
        return unless_stretched(inputs, outputs[0])

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A function of two maps, once for every branch after the first: folded from the left."""
        return (TorchCall(self.function, is_module=False),) * (len(inputs) - 1)


class Add(Elementwise):
    """Sum of the branches, number by number.

    Shape: branches of one shape -> that shape; `broadcast: true` stretches sizes of 1
    Cost: none (additions are not counted)
    Reports: AC306, AC311, AC321
    Source: torch.add

    >>> Add().shapes([Shape((8, 4, 4)), Shape((8, 4, 4))], Site())[0].sizes
    (8, 4, 4)
    """

    is_commutative = True
    function = "add"


class Subtract(Elementwise):
    """Difference of two branches: the first minus the second.

    Shape: two branches of one shape -> that shape; `broadcast: true` stretches sizes of 1
    Cost: none (subtractions are not counted)
    Reports: AC306, AC311, AC321
    Source: torch.sub
    """

    branches = 2
    function = "sub"


class Multiply(Elementwise):
    """Product of the branches, number by number, such as a map and its gate.

    Shape: branches of one shape -> that shape; `broadcast: true` stretches sizes of 1
    Cost: none (only products with weights are counted)
    Reports: AC306, AC311, AC321
    Source: torch.mul

    >>> Multiply(broadcast=True).shapes([Shape((8, 4, 4)), Shape((8, 1, 1))], Site())[0].sizes
    (8, 4, 4)
    """

    is_commutative = True
    function = "mul"


class Concat(AlongAxis, Merge):
    """Branches one behind the other along an axis (by default the channels).

    Shape: (C1, *N), (C2, *N), ... -> (C1 + C2 + ..., *N)
    Cost: none
    Reports: AC306, AC311, AC313, AC318, AC321
    Source: torch.cat

    >>> Concat().shapes([Shape((64, 28, 28)), Shape((128, 28, 28))], Site())[0].sizes
    (192, 28, 28)
    """

    numbers = "any"

    axis: Axis = None

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The sizes along the axis add up."""
        if not agree(site, inputs, self.kind):
            return None
        first = inputs[0]
        joined = resolve_axis(site, first, self.axis)
        if joined is None:
            return None
        message = (
            f"concat along the {axis_names(first)[joined]} needs branches that agree on every other axis, "
            f"but gets {shown(inputs)}"
        )
        help_ = _CUT_OR_ENLARGE if first.integers is None else ("cut the longer one with `slice`",)
        for axis in range(len(first.sizes)):
            if axis != joined and not sizes_agree(site, inputs, axis, message, help_):
                return None
        sizes = [common(inputs, axis) for axis in range(len(first.sizes))]
        sizes[joined] = sum((shape.sizes[joined] for shape in inputs[1:]), start=first.sizes[joined])
        return (Shape(tuple(sizes), first.layout, first.items),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The sizes along the axis add up."""
        names = axis_names(inputs[0])
        along = own_axis(inputs[0], self.axis)
        sizes = [shape.sizes[along] for shape in inputs]
        if len(sizes) <= _LISTED:
            parts = [(size, 1) for size in sizes]
        else:
            parts = [(size, sizes.count(size)) for size in dict.fromkeys(sizes)]
        letters = [Letter(f"C_{i}", size, f"{names[along]} of branch {i}") for i, (size, _) in enumerate(parts, 1)]
        if len(sizes) > _LISTED:
            letters = [
                letter._replace(meaning=f"{names[along]} of {times} {'branch' if times == 1 else 'branches'}")
                for letter, (_, times) in zip(letters, parts, strict=True)
            ]
        terms = [
            letter.name if times == 1 else f"{times}*{letter.name}"
            for letter, (_, times) in zip(letters, parts, strict=True)
        ]
        return (Formula(names[along], " + ".join(terms), tuple(letters), (along,)),)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`torch.cat`, which takes the inputs as one list."""
        return (TorchCall("cat", (), {"dim": torch_axis(inputs[0], self.axis)}, is_module=False),)
