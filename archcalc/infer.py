"""What one layer does to given shapes: output shapes, tensors, counts, findings and open conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.dims import Dim
from archcalc.layers.base import Finding, Fractional, Layer, Requirement, Rounding, Shape, Site, Weight


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


def infer(layer: Layer, inputs: Sequence[Shape], rounding: Rounding) -> Facts:
    """Run a layer's rules once.

    Multiplications are for one network input: a layer that works on `count` items per input multiplies by it.

    >>> from archcalc.layers.convolution import Conv
    >>> infer(Conv(out=6, kernel=5), [Shape((1, 32, 32))], "exact").multiplications
    117600
    """
    site = Site(rounding)
    outputs = layer.shapes(inputs, site)
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
        sum((buffer.elements for buffer in buffers), start=0),
        multiplications,
        tuple(site.fractions),
        found,
        tuple(site.requirements),
    )
