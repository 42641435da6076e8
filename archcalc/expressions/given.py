"""Values that are given from outside, for symbols and lets: numbers, truth values, words, and lists of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from operator import index
from typing import TypeAlias, Union

from archcalc.expressions.parser import parse
from archcalc.expressions.values import NoNames, Value, Word, is_number

Given: TypeAlias = Union[int, Fraction, bool, str, "Sequence[Given]"]
"""What Python gives for a symbol or a let: exact numbers, truth values, texts for words, and lists of them."""

MAX_NESTED = 20
"""Lists inside each other."""


class _Words(NoNames):
    """A scope in which every name is a word that stands for itself."""

    def resolve(self, path: tuple[str, ...]) -> Value:
        """The word. Raises: Unresolved for names joined by dots, which are maps."""
        return Word(path[0]) if len(path) == 1 else super().resolve(path)


class NoValue(ValueError):
    """A text that is no value; the message says why."""


def read_value(text: str, depth: int = 0) -> Value:
    """The value of a text, as a spec would have it. Raises: NoValue; ExpressionError for what is no expression.

    >>> read_value("224"), read_value("1/2"), read_value("true"), read_value("relu")
    (224, Fraction(1, 2), True, 'relu')
    >>> read_value("[3, [4, 6], bottleneck]")
    (3, (4, 6), 'bottleneck')
    """
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        if depth > MAX_NESTED:
            raise NoValue(f"more than {MAX_NESTED} lists inside each other")
        inside = text[1:-1]
        return tuple([read_value(part, depth + 1) for part in split(inside)]) if inside.strip() else ()
    value = parse(text).evaluate(_Words())
    if not is_number(value) and not isinstance(value, (bool, Word, tuple)):
        raise NoValue(f"a number, a word or a list is needed, not {text}")
    return value


def split(text: str) -> list[str]:
    """The parts of a text between the commas that stand in no brackets.

    >>> split("[3, 4], min(2, 3), relu")
    ['[3, 4]', ' min(2, 3)', ' relu']
    """
    parts, depth = [""], 0
    for sign in text:
        depth += (sign in "[(") - (sign in "])")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def as_value(value: object, depth: int = 0) -> Value:
    """A value of Python as the language has it: texts are words, and a fraction that is whole is an integer.

    Raises: TypeError for what is no exact number, truth value, text, or list of them.

    >>> as_value([3, Fraction(4, 2), True, ["relu"]])
    (3, 2, True, ('relu',))
    """
    if isinstance(value, (list, tuple, range)) and depth <= MAX_NESTED:
        return tuple([as_value(item, depth + 1) for item in value])
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else value
    if isinstance(value, str):
        return Word(value)
    if isinstance(value, bool):
        return value
    try:
        return index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(repr(value)) from None


def words(value: Value) -> Iterator[Word]:
    """The words in a value."""
    if isinstance(value, Word):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from words(item)


def typed(value: Value) -> object:
    """A key that is equal for equal values. As in the language, 1 is not true."""
    return (tuple, *map(typed, value)) if isinstance(value, tuple) else (value.__class__, value)
