"""What the catalogue holds: its files with what they say about themselves, for `archcalc list`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from archcalc.catalogue import shipped
from archcalc.layers.table import KINDS
from archcalc.source import Mapping, Node, Scalar, SourceFile, parse


class Entry(NamedTuple):
    """A file of the catalogue: the name by which commands find it, and what it says about itself."""

    name: str
    title: str
    source: str
    variants: tuple[str, ...]
    layers: tuple[str, ...]
    """The kinds of its layers, in the order of the alphabet."""

    def has(self, word: str) -> bool:
        """Whether a word stands anywhere in it, in any case."""
        wanted = word.casefold()
        texts = (self.name, self.title, self.source, *self.variants, *self.layers)
        return any(wanted in text.casefold() for text in texts)


def entries() -> list[Entry]:
    """All of the catalogue, in the order of the names.

    >>> [entry.name for entry in entries() if entry.has("ronneberger") and entry.has("conv_transpose")]
    ['unet']
    """
    return [_entry(name, path) for name, path in shipped().items()]


def _entry(name: str, path: Path) -> Entry:
    root, problems = parse(SourceFile(str(path), path.read_text(encoding="utf-8")))
    if not isinstance(root, Mapping):
        raise ValueError(f"{path} is no spec: {problems[0].message}")
    texts = {key.text: value.text for key, value in root.entries if isinstance(value, Scalar)}
    variants = root.get("variants")
    names = tuple(key.text for key, _ in variants.entries) if isinstance(variants, Mapping) else ()
    kinds = {word for key in ("blocks", "layers") for word in _words(root.get(key)) if word in KINDS}
    return Entry(name, texts.get("name", name), texts.get("source", ""), names, tuple(sorted(kinds)))


def _words(node: Node | None) -> list[str]:
    """All keys and all plain text below a value."""
    if node is None:
        return []
    if isinstance(node, Scalar):
        return [node.text]
    if isinstance(node, Mapping):
        return [word for key, value in node.entries for word in (key.text, *_words(value))]
    return [word for item in node.items for word in _words(item)]
