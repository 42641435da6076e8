"""Squashing functions: activations whose values stay between two bounds, and the logarithm of one."""

from fractions import Fraction
from typing import Annotated, Any, ClassVar

from pydantic import ValidationInfo, field_validator

from archcalc.layers.activation import Activation
from archcalc.layers.fields import Doc, Real


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
    """Sigmoid of straight lines: x/6 + 1/2, cut off at 0 and 1.

    Shape: unchanged
    Cost: none
    Source: torch.nn.Hardsigmoid
    """

    kind = "hardsigmoid"
    module = "Hardsigmoid"


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
