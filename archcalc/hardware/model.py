"""A device: its memory, how fast it moves numbers, and how fast it computes with numbers of each type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from archcalc.hardware.arithmetic import arithmetic


class FigureSource(NamedTuple):
    """Where figures were read: what it is called, its address, and the day; `original` is what it quotes itself.

    >>> from archcalc.hardware import find
    >>> find("tpu-v4").bandwidth.source.title
    'Google Cloud documentation, TPU v4'
    """

    title: str
    url: str
    read: str
    original: str = ""


class Figure(NamedTuple):
    """A number of a device, as it is written, with its source and, where it follows from others, how.

    >>> from archcalc.hardware import find
    >>> find("l4").peak("int8").text, find("l4").peak("int8").how
    ('242.5 TOPS', 'half of the 485 TOPS with sparsity')
    """

    value: int
    """In FLOPs a second, in bytes a second, or in bytes."""
    text: str
    source: FigureSource | None = None
    how: str = ""


class NoPeak(ValueError):
    """A type of numbers for which nobody states how fast a device computes."""


@dataclass(frozen=True)
class Hardware:
    """A device with what it reaches at most: figures of data sheets, for dense products, without sparsity.

    >>> from archcalc.hardware import find
    >>> device = find("a100")
    >>> device.title, device.bandwidth.value, list(device.peaks)[:3]
    ('NVIDIA A100 SXM, 80 GB', 2039000000000, ['float64', 'float32', 'tfloat32'])
    """

    name: str
    title: str
    kind: str
    memory: Figure | None
    bandwidth: Figure
    peaks: Mapping[str, Figure]
    """FLOPs a second by the type of the numbers."""
    note: str = ""

    def peak(self, name: str) -> Figure:
        """How many FLOPs a second it computes at most with numbers of a type. Raises: NoDtype, NoPeak.

        >>> from archcalc.hardware import find
        >>> find("a100").peak("half").value
        312000000000000
        """
        chosen = arithmetic(name)
        if chosen not in self.peaks:
            raise NoPeak(f"{self.name} states no peak for {chosen}; it has {', '.join(self.peaks)}")
        return self.peaks[chosen]

    @property
    def usual(self) -> str:
        """The type that is meant where nobody names one: `float32`, or the first that the device states."""
        return "float32" if "float32" in self.peaks else next(iter(self.peaks))

    def ridge(self, name: str) -> Fraction:
        """From how many FLOPs a byte on the arithmetic limits it, and no more the memory. Raises: NoDtype, NoPeak.

        >>> from archcalc.hardware import find
        >>> float(find("a100").ridge("float16"))
        153.01618440411966
        """
        return Fraction(self.peak(name).value, self.bandwidth.value)

    @property
    def sources(self) -> tuple[FigureSource, ...]:
        """The sources of its figures, each once."""
        figures = (self.memory, self.bandwidth, *self.peaks.values())
        return tuple(dict.fromkeys([one.source for one in figures if one is not None and one.source is not None]))
