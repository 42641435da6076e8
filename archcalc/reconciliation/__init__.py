"""Reconciliation: every convention's count of one network side by side, taken apart, and who counts what was seen."""

from archcalc.reconciliation.account import Account, Storage, account
from archcalc.reconciliation.observed import NoFigure, Observed, Source

__all__ = ["Account", "NoFigure", "Observed", "Source", "Storage", "account"]
