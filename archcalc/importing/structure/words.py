"""Names of parameters: those of the author's signature, and else the terms of the field."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from archcalc.importing.structure.columns import CHANNELS, FACTOR, RATIO, Column
from archcalc.importing.structure.expressions import fits
from archcalc.importing.structure.lines import APPLY
from archcalc.importing.structure.loops import COUNT
from archcalc.importing.structure.templates import is_function
from archcalc.layers.table import KINDS
from archcalc.spec.names import problem_with_value_name

ORDER = ("out", CHANNELS, COUNT, "kernel", "stride", RATIO, "groups", "heads", "padding", "dilation")
"""The order of parameters, as people write them; others follow."""
_TERMS = {COUNT: "depth", RATIO: "expand", APPLY: "act", "first": "start", "rate": "rate"}
_SAYS_NOTHING = (
    "fc",
    "c",
    "dense",
    "dw",
    "pw",
    "proj",
    "block",
    "body",
    "main",
    "layers",
    "net",
    "model",
    "features",
    "f",
)
"""Labels of modules that do not tell what is in them."""
_FEW = 2
_LARGE = 8


class Words:
    """Names for the parameters of one block, or the variables of one loop."""

    def __init__(self, taken: Collection[str] = (), *, is_loop: bool = False) -> None:
        self.is_loop = is_loop
        self._taken = {*taken}
        self._numbers: dict[str, int] = {}
        self._beside: list[str | None] = []
        self._alone = True

    def rank(self, name: str) -> int:
        """The place of a parameter for such a field among the others."""
        return ORDER.index(name) if name in ORDER else len(ORDER)

    def name(
        self, column: Column, values: Sequence[Any], arguments: Mapping[str, Sequence[Any]], *, is_output: bool
    ) -> str:
        """The name of the parameter that a column becomes."""
        own = next((name for name, given in arguments.items() if self._is_argument(name, given, column, values)), None)
        if own is not None:
            return self.new(column.name if own.startswith(f"{column.name}_") else own)
        if column.entry is not None:
            return self.new("size")
        if column.sort == CHANNELS and self.is_loop:
            return self.new(column.name if column.slot.line.block else "width")
        if column.sort == CHANNELS:
            return self.new("out") if is_output else self._channels(column)
        name = FACTOR if column.name.startswith(FACTOR) else column.name
        return self.new(_TERMS.get(name, "number" if name.startswith("$") else name))

    def ratio(self, values: Sequence[Any], arguments: Mapping[str, Sequence[Any]]) -> str:
        """The name of a ratio of channels."""
        own = next((name for name, given in arguments.items() if self._is_free(name) and fits(given, values)), None)
        return self.new(own or _TERMS[RATIO])

    def flag(self, column: Column, arguments: Mapping[str, Sequence[Any]]) -> str:
        """The name of a truth that says whether there is a step."""
        for name, given in arguments.items():
            if self._is_free(name) and fits(column.values, given):
                return self.new(name)
        line = column.slot.line
        label = line.label if line.label and not line.label.isdigit() else line.kind
        if line.block == label:
            label = label.partition("_")[0]
        return self.new("active" if is_function(line) else f"with_{_word(label)}")

    def new(self, wanted: str) -> str:
        """The name, or the first free one with a number behind it."""
        wanted = _word(wanted)
        found, number = wanted, self._numbers.get(wanted, 2)
        while not self._is_free(found):
            found = f"{wanted}_{number}"
            number += 1
        self._numbers[wanted] = number
        self._taken.add(found)
        return found

    def _is_free(self, name: str) -> bool:
        return name not in self._taken and problem_with_value_name(name) is None

    def _is_argument(self, name: str, given: Sequence[Any], column: Column, values: Sequence[Any]) -> bool:
        """Whether an argument of the author's class is this column, and not by chance."""
        if not self._is_free(name) or not fits(column.values, given) or not fits(given, values):
            return False
        distinct = {value for value in values if isinstance(value, (int, str))}
        is_alike = column.name in name or name in column.name
        is_large = (
            column.sort == CHANNELS and min((each for each in distinct if isinstance(each, int)), default=0) >= _LARGE
        )
        return is_alike or len(distinct) > _FEW or (is_large and len(distinct) > 1)

    def beside(self, column: Column, pending: Sequence[Column]) -> None:
        """Take notice of the columns that become parameters beside this one."""
        places = {each.contents: each.place for each in reversed(pending) if each.sort == CHANNELS}
        self._beside = [place for place in places.values() if place == column.place]
        self._alone = len(places) == 1

    def _channels(self, column: Column) -> str:
        """Channels within a block: its width, or those of a step with a name; the first of two are those that enter."""
        if self._alone or not (column.place and _is_telling(column.place)):
            return self.new("width")
        if len(self._beside) == 1:
            return self.new(column.place if self._is_free(column.place) else f"{column.place}_out")
        return self.new(f"{column.place}_in")


def _is_telling(label: str) -> bool:
    """Whether a label says more than that it is a layer with a number.

    >>> _is_telling("reduce3x3"), _is_telling("conv1"), _is_telling("fc1")
    (True, False, False)
    """
    return re.sub(r"[\d_]+$", "", label) not in (*KINDS, *_SAYS_NOTHING)


def _word(text: str) -> str:
    """A text as the name of a value.

    >>> _word("3x3"), _word("branch-1")
    ('n3x3', 'branch_1')
    """
    found = re.sub(r"\W", "_", text, flags=re.ASCII).strip("_") or "value"
    return f"n{found}" if found[0].isdigit() else found
