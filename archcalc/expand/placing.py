"""Where a layer's finding stands in the source."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.diagnostics.model import Diagnostic, Span
from archcalc.graph import BlockCall
from archcalc.layers.base import Layer
from archcalc.layers.site import Finding
from archcalc.spec.model import Argument

Report = Callable[[Diagnostic, "BlockCall | None", "str | None"], None]


def placed(finding: Finding, layer: Layer, fields: dict[str, Argument], span: Span) -> Diagnostic:
    """A layer's finding at the field that it names, at the one value that sets it all, or at the layer."""
    argument = fields.get(finding.field) if finding.field else None
    if argument is None and finding.field and layer.main and list(fields) == [layer.main]:
        argument = fields[layer.main]
    return Diagnostic(
        finding.code,
        finding.message if finding.message.startswith(f"{layer.kind} ") else f"{layer.kind}: {finding.message}",
        argument.span if argument is not None else span,
        finding.label,
        (),
        finding.notes,
        finding.help,
    )
