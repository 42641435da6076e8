"""Formulas in MathML, which browsers set by themselves: pages and exported notebooks need no program for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from html import escape

from archcalc.derivations.notation import ATOM, INDEXED, POWER, SUM, Notation
from archcalc.derivations.trees import is_exact_decimal
from archcalc.dims import Polynomial
from archcalc.expressions.nodes import Node
from archcalc.layers.window import decimal
from archcalc.terminal import visible

_BRACKETS = {"floor": ("⌊", "⌋"), "ceil": ("⌈", "⌉")}
_PARENTHESES = "margin: 0 3px; border: solid; border-width: 0 1.5px; border-radius: 10px"
_SIGNS = {"-": "\u2212"}
_PARTS = re.compile(r"\d+(?:\.\d+)?|[A-Za-z]+|\S")


class _MathML(Notation):
    """Elements of MathML; each text is a row of them."""

    dot = "<mo>·</mo>"
    joins_coefficients = True

    def digits(self, text: str) -> str:
        return f"<mn>{text}</mn>"

    def name(self, name: str) -> str:
        if found := INDEXED.fullmatch(name):
            index = found.group(2) or found.group(3)
            return f"<msub><mi>{found.group(1)}</mi>{_label(index)}</msub>"
        return f"<mi>{escape(visible(name))}</mi>"

    def negative(self, text: str) -> str:
        return _operator("-") + text

    def sum(self, left: str, operator: str, right: str) -> str:
        return left + _operator(operator) + right

    def power(self, base: str, exponent: str) -> str:
        return f"<msup>{_row(base)}{_row(exponent)}</msup>"

    def quotient(self, above: Node, below: Node) -> tuple[str, int]:
        # A fraction holds together by its bar.
        return f"<mfrac>{_row(self.write(above))}{_row(self.write(below))}</mfrac>", POWER

    def fraction(self, value: Fraction) -> tuple[str, int]:
        if is_exact_decimal(value):
            return self.digits(decimal(value)), ATOM
        sign = _operator("-") if value < 0 else ""
        bar = f"{sign}<mfrac><mn>{abs(value.numerator)}</mn><mn>{value.denominator}</mn></mfrac>"
        return bar, SUM if sign else POWER

    def call(self, name: str, arguments: list[str]) -> str:
        inside = "<mo>,</mo>".join(arguments)
        if name in _BRACKETS:
            left, right = _BRACKETS[name]
            return f"<mrow><mo>{left}</mo>{inside}<mo>{right}</mo></mrow>"
        return f"<mi>{escape(name)}</mi>{self.parentheses(inside)}"

    def parentheses(self, text: str) -> str:
        return f"<mrow><mo>(</mo>{text}<mo>)</mo></mrow>"

    def opaque(self, value: Polynomial) -> str:
        return f"<mtext>{escape(str(value))}</mtext>"


MATHML = _MathML()


def math(*sides: str) -> str:
    """A formula: rows of elements, with equals signs between them.

    >>> math(MATHML.name("K"), MATHML.digits("16"))
    '<math displaystyle="true"><mi>K</mi><mo>=</mo><mn>16</mn></math>'
    """
    return f'<math displaystyle="true">{_operator("=").join(sides)}</math>'


def matrix(rows: Sequence[Sequence[object]]) -> str:
    """Numbers in parentheses, as one element. The parentheses are borders: signs grow with fonts for formulas alone.

    >>> matrix([[5, -1]]).partition(">")[2]
    '<mtr><mtd><mn>5</mn></mtd><mtd><mo>−</mo><mn>1</mn></mtd></mtr></mtable>'
    """
    lines = ["".join(f"<mtd>{plain(str(value))}</mtd>" for value in row) for row in rows]
    table = "".join(f"<mtr>{line}</mtr>" for line in lines)
    return f'<mtable style="{_PARENTHESES}">{table}</mtable>'


def plain(text: str) -> str:
    """Numbers, words and signs as elements, one after the other.

    >>> plain("-5 = a")
    '<mo>−</mo><mn>5</mn><mo>=</mo><mtext>a</mtext>'
    """
    return "".join(map(_element, _PARTS.findall(visible(text))))


def _element(part: str) -> str:
    if part[0].isdigit():
        return f"<mn>{part}</mn>"
    return f"<mtext>{part}</mtext>" if part.isalpha() else _operator(part)


def _operator(sign: str) -> str:
    return f"<mo>{escape(_SIGNS.get(sign, sign))}</mo>"


def _label(index: str) -> str:
    return f"<mn>{index}</mn>" if index.isdigit() else f"<mi>{index}</mi>"


def _row(text: str) -> str:
    return f"<mrow>{text}</mrow>"
