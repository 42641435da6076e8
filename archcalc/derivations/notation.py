"""How a formula is written: as text for a terminal, as plain text, and in LaTeX, all from one tree.

A notation writes the parts; `write` walks the tree and puts parentheses where the order of operations needs them.
"""

from __future__ import annotations

import re
from fractions import Fraction

from archcalc.derivations.trees import is_exact_decimal, of_value
from archcalc.dims import Number, Polynomial
from archcalc.expressions.nodes import Arithmetic, Call, Constant, Negation, Node, Path
from archcalc.layers.window import decimal

SUM, PRODUCT, POWER, ATOM = range(4)
"""How tightly a text holds together."""

_CODE = re.compile(r"`([^`]+)`")
INDEXED = re.compile(r"([A-Za-z])(?:_([A-Za-z0-9]+)|([0-9]+))")
"""A letter with an index: K_1, K1."""
_SUPERSCRIPT = {2: "²", 3: "³"}


class Notation:
    """The expression language itself. Other notations override how parts are written."""

    dot = "*"
    joins_coefficients = False
    """Whether `2*P` is written `2P`."""

    def write(self, tree: Node) -> str:
        """The text of a tree."""
        return self._written(tree)[0]

    def factor(self, tree: Node) -> str:
        """The text of a tree among factors: a sum stands in parentheses."""
        return self._bound(tree, PRODUCT)

    def number(self, value: Number, *, grouped: bool = False) -> str:
        """The text of a value, with thousands set apart if it is a count."""
        if grouped and isinstance(value, int):
            return self.digits(f"{value:,}")
        return self.write(of_value(value))

    def digits(self, text: str) -> str:
        """Digits, with commas between the thousands of a count."""
        return text

    def name(self, name: str) -> str:
        """A letter or a symbol."""
        return name

    def power(self, base: str, exponent: str) -> str:
        """A power of something that holds together."""
        return f"{base}**{exponent}"

    def quotient(self, above: Node, below: Node) -> tuple[str, int]:
        """A division, and how tightly it holds together."""
        return f"{self._bound(above, PRODUCT)}/{self._bound(below, POWER)}", PRODUCT

    def fraction(self, value: Fraction) -> tuple[str, int]:
        """A number that is not whole."""
        if is_exact_decimal(value):
            return decimal(value), ATOM
        # Among factors it stands in parentheses: (1/3)·13.
        return f"{value.numerator}/{value.denominator}", SUM

    def call(self, name: str, arguments: list[str]) -> str:
        """A function of arguments."""
        return f"{name}({', '.join(arguments)})"

    def parentheses(self, text: str) -> str:
        """A text in parentheses."""
        return f"({text})"

    def opaque(self, value: Polynomial) -> str:
        """A closed form that is too long to be taken apart."""
        return str(value)

    def negative(self, text: str) -> str:
        """A text with a sign in front."""
        return f"-{text}"

    def sum(self, left: str, operator: str, right: str) -> str:
        """A sum or a difference."""
        return f"{left} {operator} {right}"

    def _bound(self, tree: Node, least: int) -> str:
        text, tightness = self._written(tree)
        return text if tightness >= least else self.parentheses(text)

    def _written(self, tree: Node) -> tuple[str, int]:
        if isinstance(tree, Path):
            assert tree.fixed is not None
            return self.name(".".join(tree.fixed)), ATOM
        if isinstance(tree, Constant):
            return self._constant(tree.value)
        if isinstance(tree, Negation):
            return self.negative(self._bound(tree.operand, PRODUCT)), SUM
        if isinstance(tree, Call):
            return self.call(tree.name, [self.write(argument) for argument in tree.arguments]), ATOM
        assert isinstance(tree, Arithmetic), f"a formula holds {tree}"
        return self._operation(tree)

    def _constant(self, value: Number) -> tuple[str, int]:
        if isinstance(value, Polynomial):
            return self.opaque(value), SUM
        if isinstance(value, Fraction):
            return self.fraction(value)
        return self.digits(str(value)), ATOM

    def _operation(self, tree: Arithmetic) -> tuple[str, int]:
        if tree.operator in ("+", "-"):
            # A sign behind an operator needs parentheses: 8 + (-1).
            is_signed = isinstance(tree.right, Negation) or tree.operator == "-"
            right = self._bound(tree.right, PRODUCT if is_signed else SUM)
            return self.sum(self._bound(tree.left, SUM), tree.operator, right), SUM
        if tree.operator == "*":
            left, right = self._bound(tree.left, PRODUCT), self._bound(tree.right, POWER)
            joins = self.joins_coefficients and isinstance(tree.left, Constant) and _is_letter(tree.right)
            return f"{left}{'' if joins else self.dot}{right}", PRODUCT
        if tree.operator == "/":
            return self.quotient(tree.left, tree.right)
        assert tree.operator == "**", f"a formula holds {tree.operator}"
        return self.power(self._bound(tree.left, ATOM), self.write(tree.right)), POWER


