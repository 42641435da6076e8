"""`register` at all choices: whether what it names is there, once all steps have run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from archcalc.expand.registering import Registered, misnamed
from archcalc.sweep.choices.names import Names
from archcalc.sweep.choices.runs import Cost, Runs, Unit
from archcalc.sweep.choices.table import Table


class _Step(NamedTuple):
    """What a step registers of one scope, at all choices, where one comes to it."""

    named: Table[Sequence[Registered]]
    guard: Table[bool]


def check(runs: Runs) -> None:
    """Enter units for networks that are not legal because of `register`. Raises: NotTabled."""
    by_scope: dict[Any, list[_Step]] = {}
    for at, (named, guard) in enumerate(runs.registered):
        scopes = {_scope(one, at): None for own in named.of.values() for one in own}
        for scope in scopes:
            by_scope.setdefault(scope, []).append(_Step(named.map(_of_scope(scope, at)), guard))
    for steps in by_scope.values():
        legal = runs.looked_up(partial(_is_legal, runs, steps), "what `register` names")
        if not all(legal.of.values()):
            costs = legal.map(lambda own: Cost(runs.nothing(), is_legal=own is not False))
            runs.enter(Unit(costs, Table.constant(True)))


def _scope(one: Registered, at: int) -> Any:
    """The scope that a name is about: one that is opened, or one that its step has run as a whole."""
    return id(one.module) if isinstance(one.module.names, Names) else at


def _of_scope(scope: Any, at: int) -> Callable[[Sequence[Registered]], Sequence[Registered]]:
    return lambda own: [one for one in own if _scope(one, at) == scope]


def _is_legal(runs: Runs, steps: Sequence[_Step]) -> bool:
    """Whether nothing is wrong with what is registered of one scope at what is chosen. Raises: NeedsChoice."""
    named = [one for step in steps if step.guard.at(runs.chosen) for one in step.named.at(runs.chosen)]
    return next(misnamed(named, runs.globals), None) is None
