"""What an error leaves known of a layer's outputs: the number of axes, and every size that does not depend on it.

The shape rule itself is asked. A field is at fault if the layer fails although nothing is known about what it reads; an
axis is at fault if the layer fails while this axis alone is known. Without both, the rule answers with `?` wherever a
size depends on them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from typing import Any

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Dim, Unknowns
from archcalc.layers.base import Layer, Tap
from archcalc.layers.fields import takes_symbols
from archcalc.layers.shape import Rounding, Shape, outlined
from archcalc.layers.site import Finding, Site

_STATED = (codes.ELEMENTS_DIFFER, codes.CROP_OUT_OF_BOUNDS)
"""Errors about sizes that a field states: they are in doubt as much as what is read."""


def outline(
    layer: Layer, inputs: Sequence[Shape], rounding: Rounding, errors: Sequence[Finding], unknowns: Unknowns
) -> tuple[Shape, ...] | None:
    """The outputs of a layer that reported errors, with `?` for sizes that depend on them; None if nothing is known.

    >>> from archcalc.layers.pooling import MaxPool
    >>> site, shape = Site(), Shape((8, 7, 6))
    >>> MaxPool(kernel=2).shapes([shape], site)
    >>> print(*outline(MaxPool(kernel=2), [shape], "exact", site.findings, Unknowns()))
    8×?×3
    """
    return _Outline(layer, inputs, rounding, unknowns).outputs(errors)


class _Outline:
    def __init__(self, layer: Layer, inputs: Sequence[Shape], rounding: Rounding, unknowns: Unknowns) -> None:
        self.layer = layer
        self.inputs = inputs
        self.rounding: Rounding = rounding
        self.unknowns = unknowns
        self.axes = set(range(max((len(shape.sizes) for shape in inputs), default=0)))
        self.at_fault: set[int] = set()
        self._names: dict[Dim, Dim] = {}

    def outputs(self, errors: Sequence[Finding]) -> tuple[Shape, ...] | None:
        doubted: set[str] = set()
        found = [one for one in errors if one.code in _STATED] or self._asked(self.axes)[1]
        while wrong := {one.field: one for one in found}:
            if not doubted.isdisjoint(wrong) or not all(map(self._may_be_doubted, wrong)):
                return None
            doubted.update(name for name in wrong if name is not None)
            self._doubt(wrong.values())
            found = self._asked(self.axes)[1]
        self.at_fault |= {axis for axis in self.axes if self._asked(self.axes - {axis})[1]}
        for unknown in (self.at_fault, self.axes):
            outputs, found = self._asked(unknown)
            if outputs is not None and not found:
                return outlined(outputs, self.unknowns)
        return None

    def _may_be_doubted(self, name: str | None) -> bool:
        """Whether it is a field; of an empty list not even the number of values is known."""
        return name in type(self.layer).model_fields and getattr(self.layer, str(name)) != ()

    def _asked(self, unknown: Collection[int]) -> tuple[tuple[Shape, ...] | None, list[Finding]]:
        """What the shape rule answers if some axes are unknown, and the errors that it reports."""
        site = Site(self.rounding)
        outputs = self.layer.shapes([self._without(shape, unknown) for shape in self.inputs], site)
        return outputs, [finding for finding in site.findings if finding.code.severity == "error"]

    def _without(self, shape: Shape, unknown: Collection[int]) -> Shape:
        """The shape with `?` for axes that are unknown: the same for equal sizes, which fail for the same reason."""
        return shape._replace(
            sizes=tuple([self._unknown(size) if axis in unknown else size for axis, size in enumerate(shape.sizes)])
        )

    def _unknown(self, size: Dim) -> Dim:
        if size not in self._names:
            self._names[size] = self.unknowns.new()
        return self._names[size]

    def _doubt(self, errors: Iterable[Finding]) -> None:
        """Take values for the fields that errors name which are unknown, or as good as any other."""
        changes: dict[str, Any] = {}
        for one in errors:
            name = one.field or ""
            changes[name] = self._in_doubt(name, one.code is codes.RANK_MISMATCH)
            if one.code is codes.RANK_MISMATCH:
                # A list of values for other axes says nothing about these.
                self.at_fault = self.axes - {_channel_axis(shape) for shape in self.inputs}
        self.layer = self.layer.model_copy(update=changes)

    def _in_doubt(self, name: str, is_for_other_axes: bool) -> Any:
        value, field = getattr(self.layer, name), type(self.layer).model_fields[name]
        if isinstance(value, Tap):
            return value._replace(shape=self._without(value.shape, range(len(value.shape.sizes))))
        if takes_symbols(field):
            unknown = self.unknowns.new()
            return (unknown,) * len(value) if isinstance(value, tuple) and not is_for_other_axes else unknown
        # Without a value, a field that is one of several ways to say a size would leave nothing said.
        is_missed = field.default is None and isinstance(value, (int, Fraction, tuple))
        return 1 if field.is_required() or is_missed else field.default


def _channel_axis(shape: Shape) -> int:
    return len(shape.sizes) - 1 if shape.layout == "channels_last" else 0
