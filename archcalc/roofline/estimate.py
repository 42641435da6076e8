"""The estimate of a roofline: for every layer the time that its operations and its bytes take at the device's peaks.

S. Williams, A. Waterman and D. Patterson: Roofline: an insightful visual performance model for multicore
architectures, Communications of the ACM 52 (4), 2009.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from archcalc.checking import Checked
from archcalc.graph import Node
from archcalc.hardware import Hardware, arithmetic
from archcalc.roofline.fusion import fused as fused_work
from archcalc.roofline.model import Bound, Estimate, LayerEstimate
from archcalc.roofline.work import NOTHING, LayerWork, Precision, bytes_of, work
from archcalc.tally import stated
from archcalc.terminal import visible


class NoEstimate(ValueError):
    """A network of which some sizes are no numbers."""


class Roofline(Estimate):
    """How long a device needs for a batch if it reaches its peaks, layer behind layer: an estimate.

    Each layer takes the longer one of two times: its operations at the peak of the arithmetic, its bytes at the
    peak of the memory. A run takes longer where layers start and peaks are missed; it takes less where a map stays in
    a cache from one layer to the next, or where layers are fused, unless `is_fused` says that the estimate has them so.

    >>> import archcalc
    >>> found = archcalc.load("resnet:resnet50").check().roofline("a100", dtype="float16", batch=64)
    >>> found.bound, round(1000 * float(found.seconds), 2)
    ('memory', 5.81)
    """

    def to_json(self) -> dict[str, Any]:
        """The estimate as plain data for JSON: what the schema of `archcalc schema roofline` says."""
        from archcalc.roofline.json import plain

        return plain(self)

    def to_text(self, *, depth: int | None = None, width: int = 80) -> str:
        """The estimate as `archcalc roofline` prints it: the layers, or the blocks of a depth, with most time."""
        from archcalc.roofline.text import text
        from archcalc.terminal import Terminal

        return text(self, Terminal(width), depth)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return visible(f"<Roofline {self.title} on {self.hardware.name}, batch {self.batch:,}>")

    def _repr_html_(self) -> str:
        from archcalc.roofline.html import fragment

        return fragment(self)


def roofline(
    checked: Checked,
    hardware: Hardware,
    numbers: str | None = None,
    batch: int = 1,
    tensors: str | None = None,
    *,
    fused: bool = False,
) -> Roofline:
    """The estimate for a network without errors; of numbers of a type, and tensors of the same one or their own.

    Raises: NoEstimate, NoDtype, NoPeak; ValueError for a batch of less than 1.
    """
    if batch < 1:
        raise ValueError(f"a batch has at least 1 input, not {batch}")
    maps = arithmetic(numbers) if numbers is not None else hardware.usual
    precision = Precision(maps, maps if tensors is None else arithmetic(tensors))
    hardware.peak(maps)
    if free := [name for name, value in checked.symbols.items() if not isinstance(value, int)]:
        has = "has" if len(free) == 1 else "have"
        raise NoEstimate(f"{', '.join(free)} {has} no value, and times are those of numbers")
    nodes = tuple(checked.graph.nodes)
    works, heads = [work(node, precision, batch) for node in nodes], dict[int, str]()
    if fused:
        merged = fused_work(nodes, checked.graph.outputs.values(), precision, batch)
        works = [merged[id(node)].work if id(node) in merged else NOTHING for node in nodes]
        heads = {id(one): node.name for node in nodes if id(node) in merged for one in merged[id(node)].followers}
    layers = [
        _timed(node, own, hardware, maps, heads.get(id(node), "")) for node, own in zip(nodes, works, strict=True)
    ]
    taken = bytes_of(_numbers(checked), precision.tensors)
    opaque = stated(nodes).layers
    return Roofline(checked.title, hardware, precision, batch, tuple(layers), taken, fused, opaque, nodes)


def _timed(node: Node, own: LayerWork, hardware: Hardware, maps: str, head: str) -> LayerEstimate:
    """A layer with the longer one of its two times."""
    computing = Fraction(own.flops, hardware.peak(maps).value)
    moving = Fraction(own.bytes, hardware.bandwidth.value)
    bound: Bound = "" if own == NOTHING else "compute" if computing >= moving else "memory"
    return LayerEstimate(node.name, node.kind, own, max(computing, moving), bound, head)


def _numbers(checked: Checked) -> int:
    """The numbers in the tensors of a network."""
    counts = (checked.totals.parameters, checked.totals.frozen, checked.totals.buffers)
    return sum(count for count in counts if isinstance(count, int))
