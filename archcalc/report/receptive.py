"""Receptive fields in reports: the cells of a row, the lines below the table, and JSON data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from archcalc.expressions.values import UnknownValue
from archcalc.graph import Map, outward
from archcalc.receptive import Coordinate, Misalignment, Obstacle, ReceptiveField, ReceptiveFields
from archcalc.report.tree import Branch

LEGEND = (
    "field: positions of the input that one position sees; jump: from a position to the next one, in the input; "
    "centre: the middle of what the first position sees, 0 for the first of the input"
)
UNEVEN = "~ positions differ: field is the most that one of them sees, jump and centre are averages"
UNKNOWN = "an error keeps it unknown"
VECTOR = "a vector has no rows and columns"

MAX_LINES = 5
"""Up to this many merges, and as many layers, are listed below a table; the rest is counted."""

Seen = ReceptiveField | Obstacle | None
"""What a map sees, or why there is no answer; None behind an error."""


def seen(fields: ReceptiveFields, output: Map) -> Seen:
    """What a map sees, also where an error keeps it unknown."""
    try:
        return fields.of(output)
    except UnknownValue:
        return None


def seen_by(fields: ReceptiveFields, branch: Branch, level: int) -> Seen:
    """What is seen by what leaves a row of a table, `level` scopes deep; the last of neighbours sees most."""
    last = branch.nodes[-1]
    if branch.node is not None:
        return seen(fields, last.outputs[0])
    scopes = [*outward(last.module)][::-1]
    # In front of all of them stands the network itself.
    output = scopes[level + 1].output
    return seen(fields, output) if isinstance(output, Map) else None


def field_cells(found: Seen) -> tuple[str, str, str]:
    """Texts for field, jump and centre: a dash where there is no field, a question mark where it is not known.

    >>> from fractions import Fraction
    >>> field_cells(ReceptiveField((6, 6), (2, 2), (Fraction(5, 2), Fraction(5, 2)), (((0, 5),), ((0, 5),))))
    ('6', '2', '2.5')
    >>> field_cells(ReceptiveField((2, 1), (Fraction(1, 2), 1), (Fraction(-1, 4), 0), (((-1, 0), (0, 1)), ((0, 0),))))
    ('2×1', '~0.5×1', '~-0.25×0')
    """
    if not isinstance(found, ReceptiveField):
        return ("?",) * 3 if found is None or found.is_open else ("-",) * 3
    if not found.size:
        return ("-",) * 3
    uneven = [len(spans) > 1 for spans in found.pattern]
    return axes(map(str, found.size)), _marked(found.jump, uneven), _marked(found.centre, uneven)


def _marked(coordinates: Iterable[Coordinate], uneven: Iterable[bool]) -> str:
    return axes(
        "~" * is_average + short(coordinate) for coordinate, is_average in zip(coordinates, uneven, strict=True)
    )


def axes(texts: Iterable[str]) -> str:
    """One text where all axes have the same."""
    texts = list(texts)
    return texts[0] if len(set(texts)) == 1 else "×".join(texts)


def short(coordinate: Coordinate) -> str:
    """A place in the input, exactly: with decimals where two of them are enough, else as a fraction.

    >>> from fractions import Fraction
    >>> short(15), short(Fraction(31, 2)), short(Fraction(-1, 4)), short(Fraction(1, 32))
    ('15', '15.5', '-0.25', '1/32')
    """
    hundredths = coordinate * 100
    if hundredths.denominator != 1:
        return str(coordinate)
    whole, rest = divmod(abs(hundredths.numerator), 100)
    return f"{'-' if coordinate < 0 else ''}{whole}" + (f".{rest:02}".rstrip("0") if rest else "")


def below(fields: ReceptiveFields, shown: Iterable[Seen]) -> Iterator[str]:
    """The lines below a table: what its columns mean, which layers have no field, and which merges are misaligned."""
    shown = list(shown)
    yield LEGEND
    if any(isinstance(found, ReceptiveField) and not found.is_even for found in shown):
        yield UNEVEN
    obstacles = dict.fromkeys(
        f"{'field not decided' if found.is_open else 'no field'}: {_obstacle_text(found)}"
        for found in shown
        if isinstance(found, Obstacle)
    )
    yield from _some(list(obstacles), "layers without a field")
    yield from _some([joined(merge) for merge in fields.misaligned], "merges of maps that lie apart")


def _obstacle_text(found: Obstacle) -> str:
    return f"{found.node.name} ({found.node.kind}) {found.reason}"


def _some(texts: list[str], what: str) -> list[str]:
    more = len(texts) - MAX_LINES
    return [*texts[:MAX_LINES], f"and {more} more {what}"] if more > 0 else texts


def joined(merge: Misalignment) -> str:
    """A sentence about a merge whose maps are centred on different places of the input."""
    branches = ", ".join(
        f"{name} at {axes(map(short, coordinates))}"
        for name, coordinates in zip(merge.branches, merge.centres, strict=True)
    )
    apart, jump = axes(map(short, merge.apart)), axes(map(short, merge.jump))
    return f"{merge.layer} joins maps whose centres are {apart} apart, with a jump of {jump}: {branches}"


def of_layer(found: Seen) -> dict[str, Any]:
    """The entries of a layer in JSON data. What is no whole number is text, such as "31/2"."""
    if isinstance(found, ReceptiveField) and found.size:
        data: dict[str, Any] = {
            "size": list(found.size),
            "jump": _coordinates(found.jump),
            "centre": _coordinates(found.centre),
        }
        if not found.is_even:
            data["pattern"] = [[span and list(span) for span in spans] for spans in found.pattern]
        return {"receptive_field": data}
    return {"receptive_field": None, "no_receptive_field": _why_not(found)}


def _why_not(found: Seen) -> str:
    if isinstance(found, Obstacle):
        return _obstacle_text(found)
    return UNKNOWN if found is None else VECTOR


def of_merge(merge: Misalignment) -> dict[str, Any]:
    """A merge whose maps are centred on different places of the input, as JSON data."""
    return {
        "layer": merge.layer,
        "apart": _coordinates(merge.apart),
        "jump": _coordinates(merge.jump),
        "branches": [
            {"layer": name, "centre": _coordinates(coordinates)}
            for name, coordinates in zip(merge.branches, merge.centres, strict=True)
        ],
    }


def _coordinates(coordinates: Iterable[Coordinate]) -> list[int | str]:
    return [coordinate if isinstance(coordinate, int) else str(coordinate) for coordinate in coordinates]
