"""Numbers and conditions spelled as expressions whose value is known: what a spec may write where it means 6."""

from __future__ import annotations

from collections.abc import Callable, Collection
from random import Random
from typing import Any, NamedTuple

from archcalc.layers.shape import Shape
from archcalc.layers.table import layer_class
from strategies.choices import chance, pick
from strategies.fields import Given, field_type


class Value(NamedTuple):
    """A name that stands for a number. A symbolic one may stand only where a size may depend on a symbol."""

    name: str
    value: int
    symbolic: bool = False


_CLOSED = frozenset(
    {
        ("max_pool", "dilation"), ("concat", "axis"), ("split", "axis"), ("select", "axis"), ("softmax", "axis"),
        ("log_softmax", "axis"), ("slice", "start"), ("slice", "stop"), ("select", "index"),
        ("reshape", "shape"), ("expand", "shape"),
    }
)  # fmt: skip
"""Fields that take symbols by their type, but decide the form of a layer: with a symbol there is mostly no network.

Or there is another one where a number becomes negative, and counts from the end.
"""


class Speller:
    """Writes numbers with the names and functions that a place of a spec knows."""

    def __init__(
        self,
        rng: Random,
        values: tuple[Value, ...] = (),
        functions: tuple[str, ...] = (),
        opened: Callable[[int], str | None] | None = None,
    ) -> None:
        self.rng = rng
        self.values = values
        self.functions = functions
        """Names of one-parameter functions that double their argument."""
        self.opened = opened
        """Gives a size the name of a symbol of its own, or None for one that is to stay a number."""

    def known(self, *values: Value) -> Speller:
        """A place that knows more names."""
        return Speller(self.rng, (*self.values, *values), self.functions, self.opened)

    def without(self, *values: Value) -> Speller:
        """A place that knows other names only, such as a block."""
        return Speller(self.rng, values, (), self.opened)

    def number(self, value: int, *, concrete: bool = False, reads: Shape | None = None, plain: int = 70) -> int | str:
        """A number, plainly or as an expression. `concrete` keeps symbols out of it."""
        rng = self.rng
        if not chance(rng, 100 - plain):
            return value
        way = rng.randrange(9)
        # A negative number counts from the end, or says that a size stays; with other symbols it would be another one.
        concrete = concrete or value < 0
        names = [known for known in self.values if not (concrete and known.symbolic)]
        if way < 4 and names:
            known = pick(rng, names)
            if known.value == value:
                return known.name
            difference = value - known.value
            return f"{known.name} {'+' if difference > 0 else '-'} {abs(difference)}"
        if way == 4 and not concrete and reads is not None and isinstance(reads.channels, int):
            return f"in_channels + {value - reads.channels}" if reads.channels <= value else "0 + " + str(value)
        if way == 5 and self.functions and value % 2 == 0:
            return f"{pick(rng, self.functions)}({value // 2})"
        more = rng.randrange(1, 4)
        return pick(
            rng,
            (
                f"{value + more} - {more}",
                f"{value * more}//{more}",
                f"max({value}, {value - more})",
                f"{value} if true else {more}",
                f"{value * more}/{more}",
                f"({value})",
                f"{value}/2*2",
                f"{2 * value - 1}/2 + 1/2",
            ),
        )

    def field(self, kind: str, name: str, given: Given, reads: Shape | None, others: Collection[str] = ()) -> Any:
        """A field's value, with some of its numbers spelled; `others` are the other fields that have one."""
        alias = field_type(layer_class(kind), name)
        if not isinstance(alias, str) or alias in ("MapName", "Flag", "Real", "Rate", "Factor"):
            return given.written
        concrete = alias in ("Concrete", "Few", "Strides", "Connections", "IntegerList")
        # The kernel of a pool is its stride, too, unless it has one of its own.
        is_stride = name == "kernel" and "pool" in kind and "stride" not in others
        return self._spelled(given.written, concrete, reads, may_open=(kind, name) not in _CLOSED and not is_stride)

    def size(self, value: int) -> int | str:
        """A number, or a symbol that stands for it, where a spec takes any size."""
        return (self.opened and self.opened(value)) or value

    def _spelled(self, written: Any, concrete: bool, reads: Shape | None, *, may_open: bool) -> Any:
        if isinstance(written, list):
            return [self._spelled(item, concrete, reads, may_open=may_open) for item in written]
        if isinstance(written, int) and not isinstance(written, bool):
            if may_open and not concrete and written > 0 and isinstance(size := self.size(written), str):
                return size
            fixed = concrete or not may_open
            return self.number(written, concrete=fixed, reads=reads, plain=85)
        return written

    def truth(self, value: bool) -> str | bool:
        """A condition that is known to hold, or not to."""
        rng = self.rng
        names = [known for known in self.values if not known.symbolic]
        way = rng.randrange(5)
        if way == 0:
            return value
        if way == 1 and names:
            known = pick(rng, names)
            return f"{known.name} == {known.value if value else known.value + 1}"
        if way == 2 and names:
            known = pick(rng, names)
            return f"{known.name} {'<' if value else '>='} {known.value + 1}"
        left, right = rng.randrange(4), rng.randrange(4)
        holds = left <= right
        text = f"{left} <= {right}"
        if holds == value:
            return f"{text} and true" if way == 3 else text
        return f"not ({text})"
