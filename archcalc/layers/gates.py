"""Gates: activations in which one half of the channels opens and closes the other."""

from collections.abc import Sequence
from typing import Annotated, Literal

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition
from archcalc.layers.activation import Activation
from archcalc.layers.axes import equal_part, torch_axis
from archcalc.layers.base import TorchCall
from archcalc.layers.fields import Doc
from archcalc.layers.formula import Formula
from archcalc.layers.letters import channel_letter, channels
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.site import Site


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
    is_numberwise = False

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
