"""The outline of a text: blocks, layers, variants and claims by name, and what can be folded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from archcalc.diagnostics.model import Span
from archcalc.layers.table import KINDS
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.spec.names import STEP_KEYS

Sort = Literal["key", "block", "layer", "group", "variant", "value"]

_LISTS_OF_STEPS = ("layers", "do")
_OF_VALUES = ("let", "at", "input")


class Entry(NamedTuple):
    """Something with a name, and what is inside of it."""

    name: str
    detail: str
    sort: Sort
    span: Span
    """All of it."""
    key: Span
    """Its name."""
    children: list[Entry]


class Fold(NamedTuple):
    """Lines of which all but the first can be hidden."""

    first: int
    last: int


def outline(document: Node | None) -> list[Entry]:
    """The keys of a spec with what they hold, down to the layers.

    >>> from archcalc.source import SourceFile, parse
    >>> document, _ = parse(SourceFile("net.yaml", "blocks: {unit(c): [conv: [c, 3]]}\\nlayers: [{unit: 8, as: one}]"))
    >>> [(entry.name, [inner.name for inner in entry.children]) for entry in outline(document)]
    [('blocks', ['unit(c)']), ('layers', ['one'])]
    """
    return [*_keys(document)] if isinstance(document, Mapping) else []


def folds(document: Node | None) -> list[Fold]:
    """Everything that stands in several lines."""
    found = dict.fromkeys(_folds(document, 0)) if document is not None else {}
    return [*found]


def _folds(node: Node, line: int) -> Iterator[Fold]:
    """The folds in a node, which is headed by what stands on a line."""
    if isinstance(node, Scalar):
        return
    first = line or node.line
    if node.end_line > first and line:
        yield Fold(first, node.end_line)
    if isinstance(node, Sequence):
        for item in node.items:
            if item.end_line > item.line:
                yield Fold(item.line, item.end_line)
            yield from _folds(item, item.line)
    else:
        for key, value in node.entries:
            yield from _folds(value, key.line)


def _keys(node: Mapping) -> Iterator[Entry]:
    for key, value in node.entries:
        yield _entry(key, value, "key", "", [*_inside(key.text, value)])


def _inside(key: str, value: Node) -> Iterator[Entry]:
    if key in _LISTS_OF_STEPS and isinstance(value, Sequence):
        yield from _steps(value)
    elif key == "blocks" and isinstance(value, Mapping):
        for name, steps in value.entries:
            yield _entry(name, steps, "block", "", [*_steps(steps)])
    elif key == "variants" and isinstance(value, Mapping):
        for name, changes in value.entries:
            inner = [*_keys(changes)] if isinstance(changes, Mapping) else []
            yield _entry(name, changes, "variant", "", inner)
    elif key in _OF_VALUES and isinstance(value, Mapping):
        for name, stated in value.entries:
            yield _entry(name, stated, "value", stated.text if isinstance(stated, Scalar) else "", [])


def _steps(node: Node) -> Iterator[Entry]:
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, Scalar) and item.text:
            yield Entry(item.text, "", "layer", item.span, item.span, [])
        elif isinstance(item, Sequence):
            yield from _steps(item)
        elif isinstance(item, Mapping) and item.entries:
            yield _step(item)


def _step(item: Mapping) -> Entry:
    """A step by its name, or by its kind where it has none."""
    kind = next(((key, value) for key, value in item.entries if key.text not in STEP_KEYS), None)
    name = item.get("as")
    body = item.get("do")
    shown = kind[0] if kind is not None else item.entries[0][0]
    title = name if isinstance(name, Scalar) and name.text else shown
    inner = [*_steps(body)] if body is not None else []
    if kind is not None and isinstance(kind[1], Sequence) and kind[0].text in KINDS:
        # Branches of a merge; the values of other layers are no steps.
        inner += [step for branch in kind[1].items if not isinstance(branch, Scalar) for step in _branch(branch)]
    sort: Sort = "layer" if kind is not None else "group"
    return Entry(
        title.text, kind[0].text if kind is not None and title is not shown else "", sort, item.span, title.span, inner
    )


def _branch(node: Node) -> Iterator[Entry]:
    if isinstance(node, Mapping) and node.get("do") is not None:
        yield _step(node)
    elif isinstance(node, Sequence):
        yield from _steps(Sequence([item for item in node.items if not isinstance(item, Scalar)], *node.span))


def _entry(key: Scalar, value: Node, sort: Sort, detail: str, children: list[Entry]) -> Entry:
    end = (value.end_line, value.end_column) if value.end_line >= key.line else (key.end_line, key.end_column)
    return Entry(key.text or "…", detail, sort, Span(key.line, key.column, *end), key.span, children)
