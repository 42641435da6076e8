"""Reshaping: the same numbers, in the same order, in other shapes."""

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any, Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim, Polynomial, divide
from archcalc.layers.base import Layer, TorchCall
from archcalc.layers.formula import Formula, product, rearranged
from archcalc.layers.letters import size_letters
from archcalc.layers.rules import Pointwise, Unchanged
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import OutputLayout, OutputShape
from archcalc.layers.site import Site


class Flatten(Layer):
    """All axes made one: from a map to a vector, as fully connected layers read it.

    Shape: (C, *N) -> (C*prod(N))
    Cost: no parameters, no multiplications
    Source: torch.nn.Flatten

    >>> Flatten().shapes([Shape((16, 5, 5))], Site())[0].sizes
    (400,)
    """

    family = "reshape"
    numbers = "any"
    is_view = True

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

    family = "reshape"
    numbers = "any"
    is_view = True
    main = "shape"
    main_is_list = True

    shape: OutputShape
    layout: OutputLayout = "channels_first"

    @classmethod
    def advice(cls, values: dict[str, Any], inputs: Sequence[Shape]) -> dict[str, str]:
        """The number that -1 stands for elsewhere."""
        sizes, (shape,) = values.get("shape"), inputs
        sizes = sizes if isinstance(sizes, tuple) else (sizes,)
        others = [size for size in sizes if size != -1]
        if len(others) != len(sizes) - 1 or not all(isinstance(size, (int, Polynomial)) for size in others):
            return {}
        if not others:
            return {"shape": "all numbers in one axis are a vector: write `flatten`"}
        product: Dim = prod(others)
        if isinstance(product, int) and product < 1:
            return {}
        try:
            rest = divide(shape.elements, product)
        except ValueError:
            # Which number is left is not known of all symbols.
            return {}
        if isinstance(rest, Fraction):
            return {}
        written = ", ".join(str(rest if size == -1 else size) for size in sizes)
        return {"shape": f"the size that is left is {rest}: write `reshape: [{written}]`"}

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


class Identity(Unchanged, Pointwise):
    """What it reads, unchanged: a name for a map, or a place for a layer.

    Shape: (*sizes) -> (*sizes)
    Cost: no parameters, no multiplications
    Source: torch.nn.Identity

    >>> Identity().shapes([Shape((64, 56, 56))], Site())[0].sizes
    (64, 56, 56)
    """

    family = "reshape"
    numbers = "any"
    is_view = True

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.Identity`."""
        return (TorchCall("nn.Identity"),)
