"""Real numbers and integers: which of them a layer reads, and which it hands on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import maximum
from archcalc.layers.base import Layer
from archcalc.layers.shape import Integers, Shape
from archcalc.layers.site import Site


def numbers_fit(layer: Layer, inputs: Sequence[Shape], site: Site) -> bool:
    """Whether a layer reads real numbers where it computes, and integers where it looks something up.

    Reports: AC343
    """
    if layer.numbers == "unread":
        return True
    kinds = {shape.integers is not None for shape in inputs}
    if layer.numbers == "any" and len(kinds) > 1:
        site.report(codes.OTHER_NUMBERS, f"{layer.kind} reads integers beside real numbers, which cannot be joined")
        return False
    if layer.numbers == "integers" and False in kinds:
        return _real(layer, None, site)
    if layer.numbers == "real" and True in kinds:
        return _refused(layer, None, site)
    named = ((name, getattr(layer, name).shape) for name in layer.naming())
    return all(_named_fits(layer, name, shape, site) for name, shape in named)


def _named_fits(layer: Layer, name: str, shape: Shape, site: Site) -> bool:
    """Whether a map that a field names is of the numbers that it takes."""
    is_of_integers = shape.integers is not None
    if is_of_integers == (name in layer.looking_up):
        return True
    return _refused(layer, name, site) if is_of_integers else _real(layer, name, site)


def _real(layer: Layer, field: str | None, site: Site) -> bool:
    what = "integers, such as the numbers of words" if field is None else f"integers as its `{field}`"
    report_real(site, f"{layer.kind} reads {what}", field)
    return False


def report_real(site: Site, told: str, field: str | None = None) -> None:
    """Report that what looks something up gets real numbers: the map that arrives, or the one that a field names.

    Reports: AC343
    """
    site.report(
        codes.OTHER_NUMBERS,
        f"{told}, but gets real numbers",
        field=field,
        label="reads real numbers" if field is None else "these are real numbers",
        help=("say where they begin that they are integers: `input: {shape: [T], dtype: int}`, or in a `buffer`",),
    )


def _refused(layer: Layer, field: str | None, site: Site) -> bool:
    site.report(
        codes.OTHER_NUMBERS,
        f"{layer.kind} computes with real numbers, but gets integers, which only name something",
        field=field,
        label="these are integers",
        help=("put `embedding: [COUNT, WIDTH]` in front: it gives every integer a row of numbers",),
    )
    return False


def passed_on(layer: Layer, outputs: tuple[Shape, ...], inputs: Sequence[Shape]) -> tuple[Shape, ...]:
    """The outputs of a layer that computes nothing: of integers if that is what it reads.

    >>> from archcalc.layers.reshape import Flatten
    >>> words = Shape((4, 8), integers=Integers(100))
    >>> passed_on(Flatten(), (Shape((32,)),), [words])
    (Shape(sizes=(32,), layout='channels_first', items=1, integers=Integers(below=100)),)
    """
    if layer.numbers != "any" or not inputs or inputs[0].integers is None:
        return outputs
    below: Any = inputs[0].integers.below
    for shape in inputs[1:]:
        other = shape.integers and shape.integers.below
        below = None if below is None or other is None else maximum(below, other)
    # Integers have no channels, which could be first or last.
    return tuple([shape._replace(layout="channels_first", integers=Integers(below)) for shape in outputs])
