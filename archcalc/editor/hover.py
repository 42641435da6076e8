"""What is told of the place under the mouse: the page of a word, the work for a step, what a name stands for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from archcalc.derivations import Derivation
from archcalc.diagnostics.model import Span
from archcalc.editor import schema
from archcalc.editor.hints import nodes_at
from archcalc.editor.meaning import fenced, meaning
from archcalc.editor.networks import Checked, Networks
from archcalc.layers.table import KINDS
from archcalc.manual import sections
from archcalc.source.document import Node, Scalar, Sequence
from archcalc.spec.manual import layer_page

_WIDTH = 76
_SHOWN = 3
"""Layers of a step of which the work is shown."""


class Hover(NamedTuple):
    """Markdown about a stretch of the text."""

    span: Span
    markdown: str


class _Word(NamedTuple):
    """A scalar of the text, and the keys behind which it stands."""

    scalar: Scalar
    path: tuple[str | int, ...]
    is_key: bool


def hover(networks: Networks, shown: Checked | None, line: int, column: int) -> Hover | None:
    """What is told of a place; `shown` is the network whose numbers are told.

    >>> from archcalc.source import SourceFile
    >>> networks = Networks(SourceFile("net.yaml", "input: [1, 8, 8]\\nlayers:\\n  - conv: {out: 6, kernel: 5}"))
    >>> hover(networks, networks.network(None), 3, 21).markdown
    '**kernel**: Size of the window: one number for all axes, or one per axis.'
    """
    word = _word(networks.document, line, column)
    name = networks.names.at(line, column)
    parts = [*_of_step(word, shown)] if shown is not None and word is not None else []
    if name is not None and name.span is not None and shown is not None and not parts:
        return Hover(name.span, meaning(networks.names, name, shown))
    if word is None:
        return None
    parts += [*_of_word(word)]
    return Hover(word.scalar.span, "\n\n".join(parts)) if parts else None


def _of_step(word: _Word, shown: Checked) -> Iterator[str]:
    """The work for the layers that a step stands for, if the word is the kind of one."""
    nodes = nodes_at(shown, word.scalar.line, word.scalar.column)
    if not nodes:
        return
    chosen = nodes if len(nodes) <= _SHOWN else [*nodes[: _SHOWN - 1], nodes[-1]]
    texts = [Derivation(node, shown.report.file).to_text(width=_WIDTH) for node in chosen]
    if len(nodes) > len(chosen):
        texts.insert(-1, f"… and {len(nodes) - len(chosen)} more")
    yield fenced("\n\n".join(texts))


def _of_word(word: _Word) -> Iterator[str]:
    text = word.scalar.text
    *outer, last = word.path if word.path else ("",)
    if text in KINDS and (word.is_key or not outer or isinstance(last, int)):
        yield fenced(layer_page(text))
    elif word.is_key:
        about = next((str(one["description"]) for one in schema.at(word.path) if "description" in one), "")
        section = sections().get(text)
        if about:
            yield f"**{text}**: {about}"
        if section is not None and len(word.path) <= 1:
            yield section.text


def _word(node: Node | None, line: int, column: int) -> _Word | None:
    """The scalar at a place."""
    path: tuple[str | int, ...] = ()
    while node is not None:
        if isinstance(node, Scalar):
            return _Word(node, path, False) if _has(node, line, column) else None
        inner: Node | None = None
        if isinstance(node, Sequence):
            for index, item in enumerate(node.items):
                if _has(item, line, column):
                    inner, path = item, (*path, index)
                    break
        else:
            for key, value in node.entries:
                if _has(key, line, column):
                    return _Word(key, (*path, key.text), True)
                if _has(value, line, column):
                    inner, path = value, (*path, key.text)
                    break
        node = inner
    return None


def _has(node: Node, line: int, column: int) -> bool:
    return (node.line, node.column) <= (line, column) <= (node.end_line, node.end_column)
