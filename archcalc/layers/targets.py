"""Sizes that a field asks for, or that are those of a map which a field names."""

from typing import Annotated, Any

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Dim
from archcalc.layers.base import Read, Tap
from archcalc.layers.fields import Doc, MapName
from archcalc.layers.formula import Formula
from archcalc.layers.letters import stated
from archcalc.layers.maps import spread
from archcalc.layers.shape import Shape
from archcalc.layers.site import Site
from archcalc.layers.window import per_axis

Target = Annotated[
    MapName | None, Doc("The map whose size is taken, by its name; `here` is what the step would read without `from`.")
]


def sizes_of(site: Site, shape: Shape, size: Any, to: Any) -> tuple[Dim, ...] | None:
    """Sizes that a field gives, or those of the map that a field names.

    Reports: AC304
    """
    rank = len(shape.spatial)
    if to is None:
        return per_axis(site, size, rank, "size")
    spatial: tuple[Dim, ...] = to.shape.spatial
    if len(spatial) == rank:
        return spatial
    site.report(
        codes.RANK_MISMATCH,
        f"the map that `to` names is {to.shape}, which has not as many axes as {shape}",
        field="to",
        label=f"a map of {to.shape}",
    )
    return None


def asked(shape: Shape, size: Any, to: Tap | None) -> tuple[Formula, ...]:
    """How sizes come about that a field gives, or the map that a field names."""
    if to is not None:
        return stated(shape, to.shape.spatial, "size of the map `to`")
    return stated(shape, spread(size, len(shape.spatial)))


BOTH = (Read(0), Read(1))
"""The map itself, and the one that `to` names."""


def turned(to: Tap) -> dict[str, Any]:
    """Where the sizes of the map `to` are, unless they are behind its channels."""
    return {"channels_last": True} if to.shape.layout == "channels_last" else {}
