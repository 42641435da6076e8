"""Dropout and its relatives: nothing at inference, a random mask in training."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict

from archcalc.dims import divide
from archcalc.layers.arguments import as_python
from archcalc.layers.base import Layer, TorchCall
from archcalc.layers.fields import Doc, Rate
from archcalc.layers.rules import OfMap, Pointwise, Unchanged
from archcalc.layers.shape import Rounding, Shape

DropRate = Annotated[Rate, Doc("Probability from 0 to 1.")]


class _Mask(Unchanged, Pointwise):
    model_config = ConfigDict(validate_default=True)

    family = "regularization"
    main = "rate"
    module: ClassVar[str] = ""
    acts_in_training_only = True
    is_numberwise = True

    rate: DropRate = 0.5

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """The PyTorch class that is called as the layer's, or `module`."""
        return (TorchCall(self.module or f"nn.{type(self).__name__}", (as_python(self.rate),)),)


class Dropout(_Mask):
    """Dropout: sets single numbers to zero with probability `rate` in training.

    Shape: unchanged
    Cost: none
    Source: torch.nn.Dropout; Srivastava et al. 2014

    >>> Dropout().torch([], [], "exact")[0].args
    (0.5,)
    """


class ChannelDropout(OfMap, _Mask):
    """Channel dropout: sets whole maps to zero with probability `rate` in training.

    Shape: (C, *N) unchanged
    Cost: none
    Reports: AC304, AC321
    Source: torch.nn.Dropout1d, Dropout2d, Dropout3d

    >>> ChannelDropout(rate=0.2).torch([Shape((8, 4, 4))], [], "exact")[0].target
    'nn.Dropout2d'
    """

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.DropoutNd` by the number of axes."""
        return (TorchCall(f"nn.Dropout{len(inputs[0].spatial)}d", (as_python(self.rate),)),)


class AlphaDropout(_Mask):
    """Alpha dropout: dropout that keeps mean and variance, for networks with `selu`.

    Shape: unchanged
    Cost: none
    Source: torch.nn.AlphaDropout; Klambauer et al. 2017
    """


class StochasticDepth(_Mask):
    """Stochastic depth: drops a whole residual branch with probability `rate` in training.

    With a `decay` the rate R grows with the depth. The i-th of n places, counted from 1, has R*i/n by `linear`, as in
    the paper; R*(i - 1)/n by `from_zero`, as EfficientNet of torchvision and timm; and R*(i - 1)/(n - 1) by
    `linspace`, as torchvision's ConvNeXt, Swin and MaxViT, and most networks of timm.

    The places are the layers of this kind; with `over: blocks` they are the calls of blocks that hold one, also those
    that leave it out by `when`, as blocks without a shortcut do. Shapes and counts do not depend on it.

    Shape: unchanged
    Cost: none
    Source: Huang et al. 2016; torchvision.ops.StochasticDepth; timm.layers.DropPath

    >>> StochasticDepth(rate=0.2, decay="linear").placed(2, 4)
    StochasticDepth(rate=Fraction(1, 10))
    >>> StochasticDepth(rate=0.2, decay="linspace").placed(3, 5)
    StochasticDepth(rate=Fraction(1, 10))
    """

    module = "supplied.StochasticDepth"

    rate: DropRate
    decay: Annotated[
        Literal["none", "linear", "from_zero", "linspace"],
        Doc("`none`: the same rate everywhere; the others let it grow with the depth, up to the given rate."),
    ] = "none"
    over: Annotated[
        Literal["layers", "blocks"], Doc("What is counted for the depth: these layers, or the blocks that hold them.")
    ] = "layers"

    @property
    def schedule(self) -> tuple[str, tuple[tuple[str, int], ...]] | None:
        """A function that spreads rates from the first place on, which may be 0; with `linspace` up to the last."""
        options = {"none": None, "linear": (), "from_zero": (("first", 0),), "linspace": (("first", 0), ("beyond", -1))}
        found = options[self.decay]
        function = "supplied.spread_rates_over" if self.counts_blocks else "supplied.spread_rates"
        return None if found is None else (function, found)

    @property
    def counts_blocks(self) -> bool:
        """Whether `over` says so."""
        return self.over == "blocks"

    def placed(self, position: int, count: int) -> Layer:
        """The layer of the position-th of `count` blocks, with the rate that this block has."""
        if self.decay == "none":
            return self
        rate: Any = self.rate
        past = position if self.decay == "linear" else position - 1
        last = count - 1 if self.decay == "linspace" else count
        return StochasticDepth(rate=divide(rate * past, max(last, 1)))
