"""Parts behind a condition: what stands behind one `if`, and what are alternatives under one name.

A part that is there at some places only is written in one of three ways. Where its value passes without it, an
`nn.Identity` stands in its place, and `forward` has no condition:

    self.down = nn.Conv2d(in_channels, out, kernel_size=1) if in_channels != out else nn.Identity()

Two parts of one name that exclude each other, and that read the same, are one attribute:

    self.mix = nn.Conv2d(out, out, kernel_size=3, padding=1) if deep else nn.Conv2d(out, out, kernel_size=1)

Everything else stands behind an `if` in `forward`, together with its neighbours under the same condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from archcalc.export.torch.code import Code
from archcalc.export.torch.parts import AgainPart, LayerPart, Part, passing
from archcalc.export.torch.refs import Ref
from archcalc.export.torch.simplify import opposite


@dataclass(eq=False, slots=True)
class Branch:
    """Neighbours behind one `if`. `opposite` is the branch in front whose `else` this one is."""

    when: Code
    parts: list[Part]
    opposite: Branch | None = None

    def passing(self, part: Part) -> Ref:
        """What stands for the output of one of the parts where all of them are absent."""
        inside = {one.serial: one for one in self.parts}
        found = passing(part)
        while found[0] in inside:
            found = passing(inside[found[0]])
        return found


class Conditions:
    """How the parts of a class that are there at some places only are written."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.alternatives: dict[int, list[Part]] = {}
        """Parts of one name, by the serial number of each of them."""
        self.skipped: set[int] = set()
        """Parts that are called where the last one of their alternatives is."""
        self.called: set[int] = set()
        """Those last ones: whichever was made is called, without a condition."""
        self._find_alternatives(parts)
        self.branched: set[int] = set()
        """Parts behind a condition."""
        for _, run in groupby(parts, key=lambda part: part.when):
            self._find_branch(list(run))
        self.order = self.ordered(parts)
        """The parts in their order, those behind a condition as branches."""

    def is_plain(self, part: Part) -> bool:
        """Whether `forward` needs no condition for a part."""
        return part.serial not in self.branched

    def _find_alternatives(self, parts: Sequence[Part]) -> None:
        named: dict[str, list[Part]] = {}
        for part in parts:
            if part.when is not None and isinstance(part.label, str) and owner(part) is None and _has_module(part):
                named.setdefault(part.label, []).append(part)
        for group in named.values():
            if len(group) > 1:
                self.alternatives.update({part.serial: group for part in group})
                if _is_one_call(group):
                    self.skipped.update(part.serial for part in group[:-1])
                    self.called.add(group[-1].serial)

    def _find_branch(self, run: list[Part]) -> None:
        if run[0].when is not None and any(map(self._needs_branch, run)):
            self.branched.update(part.serial for part in run)

    def ordered(self, parts: Sequence[Part]) -> list[Part | Branch]:
        """Parts in this order, neighbours behind one condition as a branch."""
        found: list[Part | Branch] = []
        for part in parts:
            before = found[-1] if found else None
            if part.when is None or self.is_plain(part):
                found.append(part)
            elif isinstance(before, Branch) and before.when == part.when:
                before.parts.append(part)
            else:
                branch = Branch(part.when, [part])
                if isinstance(before, Branch) and before.opposite is None and are_opposite(before.when, branch.when):
                    branch.opposite = before
                found.append(branch)
        return found

    def _needs_branch(self, part: Part) -> bool:
        if part.serial in self.skipped or part.serial in self.called:
            return False
        if part.serial in self.alternatives:
            return True
        return not is_identity_without(part)


def are_opposite(one: Code, other: Code) -> bool:
    """Whether one of two conditions is the other one's negation."""
    return one == opposite(other) or other == opposite(one)


def is_identity_without(part: Part) -> bool:
    """Whether an `nn.Identity` in the place of an absent part gives what passes."""
    if not part.sources or [passing(part)] != part.sources:
        return False
    if isinstance(part, LayerPart):
        return len(part.calls) == 1 and part.first.is_module
    return len(part.first.outputs) == 1 and owner(part) is None


def owner(part: Part) -> Any:
    """What a part applies again, if it has no module of its own."""
    return part.owner if isinstance(part, LayerPart) else part.first if isinstance(part, AgainPart) else None


def _has_module(part: Part) -> bool:
    """Whether an attribute of the class holds something for a part: functions need none."""
    return not isinstance(part, LayerPart) or any(call.made.is_module for call in part.calls)


def _is_one_call(group: Sequence[Part]) -> bool:
    """Whether one of two parts is there, a module that reads and writes the same tensor for its readers.

    Where neither is, what they read must be what passes.
    """
    if len(group) != 2:
        return False
    first, last = group
    if first.when is None or last.when is None:
        return False
    if not are_opposite(first.when, last.when) and not is_identity_without(first):
        return False
    single = all(not isinstance(part, LayerPart) or (len(part.calls) == 1 and part.first.is_module) for part in group)
    written: Ref = (first.serial, 0)
    alike = first.sources == last.sources and len(first.first.outputs) == len(last.first.outputs) == 1
    return single and alike and last.passes == written and first.passes is None
