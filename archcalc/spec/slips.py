"""Slips of YAML: what was written where a space, a brace, a bracket or a dash is missing or too much."""

from __future__ import annotations

import re
from collections.abc import Callable

from archcalc.diagnostics import Help, Replacement
from archcalc.patterns import compiled_later
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.source.writing import pair, written

_MISSING_SPACE = compiled_later(r"\s*([A-Za-z_]\w*):(\S.*?)\s*", re.DOTALL)
_MISSING_COLON = compiled_later(r"([A-Za-z_]\w*)[ \t]+([^\s=:+*/%<>-].*)")
_MISSING_DASH_SPACE = compiled_later(r"(\S.*?)\s+-([A-Za-z_].*)")
_ASSIGNED = compiled_later(r"\s*([A-Za-z_]\w*)\s*=(?!=)\s*(\S.*?)\s*", re.DOTALL)
_LOOPED = compiled_later(r"\s*([A-Za-z_]\w*)\s+in\s+([^()]*\S)\s*", re.DOTALL)
_RANGED = compiled_later(r"([A-Za-z_]\w*)\s+in\s+range\(\s*(?:(\w+)\s*,\s*)?(\w+)\s*\)")
_MOST_ITEMS = 12
"""Entries of a list that a help repeats."""
_LISTED = compiled_later(r"\s*([A-Za-z_]\w*(?:\([^()]*\))?)\s+-\s")
_PAIR = compiled_later(r"\s*([A-Za-z_]\w*)[:\s]\s*([^\s:()]+)\s*")
MOST_SHOWN = 48
"""Characters of an entry that a help repeats."""


def missing_space(text: str) -> tuple[str, str] | None:
    """Key and value of `out:6`, which YAML takes for one word.

    >>> missing_space("conv:[6, 3]"), missing_space("conv")
    (('conv', '[6, 3]'), None)
    """
    match = _MISSING_SPACE.fullmatch(text)
    return (match[1], match[2]) if match else None


def with_space(place: Scalar, key: str, value: str) -> Help:
    """That a key and its value are written with a space between them."""
    # What is in quotes, or on several lines, is no slip of the space bar.
    is_plain = not place.quoted and place.line == place.end_line
    changes = [Replacement(place.span, f"{key}: {value}")] if is_plain else []
    return Help(f"write `{key}: {value}`", changes, is_certain=is_plain)


def missing_colon(text: str) -> tuple[str, str] | None:
    """Key and value of `conv [6, 3]`, which YAML takes for one text.

    >>> missing_colon("conv [6, 3]"), missing_colon("conv"), missing_colon("a + b")
    (('conv', '[6, 3]'), None, None)
    """
    match = _MISSING_COLON.fullmatch(text)
    return (match[1], match[2]) if match else None


def missing_dash_space(text: str) -> str | None:
    """The step behind a dash without a space, on a line that YAML takes for more of the step above.

    >>> missing_dash_space("flatten -relu"), missing_dash_space("flatten")
    ('relu', None)
    """
    match = _MISSING_DASH_SPACE.fullmatch(text)
    return match[2] if match else None


def unnamed_values(node: Node, known: list[str]) -> list[str]:
    """The values in braces, `{16, 3}`, which YAML takes for keys without values; none where there are fields."""
    keys = [key.text for key, value in node.entries if is_null(value)] if isinstance(node, Mapping) else []
    is_all = isinstance(node, Mapping) and len(keys) == len(node.entries)
    return keys if is_all and not any(key in known or missing_space(key) or "=" in key for key in keys) else []


def is_null(node: Node) -> bool:
    """Whether nothing stands there."""
    return isinstance(node, Scalar) and node.is_null


def assigned(node: Node) -> tuple[str, str] | None:
    """Name and value of `y=5`, an argument as Python names it."""
    match = _ASSIGNED.fullmatch(node.text) if isinstance(node, Scalar) and "=" in node.text else None
    return (match[1], match[2]) if match else None


def as_braces(node: Node) -> tuple[str, ...]:
    """What to write for `N=32` and `i in 1..3` where a map is needed."""
    pieces = split_at_commas(node.text) if isinstance(node, Scalar) and not node.is_null else []
    if pieces and (listed := _LISTED.match(pieces[0])):
        return (f"a colon is missing: write `{listed[1]}:` in front of its list",)
    pairs = [_ASSIGNED.fullmatch(piece) or _LOOPED.fullmatch(piece) or _PAIR.fullmatch(piece) for piece in pieces]
    if not pairs or not all(pairs):
        return ()
    return (f"write `{{{', '.join(f'{found[1]}: {found[2]}' for found in pairs if found)}}}`",)


