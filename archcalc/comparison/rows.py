"""The lines that a difference has for people: layers that differ, with those together that are told in one breath."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from archcalc.comparison.compared import Compared
from archcalc.comparison.entries import ComparedLayer
from archcalc.comparison.groups import Group, groups
from archcalc.comparison.layers import Change, LayerChange, State
from archcalc.comparison.words import changed
from archcalc.dims import Number
from archcalc.dims.figures import grouped
from archcalc.report.columns import shape_text
from archcalc.tally import Count

SIGNS: dict[State, str] = {
    "added": "+",
    "removed": "-",
    "changed": "~",
    "renamed": "=",
    "moved": "^",
    "hidden": "?",
    "follows": ">",
    "same": " ",
}
"""What stands in front of a line: no colour carries a meaning alone."""

MEANINGS: dict[State, str] = {
    "added": "added",
    "removed": "removed",
    "changed": "changed",
    "renamed": "renamed",
    "moved": "moved",
    "hidden": "hidden by errors",
    "follows": "follow",
    "same": "same",
}

NAMED = 4
"""Layers with the same change that are named; of more, the others are counted."""
MOST = 60
"""Lines of layers that are listed; of more, the others are counted."""


class Line(NamedTuple):
    """What has become of a layer, or of layers together: a sign, a name, and what there is to say."""

    state: State
    name: str
    what: str

    @property
    def sign(self) -> str:
        """The sign of its state."""
        return SIGNS[self.state]


def lines(difference: Compared, *, fold: bool = True) -> list[Line]:
    """The lines for the layers that differ; without `fold`, one for each, also for those that only follow."""
    behind = _behind(difference.layers)
    if not fold:
        return [_line(change, behind) for change in difference.changes]
    return _repeated([_of_group(group, behind) for group in groups(difference.layers)])


def _of_group(group: Group, behind: Mapping[int, str]) -> Line:
    """Layers that are told together."""
    first = group.members[0]
    if group.scopes:
        return _of_scopes(group)
    if group.names is not None:
        return _of_names(group, *group.names)
    if len(group.members) > 1:
        return _together(group)
    return _line(first, behind)


def _behind(changes: Sequence[LayerChange]) -> dict[int, str]:
    """Where a layer stands now, by its place: behind which other one."""
    after = [change.after for change in changes if change.after is not None]
    return {two.place: f"behind {one.name}" for one, two in pairwise(after)}


def cut(found: list[Line]) -> tuple[list[Line], int]:
    """The lines that are listed, and how many are left out."""
    return (found, 0) if len(found) <= MOST + 1 else (found[:MOST], len(found) - MOST)


def follow_line(difference: Compared) -> str:
    """How many layers follow from changes of others, and in what."""
    following = [change for change in difference.changes if change.state == "follows" and not change.layer.is_input]
    if not following:
        return ""
    kinds = Counter(kind for change in following for kind in _consequences(change))
    listed = [f"{name} ({count:,})" if count < len(following) else name for name, count in kinds.items()]
    return f"{_many(len(following))} {'follows' if len(following) == 1 else 'follow'} from that: {', '.join(listed)}"


def _consequences(change: LayerChange) -> Iterator[str]:
    effects = {effect.what for effect in change.effects}
    if effects & {"inputs", "outputs"}:
        yield "shapes"
    if effects & {"parameters", "frozen", "buffers"}:
        yield "parameters"
    if "multiplications" in effects:
        yield "multiplications"
    if "receptive_field" in effects:
        yield "receptive fields"
    if change.is_renumbered:
        yield "numbers in names"
    if change.reads is not None and not effects:
        yield "what they read"


def summary(difference: Compared) -> str:
    """How many layers there are of each state."""
    counts = difference.counts
    parts = [
        f"{count:,} {MEANINGS[state]}" for state, count in counts.items() if count and state not in ("same", "follows")
    ]
    alike = counts["same"] + counts["follows"]
    parts += [f"{alike:,} not changed"] if alike else []
    total = sum(counts.values())
    return f"{_many(total)}: {', '.join(parts)}" if total else "no layers are compared"


def _many(count: int) -> str:
    return f"{count:,} layer{'' if count == 1 else 's'}"


def _line(change: LayerChange, behind: Mapping[int, str]) -> Line:
    """A layer by itself."""
    entry = change.layer
    if change.before is None or change.after is None:
        what = " ".join(filter(None, [entry.kind, *_costs([entry])]))
        return Line(change.state, entry.name, f"{what}, hidden by an error" if change.state == "hidden" else what)
    parts = [changed(one) for one in told_fields(change)]
    if change.is_rewired and change.reads is not None:
        parts.append(changed(change.reads))
    if change.is_renamed:
        parts.append(f"was {change.before.name}")
    if change.is_moved:
        parts.append(f"moved {behind.get(change.after.place, 'to the front')}")
    if change.state in ("follows", "same"):
        parts += [_effect(effect) for effect in change.effects]
        parts += [f"was {change.before.name}"] if change.is_renumbered else []
        parts += [changed(change.reads)] if change.reads is not None else []
    kind = [] if entry.is_input else [entry.kind]
    return Line(change.state, entry.name, " ".join([*kind, ", ".join(parts)]))


def _effect(effect: Change) -> str:
    name = {"inputs": "input", "outputs": "output"}.get(effect.what, effect.what.replace("_", " "))
    if effect.what in ("inputs", "outputs"):
        before, after = (", ".join(map(shape_text, side)) for side in (effect.before, effect.after))
    elif effect.what == "receptive_field":
        before, after = (
            "none" if side is None else shape_text(side) or "all" for side in (effect.before, effect.after)
        )
    else:
        before, after = ("?" if side is None else grouped(side) for side in (effect.before, effect.after))
    return f"{name} {before} → {after}"


def told_fields(change: LayerChange) -> Sequence[Change]:
    """The fields that are told: of a layer of another kind only those that both kinds have."""
    if change.before is None or change.after is None or change.before.kind == change.after.kind:
        return change.fields
    both = dict(change.before.fields).keys() & dict(change.after.fields).keys()
    return [field for field in change.fields if field.what == "kind" or field.what in both]


def _parameters(members: Sequence[ComparedLayer]) -> list[str]:
    """The parameters of layers together, if there are any."""
    total = _sum(entry.parameters for entry in members)
    if total is None:
        return ["? parameters"]
    return [] if total == 0 else [f"{grouped(total)} parameter{'' if total == 1 else 's'}"]


def _costs(members: Sequence[ComparedLayer]) -> list[str]:
    """What layers write and cost: the shape of the last one, and parameters if there are any."""
    output = members[-1].outputs
    shapes = ", ".join(map(shape_text, output[:2])) + (", …" if len(output) > 2 else "")
    frozen = _sum(entry.frozen for entry in members)
    parts = [*([shapes] if shapes else []), *_parameters(members)]
    if frozen is not None and frozen != 0:
        parts.append(f"{grouped(frozen)} frozen")
    return [", ".join(parts)] if parts else []


def _sum(counts: Iterable[Count]) -> Number | None:
    total: Number | None = 0
    for count in counts:
        total = None if count is None or total is None else total + count
    return total


def _of_scopes(group: Group) -> Line:
    """Scopes that came or went as a whole."""
    first, *_ = group.members
    entries = [change.layer for change in group.members]
    block = next(block for name, block in first.layer.scopes if name == group.scopes[0]) or "group"
    if len(group.scopes) == 1:
        return Line(first.state, group.scopes[0], ", ".join([block, _many(len(entries)), *_costs(entries)]))
    each = _many(len(entries) // len(group.scopes))
    total = _parameters(entries)
    what = ", ".join([f"{len(group.scopes):,} × {block}, {each} each", *total])
    return Line(first.state, _listed(group.scopes), what)


def _of_names(group: Group, before: str, after: str) -> Line:
    """Layers that have other names, in the same way."""
    first = group.members[0]
    if len(group.members) == 1:
        assert first.before is not None, "a layer with another name has both"
        line = Line("renamed", first.layer.name, f"{first.layer.kind} was {first.before.name}")
    else:
        ours, theirs = (f"{name}.*" if name else "*" for name in (before, after))
        line = Line("renamed", theirs, f"{_many(len(group.members))}, were {ours}")
    is_moved = any(change.is_moved for change in group.members)
    return line._replace(what=f"{line.what}, moved") if is_moved else line


def _together(group: Group) -> Line:
    """Layers of one kind of which the same is to be said."""
    first, entries = group.members[0], [change.layer for change in group.members]
    parts = [f"{len(entries):,} × {first.layer.kind}"]
    if first.before is None or first.after is None:
        parts = [", ".join([*parts, *_parameters(entries)])]
    else:
        parts.append(", ".join(changed(one) for one in told_fields(first)))
        if any(change.is_renamed for change in group.members):
            parts[-1] += ", with other names"
    return Line(first.state, _listed([entry.name for entry in entries]), " ".join(parts))


def _listed(names: Sequence[str]) -> str:
    """A few names, and how many more there are."""
    more = f" and {len(names) - NAMED + 1:,} more" if len(names) > NAMED else ""
    return ", ".join(names if len(names) <= NAMED else names[: NAMED - 1]) + more


def _repeated(found: Sequence[Line]) -> list[Line]:
    """Neighbours that say the same are one line."""
    result: list[Line] = []
    for _, group in groupby(
        found, key=lambda line: (line.state, line.what) if line.state in ("added", "removed") else id(line)
    ):
        members = list(group)
        first, last = members[0], members[-1]
        if len(members) > 2:
            result.append(Line(first.state, f"{first.name} … {last.name}", f"{len(members)} × {first.what}, each"))
        else:
            result += members
    return result
