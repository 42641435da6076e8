"""From the fields of a layer to the arguments of its PyTorch object."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from archcalc.layers.base import Layer
from archcalc.layers.maps import collapsed


def as_python(value: Any) -> Any:
    """An exact number as PyTorch takes it: fractions become floats, everything else stays.

    >>> as_python(Fraction("0.1")), as_python(3)
    (0.1, 3)
    """
    return float(value) if isinstance(value, Fraction) else value


def keywords(layer: Layer, names: Mapping[str, str]) -> dict[str, Any]:
    """Keyword arguments for the fields that are not at their default, by PyTorch's names for them.

    A field with one value per axis is one number where all axes agree.

    Only for fields whose default is PyTorch's default too.
    """
    fields = type(layer).model_fields
    values = {field: as_python(getattr(layer, field)) for field in names}
    return {names[field]: collapsed(value) for field, value in values.items() if value != fields[field].default}
