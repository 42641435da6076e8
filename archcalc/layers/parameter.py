"""A learned tensor that is no function of the input."""

from collections.abc import Sequence

from archcalc.diagnostics.codes import shapes as codes
from archcalc.layers.base import Layer, TorchCall, Weight
from archcalc.layers.formula import Formula, parameters, product, rearranged
from archcalc.layers.letters import size_letters
from archcalc.layers.reach import NOTHING, Reach
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import OutputLayout, OutputShape
from archcalc.layers.site import Site


class Parameter(Layer):
    """Learned tensor: reads nothing and writes its own values, for a merge with other maps.

    It is the same for every item of the batch. As a module of its own it holds one tensor named `weight`.

    Shape: nothing -> shape
    Cost: prod(shape) parameters; no multiplications
    Reports: AC304
    Source: torch.nn.Parameter

    >>> Parameter(shape=[8, 1, 1]).shapes([], Site())[0].sizes
    (8, 1, 1)
    """

    family = "parameter"
    main = "shape"
    main_is_list = True
    inputs = 0

    shape: OutputShape
    layout: OutputLayout = "channels_first"

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The declared shape."""
        if not self.shape:
            site.report(
                codes.RANK_MISMATCH,
                "a parameter needs at least one axis, but its shape is an empty list",
                field="shape",
                help=("write [1] for a single number",),
            )
            return None
        return (Shape(self.shape, self.layout),)

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight`, the tensor itself."""
        return (Weight("weight", self.shape, "embedding"),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The declared shape."""
        return rearranged(len(self.shape), "as declared; it reads nothing")

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """A parameter for every number."""
        letters = size_letters(outputs[0], "declared")
        return (parameters(product(*letters), *letters),)

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Nothing of any input."""
        return (NOTHING,) * len(outputs[0].spatial)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A module of its own. Called without arguments it writes a batch of one, which a sum repeats for a larger one.

        Called with a number it writes a batch of so many, as `concat` and attention need it.
        """
        return (TorchCall("supplied.LearnedTensor", self.shape),)
