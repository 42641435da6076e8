"""Softmax along one axis, and its logarithm."""

from collections.abc import Sequence

from archcalc.layers.activation import Activation
from archcalc.layers.axes import resolve_axis, torch_axis
from archcalc.layers.base import TorchCall
from archcalc.layers.rules import AlongAxis
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import Axis
from archcalc.layers.site import Site


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
    is_numberwise = False

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
