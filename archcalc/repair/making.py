"""Safe repairs made one after the other, until a network is ok or none is left that is safe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from archcalc.editing import apply
from archcalc.expressions.values import Value
from archcalc.program import Program
from archcalc.repair.model import Repair
from archcalc.repair.search import repairs

MAX_REPAIRS = 20
"""Repairs of one network, one after the other. Each takes an error away, so that this is never reached in practice."""


class Made(NamedTuple):
    """A text with safe repairs made."""

    text: str
    repairs: tuple[Repair, ...]
    idea: Repair | None
    """What a person has to decide on, where an error is left."""


def made(program: Program, values: Mapping[str, Value] | None = None) -> Made:
    """The text of a network's file with all safe repairs of its errors. Raises: LookupError as `repairs` does.

    >>> from archcalc.source import SourceFile
    >>> program = Program.read(SourceFile("net.yaml", "input: [3, 8, 8]\\nlayers: [Conv2d: [6, 5], ReLu]"))
    >>> made(program).text.splitlines()[1]
    'layers: [conv: [6, 5], relu]'
    """
    text = program.file.text
    done: list[Repair] = []
    for _ in range(MAX_REPAIRS):
        found = repairs(program.with_text(text), values or {})
        safe = [one for one in found if one.is_safe and one.edits]
        # Corrections of the spelling were judged together; of other repairs each may make the next one needless.
        chosen = [one for one in safe if one.nature == "spelling"] or safe[:1]
        if not chosen:
            return Made(text, tuple(done), found[0] if found else None)
        text = apply(text, dict.fromkeys(edit for one in chosen for edit in one.edits))
        done += chosen
    return Made(text, tuple(done), None)
