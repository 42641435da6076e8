"""What the catalogue holds: its files with what they say about themselves, for `archcalc list`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from archcalc.catalogue import SHELVES, on_shelf
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
    shelf: str
    """What its part of the catalogue holds."""

    def has(self, word: str) -> bool:
        """Whether a word stands anywhere in it, in any case."""
        wanted = word.casefold()
        texts = (self.name, self.title, self.source, *self.variants, *self.layers)
        return any(wanted in text.casefold() for text in texts)


def entries() -> list[Entry]:
    """All of the catalogue: shelf by shelf, each in the order of the names.

    >>> [entry.name for entry in entries() if entry.has("ronneberger") and entry.has("conv_transpose")]
    ['unet']
    """
    return [_entry(path, title) for folder, title in SHELVES.items() for path in on_shelf(folder)]


def _entry(path: Path, shelf: str) -> Entry:
    root, problems = parse(SourceFile(str(path), path.read_text(encoding="utf-8")))
    if not isinstance(root, Mapping):
        raise ValueError(f"{path} is no spec: {problems[0].message}")
    texts = {key.text: value.text for key, value in root.entries if isinstance(value, Scalar)}
    variants = root.get("variants")
    names = tuple(key.text for key, _ in variants.entries) if isinstance(variants, Mapping) else ()
    kinds = {word for key in ("blocks", "layers") for word in _words(root.get(key)) if word in KINDS}
    title, source = texts.get("name", path.stem), texts.get("source", "")
    return Entry(path.stem, title, source, names, tuple(sorted(kinds)), shelf)


def _words(node: Node | None) -> list[str]:
    """All keys and all plain text below a value."""
    if node is None:
        return []
    if isinstance(node, Scalar):
        return [node.text]
    if isinstance(node, Mapping):
        return [word for key, value in node.entries for word in (key.text, *_words(value))]
    return [word for item in node.items for word in _words(item)]
