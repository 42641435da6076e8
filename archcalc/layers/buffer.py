"""A tensor of fixed numbers: what a network holds and nobody trains."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition
from archcalc.dims.figures import number_text
from archcalc.layers.base import Fixed, Held, TorchCall, Weight
from archcalc.layers.fields import Doc, Flag, Numbers, flat, sizes_of
from archcalc.layers.formula import BUFFERS, Formula, product
from archcalc.layers.letters import size_letters
from archcalc.layers.parameter import OwnTensor
from archcalc.layers.shape import Integers, Rounding, Shape
from archcalc.layers.site import Site

MOST_BITS = 63
"""Integers of PyTorch are below 2 to this power."""


class Buffer(OwnTensor):
    """Fixed numbers: reads nothing and writes a tensor that nobody trains, such as a mask or the means of images.

    They are the same for every item of the batch. With a name it is that tensor of the class which holds it, as in
    `self.attn_mask = nn.Buffer(...)`; without one it is a module that holds a tensor named `tensor`. Beside maps
    with an axis less, a leading 1 is the axis of the batch, as for `parameter`. Without `values` the numbers are not
    known here: shapes and counts are exact, and exported code gets the numbers from a state dict.

    Shape: nothing -> shape, of integers with `dtype: int`
    Cost: prod(shape) buffers where a state dict has it, otherwise none; no parameters, no multiplications
    Reports: AC304, AC310
    Source: torch.nn.Buffer, torch.nn.Module.register_buffer

    >>> Buffer(shape=[3, 1, 1], values=[0.485, 0.456, 0.406]).shapes([], Site())[0].sizes
    (3, 1, 1)
    >>> Buffer(shape=[4], values=[0, 1, 1, 2], dtype="int").shapes([], Site())[0].integers
    Integers(below=3)
    """

    other_names: ClassVar[dict[str, str]] = {"value": "values"}

    values: Annotated[
        Numbers | None,
        Doc(
            "Its numbers: one for all entries, or a list, row by row, flat or in lists. Default: those of a state dict."
        ),
    ] = None
    dtype: Annotated[
        Literal["float", "int"], Doc("`int` for integers from 0 on that name something, as `embedding` reads them.")
    ] = "float"
    persistent: Annotated[
        Flag, Doc("Whether a state dict has it. Otherwise code makes it anew, and it is not counted.")
    ] = True

    @model_validator(mode="after")
    def _are_integers(self) -> Self:
        if self.dtype != "int":
            return self
        if "layout" in self.model_fields_set:
            raise ValueError("of integers has no channels: leave `layout` out")
        for number in () if self.values is None else flat(self.values):
            if not isinstance(number, int) or number < 0:
                raise ValueError(f"of integers takes whole numbers from 0 on as `values`, not {number_text(number)}")
            if number.bit_length() > MOST_BITS:
                raise ValueError(f"of integers takes `values` below 2**{MOST_BITS}, not {number:,}")
        return self

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The declared shape, if its numbers fill it."""
        found = super().shapes(inputs, site)
        if found is None or not self._is_filled(site):
            return None
        (shape,) = found
        if self.dtype == "float":
            return found
        below = None if self.values is None else max(flat(self.values)) + 1
        return (shape._replace(integers=Integers(below)),)

    def _is_filled(self, site: Site) -> bool:
        """Whether there is a number for every entry.

        Reports: AC310
        """
        given = sizes_of(self.values)
        if not given:
            return True
        shape = Shape(self.shape)
        if len(given) == 1:
            message = f"the shape {shape} has {shape.elements} entries, and `values` has {given[0]}"
            return self._fits(site, Condition.equal(shape.elements, given[0]), message)
        message = f"`values` holds lists of {Shape(given)}, but the shape is {shape}"
        if len(given) != len(self.shape):
            site.report(codes.ELEMENTS_DIFFER, message, field="values", help=(_FLAT,))
            return False
        pairs = zip(self.shape, given, strict=True)
        return all(self._fits(site, Condition.equal(size, listed), message) for size, listed in pairs)

    def _fits(self, site: Site, condition: Condition, message: str) -> bool:
        return site.require(condition, codes.ELEMENTS_DIFFER, message, field="values")

    def buffers(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`tensor`, the tensor itself, if a state dict has it."""
        return (Weight("tensor", self.shape, "statistic"),) if self.persistent else ()

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """A buffer for every number."""
        letters = size_letters(outputs[0], "declared")
        return (Formula(BUFFERS, product(*letters), letters),) if self.persistent else ()

    @property
    def _fixed(self) -> Fixed:
        numbers = _in_python(self.values, int if self.dtype == "int" else float)
        return Fixed(numbers, self.dtype == "int", self.persistent)

    @property
    def _is_known(self) -> bool:
        """Whether the spec or a state dict has its numbers."""
        return self.persistent or self.values is not None

    def held(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Held | None:
        """The tensor itself, if its numbers come from anywhere."""
        return Held(self.shape, fixed=self._fixed) if self._is_known else None

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A module of its own, called as that of a `parameter`."""
        return (TorchCall("supplied.FixedTensor", self.shape, self._fixed.arguments),) if self._is_known else ()

    @property
    def why_no_torch(self) -> tuple[str, ...]:
        """That nobody knows its numbers, and what to write."""
        return (
            "nothing says which numbers this buffer holds: the spec states none, and `persistent: false` says that no "
            "state dict has them",
            "state them, as in `values: 0` for all of them or `values: [1, 2, 3]`",
            "or leave `persistent: false` out, where a state dict has them",
        )


_FLAT = "a flat list is read row by row, whatever the shape"


def _in_python(values: Any, kind: type) -> Any:
    """Numbers as PyTorch takes them."""
    if isinstance(values, tuple):
        return tuple(_in_python(one, kind) for one in values)
    return None if values is None else kind(values)
