"""Sizes that a network refuses though it could compute them."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim
from archcalc.layers.arguments import keywords
from archcalc.layers.axes import joined
from archcalc.layers.base import TorchCall
from archcalc.layers.fields import Doc, Strides
from archcalc.layers.rules import OfPositions, Pointwise
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.site import Site
from archcalc.layers.window import by_axis, per_axis


class Require(OfPositions, Pointwise):
    """A check, as programs have in front of a network: sizes of a map that are refused, though layers could take them.

    `{require: {multiple_of: 32}}` says of an encoder and a decoder what `if height % 32 != 0: raise` does.

    Shape: unchanged
    Cost: no parameters, no multiplications
    Reports: AC304, AC321, AC340
    Source: archcalc

    >>> Require(multiple_of=32).shapes([Shape((3, 224, 320))], Site())[0].sizes
    (3, 224, 320)
    """

    family = "reshape"
    is_view = True
    counts_as_module = False

    multiple_of: Annotated[
        Strides, Doc("Every size besides the channels is a multiple of this, or of one per axis.")
    ] = 1
    at_least: Annotated[Strides, Doc("Every size besides the channels is this or more, or one per axis.")] = 1

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if self.multiple_of == 1 and self.at_least == 1:
            raise ValueError("takes `multiple_of`, `at_least` or both")
        return self

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """The map that it reads, if its sizes are not refused."""
        rank = len(shape.spatial)
        factors = per_axis(site, self.multiple_of, rank, "multiple_of")
        bounds = per_axis(site, self.at_least, rank, "at_least")
        if factors is None or bounds is None:
            return None
        pairs = list(zip(factors, bounds, strict=True))
        return (shape,) if by_axis(shape, pairs, lambda *axis: self._held(site, *axis)) is not None else None

    def _held(self, site: Site, names: list[str], size: Dim, entry: tuple[Any, Any]) -> Dim | None:
        # No field is named: that a check asks for less is no repair.
        factor, bound = entry
        axis = joined(names)
        fits = site.require(
            Condition.multiple(size, factor),
            codes.REFUSED_SIZE,
            f"the {axis} must be a multiple of {factor}, and is {size}",
            label=f"{factor} does not divide {size}",
        )
        reaches = site.require(
            Condition.at_least(size, bound),
            codes.REFUSED_SIZE,
            f"the {axis} must be {bound} or more, and is {size}",
            label=f"{size} is less than {bound}",
        )
        return size if fits and reaches else None

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A check that raises ValueError."""
        options: dict[str, Any] = keywords(self, {"multiple_of": "multiple_of", "at_least": "at_least"})
        if inputs[0].layout == "channels_last":
            options["channels_last"] = True
        return (TorchCall("supplied.required", (), options, is_module=False),)
