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
    from archcalc.api.architecture import Architecture, load
    from archcalc.api.comparing import diff
    from archcalc.api.importing import from_keras, from_onnx, from_torch
    from archcalc.api.report import Report
    from archcalc.api.sweeping import Sweep
    from archcalc.closed_forms import ClosedForm
    from archcalc.comparison.amounts import AmountChange, OutputChange
    from archcalc.comparison.claims import ClaimChange
    from archcalc.comparison.difference import Difference
    from archcalc.comparison.entries import ComparedLayer, ReadMap
    from archcalc.comparison.layers import Change, LayerChange
    from archcalc.comparison.legality import LegalityChange
    from archcalc.comparison.limits import Limit, LimitVerdict
    from archcalc.conventions.counting import NoCount, OpenCount
    from archcalc.conventions.model import Convention, ToolFault
    from archcalc.conventions.reconciling import CountPart, ReconciledCount
    from archcalc.conventions.shelf import NoConvention
    from archcalc.derivations.model import Derivation
    from archcalc.diagnostics.model import Code, Diagnostic, Label, Span
    from archcalc.dims.condition import Condition
    from archcalc.dims.polynomial import Polynomial
    from archcalc.draw.picture import Picture
    from archcalc.draw.rendering import NoRenderer, RenderingFailed
    from archcalc.editing.text import TextEdit
    from archcalc.expectations import Verdict
    from archcalc.export.targets import ExportError
    from archcalc.graph import Graph
    from archcalc.hardware.arithmetic import NoDtype
    from archcalc.hardware.model import Figure, FigureSource, Hardware, NoPeak
    from archcalc.hardware.shelf import NoHardware
    from archcalc.importing.failure import ImportFailure
    from archcalc.layers.shape import Integers, Shape
    from archcalc.layers.site import Fractional, Requirement
    from archcalc.memory.account import LayerMemory, Memory
    from archcalc.memory.optimizers import NoOptimizer, Optimizer
    from archcalc.memory.plan import NoPlan, Plan
    from archcalc.memory.precision import NoPrecision, NumberTypes
    from archcalc.memory.schedule import Moment
    from archcalc.page.page import Page
    from archcalc.program import InvalidSpec
    from archcalc.questions.values import WrongQuestion
    from archcalc.receptive import Misalignment, ReceptiveField
    from archcalc.reconciliation.account import Account
    from archcalc.reconciliation.observed import NoFigure, NumberGuess, NumberSource, ObservedNumber
    from archcalc.reconciliation.omitted import OmittedConvention
    from archcalc.reconciliation.parameters import ParameterCount
    from archcalc.repair.harms import Harm
    from archcalc.repair.model import Repair
    from archcalc.report.forms import ClosedForms
    from archcalc.report.layers import LayerReport, ScopeReport
    from archcalc.report.memory import MemoryReport
    from archcalc.report.scopes import ScopeDerivation
    from archcalc.revisions import NoRevision
    from archcalc.roofline.estimate import NoEstimate, Roofline
    from archcalc.roofline.model import LayerEstimate
    from archcalc.roofline.work import LayerWork, Precision
    from archcalc.scene.failure import CannotWrite
    from archcalc.sizes.legal import LegalSizes
    from archcalc.sizes.runs import SetOverflow
    from archcalc.sizes.sets import IntegerSet
    from archcalc.solve.solutions import Solutions
    from archcalc.source.text import SourceFile
    from archcalc.sweep.designs import Design, DesignCount, EvaluatedDesigns
    from archcalc.sweep.stored.running import Unfinished
    from archcalc.sweep.stored.table import Written
    from archcalc.tally import Counts
    from archcalc.verify.verification import Verification
    from archcalc.volumes.picture import VolumePicture

