"""Conditions as people write them: `parameters <= 5M`, `size(conv5) = 7x7`, `4M <= parameters(fc6) < 0.5*parameters`.

The expressions are those of specs. Around them stand comparisons, numbers with units, ranges and sizes such as 7x7, and
in them quantities of the network, of a layer or of a scope.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from fractions import Fraction
from typing import NamedTuple

from archcalc.diagnostics import closest
from archcalc.expressions.functions import FUNCTIONS
from archcalc.expressions.nodes import Node, Path
from archcalc.expressions.parser import exact_number, parse
from archcalc.expressions.values import ExpressionError
from archcalc.quantities import (
    CONVENTIONAL,
    COUNTINGS,
    PLANNED,
    QUANTITIES,
    convention_named,
    conventions,
    hint,
    nearest_convention,
)
from archcalc.questions.values import WrongQuestion, number
from archcalc.spec.figures import BYTE_UNITS, COUNT_UNITS, ungrouped, wrong_unit

_UNITS = {**COUNT_UNITS, **BYTE_UNITS}
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_WITH_UNIT = re.compile(rf"(?<![\w.$])(\d+(?:\.\d+)?)\s*({_UNIT})\b", re.ASCII)
_SIZES = re.compile(r"\d+(?:\s*[x×]\s*\d+)+|\[\s*\d+(?:\s*,\s*\d+)*\s*\]")
_COUNTING = r"\[\s*([A-Za-z][\w.+\-]*)\s*\]"
_COUNTED = re.compile(rf"(?<![\w.$])([A-Za-z_]\w*)\s*{_COUNTING}", re.ASCII)
_QUOTED = re.compile(rf"(?<![\w.$])([A-Za-z_]\w*)\s*(?:{_COUNTING})?\s*\(([^()]*)\)", re.ASCII)
_WORD = re.compile(r"[A-Za-z_]\w*")
_OPERATORS = ("<=", ">=", "==", "!=", "<", ">", "=")
_EXAMPLE = "such as parameters <= 5M or size(conv5) = 7x7"


class Quantity(NamedTuple):
    """A quantity of layers and scopes that selectors name; without any, of the network."""

    name: str
    selectors: tuple[str, ...] = ()
    counting: str = "trainable"

    @property
    def text(self) -> str:
        """The quantity as it is asked for."""
        counted = self.name if self.counting == "trainable" else f"{self.name}[{self.counting}]"
        return f"{counted}({', '.join(self.selectors)})" if self.selectors else counted


class Expression(NamedTuple):
    """An expression, whose quantities stand in it as names."""

    tree: Node
    text: str
    quantities: dict[str, Quantity]


class Rounded(NamedTuple):
    """A number with a unit: as a bound it is itself, as an equal it is all that is printed like it.

    5M is a count that is rounded or cut off to 5M: from 4,500,000 to below 6,000,000.
    """

    value: int | Fraction
    low: int | Fraction
    below: int | Fraction


class Between(NamedTuple):
    """A range with inclusive ends, one of which may be open."""

    low: Operand | None
    high: Operand | None


class Sizes(NamedTuple):
    """A shape, such as 7x7."""

    sizes: tuple[int, ...]


Operand = Expression | Rounded | Between | Sizes


class Comparison(NamedTuple):
    """Two operands and what is between them: <= >= < > or =."""

    left: Operand
    operator: str
    right: Operand


class Constraint(NamedTuple):
    """One condition of a question: comparisons that all have to hold, and their text."""

    text: str
    comparisons: tuple[Comparison, ...]

    @property
    def quantities(self) -> list[Quantity]:
        """The quantities in it, each once."""
        found: dict[Quantity, None] = {}
        waiting = [operand for one in self.comparisons for operand in (one.left, one.right)]
        while waiting:
            operand = waiting.pop(0)
            if isinstance(operand, Expression):
                found.update(dict.fromkeys(operand.quantities.values()))
            elif isinstance(operand, Between):
                waiting.extend(end for end in (operand.low, operand.high) if end is not None)
        return list(found)


def read_constraints(text: str, names: Collection[str], functions: Collection[str]) -> list[Constraint]:
    """The conditions of a text, which `and` may join. `names` and `functions` are those that the spec defines.

    A name of the spec wins over a quantity of the same name. Raises: WrongQuestion.

    >>> [one.text for one in read_constraints("parameters <= 5M and size(conv5) = 7x7", (), ())]
    ['parameters <= 5M', 'size(conv5) = 7x7']
    """
    reader = _Reader(names, functions)
    return [reader.constraint(part.strip()) for part in _split(text, (" and ",))[0]]


def read_quantity(text: str, names: Collection[str], functions: Collection[str]) -> Quantity:
    """A quantity as a condition has it, alone. Raises: WrongQuestion.

    >>> read_quantity("parameters[total](fc)", (), ())
    Quantity(name='parameters', selectors=('fc',), counting='total')
    """
    text = text.strip()
    found = _Reader(names, functions).expression(text)
    if text in names:
        raise WrongQuestion(f"{text} is a name of this spec; the quantity of the network is {text}(network)")
    if len(found.quantities) != 1 or not isinstance(found.tree, Path):
        raise WrongQuestion(f"{text} is no quantity: name one, such as parameters or size(conv5)")
    return next(iter(found.quantities.values()))


class _Reader:
    def __init__(self, names: Collection[str], functions: Collection[str]) -> None:
        self.names = names
        self.functions = {*functions, *FUNCTIONS}
        self.is_in_bytes = False
        """Whether the condition at hand is about bytes, where a B is one of them."""

    def constraint(self, text: str) -> Constraint:
        text = ungrouped(text).replace("≤", "<=").replace("≥", ">=")
        asked = [name for name in _WORD.findall(text) if name in QUANTITIES and name not in self.names]
        self.is_in_bytes = any(QUANTITIES[name].is_in_bytes for name in asked)
        sides, operators = _split(text, _OPERATORS)
        if "!=" in operators:
            raise WrongQuestion(f"`!=` is no condition that can be solved: write < or > in {text}")
        if not operators:
            raise WrongQuestion(f"a condition compares something, {_EXAMPLE}; {text or 'nothing'} does not")
        operands = [self.operand(side.strip(), text) for side in sides]
        found = []
        for left, operator, right in zip(operands, operators, operands[1:], strict=False):
            operator = "=" if operator == "==" else operator
            if operator != "=" and (isinstance(left, Between) or isinstance(right, Between)):
                raise WrongQuestion(f"a range stands behind `=`, as in parameters = 4M..5M, not in {text}")
            found.append(Comparison(left, operator, right))
            shapes = [isinstance(one, Sizes) or _is_output(one) for one in (left, right)]
            if any(_is_output(one) for one in (left, right)) and not (all(shapes) and operator == "="):
                raise WrongQuestion(f"output is a whole shape, as in output = 512x7x7, not {text}; or ask for size")
        constraint = Constraint(text, tuple(found))
        if not constraint.quantities and not self._has_name(constraint):
            raise WrongQuestion(f"{text} says nothing about the network: name a quantity, {_EXAMPLE}")
        return constraint

    def _has_name(self, constraint: Constraint) -> bool:
        operands = [operand for one in constraint.comparisons for operand in (one.left, one.right)]
        return any(isinstance(operand, Expression) and operand.tree.names() for operand in operands)

    def operand(self, text: str, whole: str) -> Operand:
        if not text:
            raise WrongQuestion(f"a side is missing in {whole}; write it {_EXAMPLE}")
        if _SIZES.fullmatch(text):
            sizes = re.findall(r"\d+", text)
            if any(size[0] == "0" for size in sizes):
                raise WrongQuestion(f"no size begins with 0, as in {text}: write 1024 or 1_024 for a thousand and more")
            return Sizes(tuple([int(size) for size in sizes]))
        if rounded := self._rounded(text):
            return rounded
        ends, dots = _split(text, ("..",))
        if dots:
            low, high = (self.operand(end.strip(), whole) if end.strip() else None for end in (ends[0], ends[-1]))
            if len(dots) > 1 or (low is None and high is None):
                raise WrongQuestion(f"a range is 4M..5M, ..5M or 4M.., not {text}")
            return Between(low, high)
        return self.expression(text)

    def expression(self, text: str) -> Expression:
        quantities: dict[str, Quantity] = {}
        bare = _QUOTED.sub(lambda found: self._quoted(found, quantities), text)
        bare = _COUNTED.sub(lambda found: self._counted(found, quantities), bare)
        try:
            tree = parse(_WITH_UNIT.sub(lambda found: number(self._value(found)), bare))
        except ExpressionError as error:
            raise WrongQuestion(" ".join([f"{error.message} in {text}", *(f"({one})" for one in error.help)])) from None
        for name in tree.names():
            if name in quantities or name in self.names:
                continue
            if name not in QUANTITIES:
                raise WrongQuestion(self._unknown(name))
            quantities[name] = Quantity(name)
        return Expression(tree, text, quantities)

    def _quoted(self, found: re.Match[str], quantities: dict[str, Quantity]) -> str:
        """A quantity with what it is of, as a name in an expression; a call of a function stays."""
        name, counting, inside = found.groups()
        if name in self.functions and name not in QUANTITIES:
            return found.group()
        if name not in QUANTITIES:
            raise WrongQuestion(self._unknown(name))
        selectors = tuple([part.strip() for part in inside.split(",")]) if inside.strip() else ()
        if not all(selectors):
            raise WrongQuestion(f"{found.group()}: name a layer or scope, or several with commas between them")
        return self._placed(Quantity(name, selectors, self._counting(name, counting)), quantities)

    def _counted(self, found: re.Match[str], quantities: dict[str, Quantity]) -> str:
        """A quantity of the network by a way to count, as a name in an expression; an entry of a list stays."""
        name, counting = found.groups()
        if name not in QUANTITIES or name in self.names:
            return found.group()
        return self._placed(Quantity(name, (), self._counting(name, counting)), quantities)

    def _placed(self, quantity: Quantity, quantities: dict[str, Quantity]) -> str:
        place = f"_{len(quantities)}_{quantity.name}"
        quantities[place] = quantity
        return place

    def _counting(self, name: str, text: str | None) -> str:
        """A word of `counting`, or for operations a convention. Raises: WrongQuestion."""
        if text is None or text in COUNTINGS or name in PLANNED:
            return text or "trainable"
        convention = convention_named(text)
        if convention is None:
            near = nearest_convention(text) or closest(text, COUNTINGS)
            hint = f"did you mean `{near}`?" if near else f"there are {', '.join([*COUNTINGS, *conventions()])}"
            raise WrongQuestion(f"{name}[{text}]: there is no way to count of this name; {hint}")
        if name not in CONVENTIONAL:
            raise WrongQuestion(f"{convention} counts operations, and no {name}: ask for {' or '.join(CONVENTIONAL)}")
        return convention

    def _unknown(self, name: str) -> str:
        return f"`{name}` is neither a quantity nor a name of this spec; {hint(name, tuple(self.names))}"

    def _rounded(self, text: str) -> Rounded | None:
        found = _WITH_UNIT.fullmatch(text)
        if found is None:
            return None
        value = self._value(found)
        decimals = len(found.group(1).partition(".")[2])
        last = Fraction(self._multiple(found), 10**decimals)
        return Rounded(value, value - last / 2, value + last)

    def _value(self, found: re.Match[str]) -> int | Fraction:
        value = exact_number(found.group(1).lstrip("0") or "0") * Fraction(self._multiple(found))
        return int(value) if value.denominator == 1 else value

    def _multiple(self, found: re.Match[str]) -> int:
        """What the unit of a number stands for. Raises: WrongQuestion for bytes of what has none."""
        unit = found.group(2)
        units = BYTE_UNITS if self.is_in_bytes else COUNT_UNITS
        if unit not in units:
            raise WrongQuestion("; ".join(wrong_unit(found.group(), unit, None)))
        return units[unit]


def _is_output(operand: Operand) -> bool:
    """Whether an operand is a shape with channels, which no single number is compared with."""
    return isinstance(operand, Expression) and any(one.name == "output" for one in operand.quantities.values())


def _split(text: str, separators: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The parts of a text between separators that stand outside of parentheses, and these separators."""
    parts, found = [""], []
    depth = position = 0
    while position < len(text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(text[position], 0)
        separator = next((one for one in separators if depth == 0 and text.startswith(one, position)), None)
        if separator is None:
            parts[-1] += text[position]
            position += 1
        else:
            found.append(separator)
            parts.append("")
            position += len(separator)
    return parts, found
