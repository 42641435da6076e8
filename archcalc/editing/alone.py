"""A variant as a file of its own: what the variant changes is put into the text, and the other variants go."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from archcalc.diagnostics.codes.language import UNUSED_BLOCK, UNUSED_NAME
from archcalc.diagnostics.model import Span
from archcalc.editing.manuscript import Manuscript, Uneditable
from archcalc.source import Mapping, Node, Scalar, Sequence, SourceFile, parse, plain
from archcalc.spec.reader import read_spec

_MERGED = ("let", "at")
"""Keys of which a variant gives entries; `expect` is added to, and all others are replaced."""
_LONGEST = 100
"""Characters of a map that is still written on one line."""


class _Part(NamedTuple):
    """A key of the file with its value, and the lines that belong to it: comments above it, and its own."""

    key: str
    value: Node
    above: str = ""
    text: str = ""


def alone(file: SourceFile, variant: str) -> str:
    """The text of one variant, with the comments and the layout of all that the variant does not change.

    No name at all stands for what the file says beside its variants.

    Raises: Uneditable for a text that cannot be read or has no such variant.

    >>> text = "input: [1, N]\\nat: {N: 8}\\nlayers: [relu]   # the same for all\\nvariants: {long: {at: {N: 80}}}\\n"
    >>> print(alone(SourceFile("net.yaml", text), "long"), end="")
    input: [1, N]
    at: {N: 80}
    layers: [relu]   # the same for all
    """
    manuscript = Manuscript(file)
    root = manuscript.root
    variants = root.get("variants") if isinstance(root, Mapping) else None
    if not isinstance(root, Mapping) or not isinstance(variants, Mapping):
        raise Uneditable("the file has no variants")
    chosen = variants.get(variant)
    if chosen is None and variant:
        raise Uneditable(
            f"there is no variant {variant}; there are {', '.join(key.text for key, _ in variants.entries)}"
        )
    changes = chosen if isinstance(chosen, Mapping) else Mapping([], *variants.span)
    merged = _merged(root, changes)
    if manuscript.is_json or manuscript.is_bracketed(root):
        return json.dumps(_data(merged), indent=2) + "\n"
    text = "".join(_written(manuscript, part, changes.get(part.key)) for part in _parts(manuscript, root, changes))
    found, _ = parse(file.with_text(text))
    if found is None or plain(found) != plain(merged):
        raise Uneditable(f"variant {variant} cannot be written as a file of its own")
    return _used(file.with_text(text))


def _used(file: SourceFile) -> str:
    """The text without blocks, lets and symbols that nothing reads: only the other variants did."""
    while (found := _unused(file)) is not None:
        file = file.with_text(_dropped(Manuscript(file), *found))
    return file.text


def _unused(file: SourceFile) -> tuple[Scalar, Mapping, set[Span]] | None:
    """The first map of the file with entries that nothing reads, its key, and where their names stand."""
    root, _ = parse(file)
    _, findings = read_spec(root, file.name) if root is not None else (None, [])
    unused = {found.span for found in findings if found.code in (UNUSED_BLOCK, UNUSED_NAME)}
    for key, value in root.entries if isinstance(root, Mapping) else ():
        names = {name.span for name, _ in value.entries} & unused if isinstance(value, Mapping) else set()
        if names and isinstance(value, Mapping):
            return key, value, names
    return None


def _dropped(manuscript: Manuscript, key: Scalar, value: Mapping, names: set[Span]) -> str:
    """The text without some entries of a map, or without the map if these are all."""
    lines = manuscript.file.lines
    kept = [entry for entry in value.entries if entry[0].span not in names]
    if not kept:
        return "\n".join([*lines[: key.line - 1], *lines[max(value.end_line, key.line) :]])
    if manuscript.is_bracketed(value):
        flat = ", ".join(f"{manuscript.slice(one)}: {manuscript.slice(node)}" for one, node in kept)
        return f"{manuscript.text[: manuscript.start(value)]}{{{flat}}}{manuscript.text[manuscript.end(value) :]}"
    above = [key.line, *(node.end_line for _, node in value.entries)]
    starts = [_first(lines, name.line, end) for (name, _), end in zip(value.entries, above, strict=False)]
    ends = [*starts[1:], value.entries[-1][1].end_line + 1]
    gone = {
        line
        for (name, _), start, end in zip(value.entries, starts, ends, strict=True)
        if name.span in names
        for line in range(start, end)
    }
    return "\n".join(line for number, line in enumerate(lines, start=1) if number not in gone)


def _first(lines: list[str], line: int, end: int) -> int:
    """The first line of an entry: comments above it, behind the end of what stands before it, are its own."""
    while line - 1 > end and lines[line - 2].lstrip().startswith("#"):
        line -= 1
    return line


def _merged(root: Mapping, changes: Mapping) -> Mapping:
    """What the variant says."""
    base = {key.text: (key, value) for key, value in root.entries if key.text != "variants"}
    for key, value in changes.entries:
        before = base[key.text][1] if key.text in base else None
        if key.text in _MERGED and isinstance(before, Mapping) and isinstance(value, Mapping):
            entries = {name.text: (name, each) for name, each in (*before.entries, *value.entries)}
            base[key.text] = key, Mapping(list(entries.values()), *value.span)
        elif key.text == "expect" and before is not None:
            base[key.text] = key, Sequence([*_listed(before), *_listed(value)], *value.span)
        else:
            base[key.text] = key, value
    return Mapping(list(base.values()), *root.span)


def _listed(node: Node) -> list[Node]:
    return node.items if isinstance(node, Sequence) else [node]


def _data(node: Node) -> Any:
    """A value for JSON, in which numbers and truth values that were written as such are no text."""
    if isinstance(node, Mapping):
        return {key.text: _data(value) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [_data(item) for item in node.items]
    if node.is_null or node.quoted:
        return plain(node)
    try:
        value = json.loads(node.text)
    except ValueError:
        return node.text
    # What JSON would write otherwise, such as 1e400, stays as it was written.
    return value if json.dumps(value) == node.text else node.text


def _parts(manuscript: Manuscript, root: Mapping, changes: Mapping) -> list[_Part]:
    """The keys of the file but `variants`, in their order, and those that only the variant has."""
    lines = manuscript.file.lines
    parts, done = [], 0
    for key, value in root.entries:
        end = max(key.line, value.end_line)
        above, own = _joined(lines[done : key.line - 1]), _joined(lines[key.line - 1 : end])
        parts.append(_Part(key.text, value, above, own))
        done = end
    parts[-1] = parts[-1]._replace(text=parts[-1].text + _joined(lines[done:]))
    kept = [part for part in parts if part.key != "variants"]
    return kept + [_Part(key.text, value) for key, value in changes.entries if root.get(key.text) is None]


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines).rstrip("\n") + "\n" if any(lines) else ""


def _written(manuscript: Manuscript, part: _Part, change: Node | None) -> str:
    """The lines of a key with what the variant makes of it."""
    if change is None:
        return part.above + part.text
    if part.text and part.key == "expect":
        claims = [
            one for node in (part.value, change) for one in (node.items if isinstance(node, Sequence) else [node])
        ]
        return f"{part.above}expect:\n" + "".join(f"  - {_shifted(manuscript, claim, 4)}\n" for claim in claims)
    if part.text and part.key in _MERGED and isinstance(part.value, Mapping) and isinstance(change, Mapping):
        return part.above + _map(manuscript, part.key, part.value, change)
    return f"{part.above}{part.key}:{_inline(manuscript, change, 2)}\n"


def _map(manuscript: Manuscript, key: str, base: Mapping, change: Mapping) -> str:
    """A map with entries of two others, on one line if that is short."""
    nodes = {name: value for each in (base, change) for name, value in ((k.text, v) for k, v in each.entries)}
    names = {name.text: manuscript.slice(name) for each in (base, change) for name, _ in each.entries}
    flat = ", ".join(f"{names[name]}: {manuscript.slice(node)}" for name, node in nodes.items())
    is_flow = all(manuscript.is_bracketed(each) for each in (base, change))
    if is_flow and "\n" not in flat and len(flat) <= _LONGEST:
        return f"{key}: {{{flat}}}\n"
    return f"{key}:\n" + "".join(f"  {names[name]}:{_inline(manuscript, node, 4)}\n" for name, node in nodes.items())


def _inline(manuscript: Manuscript, node: Node, indent: int) -> str:
    """A value behind its key; what has lines of its own goes below it."""
    start = "\n" + " " * indent if manuscript.is_block(node) else " "
    return start + _shifted(manuscript, node, indent)


def _shifted(manuscript: Manuscript, node: Node, indent: int) -> str:
    """The text of a value, whose further lines stand as far to the right as before, from `indent` on."""
    first, *rest = manuscript.slice(node).split("\n")
    margin = node.column - 1
    lines = [(" " * indent + line[min(margin, len(line) - len(line.lstrip())) :]).rstrip() for line in rest]
    return "\n".join([first, *lines])
