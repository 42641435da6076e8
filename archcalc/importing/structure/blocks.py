"""Blocks: one for all calls of a class, with parameters for what differs between them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archcalc.importing.structure.columns import TURNS
from archcalc.importing.structure.data import Head, frozen
from archcalc.importing.structure.explain import Explanation
from archcalc.importing.structure.flow import Flow
from archcalc.importing.structure.general import general
from archcalc.importing.structure.lines import Line
from archcalc.importing.structure.loops import inside
from archcalc.importing.structure.setting import Parameter, Setting
from archcalc.importing.structure.templates import ABSENT, Slot, joined, shape, template
from archcalc.importing.structure.tree import Place
from archcalc.importing.structure.words import Words

MOST_FORMS = 8
"""So many different forms of one class are compared with each other."""


@dataclass(eq=False)
class Block:
    """A block: its name, its parameters in their order, and its lines."""

    name: str
    lines: list[Line]
    maps: list[str] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    defaults: dict[str, Any] = field(default_factory=dict)
    calls: int = 0
    is_inferred: bool = False

    @property
    def order(self) -> list[str]:
        """The names of its parameters as its head has them: maps, what must be given, what may be left out."""
        names = [parameter.name for parameter in self.parameters]
        required = [name for name in names if name not in self.defaults]
        return [*required, *self.maps, *(name for name in names if name in self.defaults)]

    @property
    def sorts(self) -> dict[str, str]:
        """What the numbers of its parameters are numbers of."""
        return {parameter.name: parameter.sort for parameter in self.parameters}

    def head(self) -> Head:
        """Its head, with a remark where conditions were read off its calls."""
        texts = [f"{name}={_default(self.defaults[name])}" if name in self.defaults else name for name in self.order]
        remark = f"conditions inferred from {self.calls} calls" if self.is_inferred else ""
        return Head(f"{self.name}({', '.join(texts)})" if texts else self.name, remark)


def _default(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_default, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(eq=False)
class Form:
    """The places of one form, with their template."""

    places: list[Place]
    slots: list[Slot]


def forms(bodies: Mapping[Place, list[Line]], *, with_conditions: bool) -> list[Form]:
    """Places with lines of one form, or of forms that conditions unite."""
    by_shape: dict[Any, list[Place]] = {}
    for place, lines in bodies.items():
        by_shape.setdefault(shape(lines), []).append(place)
    found = [Form(places, template([bodies[place] for place in places])) for places in by_shape.values()]
    if not with_conditions:
        return found
    found.sort(key=lambda form: -sum(slot.size for slot in form.slots))
    united: list[Form] = []
    for form in found:
        if not any(_unite(other, form) for other in united[:MOST_FORMS]):
            united.append(form)
    return united


def _unite(form: Form, other: Form) -> bool:
    """Take another form into this one, if they have enough in common."""
    slots = joined(form.slots, other.slots)
    if slots is None:
        return False
    form.slots = slots
    form.places += other.places
    return True


def block(form: Form, name: str, maps: list[str], flow: Flow) -> tuple[Block, list[dict[str, Any]]]:
    """The block of a form, and the values of its parameters for each of its places."""
    explanation = Explanation(form.slots, _setting(form.places, flow), Words({*maps, *_names(form.slots)}))
    parameters = sorted(explanation.parameters, key=lambda parameter: parameter.rank)
    found = Block(name, general(form.slots, explanation), maps, parameters, _defaults(parameters), len(form.places))
    found.is_inferred = explanation.is_inferred
    rows = [{one.name: one.values[index] for one in parameters} for index in range(len(form.places))]
    return found, rows


def _names(slots: Sequence[Slot]) -> set[str]:
    """The labels of a template, and the variables in them."""
    labels = {row.label for one in slots for slot in one.inner() for row in slot.rows if row is not None and row.label}
    return labels | {name for label in labels for name in re.findall(r"\$\(?(\w+)", label)}


def _setting(places: Sequence[Place], flow: Flow) -> Setting:
    entries = [flow.entry(place) for place in places]
    mains = [flow.main(place) for place in places]
    names = dict.fromkeys(name for place in places for name in place.arguments)
    return Setting(
        len(places),
        entries,
        [None if entry is None else entry.channels for entry in entries],
        [None if main is None else main.channels for main in mains],
        {name: [_plain(place.arguments.get(name, ABSENT)) for place in places] for name in names},
    )


def _plain(value: Any) -> Any:
    """An argument as a field has it: a list of equal numbers is one of them."""
    if isinstance(value, list) and value and all(one == value[0] for one in value):
        return value[0]
    return value


def _defaults(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The values that most calls give, of parameters that are no channels and no turns."""
    found: dict[str, Any] = {}
    for parameter in parameters:
        value, count = _most_common(parameter.values)
        is_usual = 2 * count > len(parameter.values) and count > 1
        if is_usual and parameter.name.split("_")[0] not in ("out", "width") and parameter.sort != TURNS:
            found[parameter.name] = value
    return found


def reads_input(lines: Sequence[Line]) -> bool:
    """Whether lines read what enters their block by its name, so that they need a block of their own."""
    texts: list[str] = []
    for line in inside(list(lines)):
        texts += [line.start or "", line.when or "", *(branch.start for branch in line.branches)]
        texts += [str(value) for value in line.values.values()]
    return any("input" in text for text in texts)


def _most_common(values: Iterable[Any]) -> tuple[Any, int]:
    """The most common value, and how often it is there."""
    listed = list(values)
    found, count = Counter(map(frozen, listed)).most_common(1)[0]
    return next(value for value in listed if frozen(value) == found), count
