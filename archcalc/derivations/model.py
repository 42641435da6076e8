"""The derivation of a layer: its formulas, with the numbers put in, evaluated and explained.

A layer gives a formula as text, with a value and a meaning for every letter. Here it becomes a line: the formula is
parsed, once with its letters and once with their values, and evaluated exactly. Where a value is a symbol of the
network it stays one; a letter that is also such a symbol is renamed, here N to n:

>>> import archcalc
>>> from archcalc.derivations.notation import text_notation
>>> network = archcalc.load("input: [3, N, N]\\nlayers: [conv: {out: 96, kernel: 11, stride: 4}]")
>>> for report in (network.check(N=227), network.check()):
...     line = report.explain("0").lines[1]
...     print(line.quantity, *line.chain(text_notation("utf-8")), sep=" | ")
height and width | (N - F + 2P)/S + 1 | (227 - 11 + 2·0)/4 + 1 | 55
height and width | (n - F + 2P)/S + 1 | (N - 11 + 2·0)/4 + 1 | (N - 7)/4
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from archcalc.derivations.notation import Notation
from archcalc.derivations.trees import (
    evaluated,
    is_exact_decimal,
    is_rounding,
    named,
    rounded_last,
    substituted,
    unrounded,
)
from archcalc.diagnostics.codes import shapes as codes
from archcalc.diagnostics.model import Code
from archcalc.dims import Number, Polynomial, free_symbols
from archcalc.expressions.nodes import Arithmetic, Path
from archcalc.expressions.nodes import Node as FormulaNode
from archcalc.expressions.parser import parse
from archcalc.graph import Node
from archcalc.layers.base import Weight, of_tensors
from archcalc.layers.formula import BUFFERS, MULTIPLICATIONS, PARAMETERS, Formula, Letter
from archcalc.layers.shape import Shape
from archcalc.layers.window import decimal
from archcalc.source import SourceFile
from archcalc.terminal import Terminal, visible

_COUNTS = (PARAMETERS, MULTIPLICATIONS, BUFFERS)
_OF_SIZES: frozenset[Code] = frozenset({codes.FRACTIONAL_OUTPUT, codes.WINDOW_TOO_LARGE, codes.EMPTY_OUTPUT})
"""Errors that a formula shows: its numbers can be put in, and what comes out is no size."""


Worked = tuple[Formula, FormulaNode | None]
"""A formula and its tree, without roundings of what is whole; None where words say everything."""


class Line(NamedTuple):
    """One quantity: its formula, the formula in numbers, and what is rounded in it computed; then its value.

    Where words say everything, there are no `steps`, and no value. `axes` are those of the outputs that it gives.
    """

    quantity: str
    steps: tuple[FormulaNode, ...]
    value: Number | None
    words: str = ""
    axes: tuple[int, ...] = ()
    defines: str = ""

    @property
    def is_count(self) -> bool:
        """Whether the value is a count, with thousands set apart."""
        return self.quantity in _COUNTS

    def chain(self, notation: Notation) -> list[str]:
        """What stands between the equals signs; what would be the same again is left out."""
        if self.value is None:
            return []
        texts = [notation.name(self.defines)] if self.defines else []
        texts += [notation.write(step) for step in self.steps]
        plain = notation.number(self.value)
        shown = notation.number(self.value, grouped=self.is_count)
        while texts and texts[-1] == plain:
            texts.pop()
        return [*dict.fromkeys(texts), shown]


class Derivation:
    """How the sizes and counts of a layer come about: formulas, the numbers put in, evaluated.

    It shows itself: `print` gives text, a notebook sets the formulas.

    >>> import archcalc
    >>> report = archcalc.load("input: [3, 227, 227]\\nlayers:\\n  - conv: {out: 96, kernel: 11, stride: 4}").check()
    >>> print(report.explain("0"))
    0  conv  3×227×227 → 96×55×55
    <text>:3  - conv: {out: 96, kernel: 11, stride: 4}
    <BLANKLINE>
    channels          K = 96 (one map for every filter)
    height and width  (N - F + 2P)/S + 1 = (227 - 11 + 2·0)/4 + 1 = 55
    parameters        K·C·F² + K = 96·3·11² + 96 = 34,944
    multiplications   K·C·F²·H·W = 96·3·11²·55·55 = 105,415,200
    where             K = 96 filters, N = 227 input size, F = 11 kernel,
                      P = 0 padding, S = 4 stride, C = 3 input channels,
                      H = 55 output height, W = 55 output width
    """

    __slots__ = ("_found", "file", "node")

    def __init__(self, node: Node, file: SourceFile) -> None:
        self.node = node
        self.file = file
        self._found: tuple[tuple[Line, ...], tuple[Letter, ...]] | None = None

    @property
    def name(self) -> str:
        """The name of the layer."""
        return self.node.name

    @property
    def kind(self) -> str:
        """What it is."""
        return self.node.kind

    @property
    def inputs(self) -> tuple[Shape | None, ...]:
        """The shapes that it reads, with `?` for sizes that an error keeps unknown; None where nothing is known."""
        return tuple(read.outline for read in self._reads())

    @property
    def outputs(self) -> tuple[Shape | None, ...]:
        """The shapes that it writes, with `?` for sizes that an error keeps unknown; None where nothing is known."""
        return tuple(written.outline for written in self.node.outputs)

    @property
    def line(self) -> int:
        """The line of the specification where it stands."""
        return self.node.span.line

    @property
    def source(self) -> str:
        """What stands there."""
        return self.file.line(self.line).strip()

    @property
    def known(self) -> bool:
        """Whether its shape is known."""
        return self.node.facts is not None and self.node.facts.outputs is not None

    @property
    def lines(self) -> tuple[Line, ...]:
        """Its quantities, one after the other."""
        return self._worked_out()[0]

    @property
    def letters(self) -> tuple[Letter, ...]:
        """The letters of the formulas, each once, in the order in which they appear."""
        return self._worked_out()[1]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why its shape is unknown: its own errors, or those of the layers in front of it."""
        if self.known:
            return ()
        found = tuple(
            f"error[{finding.code.id}]{'' if node is self.node else f' in {node.name}'}: {finding.message}"
            for node in _failed(self.node)
            for finding in (node.facts.findings if node.facts else ())
            if finding.code.severity == "error"
        )
        return found or ("the shape is unknown because of an error that `archcalc check` shows",)

    def to_text(self, *, width: int = 80, color: bool = False, encoding: str = "utf-8") -> str:
        """For a terminal, in lines of at most `width` cells (at least 40)."""
        from archcalc.derivations.text import full

        return full(self, Terminal(width, color, encoding))

    def to_markdown(self) -> str:
        """For a page or a slide: a list of formulas in LaTeX between dollar signs."""
        from archcalc.derivations.markdown import markdown

        return markdown(self)

    def to_latex(self) -> str:
        """For a document with amsmath: the formulas below each other, in an `align*`."""
        from archcalc.derivations.latex import latex

        return latex(self)

    def to_html(self) -> str:
        """For a page: a list of formulas in MathML, which browsers set by themselves."""
        from archcalc.derivations.markdown import html

        return html(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """For a notebook: it shows the first that it can."""
        return {"text/html": self.to_html(), "text/markdown": self.to_markdown(), "text/plain": str(self)}

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return visible(f"<Derivation of {self.name}: {self.kind}>")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Derivation) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash((self.name, self.kind))

    def _reads(self) -> Sequence[Any]:
        """The maps that flow in; those that fields name appear in the formulas."""
        layer = self.node.layer
        return self.node.inputs if layer is None else layer.flowing(self.node.inputs)

    def _worked_out(self) -> tuple[tuple[Line, ...], tuple[Letter, ...]]:
        if self._found is None:
            formulas = formulas_of(self)
            shown_in = [(set(tree.names()), formula.letters) for formula, tree in formulas if tree is not None]
            letters = tuple(dict.fromkeys(letter for used, own in shown_in for letter in own if letter.name in used))
            names = _fresh(letters)
            shown = tuple(letter._replace(name=names[letter.name]) for letter in letters)
            self._found = tuple(_lines(formulas, names)), shown
        return self._found


