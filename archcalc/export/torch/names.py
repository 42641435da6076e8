"""Identifiers for the generated module: valid, readable, and free of collisions."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection

TAKEN = frozenset(
    (
        *(word for word in dir(builtins) if not word.startswith("_")),
        *keyword.kwlist,
        *keyword.softkwlist,
        "math",
        "self",
        "torch",
        "nn",
        "Tensor",
        "OrderedDict",
        "annotations",
    )
)
"""What a variable of the generated module must not hide."""


SEQUENTIAL_ATTRIBUTES = frozenset(("append", "extend", "insert", "pop"))
"""Names that a module in an `nn.Sequential` cannot have."""

DICT_ATTRIBUTES = frozenset(("clear", "items", "keys", "pop", "update", "values"))
"""Names that a module in an `nn.ModuleDict` cannot have."""

CONTAINER_ATTRIBUTES = SEQUENTIAL_ATTRIBUTES | DICT_ATTRIBUTES


RUNNING = ("x", "out", "y", "z")
"""Variables for what has no name of its own."""
LISTS = ("maps", "outs")
"""The same for lists of tensors."""


def table_name(text: str, symbols: Collection[str]) -> str:
    """What a list of the spec is called above the classes, beside symbols that are arguments there.

    >>> table_name("w", ["N"]), table_name("w", ["W"])
    ('W', 'W_VALUES')
    """
    found = plain(text).upper()
    return f"{found}_VALUES" if found in map(plain, symbols) else found


class Names:
    """Names that are in use; a new one that collides with one of them gets a number."""

    def __init__(self, taken: frozenset[str] | set[str] = TAKEN) -> None:
        self._taken = set(taken)
        self._numbers: dict[str, int] = {}

    def new(self, wanted: str) -> str:
        """The wanted name, or the first free one with a number behind it.

        >>> names = Names()
        >>> names.new("branch"), names.new("branch"), names.new("list"), names.new("Exception")
        ('branch', 'branch_2', 'list_2', 'Exception2')
        """
        found, number = wanted, self._numbers.get(wanted, 2)
        separator = "" if wanted[:1].isupper() else "_"
        while found in self._taken:
            found = f"{wanted}{separator}{number}"
            number += 1
        self._numbers[wanted] = number
        self._taken.add(found)
        return found

    def inner(self) -> Names:
        """Names inside a scope that sees all of these."""
        return Names(self._taken)


def plain(text: str) -> str:
    """A name without the underscores in front, because Python changes names with two of them inside of classes.

    >>> plain("__width"), plain("N"), plain("_2")
    ('width', 'N', 'value_2')
    """
    word = text.lstrip("_")
    return word if word[:1].isalpha() else f"value_{word}".rstrip("_")


def variable(text: str, otherwise: str = "value") -> str:
    """A text as the name of a variable.

    >>> variable("Rois 2"), variable("3"), variable("__class__")
    ('rois_2', 'value_3', 'class')
    """
    word = "_".join(re.findall(r"[a-z0-9]+", text.lower()))
    if not word:
        return otherwise
    return word if word[0].isalpha() else f"{otherwise}_{word}"


def class_name(text: str, otherwise: str = "Network") -> str:
    """A text as the name of a class.

    >>> class_name("LeNet-5"), class_name("basic_block"), class_name("resnet 50"), class_name("3d net")
    ('LeNet5', 'BasicBlock', 'Resnet50', 'Network3dNet')
    """
    words = re.findall(r"[A-Za-z0-9]+", text)
    joined = "".join(word[0].upper() + word[1:] for word in words)[:60]
    if not joined:
        return otherwise
    return joined if joined[0].isalpha() else f"{otherwise}{joined}"
