"""Names whose values are tables: who reads one finds the value at what is chosen, or asks for a choice.

The steps of a network are unfolded by the same code as ever. It looks names up in dictionaries, which are of these
kinds here, so that it is found out, and not guessed, which choices a step depends on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from archcalc.expand.globals import Globals
from archcalc.expand.scope import Binding, Context
from archcalc.expressions.values import Value
from archcalc.graph import Frame, Module
from archcalc.sweep.choices.table import ANY, NeedsChoice, Table
from archcalc.sweep.domain import Axis

if TYPE_CHECKING:
    from archcalc.network import Assembly


class NotTabled(Exception):
    """Says what of a network cannot be put into tables."""


class Unreached(Exception):
    """Nothing is computed at what is chosen: an error stands in front, or no step leads there."""


class Chosen(dict[int, int]):
    """What is chosen at present, by the places of the axes; `reads` counts how often somebody has asked.

    `marks` are the choices that were read since somebody has emptied it.
    """

    reads = 0

    def __init__(self) -> None:
        super().__init__()
        self.marks: set[int] = set()

    def __getitem__(self, place: int) -> int:
        self.reads += 1
        if place not in self:
            raise NeedsChoice(place)
        return super().__getitem__(place)


class ListOfTables:
    """A list whose entries are tables of their own, so that a loop over it chooses entry by entry."""

    def __init__(self, items: Sequence[Table[Value] | ListOfTables]) -> None:
        self.items = items


def value_at(item: Any, chosen: Chosen) -> Any:
    """A value at what is chosen. Raises: NeedsChoice, Unreached."""
    if isinstance(item, Table):
        chosen.reads += 1
        value = item.at(chosen)
        if value is ANY:
            raise Unreached
        if item.marks is not None:
            chosen.marks |= item.marks.at(chosen)
        return value
    if isinstance(item, ListOfTables):
        return tuple([value_at(one, chosen) for one in item.items])
    return item


class Variables(dict[str, Any]):
    """Variables of a loop, or parameters of a block."""

    def __init__(self, chosen: Chosen, items: Mapping[str, Any] | None = None) -> None:
        super().__init__(items or {})
        self.chosen = chosen

    def __getitem__(self, name: str) -> Any:
        return value_at(super().__getitem__(name), self.chosen)

    def written(self, name: str) -> Any:
        """What stands for a name: a table, a list of tables, or a value."""
        return super().__getitem__(name)


class Names(dict[str, Any]):
    """The names of a scope: a binding, or a table of bindings in which None says that there is no such name.

    What a step enters is kept apart, in `entered`, until it is known for all choices. `guard` says where the scope is.
    """

    def __init__(self, chosen: Chosen, guard: Table[bool], touched: list[Names]) -> None:
        super().__init__()
        self.chosen = chosen
        self.guard = guard
        self._touched = touched
        self.entered: dict[str, Binding] = {}
        self.module: Module | None = None

    def get(self, name: str, default: Any = None) -> Any:
        """The binding of a name. Raises: NeedsChoice, NotTabled."""
        found = self._found(name)
        return default if found is None else found

    def _found(self, name: str) -> Binding | None:
        if name in self.entered:
            return self.entered[name]
        if self.module is not None and isinstance(self.module.count, Uncounted) and name.isdigit():
            raise NotTabled(f"the number {name} of a layer depends on what is chosen")
        binding: Binding | None = value_at(super().get(name), self.chosen)
        return binding

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._found(name) is not None

    def __getitem__(self, name: str) -> Binding:
        found = self._found(name)
        if found is None:
            raise KeyError(name)
        return found

    def __setitem__(self, name: str, binding: Binding) -> None:
        if not self.entered:
            self._touched.append(self)
        self.entered[name] = binding

    def setdefault(self, name: str, default: Any = None) -> Any:
        """The binding of a name, which it gets if it has none. Raises: NeedsChoice, NotTabled."""
        found = self._found(name)
        if found is None:
            self[name] = found = default
        return found

    def __iter__(self) -> Iterator[str]:
        return iter([name for name in {**dict.fromkeys(super().keys()), **self.entered} if name in self])

    def items(self) -> Any:
        """Names with their bindings, at what is chosen. Raises: NeedsChoice."""
        return [(name, self[name]) for name in self]

    def values(self) -> Any:
        """Bindings, at what is chosen. Raises: NeedsChoice."""
        return [self[name] for name in self]

    def table(self, name: str) -> Table[Binding | None]:
        """The bindings of a name."""
        found = super().get(name)
        return found if isinstance(found, Table) else Table.constant(found)

    def settle(self, name: str, bindings: Table[Binding | None]) -> None:
        """Let a name stand for what the table says."""
        super().__setitem__(name, bindings)


class Uncounted(int):
    """The count of steps in a scope where it depends on what is chosen: no step is known by its number any more."""

    made = 0
    word = "step "

    def __add__(self, other: int) -> Uncounted:
        return self

    def __str__(self) -> str:
        # The names of steps without one must differ, and be none that anybody can write.
        Uncounted.made += 1
        return f"{Uncounted.word}{Uncounted.made}"


class ChosenGlobals(Globals):
    """What is known everywhere, where some names are choices."""

    def __init__(self, assembly: Assembly, axes: Mapping[int, Axis], chosen: Chosen) -> None:
        spec = assembly.spec
        super().__init__(spec.lets, assembly.symbols(), spec.blocks, assembly.overrides, hides_names=spec.hides_names)
        self.chosen = chosen
        self._axes = {axis.name: (place, axis.values) for place, axis in axes.items()}
        self._lasting: dict[str, Value] = {}
        self._marks: dict[str, set[int]] = {}

    def begin(self) -> None:
        """Forget what depends on what was chosen before, and what was spent."""
        self._values = dict(self._lasting)
        self._effort = self._calls = 0

    def value(self, name: str) -> Value:
        """The value of a let or a symbol, or None. Raises: NeedsChoice, and as for a single network."""
        if name in self._axes:
            place, values = self._axes[name]
            self.chosen.marks.add(place)
            return values[self.chosen[place]]
        if name in self._values:
            if name not in self._lasting:
                self.chosen.reads += 1
                # What failed has none: then no network is legal here, whatever it has read.
                self.chosen.marks |= self._marks.get(name, set())
            return self._values[name]
        before, marks = self.chosen.reads, self.chosen.marks
        own: set[int] = set()
        self.chosen.marks = own
        try:
            value = super().value(name)
        finally:
            marks |= own
            self.chosen.marks = marks
        if name in self._values:
            self._marks[name] = own
            if self.chosen.reads == before:
                self._lasting[name] = value
        return value


class Place(Context):
    """A place in the unfolding whose block may read a table of maps: it is looked into when somebody asks for it."""

    __slots__ = ("_entries", "chosen")
    _entries: Any

    def __init__(self, chosen: Chosen, around: Context) -> None:
        self.chosen = chosen
        super().__init__(
            around.globals,
            around.frame,
            around.module,
            trainable=around.trainable,
            call=around.call,
            depth=around.depth,
            in_group=around.in_group,
        )

    @property
    def entry(self) -> Value:
        """What entered the block."""
        return value_at(self._entries, self.chosen)

    @entry.setter
    def entry(self, value: Any) -> None:
        self._entries = value

    def inner(
        self, frame: Frame, module: Module, here: Value, *, trainable: bool | None = None, in_group: bool = False
    ) -> Context:
        """The place inside a group, a loop or a branch."""
        found = Place(self.chosen, self)
        found.frame, found.module, found.depth = frame, module, self.depth + 1
        found.here = found.reads = here
        found._entries = self._entries
        found.trainable = self.trainable if trainable is None else trainable
        found.in_group = in_group or self.in_group
        return found