_HOMES = {
    "Account": "archcalc.reconciliation.account",
    "AmountChange": "archcalc.comparison.amounts",
    "Architecture": "archcalc.api.architecture",
    "CannotWrite": "archcalc.scene.failure",
    "Change": "archcalc.comparison.layers",
    "ClaimChange": "archcalc.comparison.claims",
    "ClosedForm": "archcalc.closed_forms",
    "ClosedForms": "archcalc.report.forms",
    "Code": "archcalc.diagnostics.model",
    "ComparedLayer": "archcalc.comparison.entries",
    "Condition": "archcalc.dims.condition",
    "Convention": "archcalc.conventions.model",
    "CountPart": "archcalc.conventions.reconciling",
    "Counts": "archcalc.tally",
    "Derivation": "archcalc.derivations.model",
    "Design": "archcalc.sweep.designs",
    "DesignCount": "archcalc.sweep.designs",
    "Diagnostic": "archcalc.diagnostics.model",
    "Difference": "archcalc.comparison.difference",
    "EvaluatedDesigns": "archcalc.sweep.designs",
    "ExportError": "archcalc.export.targets",
    "Figure": "archcalc.hardware.model",
    "FigureSource": "archcalc.hardware.model",
    "Fractional": "archcalc.layers.site",
    "Graph": "archcalc.graph",
    "Hardware": "archcalc.hardware.model",
    "Harm": "archcalc.repair.harms",
    "ImportFailure": "archcalc.importing.failure",
    "IntegerSet": "archcalc.sizes.sets",
    "Integers": "archcalc.layers.shape",
    "InvalidSpec": "archcalc.program",
    "Label": "archcalc.diagnostics.model",
    "LayerChange": "archcalc.comparison.layers",
    "LayerEstimate": "archcalc.roofline.model",
    "LayerMemory": "archcalc.memory.account",
    "LayerReport": "archcalc.report.layers",
    "LayerWork": "archcalc.roofline.work",
    "LegalSizes": "archcalc.sizes.legal",
    "LegalityChange": "archcalc.comparison.legality",
    "Limit": "archcalc.comparison.limits",
    "LimitVerdict": "archcalc.comparison.limits",
    "Memory": "archcalc.memory.account",
    "MemoryReport": "archcalc.report.memory",
    "Misalignment": "archcalc.receptive",
    "Moment": "archcalc.memory.schedule",
    "NoConvention": "archcalc.conventions.shelf",
    "NoCount": "archcalc.conventions.counting",
    "NoDtype": "archcalc.hardware.arithmetic",
    "NoEstimate": "archcalc.roofline.estimate",
    "NoFigure": "archcalc.reconciliation.observed",
    "NoHardware": "archcalc.hardware.shelf",
    "NoOptimizer": "archcalc.memory.optimizers",
    "NoPeak": "archcalc.hardware.model",
    "NoPlan": "archcalc.memory.plan",
    "NoPrecision": "archcalc.memory.precision",
    "NoRenderer": "archcalc.draw.rendering",
    "NoRevision": "archcalc.revisions",
    "NumberGuess": "archcalc.reconciliation.observed",
    "NumberSource": "archcalc.reconciliation.observed",
    "NumberTypes": "archcalc.memory.precision",
    "ObservedNumber": "archcalc.reconciliation.observed",
    "OmittedConvention": "archcalc.reconciliation.omitted",
    "OpenCount": "archcalc.conventions.counting",
    "Optimizer": "archcalc.memory.optimizers",
    "OutputChange": "archcalc.comparison.amounts",
    "Page": "archcalc.page.page",
    "ParameterCount": "archcalc.reconciliation.parameters",
    "Picture": "archcalc.draw.picture",
    "Plan": "archcalc.memory.plan",
    "Polynomial": "archcalc.dims.polynomial",
    "Precision": "archcalc.roofline.work",
    "ReadMap": "archcalc.comparison.entries",
    "ReceptiveField": "archcalc.receptive",
    "ReconciledCount": "archcalc.conventions.reconciling",
    "RenderingFailed": "archcalc.draw.rendering",
    "Repair": "archcalc.repair.model",
    "Report": "archcalc.api.report",
    "Requirement": "archcalc.layers.site",
    "Roofline": "archcalc.roofline.estimate",
    "ScopeDerivation": "archcalc.report.scopes",
    "ScopeReport": "archcalc.report.layers",
    "SetOverflow": "archcalc.sizes.runs",
    "Shape": "archcalc.layers.shape",
    "Solutions": "archcalc.solve.solutions",
    "SourceFile": "archcalc.source.text",
    "Span": "archcalc.diagnostics.model",
    "Sweep": "archcalc.api.sweeping",
    "TextEdit": "archcalc.editing.text",
    "ToolFault": "archcalc.conventions.model",
    "Unfinished": "archcalc.sweep.stored.running",
    "Verdict": "archcalc.expectations",
    "Verification": "archcalc.verify.verification",
    "VolumePicture": "archcalc.volumes.picture",
    "Written": "archcalc.sweep.stored.table",
    "WrongQuestion": "archcalc.questions.values",
    "diff": "archcalc.api.comparing",
    "from_keras": "archcalc.api.importing",
    "from_onnx": "archcalc.api.importing",
    "from_torch": "archcalc.api.importing",
    "load": "archcalc.api.architecture",
}

__all__ = [
    "Account",
    "AmountChange",
    "Architecture",
    "CannotWrite",
    "Change",
    "ClaimChange",
    "ClosedForm",
    "ClosedForms",
    "Code",
    "ComparedLayer",
    "Condition",
    "Convention",
    "CountPart",
    "Counts",
    "Derivation",
    "Design",
    "DesignCount",
    "Diagnostic",
    "Difference",
    "EvaluatedDesigns",
    "ExportError",
    "Figure",
    "FigureSource",
    "Fractional",
    "Graph",
    "Hardware",
    "Harm",
    "ImportFailure",
    "IntegerSet",
    "Integers",
    "InvalidSpec",
    "Label",
    "LayerChange",
    "LayerEstimate",
    "LayerMemory",
    "LayerReport",
    "LayerWork",
    "LegalSizes",
    "LegalityChange",
    "Limit",
    "LimitVerdict",
    "Memory",
    "MemoryReport",
    "Misalignment",
    "Moment",
    "NoConvention",
    "NoCount",
    "NoDtype",
    "NoEstimate",
    "NoFigure",
    "NoHardware",
    "NoOptimizer",
    "NoPeak",
    "NoPlan",
    "NoPrecision",
    "NoRenderer",
    "NoRevision",
    "NumberGuess",
    "NumberSource",
    "NumberTypes",
    "ObservedNumber",
    "OmittedConvention",
    "OpenCount",
    "Optimizer",
    "OutputChange",
    "Page",
    "ParameterCount",
    "Picture",
    "Plan",
    "Polynomial",
    "Precision",
    "ReadMap",
    "ReceptiveField",
    "ReconciledCount",
    "RenderingFailed",
    "Repair",
    "Report",
    "Requirement",
    "Roofline",
    "ScopeDerivation",
    "ScopeReport",
    "SetOverflow",
    "Shape",
    "Solutions",
    "SourceFile",
    "Span",
    "Sweep",
    "TextEdit",
    "ToolFault",
    "Unfinished",
    "Verdict",
    "Verification",
    "VolumePicture",
    "Written",
    "WrongQuestion",
    "__version__",
    "diff",
    "from_keras",
    "from_onnx",
    "from_torch",
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
