"""Structure: from the record of a network to the data of a spec that reads as if written by hand."""

from archcalc.importing.structure.data import Formula
from archcalc.importing.structure.flat import flat
from archcalc.importing.structure.ladder import LADDER, Level, structured
from archcalc.importing.structure.naming import Unsayable

__all__ = ["LADDER", "Formula", "Level", "Unsayable", "flat", "structured"]