def _is_letter(tree: Node) -> bool:
    """Whether a factor is a letter, or a power of one, that a number can stand in front of."""
    if isinstance(tree, Arithmetic) and tree.operator == "**":
        tree = tree.left
    return isinstance(tree, Path) and tree.fixed is not None and len(tree.fixed[0].partition("_")[0]) == 1


class _Text(Notation):
    """For people: 2P, K·C·F². With `plain`, in characters that every terminal has."""

    joins_coefficients = True

    def __init__(self, plain: bool) -> None:
        self.dot = "*" if plain else "·"
        self.superscript = {} if plain else _SUPERSCRIPT

    def power(self, base: str, exponent: str) -> str:
        raised = self.superscript.get(int(exponent)) if exponent.isdecimal() else None
        return base + raised if raised else f"{base}^{exponent}"


class _Latex(Notation):
    """Mathematics of LaTeX, as MathJax and KaTeX set it, too."""

    dot = r" \cdot "
    joins_coefficients = True

    def digits(self, text: str) -> str:
        return text.replace(",", "{,}")

    def name(self, name: str) -> str:
        if len(name) == 1:
            return name
        if found := INDEXED.fullmatch(name):
            index = found.group(2) or found.group(3)
            return f"{found.group(1)}_{{{index}}}"
        return rf"\mathit{{{name.replace('_', chr(92) + '_')}}}"

    def power(self, base: str, exponent: str) -> str:
        return f"{{{base}}}^{{{exponent}}}" if "_" in base else f"{base}^{{{exponent}}}"

    def quotient(self, above: Node, below: Node) -> tuple[str, int]:
        # A fraction holds together by its bar.
        return rf"\frac{{{self.write(above)}}}{{{self.write(below)}}}", POWER

    def fraction(self, value: Fraction) -> tuple[str, int]:
        if is_exact_decimal(value):
            return decimal(value), ATOM
        return rf"\frac{{{value.numerator}}}{{{value.denominator}}}", POWER

    def call(self, name: str, arguments: list[str]) -> str:
        inside = ", ".join(arguments)
        if name in ("floor", "ceil"):
            return rf"\left\l{name} {inside} \right\r{name}"
        return rf"\{name}\left({inside}\right)"

    def parentheses(self, text: str) -> str:
        return rf"\left({text}\right)" if r"\frac" in text else f"({text})"

    def opaque(self, value: Polynomial) -> str:
        return r"\texttt{" + str(value).replace("_", r"\_").replace("**", "^") + "}"


def code_and_words(text: str) -> list[tuple[bool, str]]:
    """The stretches of a text, each with whether it stands between backticks, which it loses.

    >>> code_and_words("size of the map `to`")
    [(False, 'size of the map '), (True, 'to')]
    """
    parts = _CODE.split(text)
    return [(index % 2 == 1, part) for index, part in enumerate(parts) if part]


TEXT = _Text(plain=False)
PLAIN = _Text(plain=True)
LATEX = _Latex()


def text_notation(encoding: str) -> Notation:
    """The notation for a stream of this encoding."""
    try:
        "·²³".encode(encoding)
    except UnicodeEncodeError:
        return PLAIN
    return TEXT
