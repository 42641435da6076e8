"""What the numbers of a template are: the same everywhere, computed from others, or parameters.

Every column is explained as simply as it can be. A column that nothing explains becomes a parameter: the one first that
explains most others. It is called as the argument of the author's class that has these values, and else for what it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archcalc.importing.record import Value
from archcalc.importing.structure.columns import (
    CHANNELS,
    PRESENT,
    RATIO,
    TRUTH,
    Column,
    columns,
    entries,
)
from archcalc.importing.structure.conditions import condition
from archcalc.importing.structure.data import Formula, frozen
from archcalc.importing.structure.expressions import Known, expression, fits
from archcalc.importing.structure.lines import APPLY
from archcalc.importing.structure.sizes import sizes
from archcalc.importing.structure.templates import ABSENT, IDENTITY, Slot
from archcalc.importing.structure.words import Words

LARGEST_RATIO = 8
MANY = 16
"""Of more columns of numbers that differ, each is a parameter."""


@dataclass(eq=False)
class Setting:
    """What is known about the sequences of a template besides their lines, a value for each."""

    count: int
    entries: Sequence[Value | None] = ()
    """The maps that they read."""
    channels: Sequence[int | None] = ()
    """The channels of these maps."""
    outputs: Sequence[int | None] = ()
    """The channels of the maps that they give."""
    arguments: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """Arguments of the author's class, of which all sequences are calls."""
    numbers: tuple[Known, ...] = ()
    """What counts the sequences."""


@dataclass(eq=False)
class Parameter:
    """A parameter of a block, or a variable of a loop, with its value in each sequence."""

    name: str
    values: list[Any]
    sort: str
    rank: tuple[int, int]


