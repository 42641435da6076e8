"""Activations: elementwise functions, gates and softmax."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, ValidationInfo, field_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition
from archcalc.layers.arguments import keywords
from archcalc.layers.axes import equal_part, resolve_axis, torch_axis
from archcalc.layers.base import TorchCall, Weight
from archcalc.layers.fields import Doc, Flag, Real
from archcalc.layers.formula import Formula, parameters
from archcalc.layers.letters import channel_letter, channels
from archcalc.layers.rules import AlongAxis, Pointwise, Unchanged
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import Axis
from archcalc.layers.site import InFront, Site

Alpha = Annotated[Real, Doc("Scale of the values below zero.")]


class Activation(Unchanged, Pointwise):
    """Function of every number by itself.

    Its PyTorch class and what this class takes are called as the layer and its fields, unless `module` and `named`
    say otherwise.
    """

    model_config = ConfigDict(validate_default=True)

    family = "activation"
    module: ClassVar[str] = ""
    named: ClassVar[dict[str, str]] = {}

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """The module of the same name."""
        names = {field: self.named.get(field, field) for field in type(self).model_fields}
        return (TorchCall(f"nn.{self.module or type(self).__name__}", (), keywords(self, names)),)


def _not_zero(value: Any) -> Any:
    if value == 0:
        raise ValueError("must not be 0, because the function divides by it")
    return value


class Relu(Activation):
    """Rectifier: max(0, x).

    Shape: unchanged
    Cost: none
    Source: torch.nn.ReLU
    """

    module = "ReLU"


class Relu6(Activation):
    """Rectifier with a ceiling: min(max(0, x), 6).

    Shape: unchanged
    Cost: none
    Source: torch.nn.ReLU6
    """

    module = "ReLU6"


class LeakyRelu(Activation):
    """Rectifier with a fixed slope below zero: x, or slope*x for negative x.

    Shape: unchanged
    Cost: none
    Source: torch.nn.LeakyReLU

    >>> LeakyRelu(slope=0.2).torch([], [], "exact")[0].kwargs
    {'negative_slope': 0.2}
    """

    main = "slope"
    module = "LeakyReLU"
    named: ClassVar[dict[str, str]] = {"slope": "negative_slope"}

    slope: Annotated[Real, Doc("Slope below zero.")] = 0.01


class PRelu(Activation):
    """Rectifier with a learned slope below zero: one slope for all, or one per channel.

    Shape: unchanged
    Cost: 1 parameter, or C with `per_channel: true`; the slope is not counted as a multiplication
    Reports: AC321
    Source: torch.nn.PReLU; He et al. 2015

    >>> PRelu(per_channel=True).weights([Shape((64, 8, 8))], [])
    (Weight(name='weight', shape=(64,), role='scale'),)
    """

    kind = "prelu"
    module = "PReLU"

    per_channel: Annotated[Flag, Doc("Whether every channel has a slope of its own.")] = False

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        (shape,) = inputs
        if self.per_channel and shape.layout == "channels_last" and len(shape.sizes) > 1:
            # nn.PReLU looks for the channels right behind the batch, wherever they are.
            site.report(
                codes.LAYOUT_MISMATCH,
                f"prelu with one slope per channel reads channels first, but gets {shape} with the channels last",
                field="per_channel",
                help=(InFront("channels_first"), "share one slope: `per_channel: false`"),
            )
            return None
        return (shape,)

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` [1] or [C]."""
        return (Weight("weight", (inputs[0].channels if self.per_channel else 1,), "scale"),)

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """C parameters, or 1."""
        if not self.per_channel:
            return (parameters("1", words="one slope for all channels"),)
        slopes = channel_letter(inputs[0], meaning="channels")
        return (parameters("C", slopes, words="a slope for every channel"),)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.PReLU`."""
        return (TorchCall("nn.PReLU", (inputs[0].channels,) if self.per_channel else ()),)


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

    _divides = field_validator("alpha")(_not_zero)


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


class HardSwish(Activation):
    """Swish of straight lines: x*hardsigmoid(x).

    Shape: unchanged
    Cost: none
    Source: torch.nn.Hardswish; Howard et al. 2019
    """

    kind = "hardswish"
    module = "Hardswish"


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


class Softplus(Activation):
    """Smooth rectifier: log(1 + exp(beta*x))/beta.

    Shape: unchanged
    Cost: none
    Source: torch.nn.Softplus
    """

    main = "beta"

    beta: Annotated[Real, Doc("Steepness of the bend.")] = 1

    _divides = field_validator("beta")(_not_zero)


class Softsign(Activation):
    """Rational squashing function: x/(1 + |x|).

    Shape: unchanged
    Cost: none
    Source: torch.nn.Softsign
    """


class Glu(Activation):
    """Gated linear unit: the first half of the channels times the sigmoid of the second half.

    `glu: tanh` is the gate of WaveNet, tanh(first half)*sigmoid(second half).

    Shape: (C, *N) -> (C/2, *N)
    Cost: none
    Reports: AC314
    Source: torch.nn.GLU; Dauphin et al. 2017; van den Oord et al. 2016, equation 2

    >>> Glu().shapes([Shape((64, 100))], Site())[0].sizes
    (32, 100)
    """

    main = "activation"

    activation: Annotated[Literal["none", "tanh"], Doc("What is applied to the first half of the channels.")] = "none"

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """Half the channels."""
        (shape,) = inputs
        if not site.require(
            Condition.multiple(shape.channels, 2),
            codes.DOES_NOT_DIVIDE,
            f"glu splits the channels into two halves, but {shape.channels} is odd",
            label=f"reads {shape}",
        ):
            return None
        return (shape.with_channels(equal_part(shape.channels, 2)),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """Half the channels."""
        return (channels(inputs[0], "C/2", channel_letter(inputs[0]), words="one half is the gate of the other"),)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.GLU` over the channel axis; PyTorch has no gate with tanh."""
        target = "nn.GLU" if self.activation == "none" else "supplied.TanhGate"
        return (TorchCall(target, (), {"dim": torch_axis(inputs[0], None)}),)


class Softmax(AlongAxis, Activation):
    """Softmax: exp(x), divided by its sum along one axis (by default the channels).

    Shape: unchanged
    Cost: none
    Reports: AC313, AC318
    Source: torch.nn.Softmax

    >>> Softmax().torch([Shape((21, 8, 8))], [], "exact")[0].kwargs
    {'dim': 1}
    """

    main = "axis"

    axis: Axis = None

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        (shape,) = inputs
        return None if resolve_axis(site, shape, self.axis) is None else (shape,)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """The module over one axis, counted with the batch."""
        return (TorchCall(f"nn.{type(self).__name__}", (), {"dim": torch_axis(inputs[0], self.axis)}),)


class LogSoftmax(Softmax):
    """Logarithm of the softmax along one axis (by default the channels).

    Shape: unchanged
    Cost: none
    Reports: AC313, AC318
    Source: torch.nn.LogSoftmax
    """
