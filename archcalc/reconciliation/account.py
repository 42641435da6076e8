"""The account of a network: its operations by every convention, its parameters in every way to count them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from archcalc import conventions
from archcalc.checking import Checked
from archcalc.conventions import Convention, ReconciledCount
from archcalc.quantities import conventions as names_of_conventions
from archcalc.reconciliation.observed import ObservedNumber, observed
from archcalc.reconciliation.parameters import ParameterCount, parameter_counts


class Account(NamedTuple):
    """What everybody counts of one network; `observed` says who counts what somebody has seen.

    >>> import archcalc
    >>> found = archcalc.load("resnet:resnet50").check().reconcile("4.13G")
    >>> [one.name for one in found.observed.sources]
    ['ptflops-0.7.5', 'thop-0.1.1']
    """

    operations: tuple[ReconciledCount, ...]
    parameters: tuple[ParameterCount, ...]
    observed: ObservedNumber | None

    def to_json(self) -> dict[str, Any]:
        """The account as plain data for JSON: what the schema of `archcalc schema reconcile` says."""
        from archcalc.reconciliation.json import plain

        return plain(self.operations, self.parameters, self.observed)

    def to_text(self) -> str:
        """The account as `archcalc reconcile` prints it."""
        from archcalc.reconciliation.text import text

        return text(self.operations, self.parameters, self.observed)

    def __repr__(self) -> str:
        return f"<Account of {len(self.operations)} conventions and {len(self.parameters)} ways to count parameters>"

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        from archcalc.reconciliation.html import fragment

        return fragment(self.operations, self.parameters, self.observed)


def account(checked: Checked, figure: str | int | None = None, names: Sequence[str] = ()) -> Account:
    """The account of a network by the conventions that are named, which may be files; by all that there are without.

    Raises: UnknownValue for a network with errors; NoConvention, NoCount, OSError for a file; NoFigure.
    """
    chosen: list[Convention] = [conventions.find(name) for name in names or names_of_conventions()]
    nodes = checked.graph.nodes
    operations = tuple([conventions.reconciled(one, nodes) for one in chosen])
    parameters = tuple(parameter_counts(nodes))
    seen = None if figure is None else observed(figure, operations, {one.name: one.value for one in parameters})
    return Account(operations, parameters, seen)
