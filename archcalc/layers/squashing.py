"""Squashing functions: activations whose values stay between two bounds, and the logarithm of one."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any, ClassVar

from pydantic import ValidationInfo, field_validator

from archcalc.layers.activation import Activation
from archcalc.layers.arguments import as_python
from archcalc.layers.base import TorchCall
from archcalc.layers.fields import Doc, Real
from archcalc.layers.shape import Rounding, Shape


class Sigmoid(Activation):
    """Logistic function: 1/(1 + exp(-x)).

    Shape: unchanged
    Cost: none
    Source: torch.nn.Sigmoid
    """


class LogSigmoid(Activation):
    """Logarithm of the logistic function: -log(1 + exp(-x)).

    Shape: unchanged
    Cost: none
    Source: torch.nn.LogSigmoid
    """


class HardSigmoid(Activation):
    """Sigmoid of straight lines: slope*x + shift, cut off at 0 and 1.

    By default x/6 + 1/2, as in PyTorch and Keras 3. ONNX and Keras 2 have a slope of 0.2.

    Shape: unchanged
    Cost: none
    Source: torch.nn.Hardsigmoid; onnx.ai HardSigmoid

    >>> HardSigmoid(slope=Fraction(1, 5)).torch([], [], "exact")
    (TorchCall(target='supplied.HardSigmoid', kwargs={'slope': 0.2, 'shift': 0.5}),)
    """

    kind = "hardsigmoid"
    main = "slope"
    module = "Hardsigmoid"

    slope: Annotated[Real | None, Doc("How fast it rises. Default: 1/6.")] = None
    shift: Annotated[Real | None, Doc("Its value at 0. Default: 1/2.")] = None

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.Hardsigmoid`, which has one slope; a module of its own for others."""
        slope = Fraction(1, 6) if self.slope is None else self.slope
        shift = Fraction(1, 2) if self.shift is None else self.shift
        if (slope, shift) == (Fraction(1, 6), Fraction(1, 2)):
            return (TorchCall("nn.Hardsigmoid"),)
        return (TorchCall("supplied.HardSigmoid", (), {"slope": as_python(slope), "shift": as_python(shift)}),)


class HardTanh(Activation):
    """Identity, cut off at `low` and `high`.

    Shape: unchanged
    Cost: none
    Source: torch.nn.Hardtanh
    """

    kind = "hardtanh"
    module = "Hardtanh"
    named: ClassVar[dict[str, str]] = {"low": "min_val", "high": "max_val"}

    low: Annotated[Real, Doc("Smallest output.")] = -1
    high: Annotated[Real, Doc("Largest output.")] = 1

    @field_validator("high")
    @classmethod
    def _above_low(cls, high: Any, info: ValidationInfo) -> Any:
        low = info.data.get("low")
        if isinstance(low, (int, Fraction)) and isinstance(high, (int, Fraction)) and high <= low:
            raise ValueError(f"must be above low, and {high} is not above {low}")
        return high


class Tanh(Activation):
    """Hyperbolic tangent.

    Shape: unchanged
    Cost: none
    Source: torch.nn.Tanh
    """


class Softsign(Activation):
    """Rational squashing function: x/(1 + |x|).

    Shape: unchanged
    Cost: none
    Source: torch.nn.Softsign
    """
