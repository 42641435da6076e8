"""What archcalc can write: the formats of `archcalc export`, each with the module that writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.diagnostics import closest
from archcalc.diagnostics.codes.export import FOREIGN_MODULE, NOT_EXPORTABLE
from archcalc.diagnostics.model import Diagnostic, errors

if TYPE_CHECKING:
    from archcalc.graph import Graph
    from archcalc.program import Program

Writer = Callable[["Program", Mapping[str, Any]], tuple[Any, list[Diagnostic]]]
"""Takes a network without errors and values for symbols and lets; gives the source, or None and why there is none."""


class ExportError(ValueError):
    """There is no code for a network; `diagnostics` say why."""

    def __init__(self, name: str, diagnostics: list[Diagnostic]) -> None:
        self.diagnostics = diagnostics
        reasons = [str(found) for found in errors(diagnostics)]
        super().__init__("\n  ".join([f"{name} cannot be exported:", *reasons]))
        self._name = name

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions are made anew from their message alone, and this one takes more.
        return type(self), (self._name, self.diagnostics)


class Target(NamedTuple):
    """A format: its name, what it is, the usual ending of a file, and how its writer is loaded."""

    name: str
    description: str
    suffix: str
    load: Callable[[], Writer]


def _torch() -> Writer:
    from archcalc.export.torch import write

    return write


TARGETS = {one.name: one for one in (Target("torch", "a module of PyTorch", ".py", _torch),)}


def target(name: str) -> Target:
    """The format of a name. Raises: LookupError that names what there is.

    >>> target("torch").suffix
    '.py'
    """
    if name in TARGETS:
        return TARGETS[name]
    near = closest(name, TARGETS)
    listed = ", ".join(f"{one.name} ({one.description})" for one in TARGETS.values())
    hint = f"did you mean {near}?" if near else f"there is {listed}"
    raise LookupError(f"there is no format {name}; {hint}")


def foreign(graph: Graph, how: str) -> Diagnostic:
    """The code of a network calls modules of somebody else; `how` one asks for them to run."""
    node = next(node for node in graph.nodes if getattr(node.layer, "module", None) is not None)
    place = getattr(node.layer, "module", "")
    message = f"{node.name} is {place}, which somebody else wrote and which only runs where that is asked for"
    help = f"where you trust the spec and the module: {how}"
    return Diagnostic(FOREIGN_MODULE, message, node.span, help=(help,), layer=node.name)


def blocked() -> Diagnostic:
    """A network with errors has no code."""
    return Diagnostic(NOT_EXPORTABLE, "the check found errors, so no code was written")
