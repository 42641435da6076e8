"""Rectifiers: activations of straight lines around zero."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from archcalc.diagnostics.codes import shapes as codes
from archcalc.layers.activation import Activation
from archcalc.layers.base import TorchCall, Weight
from archcalc.layers.fields import Doc, Flag, Real
from archcalc.layers.formula import Formula, parameters
from archcalc.layers.letters import channel_letter
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.site import InFront, Site


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
