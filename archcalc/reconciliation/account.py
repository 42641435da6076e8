"""The account of a network: its operations by every convention, its parameters in every way to count them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from archcalc import conventions
from archcalc.checking import Checked
from archcalc.conventions import Convention, OpenCount, ReconciledCount
from archcalc.quantities import conventions as names_of_conventions
from archcalc.reconciliation.observed import ObservedNumber, observed
from archcalc.reconciliation.omitted import OmittedConvention
from archcalc.reconciliation.parameters import ParameterCount, parameter_counts


class Account(NamedTuple):
    """What everybody counts of one network; `observed` says who counts what somebody has seen.

    `omitted` are conventions that say nothing of it as long as a symbol has no value.

    >>> import archcalc
    >>> found = archcalc.load("resnet:resnet50").check().reconcile("4.13G")
    >>> [one.name for one in found.observed.sources]
    ['ptflops-0.7.5', 'thop-0.1.1']
    """

    operations: tuple[ReconciledCount, ...]
    parameters: tuple[ParameterCount, ...]
    observed: ObservedNumber | None
    omitted: tuple[OmittedConvention, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The account as plain data for JSON: what the schema of `archcalc schema reconcile` says."""
        from archcalc.reconciliation.json import plain

        return plain(*self)

    def to_text(self) -> str:
        """The account as `archcalc reconcile` prints it."""
        from archcalc.reconciliation.text import text

        return text(*self)

    def __repr__(self) -> str:
        return f"<Account of {len(self.operations)} conventions and {len(self.parameters)} ways to count parameters>"

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        from archcalc.reconciliation.html import fragment

        return fragment(*self)


def account(checked: Checked, figure: str | int | None = None, names: Sequence[str] = ()) -> Account:
    """The account of a network by the conventions that are named, which may be files; by all that there are without.

    One that asks for the value of a symbol is left out, and all others are told. Raises: UnknownValue for a network
    with errors; NoConvention, NoCount, OSError for a file; OpenCount where no convention is left; NoFigure.
    """
    chosen: list[Convention] = [conventions.find(name) for name in names or names_of_conventions()]
    nodes = checked.graph.nodes
    operations: list[ReconciledCount] = []
    omitted: list[OmittedConvention] = []
    for one in chosen:
        try:
            operations.append(conventions.reconciled(one, nodes))
        except OpenCount as error:
            if len(omitted) == len(chosen) - 1:
                raise
            omitted.append(OmittedConvention(one, error.reason, error.help))
    parameters = tuple(parameter_counts(nodes))
    seen = None if figure is None else observed(figure, operations, {one.name: one.value for one in parameters})
    return Account(tuple(operations), parameters, seen, tuple(omitted))
