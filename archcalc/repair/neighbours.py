"""What changes of a file do to its other variants."""

from __future__ import annotations

from collections import Counter

from archcalc.checking import check
from archcalc.program import BASE, Program, Recent
from archcalc.repair.ground import errors_of
from archcalc.repair.harms import Harm, harm_of_variant, unchecked_variant
from archcalc.repair.work import READ, layers_of

MAX_ELSEWHERE = 60_000
"""Layers of other variants that one search checks; a change whose consequences there are not known is not safe."""

_TEXTS = 16
"""Texts of a file of which the variants are remembered: those that one change after the other makes of it."""


class _Variants:
    """The variants of one text, each checked once, whoever asks."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._found: dict[str, tuple[Counter[str], int]] = {}

    def of(self, name: str) -> tuple[Counter[str], int]:
        """The errors of a variant by their codes, failing claims among them, and what it takes to find them."""
        if name not in self._found:
            report = check(self._program.choose(name))
            self._found[name] = errors_of(report, with_claims=True), READ + layers_of(report)
        return self._found[name]


class Neighbours:
    """The variants of one file, in several of its texts; searches for several of its networks may share them."""

    def __init__(self) -> None:
        self._texts = Recent(_TEXTS)

    def of(self, program: Program, text: str) -> _Variants:
        """The variants of a text of the file that a program is read from."""
        # What the base lacks stays with every variant that is chosen from it.
        key = text, program.variant == BASE
        is_same = text == program.file.text
        return self._texts.of(key, lambda: _Variants(program if is_same else program.with_text(text)))


class Elsewhere:
    """The other variants of a file, as one search asks about them. Its work is bounded by what it asks.

    What others have asked before counts as much, so that an answer does not depend on them.
    """

    def __init__(self, program: Program, neighbours: Neighbours) -> None:
        self._program = program
        self._neighbours = neighbours
        self._names = [name for name in program.variants if name != program.variant]
        self._before: dict[str, Counter[str]] = {}
        self._left = MAX_ELSEWHERE

    def harms(self, text: str) -> list[Harm]:
        """The first other variant that has errors in this text which it did not have, or cannot be checked any more."""
        if not self._names:
            return []
        plain = self._neighbours.of(self._program, self._program.file.text)
        changed = self._neighbours.of(self._program, text)
        for name in self._names:
            if name not in self._before:
                self._before[name] = self._errors(plain, name)
            if self._left < 0:
                return [unchecked_variant(name)]
            harm = harm_of_variant(name, self._before[name], self._errors(changed, name))
            if harm is not None:
                return [harm]
        return []

    def _errors(self, variants: _Variants, name: str) -> Counter[str]:
        found, work = variants.of(name)
        self._left -= work
        return found
