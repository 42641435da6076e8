"""What an estimate says: for every layer its work, the time that it takes at the peaks of a device, and its limit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Literal, NamedTuple

from archcalc.graph import Node
from archcalc.hardware import Hardware
from archcalc.roofline.work import NOTHING, LayerWork, Precision

Bound = Literal["compute", "memory", ""]
"""What limits a layer: the arithmetic, or the memory; nothing where it moves and computes nothing."""


class LayerEstimate(NamedTuple):
    """A layer with its work, and the time that it takes at the peaks of a device.

    >>> import archcalc
    >>> first, *_ = archcalc.load("lenet:lecture").check().roofline("a100").layers
    >>> first.name, first.bound, f"{float(first.seconds):.3g}"
    ('c1', 'compute', '1.21e-08')
    """

    name: str
    kind: str
    work: LayerWork
    seconds: Fraction
    bound: Bound
    fused_into: str = ""
    """The layer that it is merged into, which has its work."""


@dataclass(frozen=True)
class Estimate:
    """The numbers of an estimate."""

    title: str
    hardware: Hardware
    precision: Precision
    batch: int
    layers: tuple[LayerEstimate, ...]
    tensor_bytes: int
    """What the tensors of the network take of the device's memory."""
    is_fused: bool
    """Whether layers that write one number at a time are merged into those in front."""
    opaque: tuple[str, ...]
    """The layers of which the work is their author's word."""
    _nodes: tuple[Node, ...] = field(compare=False, repr=False)

    @cached_property
    def work(self) -> LayerWork:
        """What all layers compute and move."""
        return total_work(self.layers)

    @cached_property
    def seconds(self) -> Fraction:
        """The sum of the times of the layers."""
        return total_seconds(self.layers)

    @cached_property
    def bound(self) -> Bound:
        """What limits the layers that take most of the time."""
        return bound_of(self.layers)

    @property
    def ridge(self) -> Fraction:
        """From how many FLOPs a byte on the arithmetic is the limit."""
        return self.hardware.ridge(self.precision.maps)

    @property
    def share_of_memory(self) -> Fraction:
        """Which part of the time the memory limits."""
        if not self.seconds:
            return Fraction(0)
        return total_seconds([one for one in self.layers if one.bound == "memory"]) / self.seconds


def nodes_of(found: Estimate) -> tuple[Node, ...]:
    """The layers of the network, in the order of their estimates."""
    return found._nodes


def total_work(layers: Iterable[LayerEstimate]) -> LayerWork:
    """What layers compute and move together."""
    total = NOTHING
    for one in layers:
        total = total.plus(one.work)
    return total


def total_seconds(layers: Iterable[LayerEstimate]) -> Fraction:
    """The times of layers added up."""
    return sum((one.seconds for one in layers), start=Fraction(0))


def bound_of(layers: Iterable[LayerEstimate]) -> Bound:
    """What limits most of the time of layers together."""
    times: dict[Bound, Fraction] = {}
    for one in layers:
        times[one.bound] = times.get(one.bound, Fraction(0)) + one.seconds
    limits: list[Bound] = [bound for bound in _LIMITS if times.get(bound)]
    return max(limits, key=lambda bound: times[bound], default="")


_LIMITS: tuple[Bound, ...] = ("compute", "memory")
