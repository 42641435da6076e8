"""Budgets: claims of a project about a network, judged like its own, and told at the network."""

from __future__ import annotations

from collections.abc import Iterable

from archcalc.demands import Budget
from archcalc.diagnostics.codes.claims import CLAIM_FAILED
from archcalc.diagnostics.codes.configuration import OVER_BUDGET
from archcalc.diagnostics.model import Diagnostic, Span
from archcalc.expectations.judge import judge
from archcalc.expectations.verdict import Verdict
from archcalc.network import Settings
from archcalc.patterns import compiled_later
from archcalc.program import Program
from archcalc.quantities import COUNTS
from archcalc.spec.model import Spec

_RANGE = compiled_later(r"\.\.|[<>]")


def judge_budgets(
    program: Program, settings: Settings, budgets: Iterable[Budget]
) -> tuple[list[Verdict], list[Diagnostic]]:
    """Verdicts on the budgets that a network has to keep.

    What is wrong is told at the head of the spec, with a note that says where the budget stands: that is in another
    file.

    Reports: AC607, and as `judge` does.
    """
    verdicts: list[Verdict] = []
    diagnostics: list[Diagnostic] = []
    for budget in budgets:
        judged, found = judge(program, settings, budget.claims)
        verdicts += [_of_project(verdict, budget) for verdict in judged]
        numbers = {one.span for one in judged if one.quantity in COUNTS and not _RANGE.search(one.expected)}
        diagnostics += [_at_the_head(one, program.network_spec, budget, one.span in numbers) for one in found]
    return verdicts, diagnostics


def _of_project(verdict: Verdict, budget: Budget) -> Verdict:
    whose = f"budget of {budget.of}"
    source = f"{verdict.source}, {whose}" if verdict.source else whose
    return verdict._replace(source=source, file=budget.file)


def _at_the_head(found: Diagnostic, spec: Spec, budget: Budget, is_number: bool) -> Diagnostic:
    """A finding about a budget, told of the network. What is said about its place in the budget becomes a note.

    A number without a sign is what every network has to have, which is seldom meant.
    """
    place = f":{found.span.line}:{found.span.column}" if found.span is not None else ""
    note = f"the budget of {budget.of} stands at {budget.file}{place}"
    remark = f": {found.label}" if found.label and found.code is not CLAIM_FAILED else ""
    code = OVER_BUDGET if found.code is CLAIM_FAILED else found.code
    label = found.label if found.code is CLAIM_FAILED else ""
    help = (*found.help, "at most so much is `<= 5M` or `..5M`") if is_number and code is OVER_BUDGET else found.help
    return found._replace(
        code=code, span=_head(spec), label=label, labels=(), notes=(*found.notes, note + remark), help=help
    )


def _head(spec: Spec) -> Span | None:
    """Where a spec, or its variant, says what it is about."""
    if spec.chosen is not None:
        return spec.chosen.span
    return spec.inputs[0].span if spec.inputs else None
