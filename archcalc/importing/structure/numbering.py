"""Labels that archcalc gives by itself: a step without a name is called by its number, as `nn.Sequential` would."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.importing.structure.lines import GROUP, Line, walk


def number(bodies: list[list[Line]]) -> None:
    """Drop the labels that are archcalc's own numbers, if they are in all of these bodies; else give clear ones.

    >>> lines = [Line("conv", label="0"), Line("relu"), Line("conv", label="2")]
    >>> number([lines])
    >>> [line.label for line in lines]
    [None, None, None]
    >>> lines = [Line("conv", label="1"), Line("relu")]
    >>> number([lines])
    >>> [line.label for line in lines]
    ['1', 'relu1']
    """
    if all(_is_numbered(lines) for lines in bodies):
        for lines in bodies:
            for line, position in list(_counted(lines)):
                if line.label == str(position) and line.kind != GROUP:
                    line.label = None
        return
    for lines in bodies:
        _name_the_others(lines)


def _counted(lines: list[Line]) -> Iterator[tuple[Line, int]]:
    """The lines that take a number, with it."""
    count = 0
    for line in walk(lines):
        if line.takes_number:
            yield line, count
            count += 1


def _is_numbered(lines: list[Line]) -> bool:
    """Whether all labels that are numbers are those of their places."""
    return all(not (line.label or "").isdigit() or line.label == str(position) for line, position in _counted(lines))


def _name_the_others(lines: list[Line]) -> None:
    """Where a label is the number of another place, no step may be called by its number."""
    numbers = {line.label for line in walk(lines) if line.label and line.label.isdigit()}
    taken = {line.label for line in walk(lines)}
    for line, position in list(_counted(lines)):
        if line.label is None and str(position) in numbers and line.kind != GROUP:
            number = next(number for number in range(1, len(taken) + 2) if f"{line.kind}{number}" not in taken)
            line.label = f"{line.kind}{number}"
            taken.add(line.label)
