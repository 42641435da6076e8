"""What one layer does to given shapes: output shapes, tensors, counts, findings and open conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.diagnostics.codes.language import BAD_VALUE
from archcalc.dims import Condition, Dim
from archcalc.layers.base import Layer, Weight
from archcalc.layers.fields import open_bounds
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.site import Finding, Fractional, Requirement, Site


class Facts(NamedTuple):
    """Everything that is known about a layer at given input shapes. `outputs` is None after an error."""

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


def infer(layer: Layer, inputs: Sequence[Shape], rounding: Rounding) -> Facts:
    """Run a layer's rules once.

    Multiplications are for one network input: a layer that works on `count` items per input multiplies by it.

    >>> from archcalc.layers.convolution import Conv
    >>> infer(Conv(out=6, kernel=5), [Shape((1, 32, 32))], "exact").multiplications
    117600
    """
    site = Site(rounding)
    outputs = layer.shapes(inputs, site) if _fields_fit(layer, site) else None
    found = tuple(site.findings)
    if outputs is None:
        assert any(finding.code.severity == "error" for finding in found), f"{layer.kind} fails without a reason"
        return Facts(None, fractions=tuple(site.fractions), findings=found)
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
