"""An account in a notebook: a table of conventions with the terms of their differences, and one of the parameters."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.conventions import ReconciledCount
from archcalc.dims.figures import grouped
from archcalc.reconciliation.observed import ObservedNumber
from archcalc.reconciliation.omitted import OmittedConvention
from archcalc.reconciliation.parameters import ParameterCount
from archcalc.reconciliation.text import alike, observed_lines, omitted_text, part_text, signed, sorted_parts, summary
from archcalc.report.html import grid, text


def fragment(
    operations: Sequence[ReconciledCount],
    parameters: Sequence[ParameterCount],
    observed: ObservedNumber | None,
    omitted: Sequence[OmittedConvention] = (),
) -> str:
    """The account without scripts and with nothing to load; every text is escaped."""
    parts = []
    if observed is not None:
        parts.append("".join(f"<div>{text(line)}</div>" for line in observed_lines(observed)))
    rows: list[tuple[str, str, str]] = []
    for one, others in alike(operations):
        about = summary(one) + (f"; also {', '.join(others)}" if others else "")
        rows.append((f"<b>{text(one.convention.name)}</b>", text(about), f"<b>{text(grouped(one.total))}</b>"))
        rows += [("", text(part_text(part)), text(signed(part.amount))) for part in sorted_parts(one)]
    rows += [(f"<b>{text(one.convention.name)}</b>", text(omitted_text(one)), "-") for one in omitted]
    parts.append(grid(("convention", "what it counts", "operations"), rows, counts=1))
    stored = [(text(one.name), text(one.about), text(grouped(one.value))) for one in parameters]
    parts.append(grid(("parameters", "what is counted", "numbers"), stored, counts=1))
    return f'<div class="archcalc">{"".join(parts)}</div>'
