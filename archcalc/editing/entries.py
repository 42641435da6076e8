"""Entries of maps and lists put in and replaced, so that layout and comments around them stay."""

from __future__ import annotations

import re
from typing import NamedTuple

from archcalc.editing.manuscript import Location, Manuscript, Uneditable
from archcalc.editing.text import TextEdit
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.source.writing import item, label, pair, written

_COLON = re.compile(r"[ \t]*:(?=[\s,\]}]|$)")
_DASH = re.compile(r"-[ \t]+$")
_REST = re.compile(r"[ \t]*(,)?[ \t]*(?:#.*)?$")
_CLOSING = re.compile(r"[ \t]*[\]}]")


class Stretch(NamedTuple):
    """Where an entry stands: a key with its value, or an item of a list (without its dash)."""

    start: int
    end: int


def stretches(manuscript: Manuscript, collection: Mapping | Sequence) -> list[Stretch]:
    """Where the entries of a map or a list stand."""
    if isinstance(collection, Sequence):
        return [Stretch(manuscript.start(each), manuscript.end(each)) for each in collection.items]
    return [
        Stretch(manuscript.start(key), max(manuscript.end(key), manuscript.end(value)))
        for key, value in collection.entries
    ]


def replaced(manuscript: Manuscript, location: Location, value: Node) -> list[TextEdit]:
    """Another value at a location."""
    text = written(value, manuscript.style(location.in_flow))
    node, key = location.node, location.key
    start, end = manuscript.start(node), manuscript.end(node)
    if start == end:
        return [_first_value(manuscript, key, text)]
    if key is not None and node.line > key.end_line and not manuscript.is_bracketed(node):
        # A value on lines of its own, which may begin no deeper than its key: the new one moves to the key's line.
        before = manuscript.line_start(start) - 1
        return [_first_value(manuscript, key, text), TextEdit(before, end, "")]
    return [TextEdit(start, end, text)]


def _first_value(manuscript: Manuscript, key: Scalar | None, text: str) -> TextEdit:
    """A value for a key that has none on its line: `{affine, as: x}`, `affine:`."""
    if key is None:
        raise Uneditable("nothing is written there")
    end = manuscript.end(key)
    if colon := _COLON.match(manuscript.text, end):
        return TextEdit(colon.end(), colon.end(), f" {text}")
    return TextEdit(end, end, f": {text}")


def inserted(
    manuscript: Manuscript, collection: Mapping | Sequence, in_flow: bool, index: int, key: str | None, value: Node
) -> list[TextEdit]:
    """A new entry of a map (with a key) or a list at an index; it gets a line of its own where the others have one."""
    found = stretches(manuscript, collection)
    if manuscript.is_bracketed(collection):
        style = manuscript.style(True)
        text = item(value, style) if key is None else pair(key, value, style)
        return _into_brackets(manuscript, collection, found, index, text)
    if in_flow:
        raise Uneditable("a map without braces has one entry")
    text = f"- {item(value, 'block')}" if key is None else pair(key, value, "block")
    before = " " * (collection.column - 1)
    if index == 0:
        start = manuscript.start(collection)
        return [TextEdit(start, start, f"{text}\n{before}")]
    end = manuscript.line_end(found[index - 1].end)
    return [TextEdit(end, end, f"\n{before}{text}")]


def _into_brackets(
    manuscript: Manuscript, collection: Node, found: list[Stretch], index: int, text: str
) -> list[TextEdit]:
    if not found:
        start = manuscript.start(collection) + 1
        return [TextEdit(start, start, text)]
    if index == 0:
        start = found[0].start
        own = _indentation(manuscript, start)
        between = " " if own is None else f"\n{own}"
        return [TextEdit(start, start, f"{text},{between}")]
    before = found[index - 1]
    own = _indentation(manuscript, before.start)
    line_end = manuscript.line_end(before.end)
    if own is not None:
        if rest := _REST.match(manuscript.text[before.end : line_end]):
            new_line = f"\n{own}{text}"
            if rest.group(1):
                return [TextEdit(line_end, line_end, f"{new_line},")]
            # The comma belongs before the comment, and the new line behind it.
            return [TextEdit(before.end, before.end, ","), TextEdit(line_end, line_end, new_line)]
        if _CLOSING.match(manuscript.text, before.end):
            return [TextEdit(before.end, before.end, f",\n{own}{text}")]
    return [TextEdit(before.end, before.end, f", {text}")]


def _indentation(manuscript: Manuscript, start: int) -> str | None:
    """What stands before an entry that is the first on its line; None for others."""
    before = manuscript.text[manuscript.line_start(start) : start]
    return None if before.strip(" \t") else before


def as_map(
    manuscript: Manuscript, values: Sequence, key: Scalar, names: list[str], added: str, value: Node
) -> list[TextEdit]:
    """A list behind a key made a map, with names in front of its items and one entry more."""
    found = stretches(manuscript, values)
    if manuscript.is_bracketed(values):
        start, end = manuscript.start(values), manuscript.end(values)
        style = manuscript.style(True)
        return [
            TextEdit(start, start + 1, "{"),
            *(TextEdit(entry.start, entry.start, label(name, style)) for entry, name in zip(found, names, strict=True)),
            *inserted(manuscript, values, True, len(found), added, value),
            TextEdit(end - 1, end, "}"),
        ]
    edits = deepened(manuscript, values, key)
    for entry, name in zip(found, names, strict=True):
        dash = _DASH.search(manuscript.text[manuscript.line_start(entry.start) : entry.start])
        if dash is None:
            raise Uneditable("a dash stands on a line of its own")
        edits.append(TextEdit(entry.start - len(dash.group()), entry.start, label(name, "block")))
    end = manuscript.line_end(found[-1].end)
    return [*edits, TextEdit(end, end, f"\n{map_indentation(values, key)}{pair(added, value, 'block')}")]


def map_indentation(collection: Mapping | Sequence, key: Scalar) -> str:
    """What stands before the lines of a map in the place of a collection behind a key.

    A list may begin in the column of its key, a map may not.
    """
    return " " * (collection.column - 1 if collection.column > key.column else key.column + 1)


def deepened(manuscript: Manuscript, collection: Mapping | Sequence, key: Scalar) -> list[TextEdit]:
    """The lines of a list on lines moved to the right, if no map could stand where it stands."""
    more = len(map_indentation(collection, key)) - collection.column + 1
    if not more:
        return []
    edits: list[TextEdit] = []
    start, end = manuscript.line_start(manuscript.start(collection)), manuscript.end(collection)
    while start < end:
        line_end = manuscript.line_end(start)
        if manuscript.text[start:line_end].strip():
            edits.append(TextEdit(start, start, " " * more))
        start = line_end + 1
    return edits