class Explanation:
    """The values of a template's fields, and the parameters that they need."""

    def __init__(self, slots: Sequence[Slot], setting: Setting, words: Words) -> None:
        self.setting = setting
        self.words = words
        self.parameters: list[Parameter] = []
        self.is_inferred = False
        """Whether something was read off the numbers that the author may have meant otherwise."""
        self._found: dict[tuple[Slot, str], Any] = {}
        self._known: list[Known] = []
        self._computed: list[Known] = []
        self._lists: list[tuple[list[Any], list[Any]]] = []
        self.entry = self._entry()
        self._explain(list(columns(slots)))

    def value(self, slot: Slot, name: str) -> Any:
        """The value of a field of a slot: a literal or an expression."""
        return self._found[slot, name]

    def has(self, slot: Slot, name: str) -> bool:
        """Whether a slot has such a column."""
        return (slot, name) in self._found

    def _entry(self) -> Known | None:
        channels = self.setting.channels
        if not channels or None in channels:
            return None
        return Known("channels(input)", channels, CHANNELS, is_parameter=False)

    # In order: what is the same everywhere, numbers, words and truths, lists, and at last which steps there are.

    def _explain(self, found: list[Column]) -> None:
        self._known = [*self.setting.numbers, *([self.entry] if self.entry else [])]
        varying = [column for column in found if not self._is_literal(column)]
        flags = [column for column in varying if column.name == PRESENT]
        others = [column for column in varying if column.name != PRESENT]
        lists = [column for column in others if any(isinstance(value, (list, tuple)) for value in column.known)]
        numeric = [column for column in others if column not in lists and column.is_numeric]
        self._numbers([column for column in numeric if not column.is_partial])
        self._numbers([column for column in numeric if column.is_partial])
        for column in found:
            self._prefer_parameter(column)
        other = [column for column in others if column not in lists and not column.is_numeric]
        self._words([column for column in other if not column.is_partial])
        self._words([column for column in other if column.is_partial])
        for column in lists:
            self._list(column)
        self._lists_as_elsewhere([column for column in found if column.is_partial])
        for column in flags:
            self._flag(column)

    def _is_literal(self, column: Column) -> bool:
        literal = column.literal
        if literal is ABSENT or column.name == PRESENT:
            return False
        self._found[column.slot, column.name] = literal
        return True

    def _prefer_parameter(self, column: Column) -> None:
        """A step that some sequences lack has the number of a field of its name, though it was the same where it is."""
        if not column.is_partial or column.literal is ABSENT or not column.is_numeric or column.name == PRESENT:
            return
        own = [one for one in self._known if one.is_parameter and one.sort == column.sort and one.text == column.name]
        if own and fits(column.values, own[0].values):
            self._found[column.slot, column.name] = Formula(own[0].text)

    def _numbers(self, pending: list[Column]) -> None:
        if len({column.contents for column in pending}) > MANY:
            self._plain(pending)
            return
        while pending := [column for column in pending if not self._is_computed(column)]:
            self._introduce(self._base(pending), pending)

    def _plain(self, pending: list[Column]) -> None:
        """A parameter for each of very many columns: what they have to do with each other takes too long to find."""
        known: dict[Any, Formula] = {}
        for column in pending:
            if column.contents not in known:
                values = self._filled(column)
                name = self.words.name(column, values, {}, is_output=False)
                known[column.contents] = self._parameter(column, values, name, column.sort)
            self._found[column.slot, column.name] = known[column.contents]

    def _is_computed(self, column: Column) -> bool:
        """Whether the column follows from what is known; then its expression is kept."""
        if column.name == "groups" and fits(column.values, [each or ABSENT for each in column.channels]):
            text: Formula | None = Formula("in_channels")
        else:
            text = self._as_elsewhere(column) or expression(column, self._known)
        if text is None:
            return False
        self._keep(column, text)
        return True

    def _as_elsewhere(self, column: Column) -> Formula | None:
        """The expression of another field, for a step that some sequences lack."""
        if not column.is_partial:
            return None
        found = (one for one in self._computed if one.sort == column.sort and fits(column.values, one.values))
        return next((Formula(one.text) for one in found), None)

    def _keep(self, column: Column, text: Formula) -> None:
        self._found[column.slot, column.name] = text
        is_known = any(one.text == text for one in (*self._known, *self._computed))
        if column.sort == CHANNELS and not is_known and ABSENT not in column.values and text != "in_channels":
            self._computed.append(Known(text, column.values, CHANNELS, is_parameter=False))

    def _base(self, pending: list[Column]) -> Column:
        """The column that explains most of these."""
        distinct = {column.contents: column for column in reversed(pending)}

        def merit(column: Column) -> tuple[int, int]:
            known = [Known("x", self._filled(column), column.sort)]
            explained = [expression(each, known) for each in pending]
            return sum(text is not None and "/" not in text for text in explained), -self.words.rank(column.name)

        return max(reversed(distinct.values()), key=merit)

    def _filled(self, column: Column) -> list[Any]:
        """The values; where a sequence lacks the step, the channels that come out if it is these, or the usual one."""
        if self._is_output(column):
            return [
                out if value is ABSENT else value
                for value, out in zip(column.values, self.setting.outputs, strict=True)
            ]
        counts = Counter(map(frozen, column.known))
        common = next(value for value in column.known if frozen(value) == counts.most_common(1)[0][0])
        return [common if value is ABSENT else value for value in column.values]

    def _is_output(self, column: Column) -> bool:
        """Whether a column is the number of channels that come out."""
        outputs = self.setting.outputs
        return column.sort == CHANNELS and bool(outputs) and None not in outputs and fits(column.values, outputs)

    def _introduce(self, column: Column, pending: Sequence[Column] = ()) -> None:
        """Make a parameter of a column, or of its ratio to the channels that enter."""
        ratio = self._ratio(column)
        if ratio is not None:
            self._parameter(column, ratio, self.words.ratio(ratio, self.setting.arguments), RATIO)
        else:
            values = self._filled(column)
            self.words.beside(column, pending)
            name = self.words.name(column, values, self.setting.arguments, is_output=self._is_output(column))
            self._parameter(column, values, name, column.sort)

    def _parameter(self, column: Column, values: list[Any], name: str, sort: str) -> Formula:
        kind = sort if sort == RATIO or (sort == CHANNELS and name != "out") else column.name
        place = list(self.setting.arguments).index(name) if name in self.setting.arguments else 0
        self.parameters.append(Parameter(name, values, sort, (self.words.rank(kind), place)))
        known = Known(name, values, sort)
        self._known.insert(len([one for one in self._known if one.is_parameter]), known)
        return Formula(name)

    def _ratio(self, column: Column) -> list[int] | None:
        """How many times the channels that enter a column is, if that says more than the column."""
        entering = self.setting.channels
        if self.entry is None or column.sort != CHANNELS or self._is_output(column):
            return None
        pairs = [(value, each) for value, each in zip(column.values, entering, strict=True) if value is not ABSENT]
        if any(not each or value % each or value // each > LARGEST_RATIO for value, each in pairs):
            return None
        ratios = {value // each for value, each in pairs if each}
        if not 1 < len(ratios) < len(set(column.known)):
            return None
        ratio = Column(
            column.slot,
            RATIO,
            [
                value if value is ABSENT else value // (each or 1)
                for value, each in zip(column.values, entering, strict=True)
            ],
            column.channels,
        )
        return self._filled(ratio)

    def _words(self, pending: list[Column]) -> None:
        for column in pending:
            if column.name == APPLY and None in column.slot.rows:
                column.values = [IDENTITY if value is ABSENT else value for value in column.values]
            same_sort = [one for one in self._known if one.sort == column.sort]
            text = expression(column, same_sort) or self._truth(column)
            if text is None:
                values = self._filled(column)
                name = self.words.name(column, values, self.setting.arguments, is_output=False)
                text = self._parameter(column, values, name, column.sort)
            self._found[column.slot, column.name] = text

    def _truth(self, column: Column) -> Formula | None:
        """A truth that is the opposite of another one."""
        if column.sort != TRUTH:
            return None
        opposite = [not value if isinstance(value, bool) else value for value in column.values]
        known = next((one for one in self._known if one.sort == TRUTH and fits(opposite, one.values)), None)
        return None if known is None else Formula(f"not {known.text}")

    def _list(self, column: Column) -> None:
        """A list, entry by entry if that needs no more than one parameter; else as a whole."""
        parts = entries(column)
        varying = [part for part in parts or [] if part.literal is ABSENT]
        open_parts = [part for part in varying if self._entry_text(part) is None]
        if (
            parts is None
            or len({part.contents for part in open_parts}) > 1
            or not all(one.is_numeric for one in varying)
        ):
            self._words([column])
            return
        if open_parts:
            self._introduce(open_parts[0])
        found = [self._entry_text(part) if part in varying else part.literal for part in parts]
        self._found[column.slot, column.name] = found
        if not column.is_partial:
            self._lists.append((column.values, found))

    def _lists_as_elsewhere(self, partial: list[Column]) -> None:
        """A list of a step that some sequences lack is that of another step, if it is the same where it is."""
        for column in partial:
            if isinstance(column.literal, (list, tuple)):
                found = (text for values, text in self._lists if fits(column.values, values))
                self._found[column.slot, column.name] = next(found, column.literal)

    def _entry_text(self, part: Column) -> Formula | None:
        known = [Known(one.text, one.values, part.sort, one.is_parameter) for one in self._known]
        return expression(part, [*known, *sizes(self.setting.entries, part.sort, part.entry)])

    def _flag(self, column: Column) -> None:
        known = [*self._known, *self._computed]
        if self._found.get((column.slot, APPLY)) and isinstance(self._found[column.slot, APPLY], Formula):
            self._found[column.slot, PRESENT] = Formula(f"{self._found[column.slot, APPLY]} != {IDENTITY}")
            return
        leaving = [one for one in known if one.sort == CHANNELS and fits(one.values, self.setting.outputs or [None])]
        text = condition(column.values, known, self.entry, leaving)
        if text is None:
            name = self.words.flag(column, self.setting.arguments)
            text = self._parameter(column, list(column.values), name, TRUTH)
        elif text not in {one.text for one in known}:
            self.is_inferred = True
        self._found[column.slot, PRESENT] = text


def most_common(values: Iterable[Any]) -> tuple[Any, int]:
    """The most common value, and how often it is there."""
    listed = list(values)
    found, count = Counter(map(frozen, listed)).most_common(1)[0]
    return next(value for value in listed if frozen(value) == found), count
