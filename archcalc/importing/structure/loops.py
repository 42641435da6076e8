"""Loops of equal steps: runs of the same lines, and of lines whose labels count.

A run of equal lines is written as its first line and the others as a loop behind it: so a stage whose first block
halves the map, and one whose blocks are all the same, have one form. Where first and others are equal they become one
loop when they are written.
"""

from __future__ import annotations

import re
from typing import Any

from archcalc.importing.structure.data import Formula, frozen, same
from archcalc.importing.structure.lines import FOR, GROUP, REPEAT, Branch, Line, walk
from archcalc.layers.table import KINDS, layer_class

LONGEST = 6
"""Lines that the turn of a loop has at most."""
_NUMBERED = re.compile(r"(.*?\D)?(\d+)", re.DOTALL)
COUNT = "count"
"""The value of a loop: how often its lines run, with the first time in front of a `repeat`."""


def looped(lines: list[Line]) -> list[Line]:
    """The lines with loops for runs of equal ones, innermost first."""
    for line in lines:
        for branch in line.branches:
            branch.lines = looped(branch.lines)
        line.body = looped(line.body)
    return _repeated(_counted(lines))


def content(line: Line, *, labels: bool = True) -> Any:
    """All that a line says, to be compared; without `labels`, those of its scope are left out."""
    inner = labels or (line.kind == GROUP and line.label is not None)
    return (
        line.kind,
        line.label if labels else line.label is not None,
        line.start,
        line.trainable,
        line.tied,
        line.when,
        frozen(line.values),
        tuple((branch.start, tuple(content(one, labels=labels) for one in branch.lines)) for branch in line.branches),
        tuple(content(one, labels=inner) for one in line.body),
    )


# Labels that count


def _counted(lines: list[Line]) -> list[Line]:
    """Runs whose labels count on, `layer1` and `layer2`, as a loop with a variable."""
    contents = [content(line, labels=False) for line in lines]
    found: list[Line] = []
    index = 0
    while index < len(lines):
        length, turns = _longest(lines, contents, index)
        if turns > 1:
            found.append(_for(lines[index : index + length], turns))
            index += length * turns
        else:
            found.append(lines[index])
            index += 1
    return found


def _longest(lines: list[Line], contents: list[Any], index: int) -> tuple[int, int]:
    """The length and the number of the turns that cover most lines from here on."""
    best = (1, 1)
    for length in range(1, min(LONGEST, len(lines) - index) + 1):
        turns = 1
        first = lines[index : index + length]
        while _counts_on(lines, contents, index, length, turns, first):
            turns += 1
        if turns > 1 and length * turns > best[0] * best[1]:
            best = (length, turns)
    return best


def _counts_on(lines: list[Line], contents: list[Any], index: int, length: int, turns: int, first: list[Line]) -> bool:
    start = index + length * turns
    if start + length > len(lines) or contents[start : start + length] != contents[index : index + length]:
        return False
    here, there = _labels(first), _labels(lines[start : start + length])
    pairs = [(one, other) for one, other in zip(here, there, strict=True) if one != other]
    counts = bool(pairs) and len(pairs) == len(here) and all(_is_next(one, other, turns) for one, other in pairs)
    # One variable stands for the number of every label.
    return counts and len({one[len(one.rstrip("0123456789")) :] for one in here}) == 1


def _labels(lines: list[Line]) -> list[str]:
    return [line.label for line in walk(lines) if line.label is not None]


def _is_next(one: str, other: str, turns: int) -> bool:
    first, second = _NUMBERED.fullmatch(one), _NUMBERED.fullmatch(other)
    return bool(first and second and first[1] == second[1] and int(second[2]) == int(first[2]) + turns)


def _for(lines: list[Line], turns: int) -> Line:
    first = 0
    variable = _variable(lines)
    for line in walk(lines):
        if line.label is not None and (match := _NUMBERED.fullmatch(line.label)):
            first = int(match[2])
            line.label = f"{match[1] or ''}${variable}"
    return Line(FOR, {"first": first, COUNT: turns}, body=lines, shapes=(lines[0].shapes[0], lines[-1].shapes[1]))


def _variable(lines: list[Line]) -> str:
    """The name of the variable: another one than those of loops inside."""
    used = {line.label.rpartition("$")[2] for line in inside(lines) if line.label and "$" in line.label}
    return next(letter for letter in "ijklmnopqrstuvw" if letter not in used)


def inside(lines: list[Line]) -> list[Line]:
    """All lines in these, with those of groups."""
    found: list[Line] = []
    for line in lines:
        found.append(line)
        for part in line.parts:
            found += inside(part)
    return found


# Equal lines


