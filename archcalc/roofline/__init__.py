"""Rooflines: what layers compute and move, and how long a device needs for it at its peaks."""

from archcalc.roofline.estimate import NoEstimate, Roofline, roofline
from archcalc.roofline.model import LayerEstimate
from archcalc.roofline.work import LayerWork, Precision

__all__ = ["LayerEstimate", "LayerWork", "NoEstimate", "Precision", "Roofline", "roofline"]
