"""What changes of a file do to its other variants."""

from __future__ import annotations

from collections import Counter

from archcalc.checking import check
from archcalc.program import BASE, Program
from archcalc.repair.ground import errors_of
from archcalc.repair.harms import Harm, harm_of_variant, unchecked_variant
from archcalc.repair.work import READ, layers_of

MAX_ELSEWHERE = 60_000
"""Layers of other variants that one search checks; a change whose consequences there are not known is not safe."""


class _Variants:
    """The variants of one text, each checked once, whichever of them asks."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._found: dict[str, tuple[Counter[str], int]] = {}

    @classmethod
    def of(cls, program: Program) -> _Variants:
        """Those of the text of a program."""
        # What the base lacks stays with every variant that is chosen from it.
        key = cls, program.variant == BASE
        return program.of_file.of(key, lambda: cls(program))

    def errors(self, name: str) -> tuple[Counter[str], int]:
        """The errors of a variant by their codes, failing claims among them, and what it takes to find them."""
        if name not in self._found:
            report = check(self._program.choose(name))
            self._found[name] = errors_of(report, with_claims=True), READ + layers_of(report)
        return self._found[name]


class Elsewhere:
    """The other variants of a file, as the search for one of them asks about them. Its work is bounded.

    What is known because others have asked counts as much, so that no answer depends on them.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._names = [name for name in program.variants if name != program.variant]
        self._before: dict[str, Counter[str]] = {}
        self._left = MAX_ELSEWHERE

    def harms(self, text: str) -> list[Harm]:
        """The first other variant that has errors in this text which it did not have, or cannot be checked any more."""
        if not self._names:
            return []
        plain, changed = _Variants.of(self._program), _Variants.of(self._program.with_text(text))
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
        found, work = variants.errors(name)
        self._left -= work
        return found