def _repeated(lines: list[Line]) -> list[Line]:
    """Runs of lines that could go on for ever, behind a first line of their kind, as a loop."""
    contents = [content(line) for line in lines]
    found: list[Line] = []
    index = 0
    while index < len(lines):
        length, turns = _most(lines, contents, index)
        found += lines[index : index + length]
        if turns > 1:
            rest = lines[index + length : index + 2 * length]
            shapes = (rest[0].shapes[0], rest[-1].shapes[1])
            found.append(Line(REPEAT, {COUNT: turns}, body=rest, shapes=shapes, channels=rest[0].channels))
        index += length * turns
    return found


def _most(lines: list[Line], contents: list[Any], index: int) -> tuple[int, int]:
    """The length of a turn that repeats from here on, and how often with the first one; (1, 1) for none."""
    best = (1, 1)
    for length in range(1, min(LONGEST, (len(lines) - index) // 2) + 1):
        first = index + length
        if not _may_repeat(lines[index:first], lines[first : first + length]):
            continue
        turns = 2
        rest = contents[first : first + length]
        while contents[index + length * turns : index + length * (turns + 1)] == rest:
            turns += 1
        if length * turns > best[0] * best[1]:
            best = (length, turns)
    return best


def _may_repeat(head: list[Line], rest: list[Line]) -> bool:
    """Whether lines keep the shape that they read, have no labels, and are of the same form as those in front."""
    if not all(is_like(one, other) for one, other in zip(head, rest, strict=True)):
        return False
    if any(line.label is not None for line in walk([*head, *rest])):
        return False
    is_worth = any(line.block is not None or is_weighty(line) for line in walk(rest))
    return is_worth and rest[0].shapes[0] is not None and rest[0].shapes[0] == rest[-1].shapes[1]


def is_weighty(line: Line) -> bool:
    """Whether a line is a layer that learns, or a group."""
    if line.kind in (GROUP, REPEAT, FOR):
        return True
    return line.kind in KINDS and layer_class(line.kind).has_weights()


def is_like(first: Line, other: Line) -> bool:
    """Whether a line is the first one, or a call that leaves out what the first one says, such as its stride."""
    if (first.kind, first.label, first.start, first.trainable) != (
        other.kind,
        other.label,
        other.start,
        other.trainable,
    ):
        return False
    for name in {*first.values, *other.values}:
        mine, its = first.values.get(name), other.values.get(name)
        is_default = name in other.defaults and same(its, other.defaults[name])
        if not same(mine, its) and not is_default:
            return False
    if [branch.start for branch in first.branches] != [branch.start for branch in other.branches]:
        return False
    return (
        all(
            len(mine) == len(its) and all(map(is_like, mine, its))
            for mine, its in zip(first.parts, other.parts, strict=True)
        )
        if len(first.parts) == len(other.parts)
        else False
    )


# Written


def fused(lines: list[Line]) -> list[Line]:
    """The loops as they are written: a first line that is equal to the others is one of their turns."""
    found: list[Line] = []
    for line in lines:
        line.branches = [Branch(branch.start, fused(branch.lines)) for branch in line.branches]
        line.body = fused(line.body)
        if line.kind == REPEAT:
            found += _written(line, found)
        else:
            found.append(_ranged(line) if line.kind == FOR and COUNT in line.values else line)
    return found


def _written(line: Line, before: list[Line]) -> list[Line]:
    total, length = line.values[COUNT], len(line.body)
    head = [content(one) for one in before[-length:]]
    is_equal = head == [content(one) for one in line.body]
    if is_equal:
        del before[-length:]
    if isinstance(total, Formula):
        count: Any = total if is_equal else Formula(f"{total} - 1")
    else:
        count = total if is_equal else total - 1
    if count == 1:
        return line.body
    return [Line(REPEAT, {COUNT: count}, body=line.body, when=line.when, shapes=line.shapes)]


def _ranged(line: Line) -> Line:
    """A loop over numbers with its range."""
    first, count = line.values["first"], line.values[COUNT]
    variable = next(one.label.rpartition("$")[2] for one in walk(line.body) if one.label and "$" in one.label)
    line.values = {variable: span_of(first, count)}
    return line


def span_of(first: Any, count: Any) -> Formula:
    """The range of so many numbers from the first on.

    >>> span_of(1, 4), span_of(1, Formula("depth")), span_of(0, Formula("depth"))
    ('1..4', '1..depth', '0..depth - 1')
    """
    if isinstance(count, Formula) or isinstance(first, Formula):
        plain = isinstance(first, int) and not isinstance(first, bool)
        if plain and first == 1:
            return Formula(f"1..{count}")
        beyond = count if plain and first == 0 else f"{first} + {count}"
        return Formula(f"{first}..{beyond} - 1")
    return Formula(f"{first}..{first + count - 1}")
