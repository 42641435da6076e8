"""Names of parameters: those of the author's signature, and else the terms of the field."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from archcalc.importing.structure.columns import CHANNELS, RATIO, Column
from archcalc.importing.structure.expressions import fits
from archcalc.importing.structure.lines import APPLY
from archcalc.importing.structure.loops import COUNT
from archcalc.importing.structure.templates import is_function
from archcalc.layers.table import KINDS
from archcalc.spec.names import problem_with_value_name

ORDER = ("out", "kernel", "stride", RATIO, "groups", "heads", COUNT, "padding", "dilation")
"""The order of parameters, as people write them; others follow."""
_TERMS = {COUNT: "depth", RATIO: "expand", APPLY: "act", "first": "start", "rate": "rate"}
_FEW = 2
_LARGE = 8


class Words:
    """Names for the parameters of one block, or the variables of one loop."""

    def __init__(self, taken: Collection[str] = ()) -> None:
        self._taken = {*taken}
        self._hidden = 0

    def rank(self, name: str) -> int:
        """The place of a parameter for such a field among the others."""
        return ORDER.index(name) if name in ORDER else len(ORDER)

    def name(
        self, column: Column, values: Sequence[Any], arguments: Mapping[str, Sequence[Any]], *, is_output: bool
    ) -> str:
        """The name of the parameter that a column becomes."""
        own = next((name for name, given in arguments.items() if self._is_argument(name, given, column, values)), None)
        if own is not None:
            return self.new(own)
        if column.sort == CHANNELS and column.name == "out" and not is_output:
            return self._channels(column)
        return self.new(_TERMS.get(column.name, "i" if column.name.startswith("$") else column.name))

    def ratio(self, values: Sequence[Any], arguments: Mapping[str, Sequence[Any]]) -> str:
        """The name of a ratio of channels."""
        own = next((name for name, given in arguments.items() if self._is_free(name) and fits(given, values)), None)
        return self.new(own or _TERMS[RATIO])

    def flag(self, column: Column, arguments: Mapping[str, Sequence[Any]]) -> str:
        """The name of a truth that says whether there is a step."""
        own = next(
            (name for name, given in arguments.items() if self._is_free(name) and fits(column.values, given)), None
        )
        line = column.slot.line
        return self.new(
            own or ("active" if is_function(line) else f"with_{_word(line.label or column.place or line.kind)}")
        )

    def new(self, wanted: str) -> str:
        """The name, or the first free one with a number behind it."""
        wanted = _word(wanted)
        found, number = wanted, 2
        while not self._is_free(found):
            found = f"{wanted}_{number}"
            number += 1
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

    def _channels(self, column: Column) -> str:
        """Channels within a block: its width, or those of a step with a name."""
        if column.place and not column.slot.line.block and _is_telling(column.place):
            return self.new(column.place)
        self._hidden += 1
        if self._hidden == 1 and not (column.place and column.slot.line.block and _is_telling(column.place)):
            return self.new("width")
        return self.new(column.place or "width")


def _is_telling(label: str) -> bool:
    """Whether a label says more than that it is a layer with a number.

    >>> _is_telling("reduce3x3"), _is_telling("conv1"), _is_telling("fc1")
    (True, False, False)
    """
    word = re.sub(r"[\d_]+$", "", label)
    return word not in KINDS and word not in ("fc", "conv", "c", "linear", "layer", "dense", "dw", "pw", "proj")


def _word(text: str) -> str:
    """A text as the name of a value.

    >>> _word("3x3"), _word("branch-1")
    ('n3x3', 'branch_1')
    """
    found = re.sub(r"\W", "_", text, flags=re.ASCII).strip("_") or "value"
    return f"n{found}" if found[0].isdigit() else found