def as_loop(node: Node) -> tuple[str, ...]:
    """What to write where `for` has no map: a variable for a list, a range for Python's, `repeat` for a number."""
    if isinstance(node, Sequence):
        return (f"write `{{i: {written(node, 'flow')}}}`",) if len(node.items) <= _MOST_ITEMS else ()
    text = word_of(node)
    if found := _RANGED.fullmatch(text):
        start, end = (found[2] or "0"), found[3]
        last = str(int(end) - 1) if end.isdigit() else f"{end} - 1"
        return (f"write `{{{found[1]}: {start}..{last}}}`",)
    if text.isdigit():
        return (f"write `repeat: {text}`; with a variable, `for: {{i: 1..{text}}}`",)
    if text.isidentifier():
        return (f"write `{{{text}: 1..4}}`: the values that it takes stand behind it",)
    return as_braces(node)


def word_of(node: Node | None) -> str:
    """The text of a single value; nothing where something else stands."""
    return node.text.strip() if isinstance(node, Scalar) and not node.is_null else ""


def as_map(node: Sequence | Scalar, known: list[str]) -> str:
    """Arguments as a map, with the names that they have (`y=5`, `y: 5`) and, before them, those of their order."""
    items = node.items if isinstance(node, Sequence) else [node]
    pairs: list[str] = []
    for index, item in enumerate(items):
        if isinstance(item, Mapping):
            pairs.extend(brief(*entry) for entry in item.entries)
        elif pair := assigned(item):
            pairs.append(f"{pair[0]}: {pair[1]}")
        else:
            name = known[index] if index < len(known) else "NAME"
            pairs.append(brief(Scalar(name, *item.span), item))
    return f"{{{', '.join(pairs)}}}"


def brief(key: Scalar, value: Node) -> str:
    """An entry of a map as a help shows it: what is longer than a few words is left out."""
    text = pair(key.text, value, "flow")
    if len(text) <= MOST_SHOWN:
        return text
    if isinstance(value, Scalar):
        return f"{key.text}: ..."
    return f"{key.text}: {'[...]' if isinstance(value, Sequence) else '{...}'}"


def is_named_list(node: Node) -> bool:
    """Whether fields stand in a list, `[out: 8, kernel: 3]`, which YAML takes for a list of maps."""
    return isinstance(node, Sequence) and any(
        isinstance(item, Mapping) and bool(item.entries) and not any(is_null(value) for _, value in item.entries)
        for item in node.items
    )


def without_braces(node: Node) -> tuple[str, ...]:
    """What to write for an expression in braces, `{width}`, which YAML takes for a map."""
    values = unnamed_values(node, [])
    if not values:
        return ()
    return (f"remove the braces: write `{values[0]}`" if len(values) == 1 else f"write [{', '.join(values)}]",)


def comma_help(kind: str, value: Scalar, known: list[str], is_step: Callable[[str], bool]) -> tuple[str, ...]:
    """What to write for `conv: 16, 5`: a list in brackets, a map of fields, or two steps."""
    pieces = [piece.strip() for piece in split_at_commas(value.text)]
    if len(pieces) < 2 or not all(pieces):
        return ()
    steps = [piece for piece in pieces[1:] if is_step(piece)]
    if len(steps) == len(pieces) - 1:
        return (f"write a step for each: {', '.join(f'`- {step}`' for step in [f'{kind}: {pieces[0]}', *steps])}",)
    items: list[Node] = [Scalar(piece, *value.span) for piece in pieces]
    if any(assigned(item) for item in items):
        return (f"name arguments in a map: `{kind}: {as_map(Sequence(items, *value.span), known)}`",)
    return (f"a list stands in brackets: `{kind}: [{', '.join(pieces)}]`",)


def split_at_commas(text: str) -> list[str]:
    """The parts of a text between commas that stand in no parenthesis."""
    pieces, level, start = [], 0, 0
    for index, character in enumerate(text):
        if character in "([":
            level += 1
        elif character in ")]":
            level -= 1
        elif character == "," and level == 0:
            pieces.append(text[start:index])
            start = index + 1
    pieces.append(text[start:])
    return pieces
