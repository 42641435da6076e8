"""The value of a code at one place of its class: the proof that it may stand for all places."""

from __future__ import annotations

from archcalc.export.torch.code import Code, NotPython
from archcalc.export.torch.namespace import Namespace
from archcalc.expressions.values import ExpressionError, NoNames, Value


class _Place(NoNames):
    """The names of a class, with their values at one place."""

    __slots__ = ("names", "place")

    def __init__(self, names: Namespace, place: int) -> None:
        self.names = names
        self.place = place

    def resolve(self, path: tuple[str, ...]) -> Value:
        """The value of a name. Raises: NotPython."""
        return self.names.value(path[0], self.place)


def evaluated(code: Code, names: Namespace, place: int) -> Value:
    """What Python would calculate at a place. Raises: NotPython."""
    try:
        return code.evaluate(_Place(names, place))
    except ExpressionError:
        raise NotPython from None