def formulas_of(derivation: Derivation) -> list[Worked]:
    """What the lines of a derivation are made of, for those that put numbers into the formulas themselves.

    >>> import archcalc
    >>> layer = archcalc.load("input: [2, N]\\nlayers: [avg_pool: 2]").check()["0"]
    >>> [formula.text for formula, tree in formulas_of(layer.derivation)]
    ['(N - F + 2*P)/S + 1', '']
    """
    node = derivation.node
    said = [*_formulas(node, derivation.inputs), *_without_formula(node)]
    return [(formula, _tree(formula)) for formula in said]


def _formulas(node: Node, inputs: Sequence[Shape | None]) -> list[Formula]:
    """What the layer says about itself, as far as its inputs and its mistakes allow."""
    layer, facts = node.layer, node.facts
    shapes = [shape for shape in inputs if shape is not None]
    if layer is None or facts is None or not all(shape.is_known for shape in shapes):
        return []
    if facts.outputs is None:
        wrong = {finding.code for finding in facts.findings if finding.code.severity == "error"}
        return list(layer.size_formulas(shapes, node.rounding)) if wrong <= _OF_SIZES else []
    counted = {PARAMETERS: facts.parameters, MULTIPLICATIONS: facts.multiplications, BUFFERS: facts.buffer_elements}
    found = [
        *layer.size_formulas(shapes, node.rounding),
        *(formula for formula in layer.count_formulas(shapes, facts.outputs) if counted[formula.quantity] != 0),
    ]
    if node.tied is not None:
        return [*(one for one in found if one.quantity != PARAMETERS), *_besides(node.tied.name, node.own_weights)]
    if node.shares is None:
        return [_with_count(formula, node) for formula in found]
    elsewhere = Formula(PARAMETERS, words=f"those of {node.shares.name}, counted there")
    return [
        elsewhere if formula.quantity == PARAMETERS else _with_count(formula, node)
        for formula in found
        if formula.quantity != BUFFERS
    ]


