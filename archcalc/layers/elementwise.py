"""Arithmetic on the numbers of maps, written as an expression."""

from collections.abc import Sequence
from math import prod
from typing import Annotated, Any

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Dim, Polynomial
from archcalc.layers.arguments import as_python
from archcalc.layers.base import Layer, Read, TorchCall
from archcalc.layers.fields import Doc, MapArithmetic
from archcalc.layers.formula import Formula, rearranged
from archcalc.layers.merge import common_shape, unless_stretched
from archcalc.layers.pointwise import Constant, Operand, Operation, Reading
from archcalc.layers.reach import Reach
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import Broadcast
from archcalc.layers.site import Site

_OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "truediv", "**": "pow"}
"""Operators by the names that Python has for them."""
_OF_TWO_MAPS = {"max": "maximum", "min": "minimum"}


class Elementwise(Layer):
    """Arithmetic on every number by itself: `elementwise: "0.17 * x"`, where `x` is the map that arrives.

    Other names are other maps, of the same shape, or numbers: lets, symbols, parameters. There are `+`, `-`, `*`, `/`
    and `**`, and the functions abs, ceil, clamp(x, low, high), cos, exp, floor, log, max(a, b), min(a, b), relu, round,
    rsqrt, sigmoid, sign, sin, sqrt and tanh.

    Shape: unchanged; `broadcast: true` stretches sizes of 1 where several maps are read
    Cost: no parameters, no multiplications (only products with weights are counted); its operations are `elementwise`
    Reports: AC306, AC311, AC318, AC321
    Source: torch.Tensor

    >>> layer = Elementwise("clamp(x / 6 + 0.5, 0, 1)")
    >>> [call.target for call in layer.torch([Shape((8, 4, 4))], [], "exact")]
    ['Tensor.__truediv__', 'Tensor.__add__', 'clamp']
    """

    family = "arithmetic"
    is_numberwise = True
    main = "value"
    computed = "value"

    value: Annotated[MapArithmetic, Doc("The arithmetic; `x` is the map that arrives.")]
    broadcast: Broadcast = False

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape of the maps, which is one."""
        for constant in self.value.constants():
            number = constant.value
            if isinstance(number, Polynomial) and number.denominator != 1:
                site.report(
                    codes.NEEDS_NUMBER,
                    f"{number} in `{self.value}` is a fraction that a symbol decides",
                    help=("divide the map instead: `x / N`",),
                )
                return None
        maps = self._maps(inputs)
        return tuple(maps) if len(maps) == 1 else common_shape(site, self.kind, maps, broadcast=self.broadcast)

    def _maps(self, inputs: Sequence[Shape]) -> list[Shape]:
        return [inputs[0], *(tap.shape for tap in self.value.others)]

    def operations(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Every operator and every function once for each number that it gives."""
        maps = self._maps(inputs)
        made: list[Dim] = [prod(_sizes(operation, maps, outputs[0])) for operation in self.value.operations()]
        return sum(made, start=0)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The shape stays."""
        return rearranged(len(inputs[0].sizes), f"number by number: {self.value}")

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Every position sees itself, unless a single one is stretched over all."""
        return unless_stretched(self._maps(inputs), outputs[0])

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """What Python calls for every operator, and the functions."""
        return tuple(_call(operation) for operation in self.value.operations())


def _sizes(operand: Operand, maps: Sequence[Shape], output: Shape) -> tuple[Dim, ...]:
    """The sizes of what a part of an expression gives: those of 1 give way to the others. A number has none."""
    if isinstance(operand, Constant):
        return (1,) * len(output.sizes)
    if isinstance(operand, Reading):
        return maps[operand.place].sizes
    columns = zip(*(_sizes(one, maps, output) for one in operand.operands), strict=True)
    wide = [list(dict.fromkeys(size for size in column if size != 1)) or [1] for column in columns]
    return tuple(sizes[0] if len(sizes) == 1 else size for sizes, size in zip(wide, output.sizes, strict=True))


def _call(operation: Operation) -> TorchCall:
    """One operation; operands that are results are those that no call has read yet."""
    name, operands = operation
    given = [one for one in operands if isinstance(one, Constant)]
    reads = tuple(_read(one) for one in operands if not isinstance(one, Constant))
    arguments: tuple[Any, ...] = tuple(as_python(one.value) for one in given)
    parts = tuple(one.node for one in given)
    if name in _OPERATORS and len(operands) == 2:
        turned = "r" if isinstance(operands[0], Constant) else ""
        return TorchCall(f"Tensor.__{turned}{_OPERATORS[name]}__", arguments, {}, False, reads, formulas=parts)
    if name in _OF_TWO_MAPS:
        if not given:
            return TorchCall(_OF_TWO_MAPS[name], is_module=False, reads=reads)
        bound = {"max": "min", "min": "max"}[name]
        return TorchCall("clamp", (), {bound: arguments[0]}, False, reads, formulas=parts)
    return TorchCall("neg" if name == "-" else name, arguments, {}, False, reads, formulas=parts)


def _read(operand: Operand) -> Read:
    return Read(operand.place) if isinstance(operand, Reading) else Read(what="result")
