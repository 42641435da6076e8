"""Conventions that an account leaves out."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.conventions import Convention


class OmittedConvention(NamedTuple):
    """A convention that is left out of an account, because a rule asks for the value of a symbol which has none.

    >>> import archcalc
    >>> report = archcalc.load("input: [4, N, N]\\nlayers: [{adaptive_avg_pool: 3}]").check()
    >>> [one.convention.name for one in report.reconcile().omitted]
    ['onnx-tool-1.0.1']
    """

    convention: Convention
    reason: str
    """Which rule asks, for which layer, and what for."""
    help: tuple[str, ...]
    """What gives it a count."""
