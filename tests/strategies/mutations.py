"""Damage to specifications: what typing mistakes, merges gone wrong and plain nonsense do to a file."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

from archcalc.layers.table import KINDS
from strategies.choices import chance, pick

JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 3, 10**30, 0.5, 1e300, "", " ", "x", "N", "here", "input", "input.0", "m1",
    "m1.0.c",
    "same", "floor", "1/3", "1/0", "0*N", "-N", "N/2", "N**9", "2**2**2**2", "(((", ")", "[1", "1..", "1..3", "3..1",
    "1..10**9", "a b", "conv", "true", "yes", "1e999", "0x10", "010", "é", "∞", "\t", "'", '"', "$i", "$(i", "m$i",
    "in_channels", "channels(here)", "channels(input)", "len(widths)", "widths", "widths[9]", "twice", "twice(1, 2)",
    "max()", "not 1", "1 and true", "x if y", "1 < 2 < 3", "nan", "~", "*a", "&a", "!t x", "forward", "class", "__x__",
    [], {}, [[]], [{}], {"": ""}, [None], [[1, 2], [3]], [1, [2, [3, [4]]]], {"conv": None}, {"do": []},
    {"do": [{"do": None}]}, {"repeat": 3}, {"for": {}, "do": ["relu"]}, {"for": {"i": "1..3"}, "do": ["relu"]},
    {"repeat": "N", "do": ["relu"]}, {"from": "here"}, {"from": "m1"}, {"use": "m1"}, {"apply": "conv"},
    {"register": "m1"}, {"register": ["m1", "m$i", "m1.0", "0"]}, {"register": []}, {"register": [["m1"]], "as": "m1"},
    {"add": ["here"]}, {"add": []}, {"concat": ["here", "here", "m1"]}, {"fork": [[]]}, {"split": 0},
    {"split": 2, "as": "s"},
    {"conv": [8, 3], "relu": None}, {"conv": {"out": 8, "kernel": 3, "stride": "N"}}, {"parameter": [1]},
    {"linear": "10**40"}, {"conv": {"out": "N", "kernel": "N", "padding": "N"}}, {"reshape": [-1]},
    {"repeat": 10**9, "do": []},
)  # fmt: skip

KEYS = (
    "input", "layers", "let", "at", "blocks", "output", "expect", "variants", "rounding", "name", "source", "archcalc",
    "as", "from", "when", "trainable", "do", "for", "repeat", "out", "kernel", "stride", "padding", "branches",
    "block(a)", "f(x, y=1)", "f(x", "0", "", "N", "axis", "to", "size", "of", "holds", "use", "apply", "fork",
    "register", *KINDS,
)  # fmt: skip


NAMES = ("N", "width", "widths", "here", "input", "in_channels", "m1", "x", "same", "true", "widths[0]", "m1.0", "m$i")
FUNCTIONS = ("max", "min", "floor", "ceil", "round", "divisible", "channels", "len", "twice", "-", "not ")
OPERATORS = ("+", "-", "*", "/", "//", "%", "**", "<", "==", "and", "or", "..", ">=", "!=")


def expression(rng: Random, depth: int = 3) -> str:
    """A text that follows the grammar of expressions and need not make sense."""
    way = rng.randrange(8) if depth else rng.randrange(2)
    if way == 0:
        return str(pick(rng, (1, 0, 2, 3, 7, 10**6, "0.5", 10**20)))
    if way == 1:
        return pick(rng, NAMES)
    if way < 5:
        return f"{expression(rng, depth - 1)} {pick(rng, OPERATORS)} {expression(rng, depth - 1)}"
    if way == 5:
        return f"({expression(rng, depth - 1)})"
    if way == 6:
        function = pick(
            rng, ("max", "min", "floor", "ceil", "round", "divisible", "channels", "len", "twice", "-", "not ")
        )
        arguments = ", ".join(expression(rng, depth - 1) for _ in range(rng.randrange(1, 3)))
        return f"{function}({arguments})"
    return f"{expression(rng, depth - 1)} if {expression(rng, depth - 1)} else {expression(rng, depth - 1)}"


def _junk(rng: Random) -> Any:
    return expression(rng) if chance(rng, 35) else deepcopy(pick(rng, JUNK))


def mutated(rng: Random, data: Any, times: int | None = None) -> Any:
    """A damaged copy of a specification."""
    data = deepcopy(data)
    for _ in range(rng.randrange(1, 4) if times is None else times):
        data = _once(rng, data)
    return data


def places(data: Any) -> list[tuple[Any, Any]]:
    """Every container inside the data with every key or index of it."""
    found: list[tuple[Any, Any]] = []
    pending = [data] if isinstance(data, (dict, list)) else []
    while pending:
        container = pending.pop()
        parts = list(container.items()) if isinstance(container, dict) else list(enumerate(container))
        for key, part in parts:
            found.append((container, key))
            if isinstance(part, (dict, list)):
                pending.append(part)
    return found


def _once(rng: Random, data: Any) -> Any:
    found = places(data)
    if not found or chance(rng, 1):
        return _junk(rng)
    container, key = pick(rng, found)
    way = rng.randrange(9)
    if way == 0:
        del container[key]
    elif way in (1, 2, 3):
        container[key] = _junk(rng)
    elif way == 4:
        other, place = pick(rng, found)
        container[key] = deepcopy(other[place])
    elif way == 5 and isinstance(container, dict):
        container[pick(rng, KEYS)] = container.pop(key)
    elif way == 6 and isinstance(container, dict):
        container[pick(rng, KEYS)] = _junk(rng)
    elif way == 7 and isinstance(container, list):
        container.insert(rng.randrange(len(container) + 1), deepcopy(container[key]))
    elif isinstance(container[key], str) and container[key]:
        container[key] = damaged(rng, container[key])
    else:
        container[key] = {pick(rng, KEYS): container[key]}
    return data


def damaged(rng: Random, text: str) -> str:
    """A text with some characters dropped, doubled, swapped or replaced."""
    characters = list(text)
    for _ in range(rng.randrange(1, 4)):
        if not characters:
            break
        place = rng.randrange(len(characters))
        way = rng.randrange(4)
        if way == 0:
            del characters[place]
        elif way == 1:
            characters.insert(place, characters[place])
        elif way == 2:
            characters.insert(place, pick(rng, tuple("[]{}():,-#&*!|>'\"%@`\t\n \\$.0aN\u00e9\u2028\ud7ff\x00")))
        else:
            other = rng.randrange(len(characters))
            characters[place], characters[other] = characters[other], characters[place]
    return "".join(characters)
