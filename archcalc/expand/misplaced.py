"""Values that are no values of their field and could be those of another one: what was meant, as a step to write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from archcalc.expressions.values import Value
from archcalc.layers.base import Layer
from archcalc.layers.fields import spelling
from archcalc.layers.shape import Shape
from archcalc.layers.table import layer_fields
from archcalc.spec.advice import written
from archcalc.spec.model import Argument


def other_field(
    cls: type[Layer], field: str, values: Mapping[str, Value], fields: Mapping[str, Argument], inputs: Sequence[Shape]
) -> str | None:
    """The step with a value at the only field that takes it, or without the input channels in front."""
    value = values.get(field)
    if isinstance(value, str) or (isinstance(value, bool) and field != next(iter(values))):
        free = [name for name in layer_fields(cls.kind)[0] if name not in values and spelling(cls, name) is None]
        found = [name for name in free if _takes(cls, name, values, field)]
        if len(found) > 1:
            # Nobody writes what a field has anyway.
            found = [name for name in found if cls.model_fields[name].default != value]
        if len(found) == 1:
            given = [(found[0] if name == field else name, written(argument)) for name, argument in fields.items()]
            given += [(name, "...") for name in layer_fields(cls.kind)[1] if name not in dict(given)]
            step = ", ".join(f"{name}: {text}" for name, text in given)
            return f"`{written(fields[field])}` is a value of `{found[0]}`: write `{cls.kind}: {{{step}}}`"
    is_second = cls.stated and type(value) is int and value > 0 and _begins_with_two(cls, values, field)
    # Where the input has so many channels, a suspicion says what is meant.
    if is_second and not any(shape.channels == next(iter(values.values())) for shape in inputs):
        return f"the inputs are not written: is `{cls.kind}: {written(fields[field])}` meant?"
    return None


def as_sizes(cls: type[Layer], values: Sequence[Value], inputs: Sequence[Shape]) -> str | None:
    """What to write where the values of a layer that needs none are sizes of what it reads: `nn.LayerNorm([8, 4])`."""
    found = values[0] if len(values) == 1 and isinstance(values[0], tuple) else tuple(values)
    are_sizes = bool(found) and all(type(value) is int for value in found)
    if layer_fields(cls.kind)[1] or not are_sizes or not any(shape.sizes[-len(found) :] == found for shape in inputs):
        return None
    return f"sizes are read from the map: write just `{cls.kind}`"


def _begins_with_two(cls: type[Layer], values: Mapping[str, Value], field: str) -> bool:
    """Whether a list gives the number that a layer needs, and a second one: elsewhere, inputs and outputs."""
    order, required = layer_fields(cls.kind)
    return list(values) == order[:2] and field == order[1] and required == order[:1]


def _takes(cls: type[Layer], name: str, values: Mapping[str, Value], field: str) -> bool:
    """Whether another field takes the value of a field."""
    moved = {other: value for other, value in values.items() if other != field} | {name: values[field]}
    try:
        cls.model_validate(moved)
    except ValidationError as error:
        return all(one["loc"][:1] not in ((name,), ()) for one in error.errors(include_url=False))
    return True
