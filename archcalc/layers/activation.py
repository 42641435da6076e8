"""Activations: what all functions of single numbers share."""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import ConfigDict

from archcalc.dims import Dim
from archcalc.layers.arguments import keywords
from archcalc.layers.base import TorchCall
from archcalc.layers.rules import Pointwise, Unchanged
from archcalc.layers.shape import Rounding, Shape


class Activation(Unchanged, Pointwise):
    """Function of every number by itself.

    Its PyTorch class and what this class takes are called as the layer and its fields, unless `module` and `named`
    say otherwise.
    """

    model_config = ConfigDict(validate_default=True)

    family = "activation"
    is_numberwise = True
    module: ClassVar[str] = ""
    named: ClassVar[dict[str, str]] = {}

    def operations(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """The function once for every number."""
        return outputs[0].elements

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """The module of the same name."""
        names = {field: self.named.get(field, field) for field in type(self).model_fields}
        return (TorchCall(f"nn.{self.module or type(self).__name__}", (), keywords(self, names)),)


def not_zero(value: Any) -> Any:
    """The value of a field that the function divides by.

    Raises: ValueError where it is 0.
    """
    if value == 0:
        raise ValueError("must not be 0, because the function divides by it")
    return value
