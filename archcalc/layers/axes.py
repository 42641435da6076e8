"""Axes of a shape by number and by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from archcalc.diagnostics.codes import shapes as codes
from archcalc.diagnostics.model import Code
from archcalc.dims import Condition, Dim, Polynomial, divide, is_known
from archcalc.dims.atoms import Floor, direct_atoms
from archcalc.layers.shape import AXIS_NAMES, Shape
from archcalc.layers.site import Site, Words


def joined(names: Sequence[str]) -> str:
    """Names as a person lists them.

    >>> joined(["height", "width"]), joined(["depth", "height", "width"])
    ('height and width', 'depth, height and width')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def axis_names(shape: Shape) -> tuple[str, ...]:
    """What the axes of a shape are called, in its order; integers have no channels.

    >>> from archcalc.layers.shape import Integers
    >>> axis_names(Shape((8, 4, 4))), axis_names(Shape((16,), integers=Integers()))
    (('channels', 'height', 'width'), ('length',))
    """
    rank = len(shape.spatial)
    spatial = AXIS_NAMES.get(rank, tuple(f"axis {axis}" for axis in range(rank)))
    if shape.integers is not None:
        return spatial
    return (*spatial, "channels") if shape.layout == "channels_last" else ("channels", *spatial)


def named_size(shape: Shape, name: str, axis: int | None = None) -> Dim | None:
    """A size of a shape by its name, or for `size` by the number of its axis; None where there is no such axis.

    `tokens` is the axis in front of the channels, where these are last.

    >>> named_size(Shape((8, 4, 5)), "width"), named_size(Shape((16, 49, 96), "channels_last"), "tokens")
    (5, 49)
    >>> named_size(Shape((8, 4, 5)), "size", -2), named_size(Shape((8, 4, 5)), "tokens")
    (4, None)
    """
    if name == "channels" and shape.integers is not None:
        return shape.channels
    place = named_axis(shape, name, axis)
    return None if place is None else shape.sizes[place]


def named_axis(shape: Shape, name: str, axis: int | None = None) -> int | None:
    """The number of an axis by its name, or for `size` by its number, counted from 0; None where there is none.

    >>> named_axis(Shape((8, 4, 5)), "width"), named_axis(Shape((16, 49, 96), "channels_last"), "channels")
    (2, 2)
    """
    rank = len(shape.sizes)
    if axis is not None:
        return axis % rank if -rank <= axis < rank else None
    if name == "tokens":
        return rank - 2 if shape.layout == "channels_last" and rank > 1 else None
    names = axis_names(shape)
    return names.index(name) if name in names else None


def resolve_axis(site: Site, shape: Shape, axis: Dim | None, field: str = "axis") -> int | None:
    """The number of an axis counted from 0, the channel axis by default; None after a report.

    Reports: AC313, AC318

    >>> resolve_axis(Site(), Shape((8, 4, 4)), -1)
    2
    """
    rank = len(shape.sizes)
    if axis is None:
        return rank - 1 if shape.layout == "channels_last" else 0
    if not isinstance(axis, int):
        site.report(codes.NEEDS_NUMBER, f"{field} must be a number and cannot depend on a symbol: {axis}", field=field)
        return None
    if not -rank <= axis < rank:
        site.report(
            codes.NO_SUCH_AXIS,
            f"{shape} has no axis {axis}",
            field=field,
            label=f"axes are 0 to {rank - 1}" if rank > 1 else "the only axis is 0",
        )
        return None
    return axis % rank


def resolve_axes(site: Site, shape: Shape, axes: Iterable[Dim], field: str = "axes") -> list[int] | None:
    """The numbers of several axes counted from 0; None after a report for every one that there is not.

    Reports: AC313, AC318

    >>> resolve_axes(Site(), Shape((8, 4, 4)), [1, -1])
    [1, 2]
    """
    resolved = [resolve_axis(site, shape, axis, field) for axis in axes]
    found = [axis for axis in resolved if axis is not None]
    return found if len(found) == len(resolved) else None


def own_axis(shape: Shape, axis: Dim | None) -> int:
    """The number of an axis that exists, counted from 0: the shape rule has already resolved it.

    >>> own_axis(Shape((21, 8, 8)), -1)
    2
    """
    resolved = resolve_axis(Site(), shape, axis)
    if resolved is None:
        raise AssertionError(f"axis {axis} of {shape} slipped through")
    return resolved


def torch_axis(shape: Shape, axis: Dim | None) -> int:
    """The number of an axis that exists, as PyTorch counts it: behind the batch.

    >>> torch_axis(Shape((21, 8, 8)), None)
    1
    """
    return own_axis(shape, axis) + 1


def collapsed_axes(axes: Iterable[int]) -> int | tuple[int, ...]:
    """Axes as PyTorch takes them: a single one as a number.

    >>> collapsed_axes([2]), collapsed_axes([2, 3])
    (2, (2, 3))
    """
    found = tuple(axes)
    return found[0] if len(found) == 1 else found


def parts_fit(site: Site, size: Dim, parts: Dim, code: Code, message: Words, *, field: str) -> bool:
    """Whether a size can be cut into so many equal parts.

    A number of parts with a symbol has to divide the size whatever the symbol is, as C/16 divides C: a part is then a
    closed form. Of g parts of 64, only g can tell, and no condition on it is written here.

    Reports: AC318, and the code that is given

    >>> from archcalc.dims import symbol
    >>> c = symbol("C")
    >>> parts_fit(Site(), 2 * c, c / 16, codes.DOES_NOT_DIVIDE, "", field="groups")
    True
    >>> site = Site()
    >>> parts_fit(site, 64, c, codes.DOES_NOT_DIVIDE, "", field="groups"), site.findings[0].message
    (False, 'whether C divides 64 depends on a symbol: groups must be a number here')
    """
    if isinstance(parts, int):
        condition = Condition.multiple(size, parts)
    elif not is_known(size) or not is_known(parts):
        return True
    else:
        try:
            condition = Condition.multiple(divide(size, parts), 1)
        except ValueError:
            other = f", or a part of {size}, whatever that is" if isinstance(size, Polynomial) else ""
            site.report(
                codes.NEEDS_NUMBER,
                f"whether {parts} divides {size} depends on a symbol: {field} must be a number here{other}",
                field=field,
                help=[f"write `/` in place of `//`: {field} are then a whole number, or the size is not legal"]
                if any(isinstance(atom, Floor) for atom in direct_atoms(parts))
                else [],
            )
            return False
    return site.require(condition, code, message, field=field, label=lambda: f"{size} is not a multiple of {parts}")


def equal_part(size: Dim, parts: Dim) -> Dim:
    """One of the equal parts of an axis. The shape rule has already required that the division is even.

    >>> from archcalc.dims import symbol
    >>> equal_part(64, 2), equal_part(symbol("C"), symbol("C") / 16)
    (32, 16)
    """
    if isinstance(parts, Polynomial) and not (is_known(size) and is_known(parts)):
        return size
    part = divide(size, parts)
    if isinstance(part, Fraction):
        raise AssertionError(f"{parts} parts slipped through for a size of {size}")
    return part
