"""Hardware: what devices can compute and move at most, with the sources of the figures, and files of one's own."""

from archcalc.hardware.arithmetic import NoDtype, arithmetic, stored
from archcalc.hardware.model import Figure, FigureSource, Hardware, NoPeak
from archcalc.hardware.shelf import NoHardware, find, names

__all__ = [
    "Figure",
    "FigureSource",
    "Hardware",
    "NoDtype",
    "NoHardware",
    "NoPeak",
    "arithmetic",
    "find",
    "names",
    "stored",
]
