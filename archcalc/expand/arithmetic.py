"""Arithmetic on maps, read where it stands: `0.5 * x + skip`, with maps and numbers of the scope."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.diagnostics.codes.language import AMBIGUOUS_X, UNKNOWN_NAME
from archcalc.dims import Number
from archcalc.expand.constants import as_joined
from archcalc.expand.scope import Context
from archcalc.expressions.nodes import Path
from archcalc.expressions.values import ExpressionError, Unresolved, Value
from archcalc.graph import Map
from archcalc.layers.base import Tap
from archcalc.layers.pointwise import ARRIVING, MapExpression, MapReader
from archcalc.spec.model import Formula, Mistake, located, mistake


class _WithArriving:
    """A place of the unfolding, at which `x` is the map that a step reads."""

    def __init__(self, context: Context, arriving: Map) -> None:
        self.context = context
        self.arriving = arriving

    def resolve(self, path: tuple[str, ...]) -> Value:
        """The map that arrives, or what the place knows. Raises: Unresolved, UnknownValue."""
        if path == (ARRIVING,):
            return self.arriving
        try:
            return self.context.resolve(path)
        except Unresolved as error:
            if error.code is not UNKNOWN_NAME:
                raise
            if path[0] == ARRIVING:
                found: Value = self.context.member(self.arriving, path[1], path[:1])
                return found
            # Whoever looks for a map here may not know how the one that arrives is called.
            help = (*error.help, f"`{ARRIVING}` is the map that arrives")
            raise Unresolved(error.code, error.message, help) from None

    def size_of(self, value: Value, name: str, axis: int | None) -> Number:
        """A size of a map. Raises: Unresolved, UnknownValue."""
        return self.context.size_of(value, name, axis)

    def function(self, name: str) -> Callable[[list[Value]], Value] | None:
        """A function of `let`. Raises: Unresolved."""
        return self.context.function(name)

    def spend(self, count: int) -> None:
        """Account for lists. Raises: Unresolved."""
        self.context.spend(count)


def arithmetic(
    formula: Formula, context: Context, arriving: Map, tap: Callable[[Map], Tap]
) -> tuple[MapExpression, list[Map]]:
    """What a formula computes of the map that arrives, and the other maps that it reads.

    Raises: Mistake, UnknownValue.
    """
    if any(isinstance(node, Path) and node.fixed == (ARRIVING,) for node in formula.tree.walk()):
        _refuse_clash(formula, context, arriving)
    reader = MapReader(_WithArriving(context, arriving), arriving)
    try:
        root = reader.expression(formula.tree)
    except ExpressionError as error:
        raise Mistake(located(error, formula.span, formula.offset)) from None
    others = as_joined(reader.maps)[1:]
    return MapExpression(formula.text, root, tuple(map(tap, others))), others


def _refuse_clash(formula: Formula, context: Context, arriving: Map) -> None:
    """`x` is the map that arrives, and must stand for nothing else. Raises: Mistake, UnknownValue."""
    try:
        found = context.resolve((ARRIVING,))
    except Unresolved:
        return
    if found is not arriving:
        raise mistake(
            AMBIGUOUS_X,
            "`x` is the map that arrives, and something else here is called `x` as well",
            formula.span,
            "",
            "give the other one another name",
        )
