"""Fully connected layers: weighted sums, and distances to centres, of the channel axis."""

from collections.abc import Sequence
from typing import Annotated

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Dim, is_known
from archcalc.layers.base import TorchCall, Weight
from archcalc.layers.fields import Doc, Flag
from archcalc.layers.filters import CHANNELS_READ
from archcalc.layers.formula import Formula, Letter, multiplications, parameters, product
from archcalc.layers.letters import channel_letter, channels, spatial_letters
from archcalc.layers.rules import Pointwise
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import Bias, OutputChannels
from archcalc.layers.site import InFront, Site


def _reads_last_axis(site: Site, shape: Shape, kind: str) -> bool:
    if len(shape.sizes) == 1 or shape.layout == "channels_last":
        return True
    count = f"{shape.elements} " if is_known(shape.elements) else ""
    site.report(
        codes.LAYOUT_MISMATCH,
        f"{kind} reads a vector [C], or positions with the channels last, but gets the map {shape}",
        label=f"reads {shape}, channels first",
        help=(
            InFront("flatten", f"to read all {count}numbers at once"),
            InFront("channels_last", "to read the channels of every position"),
        ),
    )
    return False


def _outputs(out: Dim) -> Letter:
    return Letter("K", out, "outputs")


class Linear(Pointwise):
    """Fully connected layer: every output is a weighted sum of all input channels.

    On positions with the channels last, such as tokens [T, D], the same weights are applied at every position.

    Shape: (C) -> (out), (*N, C) -> (*N, out)
    Cost: out*C + out parameters (without bias: no `+ out`); out*C*prod(N) multiplications
    Reports: AC321
    Source: torch.nn.Linear

    >>> Linear(out=120).shapes([Shape((400,))], Site())[0].sizes
    (120,)
    >>> sum(weight.elements for weight in Linear(out=120).weights([Shape((400,))], []))
    48120
    """

    family = "linear"
    resizes = True
    main = "out"
    stated = CHANNELS_READ

    out: OutputChannels
    bias: Bias = True
    transposed: Annotated[Flag, Doc("Whether the weight is kept as [C, out], as `Conv1D` of GPT-2 has it.")] = False

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The same positions with `out` channels."""
        (shape,) = inputs
        return (shape.with_channels(self.out),) if _reads_last_axis(site, shape, self.kind) else None

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` [out, C], transposed [C, out], and `bias` [out]."""
        sizes = (self.out, inputs[0].channels)
        weight = Weight("weight", sizes[::-1] if self.transposed else sizes, "weight")
        return (weight, Weight("bias", (self.out,), "bias")) if self.bias else (weight,)

    def multiplications(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Every weight once per position."""
        (shape,) = inputs
        products: Dim = self.out * shape.elements
        return products

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """As many channels as outputs."""
        return (channels(inputs[0], "K", _outputs(self.out)),)

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """K*C + K parameters, and every weight once per position."""
        (shape,) = inputs
        pair = (_outputs(self.out), channel_letter(shape, meaning="inputs" if len(shape.sizes) == 1 else "channels"))
        positions = spatial_letters(shape, "input")
        return (
            parameters("K*C + K" if self.bias else "K*C", *pair, words="" if self.bias else "no bias"),
            multiplications(product(*pair, *positions), *pair, *positions),
        )

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.Linear`; PyTorch has none with a transposed weight."""
        target = "supplied.TransposedLinear" if self.transposed else "nn.Linear"
        return (TorchCall(target, (inputs[0].channels, self.out), {} if self.bias else {"bias": False}),)


class RadialBasis(Pointwise):
    """Radial basis units: every output is the squared distance of the input to a centre of its own.

    The output layer of LeNet-5 (1998), whose centres are drawings of the digits and stay fixed (`trainable: false`).

    Shape: (C) -> (out), (*N, C) -> (*N, out)
    Cost: out*C parameters (the centres); no multiplications with weights, since differences are squared
    Reports: AC321
    Source: LeCun et al. 1998, equation 7

    >>> RadialBasis(out=10).weights([Shape((84,))], [])[0].elements
    840
    """

    kind = "rbf"
    family = "linear"
    resizes = True
    main = "out"
    stated = CHANNELS_READ

    out: OutputChannels

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The same positions with `out` distances."""
        (shape,) = inputs
        return (shape.with_channels(self.out),) if _reads_last_axis(site, shape, self.kind) else None

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` [out, C]: one centre per output."""
        return (Weight("weight", (self.out, inputs[0].channels), "weight"),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """As many channels as centres."""
        return (channels(inputs[0], "K", Letter("K", self.out, "centres"), words="the distance to every centre"),)

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """K*C parameters: the centres."""
        return (parameters("K*C", Letter("K", self.out, "centres"), channel_letter(inputs[0], meaning="inputs")),)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A module of its own: PyTorch has none."""
        return (TorchCall("supplied.RadialBasis", (inputs[0].channels, self.out)),)
