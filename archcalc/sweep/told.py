"""A sweep in words: how it is evaluated, how many designs there are, and some of them as a table or as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from archcalc.sweep.designs import CHOICE, SYMBOL, Design, DesignCount, Designs
from archcalc.sweep.domain import written
from archcalc.sweep.question import LEGAL, OBSTACLE
from archcalc.terminal import PLAIN, Terminal, display_width

GAP = 2
"""Cells between two columns."""


def head(space: Designs) -> list[str]:
    """What is swept, and how each name is treated.

    >>> import archcalc
    >>> print(*head(archcalc.load("vgg:D").sweep({"H": range(64, 257), "normalized": (True, False)})), sep="\\n")
    386 designs of VGG:D
      symbols of closed forms: H; 36 bits are proven to be enough
      looked up in tables: normalized
    """
    lines = [f"{_many(space.points, 'design')} of {named(space)}"]
    how = space.how
    bits = space.bits
    enough = "" if bits is None else f"; {_width(bits)}"
    for way, told in ((SYMBOL, "symbols of closed forms"), (CHOICE, "looked up in tables")):
        if names := [name for name, own in how.items() if own == way]:
            lines.append(f"  {told}: {', '.join(names)}{enough}")
            enough = ""
    ways = [f"{name} ({way.partition(': ')[2]})" for name, way in how.items() if way.startswith("one by one")]
    if ways:
        lines.append(f"  one by one: {'; '.join(ways)}")
        if space.cells.untabled:
            lines.append(f"  not in tables: {space.cells.untabled}")
    return lines


def named(space: Designs) -> str:
    """The network whose designs they are, with its variant."""
    program = space.question.program
    return f"{program.name}:{program.variant}" if program.variant else program.name


def _width(bits: int) -> str:
    if bits <= 64:
        return f"{bits} bits are proven to be enough"
    return f"{bits} bits may be needed, which is exact, but slow"


def counts(space: Designs, found: DesignCount) -> str:
    """How many designs are legal and meet the conditions, and how many networks these are, where some are the same.

    >>> import archcalc
    >>> text = "input: [8]\\nlet: {deep: false, k: 3}\\nlayers: [linear: 9, {linear: k, when: deep}]"
    >>> space = archcalc.load(text).sweep({"deep": "true,false", "k": range(1, 101)}, "parameters <= 300")
    >>> counts(space, space.count())
    '200 of 200 are legal, 121 meet the condition; they are 101 different networks, of which 22 meet the condition'
    """
    legal = f"{found.legal:,} of {found.points:,} {'is' if found.legal == 1 else 'are'} legal"
    several = len(space.question.constraints) > 1
    conditions = "the conditions" if several else "the condition"
    meet = "meets" if found.met == 1 else "meet"
    told = f"{legal}, {found.met:,} {meet} {conditions}" if space.question.constraints else legal
    if found.networks is None or found.networks == found.legal:
        return told
    told += f"; they are {_many(found.networks, 'different network')}"
    if not space.question.constraints or found.met_networks is None:
        return told
    meet = "meets" if found.met_networks == 1 else "meet"
    return f"{told}, of which {found.met_networks:,} {meet} {conditions}"


def headings(space: Designs) -> tuple[list[str], list[str]]:
    """The columns of a table: names that are swept, and what is shown of each design."""
    names = [axis.name for axis in space.space.axes]
    return names, [*(quantity.text for quantity in space.question.quantities), *space.question.extras]


def cells(space: Designs, design: Design, *, grouped: bool = False) -> tuple[list[str], list[str]]:
    """The texts of a design in these columns; `grouped` sets thousands apart."""
    names = [written(value) for value in design.values.values()]
    figures = [_figure(design.figures[one.text], grouped=grouped) for one in space.question.quantities]
    more = {LEGAL: "true" if design.legal else "false", OBSTACLE: design.obstacle}
    return names, [*figures, *(more[name] for name in space.question.extras)]


def _figure(value: int | tuple[int, ...] | None, *, grouped: bool) -> str:
    if value is None:
        return "-" if grouped else ""
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return f"{value:,}" if grouped else str(value)


def table(space: Designs, designs: Sequence[Design], terminal: Terminal = PLAIN) -> list[str]:
    """Designs as a table; names for which there is no room are left out, and it is said which."""
    names, shown = headings(space)
    rows = [cells(space, design, grouped=True) for design in designs]
    numbers = ["design", *(f"{design.number:,}" for design in designs)]
    left = [_column([name, *(row[0][at] for row in rows)]) for at, name in enumerate(names)]
    right = [_column([name, *(row[1][at] for row in rows)], is_text=name == OBSTACLE) for at, name in enumerate(shown)]
    room = terminal.width - sum(_wide(column) + GAP for column in [numbers, *right]) + GAP
    kept: list[list[str]] = []
    for column in left:
        room -= _wide(column) + GAP
        if room < 0 and kept:
            break
        kept.append(column)
    columns = [_column(numbers), *kept, *right]
    lines = [(" " * GAP).join(parts).rstrip() for parts in zip(*columns, strict=True)]
    rule = terminal.paint(terminal.visible("─") * max(map(display_width, lines)), "dim")
    found = [terminal.paint(terminal.visible(lines[0]), "bold"), rule, *map(terminal.visible, lines[1:])]
    if len(kept) < len(names):
        hidden = names[len(kept) :]
        found.append(f"not shown: {', '.join(hidden[:8])}{', ...' if len(hidden) > 8 else ''}; -o FILE.csv has them")
    return found


def _column(texts: Sequence[str], *, is_text: bool = False) -> list[str]:
    """Texts of one width; numbers stand at the right."""
    width = _wide(texts)
    spaces = [" " * (width - display_width(text)) for text in texts]
    return [f"{text}{space}" if is_text else f"{space}{text}" for text, space in zip(texts, spaces, strict=True)]


def _wide(texts: Sequence[str]) -> int:
    return max(map(display_width, texts))


def as_csv(space: Designs, designs: Iterable[Design]) -> Iterator[str]:
    """Designs as lines of CSV, with a head: numbers are plain, lists and fractions as `--set` takes them."""
    names, shown = headings(space)
    yield _line(["design", *names, *shown])
    for design in designs:
        left, right = cells(space, design)
        yield _line([str(design.number), *left, *right])


def _line(texts: Sequence[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(texts)
    return stream.getvalue()


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
