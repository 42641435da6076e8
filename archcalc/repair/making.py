"""Safe repairs made one after the other, until a network is ok or none is left that is safe."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from archcalc.checking import Checked
from archcalc.editing import apply
from archcalc.expressions.values import Value
from archcalc.program import Program
from archcalc.repair.model import Repair
from archcalc.repair.search import safe_repairs
from archcalc.source import SourceFile

MAX_REPAIRS = 20
"""Repairs of one network, one after the other. Each takes an error away, so that this is never reached in practice."""


class Mended:
    """A file on the way from the text that was read to the repaired one.

    >>> mended = Mended(SourceFile("net.yaml", "input: [3, 8, 8]\\nlayers: [Conv2d: [6, 5], ReLu]"))
    >>> [repair.title for repair in mended.mend(mended.program)]
    ['`conv` instead of `Conv2d` in line 2', '`relu` instead of `ReLu` in line 2']
    >>> mended.text.splitlines()[1]
    'layers: [conv: [6, 5], relu]'
    """

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        """The file as its text is now."""

    @property
    def text(self) -> str:
        """What it says now."""
        return self.file.text

    @cached_property
    def program(self) -> Program:
        """The file read as its text is now, with no variant chosen; it is read once, however many variants fail."""
        return Program.read(self.file)

    def now(self, program: Program) -> Program:
        """A network of the file as its text is now."""
        return program if program.file.text == self.text else self.program.choose(program.variant)

    def mend(
        self, program: Program, values: Mapping[str, Value] | None = None, known: Checked | None = None
    ) -> list[Repair]:
        """Make the safe repairs of the errors of one network. A check that is `known` is not made again.

        Raises: LookupError as `repairs` does.
        """
        done: list[Repair] = []
        for _ in range(MAX_REPAIRS):
            safe = safe_repairs(self.now(program), values, known)
            # Corrections of the spelling were judged together; of other repairs each may make the next one needless.
            chosen = [one for one in safe if one.nature == "spelling"] or safe[:1]
            if not chosen:
                break
            self._write(apply(self.text, dict.fromkeys(edit for one in chosen for edit in one.edits)))
            done += chosen
        return done

    def _write(self, text: str) -> None:
        self.file = self.file.with_text(text)
        self.__dict__.pop("program", None)
