"""Formulas as the lecture writes them: what a layer says about its own sizes and counts, for people to follow.

A formula is text of the expression language with letters for its numbers. It is put into numbers, evaluated and shown
elsewhere; the layer says which one it is.
"""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from archcalc.dims import Number

PARAMETERS = "parameters"
MULTIPLICATIONS = "multiplications"
BUFFERS = "buffers"


class Letter(NamedTuple):
    """A letter of a formula: its value, and what it stands for."""

    name: str
    value: Number
    meaning: str


class Formula(NamedTuple):
    """How one quantity of a layer comes about.

    `axes` are those of the outputs that it gives, counted from 0; a count has none. `words` say what the formula
    cannot, or everything where there is no `text`. `defines` is the letter that further formulas use for the result.

    >>> Formula("parameters", "K*C + K", (Letter("K", 10, "outputs"), Letter("C", 84, "inputs"))).text
    'K*C + K'
    """

    quantity: str
    text: str = ""
    letters: tuple[Letter, ...] = ()
    axes: tuple[int, ...] = ()
    words: str = ""
    defines: str = ""


def parameters(text: str, *letters: Letter, words: str = "") -> Formula:
    """The formula of what is trained."""
    return Formula(PARAMETERS, text, letters, words=words)


def multiplications(text: str, *letters: Letter) -> Formula:
    """The formula of the products with weights."""
    return Formula(MULTIPLICATIONS, text, letters)


def kept(words: str = "unchanged") -> tuple[Formula, ...]:
    """What a layer says that keeps the shape."""
    return (Formula("shape", words=words),)


def rearranged(axes: int, words: str) -> tuple[Formula, ...]:
    """What a layer says about an output of so many axes whose sizes are not computed."""
    return (Formula("shape", words=words, axes=tuple(range(axes))),)


def product(*letters: Letter) -> str:
    """Letters multiplied; neighbours of one name become a power.

    >>> product(Letter("K", 96, ""), Letter("F", 11, ""), Letter("F", 11, ""))
    'K*F**2'
    """
    runs = [(name, len(list(run))) for name, run in groupby(letter.name for letter in letters)]
    return "*".join(name if times == 1 else f"{name}**{times}" for name, times in runs) or "1"
