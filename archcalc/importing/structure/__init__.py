"""Structure: from the record of a network to the data of a spec that reads as if written by hand."""

from archcalc.importing.structure.flat import flat

__all__ = ["flat"]
