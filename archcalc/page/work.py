"""Shown work as data: formulas with letters, each pattern once, and for every layer what its letters stand for.

A page puts the numbers in for the sizes that it shows. A tree is an integer, `[place]` for the letter at a place of the
pattern, or `[operation, operand, ...]`, where the operation is a sign or the name of a function.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from archcalc.derivations import Derivation
from archcalc.derivations.model import formulas_of
from archcalc.expressions.nodes import Arithmetic, Call, Constant, Negation, Node, Path
from archcalc.infer import Facts
from archcalc.page.forms import Forms, integer

_Letter = tuple[str, str]
"""How a letter is written, and what it stands for."""


class Patterns:
    """The patterns of shown work, in the order in which layers need them.

    >>> import archcalc
    >>> text = "input: [1, 8, 8]\\nlayers: [conv: {out: 4, kernel: 1}, conv: {out: 2, kernel: 1}]"
    >>> patterns, forms = Patterns(), Forms()
    >>> [patterns.work(layer.derivation, forms)[0] for layer in archcalc.load(text).check()]
    [0, 0]
    >>> patterns.patterns[0]["formulas"][0]
    {'quantity': 'channels', 'tree': (0,), 'words': 'one map for every filter', 'axes': (0,)}
    """

    def __init__(self) -> None:
        self.patterns: list[dict[str, Any]] = []
        self._places: dict[Any, int] = {}
        self._known: dict[tuple[int, bool], tuple[Facts, list[Any]]] = {}

    def work(self, derivation: Derivation, forms: Forms) -> list[Any]:
        """The pattern of a layer, and the forms of its letters."""
        node = derivation.node
        facts = node.facts
        # Equal layers that read equal maps have one set of facts; how others share their parameters is told, too.
        if facts is None or node.shares is not None or node.tied is not None:
            return self._work(derivation, forms)
        key = (id(facts), node.trainable)
        if key not in self._known:
            # While the facts are kept, nothing else has their identity.
            self._known[key] = (facts, self._work(derivation, forms))
        return self._known[key][1]

    def _work(self, derivation: Derivation, forms: Forms) -> list[Any]:
        letters: dict[Any, int] = {}
        formulas = []
        for formula, tree in formulas_of(derivation):
            used = () if tree is None else set(tree.names())
            own = {
                letter.name: letters.setdefault(letter, len(letters))
                for letter in formula.letters
                if letter.name in used
            }
            written = None if tree is None else _tree(tree, own)
            formulas.append((formula.quantity, written, formula.words, formula.axes, formula.defines))
        key = (tuple(formulas), tuple([(letter.name, letter.meaning) for letter in letters]))
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(self.patterns)
            self.patterns.append({"formulas": list(map(_formula, formulas)), "letters": list(map(list, key[1]))})
        return [place, forms.numbers(letter.value for letter in letters)]


def _formula(parts: tuple[Any, ...]) -> dict[str, Any]:
    names = ("quantity", "tree", "words", "axes", "defines")
    return {name: part for name, part in zip(names, parts, strict=True) if part not in (None, "", ())}


def _tree(node: Node, letters: Mapping[str, int]) -> Any:
    """A formula; tuples, so that equal ones are found."""
    if isinstance(node, Path):
        assert node.fixed is not None, "a formula names its letters"
        return (letters[".".join(node.fixed)],)
    if isinstance(node, Constant):
        value = node.value
        assert isinstance(value, int | Fraction), f"a formula holds {value!r}"
        if isinstance(value, int) and isinstance(integer(value), int):
            return value
        return ("number", str(value.numerator), str(value.denominator))
    if isinstance(node, Negation):
        return ("negative", _tree(node.operand, letters))
    if isinstance(node, Call):
        return (node.name, *(_tree(argument, letters) for argument in node.arguments))
    assert isinstance(node, Arithmetic), f"a formula holds {node}"
    return (node.operator, _tree(node.left, letters), _tree(node.right, letters))
