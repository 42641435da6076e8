"""The names that completion knows: those of the catalogue as it is when a script is written."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.catalogue import SUFFIXES

ENDINGS = tuple(suffix.removeprefix(".") for suffix in SUFFIXES)
"""The endings of files that are offered as specs; any other file can be written out."""


class Vocabulary(NamedTuple):
    """The catalogue: names of files, and names with a variant behind a colon."""

    names: tuple[str, ...]
    variants: tuple[str, ...]


def vocabulary() -> Vocabulary:
    """The names of the catalogue.

    >>> found = vocabulary()
    >>> "resnet" in found.names, "resnet:resnet50" in found.variants
    (True, True)
    """
    from archcalc.cli.listing import entries

    found = entries()
    names = tuple(sorted(entry.name for entry in found))
    variants = tuple(sorted(f"{entry.name}:{variant}" for entry in found for variant in entry.variants))
    return Vocabulary(names, variants)