def _besides(owner: str, tensors: Sequence[Weight]) -> list[Formula]:
    """The parameters of a layer whose weight is that of another one."""
    words = f"the weight is that of {owner}, counted there"
    if not tensors:
        return [Formula(PARAMETERS, words=words)]
    return [of_tensors(PARAMETERS, tensors)._replace(words=f"besides, {words}")]


def _with_count(formula: Formula, node: Node) -> Formula:
    """Multiplications are for one network input: a layer that works on several items per input multiplies by them."""
    outputs = node.facts.outputs if node.facts else None
    if formula.quantity == PARAMETERS and not node.trainable:
        words = f"{formula.words}; frozen: they are not trained" if formula.words else "frozen: they are not trained"
        return formula._replace(words=words)
    if formula.quantity != MULTIPLICATIONS or not outputs or outputs[0].items == 1:
        return formula
    items = Letter("R", outputs[0].items, "maps per network input")
    return formula._replace(text=f"R*({formula.text})", letters=(*formula.letters, items))


def _without_formula(node: Node) -> Iterator[Formula]:
    """What there is to say about counts that have no formula."""
    facts = node.facts
    if facts is None or facts.outputs is None:
        return
    counts = ((PARAMETERS, facts.parameters), (MULTIPLICATIONS, facts.multiplications))
    missing = [quantity for quantity, count in counts if count == 0]
    if len(missing) == 1:
        yield Formula(missing[0], words="none")
    elif missing:
        yield Formula("cost", words=f"no {' and no '.join(missing)}")


def _tree(formula: Formula) -> FormulaNode | None:
    """The formula as a tree, without roundings of what is whole."""
    if not formula.text:
        return None
    tree, is_rounded = _parsed(formula.text)
    return unrounded(tree, {letter.name: letter.value for letter in formula.letters}) if is_rounded else tree


@lru_cache(maxsize=1024)
def _parsed(text: str) -> tuple[FormulaNode, bool]:
    """A formula that layers have in common, and whether there is a rounding in it."""
    tree = _flat(parse(text))
    return tree, any(is_rounding(part) for part in tree.walk())


def _lines(formulas: Sequence[Worked], names: dict[str, str]) -> Iterator[Line]:
    for formula, tree in formulas:
        if tree is None:
            yield Line(formula.quantity, (), None, formula.words, formula.axes)
            continue
        values = {letter.name: letter.value for letter in formula.letters}
        numbers = substituted(tree, values)
        value = evaluated(tree, values)
        steps = [named(tree, names), numbers]
        if not any(isinstance(one, Polynomial) for one in values.values()) and (last := rounded_last(numbers)):
            steps.append(last)
        defines = names.get(formula.defines, formula.defines)
        yield Line(formula.quantity, tuple(steps), value, _words(formula, value), formula.axes, defines)


def _words(formula: Formula, value: Number) -> str:
    """What is wrong with a size that is none, or what the layer says about it."""
    if isinstance(value, Fraction):
        return "not a whole number" if is_exact_decimal(value) else f"{decimal(value)} is not a whole number"
    if formula.axes and isinstance(value, int) and value < 1:
        return "nothing is left"
    return formula.words


def _flat(tree: FormulaNode) -> FormulaNode:
    """A product of products without the parentheses that `R*(...)` puts around one."""
    if isinstance(tree, Arithmetic) and tree.operator == "*" and isinstance(tree.left, Path):
        right = tree.right
        if isinstance(right, Arithmetic) and right.operator == "*":
            return Arithmetic("*", _flat(Arithmetic("*", tree.left, right.left)), right.right)
    return tree


def _fresh(letters: Sequence[Letter]) -> dict[str, str]:
    """Names for the letters that no symbol of the network has: where the input is N, the size of a map is n."""
    taken = {name for letter in letters for name in free_symbols(letter.value)}
    names: dict[str, str] = {}
    for name in dict.fromkeys(letter.name for letter in letters):
        number = 0
        fresh = name
        while fresh in taken:
            fresh = f"{name.lower()}{number or ''}"
            number += 1
        names[name] = fresh
        taken.add(fresh)
    return names


def _failed(node: Node) -> list[Node]:
    """The layers whose errors keep a shape unknown: itself, or those in front of it that fail."""
    found: list[Node] = []
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        layer = waiting.pop()
        if id(layer) in seen or (layer.facts is not None and layer.facts.outputs is not None):
            continue
        seen.add(id(layer))
        if layer.facts is not None:
            found.append(layer)
            continue
        waiting.extend(read.node for read in layer.inputs if read.shape is None and read.node is not None)
    return sorted(found, key=lambda layer: layer.index)
