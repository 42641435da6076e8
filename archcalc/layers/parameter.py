"""Tensors of the network that are no function of the input: what they all are, and the one that is learned."""

from collections.abc import Sequence
from typing import Annotated

from archcalc.diagnostics.codes import shapes as codes
from archcalc.layers.arguments import as_python
from archcalc.layers.base import Held, Layer, TorchCall, Weight
from archcalc.layers.fields import Doc, Real
from archcalc.layers.formula import Formula, parameters, product, rearranged
from archcalc.layers.letters import size_letters
from archcalc.layers.reach import NOTHING, Reach
from archcalc.layers.shape import Layout, Rounding, Shape
from archcalc.layers.shared_fields import OutputShape
from archcalc.layers.site import Site


class OwnTensor(Layer):
    """What reads nothing and writes a tensor of its own."""

    family = "parameter"
    main = "shape"
    main_is_list = True
    inputs = 0

    shape: OutputShape
    layout: Annotated[
        Layout, Doc("Where the channels stand. Default: in front, and in a merge where its other branches have them.")
    ] = "channels_first"

    def fits_any_layout(self) -> bool:
        """Unless its layout is stated."""
        return "layout" not in self.model_fields_set

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The declared shape.

        Reports: AC304
        """
        if not self.shape:
            site.report(
                codes.RANK_MISMATCH,
                f"a {self.kind} needs at least one axis, but its shape is an empty list",
                field="shape",
                help=("write [1] for a single number",),
            )
            return None
        return (Shape(self.shape, self.layout),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The declared shape."""
        return rearranged(len(self.shape), "as declared; it reads nothing")

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Nothing of any input."""
        return (NOTHING,) * len(outputs[0].spatial)


class Parameter(OwnTensor):
    """Learned tensor: reads nothing and writes its own values, for a merge with other maps.

    It is the same for every item of the batch. With a name it is that tensor of the class which holds it, as in
    `self.pos_embed = nn.Parameter(...)`; without one it is a module that holds a tensor named `weight`. Beside maps
    with an axis less, a leading 1 is the axis of the batch: [1, 197, 768] is added to tokens [197, 768]. Numbers that
    nobody trains are a `buffer`.

    Shape: nothing -> shape
    Cost: prod(shape) parameters; no multiplications
    Reports: AC304
    Source: torch.nn.Parameter

    >>> Parameter(shape=[8, 1, 1]).shapes([], Site())[0].sizes
    (8, 1, 1)
    """

    initial: Annotated[Real | None, Doc("Value of all its numbers before training. Default: small random numbers.")] = (
        None
    )

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight`, the tensor itself."""
        return (Weight("weight", self.shape, "embedding"),)

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """A parameter for every number."""
        letters = size_letters(outputs[0], "declared")
        return (parameters(product(*letters), *letters),)

    def held(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Held:
        """The tensor itself."""
        return Held(self.shape, as_python(self.initial))

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A module of its own. Called without arguments it writes a batch of one, which a sum repeats for a larger one.

        Called with a number it writes a batch of so many, as `concat` and attention need it.
        """
        initial = {} if self.initial is None else {"initial": as_python(self.initial)}
        return (TorchCall("supplied.LearnedTensor", self.shape, initial),)
