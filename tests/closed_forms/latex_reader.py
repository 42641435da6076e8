r"""A reader of formulas in LaTeX that computes what they say, and complains about everything it does not know.

sum      = ["-"] product {("+" | "-") product}
product  = power {"\," power}
power    = atom ["^" group]
atom     = digits | name | group | "\frac" group group | "\left" opening sums "\right" closing
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from math import floor

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[A-Za-z]|\d+|\S")


def value_of(text: str, sizes: Mapping[str, Fraction | int]) -> Fraction:
    """The value of a formula where names have these values."""
    reader = _Reader(TOKEN.findall(text), sizes)
    found = reader.sum()
    assert reader.rest == [], f"{text}: what is {reader.rest}?"
    return found


def equations(text: str) -> list[tuple[str, list[str]]]:
    """The left sides of an `align*`, and the factors of a shape, or the one formula, on the right ones."""
    begin, *rows, end = text.split("\n")
    assert (begin, end) == (r"\begin{align*}", r"\end{align*}")
    found = []
    for index, row in enumerate(rows):
        is_last = index + 1 == len(rows)
        assert row.endswith(r"\\") != is_last, row
        left, mark, right = row.removesuffix(r" \\").partition(" &= ")
        assert mark and "&" not in right
        found.append((left.removeprefix(r"\text{").removesuffix("}").replace(r"\_", "_"), right.split(r" \times ")))
    return found


class _Reader:
    def __init__(self, tokens: list[str], sizes: Mapping[str, Fraction | int]) -> None:
        self.rest = tokens
        self.sizes = sizes

    def next(self, expected: str | None = None) -> str:
        token = self.rest.pop(0)
        assert expected is None or token == expected, f"{token} instead of {expected} before {self.rest}"
        return token

    def takes(self, token: str) -> bool:
        if self.rest[:1] == [token]:
            self.next()
            return True
        return False

    def sum(self) -> Fraction:
        total = -self.product() if self.takes("-") else self.product()
        while self.rest[:1] in (["+"], ["-"]):
            total += self.product() if self.next() == "+" else -self.product()
        return total

    def product(self) -> Fraction:
        total = self.power()
        while self.takes(r"\,"):
            total *= self.power()
        return total

    def power(self) -> Fraction:
        base = self.atom()
        return Fraction(base ** int(self.group())) if self.takes("^") else base

    def group(self) -> Fraction:
        self.next("{")
        found = self.sum()
        self.next("}")
        return found

    def atom(self) -> Fraction:
        token = self.rest[0]
        if token == "{":
            return self.group()
        self.next()
        if token.isdigit():
            return Fraction(token)
        if token == r"\frac":
            return self.group() / self.group()
        if token in (r"\min", r"\max"):
            return (min if token == r"\min" else max)(self.bracketed("(", ")"))
        if token == r"\left":
            self.rest.insert(0, token)
            if self.rest[1] == r"\lfloor":
                (inside,) = self.bracketed(r"\lfloor", r"\rfloor")
                return Fraction(floor(inside))
            (inside,) = self.bracketed("(", ")")
            return inside
        return Fraction(self.sizes[self.name(token)])

    def bracketed(self, opening: str, closing: str) -> list[Fraction]:
        self.next(r"\left")
        self.next(opening)
        found = [self.sum()]
        while self.takes(","):
            found.append(self.sum())
        self.next(r"\right")
        self.next(closing)
        return found

    def name(self, token: str) -> str:
        if token == r"\mathit":
            self.next("{")
            letters = ""
            while not self.takes("}"):
                letters += self.next()
            return letters
        name = token.removeprefix("\\")
        assert name.isalpha(), f"what is {token}?"
        if self.takes("_"):
            self.next("{")
            name += "_" + self.next()
            self.next("}")
        return name
