"""What one layer does to given shapes: output shapes, tensors, counts, findings and open conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.diagnostics.codes.language import BAD_VALUE
from archcalc.dims import Condition, Dim, Unknowns
from archcalc.layers.base import Layer, Weight
from archcalc.layers.fields import open_bounds
from archcalc.layers.numbers import numbers_fit, passed_on
from archcalc.layers.outline import outline
from archcalc.layers.shape import Rounding, Shape, outlined
from archcalc.layers.site import Finding, Fractional, Requirement, Site


class Facts(NamedTuple):
    """Everything that is known about a layer at given input shapes. `outputs` is None after an error.

    Behind an error, sizes that it keeps unknown are symbols of `dims.Unknowns`, on which counts may depend too.
    """

    outputs: tuple[Shape, ...] | None
    weights: tuple[Weight, ...] = ()
    buffers: tuple[Weight, ...] = ()
    parameters: Dim = 0
    buffer_elements: Dim = 0
    multiplications: Dim = 0
    fractions: tuple[Fractional, ...] = ()
    findings: tuple[Finding, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    divisions: tuple[Condition, ...] = ()
    """Conditions under which divisions that are rounded come out even."""
    outline: tuple[Shape, ...] | None = None
    """What an error of the layer itself leaves known of its outputs."""

    @property
    def fails(self) -> bool:
        """Whether the layer has an error of its own."""
        return self.outputs is None


def infer(layer: Layer, inputs: Sequence[Shape], rounding: Rounding, unknowns: Unknowns | None = None) -> Facts:
    """Run a layer's rules once.

    Multiplications are for one network input: a layer that works on `count` items per input multiplies by it.
    `unknowns` are those of the network, for sizes that an error keeps open.

    >>> from archcalc.layers.convolution import Conv
    >>> infer(Conv(out=6, kernel=5), [Shape((1, 32, 32))], "exact").multiplications
    117600
    """
    site = Site(rounding)
    fit = _fields_fit(layer, site) and numbers_fit(layer, inputs, site)
    outputs = layer.shapes(inputs, site) if fit else None
    found = tuple(site.findings)
    if outputs is None:
        errors = [finding for finding in found if finding.code.severity == "error"]
        assert errors, f"{layer.kind} fails without a reason"
        left = outline(layer, inputs, rounding, errors, unknowns or Unknowns()) if fit else None
        known = None if left is None else passed_on(layer, left, inputs)
        return Facts(None, fractions=tuple(site.fractions), findings=found, outline=known)
    outputs = passed_on(layer, outputs, inputs)
    if unknowns is not None:
        outputs = outlined(outputs, unknowns)
    weights = layer.weights(inputs, outputs)
    buffers = layer.buffers(inputs, outputs)
    multiplications = layer.multiplications(inputs, outputs)
    if multiplications != 0 and outputs[0].items != 1:
        multiplications = multiplications * outputs[0].items
    return Facts(
        outputs,
        weights,
        buffers,
        sum((weight.elements for weight in weights), start=0),
        sum((buffer.elements for buffer in buffers if buffer.role != "counter"), start=0),
        multiplications,
        tuple(site.fractions),
        found,
        tuple(site.requirements),
        tuple(site.divisions),
    )


def _fields_fit(layer: Layer, site: Site) -> bool:
    """Ranges of the fields that depend on symbols.

    Reports: AC133
    """
    return all(
        site.require(condition, BAD_VALUE, f"`{name}` is {value}, which must be {words}", field=name)
        for name, value, bounds in open_bounds(layer)
        for condition, words in bounds.conditions(value)
    )
