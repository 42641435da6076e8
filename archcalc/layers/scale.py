"""Learned scaling of channels."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import ConfigDict

from archcalc.dims import Dim
from archcalc.layers.arguments import as_python
from archcalc.layers.base import Held, Read, TorchCall, Weight
from archcalc.layers.fields import Doc, Real
from archcalc.layers.formula import Formula, parameters
from archcalc.layers.letters import channel_letter
from archcalc.layers.rules import Pointwise, Unchanged
from archcalc.layers.shape import Rounding, Shape


def _axes(shape: Shape) -> dict[str, Any]:
    """How many axes lie behind the channels, where these are not the two of a picture."""
    behind = 0 if shape.layout == "channels_last" else len(shape.spatial)
    return {} if behind == 2 else {"axes": behind}


class Affine(Unchanged, Pointwise):
    """Coefficient and bias of every channel: y = a*x + b, with one a and one b per channel.

    After an average pool this is the trainable subsampling of LeNet-5 (1998).

    Shape: unchanged
    Cost: 2*C parameters; no multiplications by the convention of the lecture, which leaves scaling out
    Source: LeCun et al. 1998, section II.B (layer S2)

    >>> sum(weight.elements for weight in Affine().weights([Shape((6, 14, 14))], []))
    12
    """

    family = "scale"
    is_numberwise = True

    def operations(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """A product and a sum for every number."""
        return 2 * outputs[0].elements

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` [C] and `bias` [C]."""
        channels = inputs[0].channels
        return Weight("weight", (channels,), "scale"), Weight("bias", (channels,), "shift")

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """Two parameters for every channel."""
        return (
            parameters(
                "2*C", channel_letter(inputs[0], meaning="channels"), words="a coefficient and a bias for every channel"
            ),
        )

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A module of its own: PyTorch has none."""
        (shape,) = inputs
        return (TorchCall("supplied.Affine", (shape.channels,), _axes(shape)),)


class LayerScale(Unchanged, Pointwise):
    """Learned factor of every channel at the end of a residual branch, which starts close to zero.

    With a name it is that tensor of the class which holds it: `as: gamma` is `self.gamma`.

    Shape: unchanged
    Cost: C parameters; no multiplications by the convention of the lecture, which leaves scaling out
    Source: Touvron et al. 2021, Going deeper with image transformers; used by ConvNeXt

    >>> LayerScale().weights([Shape((96, 56, 56))], [])
    (Weight(name='weight', shape=(96,), role='scale'),)
    """

    model_config = ConfigDict(validate_default=True)

    family = "scale"
    is_numberwise = True
    main = "initial"

    initial: Annotated[Real, Doc("Value of the factors before training.")] = 1e-6

    def operations(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """A product for every number."""
        return outputs[0].elements

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` [C]."""
        return (Weight("weight", (inputs[0].channels,), "scale"),)

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """A parameter for every channel."""
        return (parameters("C", channel_letter(inputs[0], meaning="channels"), words="a factor for every channel"),)

    def held(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Held:
        """The factors; in front of further axes they are seen with as many axes of one position."""
        (shape,) = inputs
        behind = 0 if shape.layout == "channels_last" else len(shape.spatial)
        tensor = Read(what="tensor")
        calls: tuple[TorchCall, ...] = (TorchCall("mul", is_module=False, reads=(Read(0), tensor)),)
        if behind:
            calls = (
                TorchCall("Tensor.view", (-1, *(1,) * behind), is_module=False, reads=(tensor,)),
                TorchCall("mul", is_module=False, reads=(Read(0), Read(what="result"))),
            )
        return Held((shape.channels,), as_python(self.initial), calls)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A module of its own: PyTorch has none."""
        (shape,) = inputs
        return (TorchCall("supplied.LayerScale", (shape.channels, as_python(self.initial)), _axes(shape)),)
