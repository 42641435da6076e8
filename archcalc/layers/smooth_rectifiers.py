"""Smooth rectifiers: activations that follow the rectifier without its bend."""

from typing import Annotated, Literal

from pydantic import field_validator

from archcalc.layers.activation import Activation, not_zero
from archcalc.layers.fields import Doc, Real

Alpha = Annotated[Real, Doc("Scale of the values below zero.")]


class Elu(Activation):
    """Exponential linear unit: x, or alpha*(exp(x) - 1) for negative x.

    Shape: unchanged
    Cost: none
    Source: torch.nn.ELU
    """

    main = "alpha"
    module = "ELU"

    alpha: Alpha = 1


class Selu(Activation):
    """Scaled exponential linear unit, whose two constants keep mean 0 and variance 1.

    Shape: unchanged
    Cost: none
    Source: torch.nn.SELU; Klambauer et al. 2017
    """

    module = "SELU"


class Celu(Activation):
    """Exponential linear unit with a smooth slope: max(0, x) + min(0, alpha*(exp(x/alpha) - 1)).

    Shape: unchanged
    Cost: none
    Source: torch.nn.CELU
    """

    main = "alpha"
    module = "CELU"

    alpha: Alpha = 1

    _divides = field_validator("alpha")(not_zero)


class Gelu(Activation):
    """Gaussian error linear unit: x times the normal distribution function of x, or its approximation by tanh.

    Shape: unchanged
    Cost: none
    Source: torch.nn.GELU
    """

    main = "approximate"
    module = "GELU"

    approximate: Annotated[
        Literal["none", "tanh"], Doc("The formula: `none` is exact, `tanh` its usual approximation.")
    ] = "none"


class Silu(Activation):
    """Sigmoid linear unit, also called swish: x*sigmoid(x).

    Shape: unchanged
    Cost: none
    Source: torch.nn.SiLU
    """

    module = "SiLU"


class Mish(Activation):
    """Mish: x*tanh(softplus(x)).

    Shape: unchanged
    Cost: none
    Source: torch.nn.Mish
    """


class HardSwish(Activation):
    """Swish of straight lines: x*hardsigmoid(x).

    Shape: unchanged
    Cost: none
    Source: torch.nn.Hardswish; Howard et al. 2019
    """

    kind = "hardswish"
    module = "Hardswish"


class Softplus(Activation):
    """Smooth rectifier: log(1 + exp(beta*x))/beta.

    Shape: unchanged
    Cost: none
    Source: torch.nn.Softplus
    """

    main = "beta"

    beta: Annotated[Real, Doc("Steepness of the bend.")] = 1

    _divides = field_validator("beta")(not_zero)
