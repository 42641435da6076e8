"""The calculus of network architectures: exact shapes, fractions, parameters and multiplications, with reasons.

>>> import archcalc
>>> report = archcalc.load("resnet:resnet152").check()
>>> report.totals.parameters
60192808
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from archcalc.architecture import Architecture, load
    from archcalc.closed_forms import ClosedForm
    from archcalc.derivations.model import Derivation
    from archcalc.diagnostics.model import Code, Diagnostic, Label, Span
    from archcalc.expectations import Verdict
    from archcalc.export.targets import ExportError
    from archcalc.receptive import Misalignment, ReceptiveField
    from archcalc.report.model import LayerReport, Report
    from archcalc.sizes.legal import LegalSizes
    from archcalc.sizes.sets import IntegerSet
    from archcalc.tally import Counts

_HOMES = {
    "Architecture": "archcalc.architecture",
    "ClosedForm": "archcalc.closed_forms",
    "Code": "archcalc.diagnostics.model",
    "Counts": "archcalc.tally",
    "Derivation": "archcalc.derivations.model",
    "Diagnostic": "archcalc.diagnostics.model",
    "ExportError": "archcalc.export.targets",
    "IntegerSet": "archcalc.sizes.sets",
    "Label": "archcalc.diagnostics.model",
    "LayerReport": "archcalc.report.model",
    "LegalSizes": "archcalc.sizes.legal",
    "Misalignment": "archcalc.receptive",
    "ReceptiveField": "archcalc.receptive",
    "Report": "archcalc.report.model",
    "Span": "archcalc.diagnostics.model",
    "Verdict": "archcalc.expectations",
    "load": "archcalc.architecture",
}

__all__ = [
    "Architecture",
    "ClosedForm",
    "Code",
    "Counts",
    "Derivation",
    "Diagnostic",
    "ExportError",
    "IntegerSet",
    "Label",
    "LayerReport",
    "LegalSizes",
    "Misalignment",
    "ReceptiveField",
    "Report",
    "Span",
    "Verdict",
    "__version__",
    "load",
]


def __getattr__(name: str) -> Any:
    # Importing archcalc stays free of pydantic, so that `archcalc --help` answers at once.
    if name not in _HOMES:
        raise AttributeError(f"module 'archcalc' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
