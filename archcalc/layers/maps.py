"""Maps with channels first, and fields with one value per axis: what layers of many families ask and need."""

from __future__ import annotations

from typing import Any, TypeVar

from archcalc.diagnostics.codes import shapes as codes
from archcalc.layers.shape import Shape
from archcalc.layers.site import InFront, Site

Entry = TypeVar("Entry")


def reads_map(site: Site, shape: Shape, kind: str) -> bool:
    """Whether a shape is a map with channels first and one to three further axes.

    Reports: AC304, AC321
    """
    if shape.layout == "channels_last":
        site.report(
            codes.LAYOUT_MISMATCH,
            f"{kind} reads channels first, but gets {shape} with the channels last",
            help=(InFront("channels_first"),),
        )
        return False
    if not 1 <= len(shape.spatial) <= 3:
        site.report(
            codes.RANK_MISMATCH,
            f"{kind} reads a map [C, L], [C, H, W] or [C, D, H, W], but gets {shape}",
            label=f"reads {shape}",
            help=_before_the_vector(kind) if len(shape.sizes) == 1 else (),
        )
        return False
    return True


def reads_positions(site: Site, shape: Shape, kind: str) -> bool:
    """Whether a shape has one to three axes besides its channels, which may be first or last.

    Reports: AC304, AC321
    """
    if shape.layout == "channels_first":
        return reads_map(site, shape, kind)
    if not 1 <= len(shape.spatial) <= 3:
        site.report(
            codes.RANK_MISMATCH,
            f"{kind} reads a map with one to three axes besides its channels, but gets {shape}",
            label=f"reads {shape}",
        )
        return False
    return True


def _before_the_vector(kind: str) -> tuple[str, ...]:
    """What to write where a vector is read, which mostly stands behind `flatten`."""
    instead = ", or write `linear`, which reads vectors" if kind == "conv" else ""
    return (f"a vector has no positions: move {kind} in front of `flatten`{instead}",)


def spread(value: Entry | tuple[Entry, ...], rank: int) -> tuple[Entry, ...]:
    """A field's value for each of `rank` axes; a list has been found to be as long by the shape rule.

    >>> spread(3, 2), spread((1, 2), 2)
    ((3, 3), (1, 2))
    """
    return value if isinstance(value, tuple) else (value,) * rank


def collapsed(value: Any) -> Any:
    """A per-axis field as PyTorch takes it: one number when all axes agree.

    >>> collapsed((3, 3)), collapsed((1, 2)), collapsed(5)
    (3, (1, 2), 5)
    """
    if not isinstance(value, tuple):
        return value
    return value[0] if len(set(value)) == 1 else value
