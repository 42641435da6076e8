"""Reconciliation: every convention's count of one network side by side, taken apart, and who counts what was seen."""

from archcalc.reconciliation.account import Account, account
from archcalc.reconciliation.observed import NoFigure, NumberSource, ObservedNumber
from archcalc.reconciliation.omitted import OmittedConvention
from archcalc.reconciliation.parameters import ParameterCount

__all__ = [
    "Account",
    "NoFigure",
    "NumberSource",
    "ObservedNumber",
    "OmittedConvention",
    "ParameterCount",
    "account",
]
