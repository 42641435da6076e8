"""What positions see, watched from outside: one row of the input is changed at a time, in PyTorch."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from export.generated import built, exported
from layers.oracles import load_torch

import archcalc
from archcalc.receptive import ReceptiveField

Rows = tuple[int, int] | None
"""The first and the last row of the input that a row of the output depends on."""

LENGTH = 192
"""Rows of an input."""
MARGIN = LENGTH // 4
"""Rows at either end of the input whose neighbours may lie in the padding, or may have been cropped off."""


def rows_seen(spec: str, channels: int, length: int, **values: int) -> list[Rows]:
    """What every row of the output depends on, in a network in which what grows at the input grows everywhere."""
    torch = load_torch()
    torch.manual_seed(0)
    module = built(exported(spec, **values), "cpu", **values).double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.uniform_(0.5, 1)
        # The still input, and one for every row that is changed.
        images = torch.zeros(1 + length, channels, length, dtype=torch.double)
        for row in range(length):
            images[1 + row, :, row] = 100
        answers = module(images)
        differs = (answers[1:] != answers[:1]).any(1)
    return [
        (min(rows), max(rows)) if rows else None
        for rows in ([row for row in range(length) if differs[row, place]] for place in range(differs.shape[1]))
    ]


class Watched(NamedTuple):
    """A receptive field as it was seen: the most rows, their distances and the middle of position 0, on average."""

    size: int
    jump: Fraction
    centre: Fraction


def watched(rows: list[Rows], length: int) -> Watched:
    """The rule behind what was seen away from the border: the shortest pattern that repeats with a shift."""
    inner = {
        place: span
        for place, span in enumerate(rows)
        if span is not None and span[0] >= MARGIN and span[1] < length - MARGIN
    }
    places = range(min(inner), max(inner) + 1)
    for period in range(1, len(places) // 2 + 1):
        pairs = [(rows[place], rows[place + period]) for place in places[:-period]]
        shifts = {tuple([b - a for a, b in zip(one, two, strict=True)]) if one and two else None for one, two in pairs}
        if all((one is None) == (two is None) for one, two in pairs) and len(shifts - {None}) == 1:
            ((shift, other),) = shifts - {None}
            assert shift == other, "a pattern that repeats moves as a whole"
            jump = Fraction(shift, period)
            turn = [(place, rows[place]) for place in places[:period]]
            middles = [Fraction(sum(span), 2) - jump * place for place, span in turn if span]
            size = max(span[1] - span[0] + 1 for span in inner.values())
            return Watched(size, jump, sum(middles, start=Fraction()) / len(middles))
    raise AssertionError(f"no pattern in {rows}")


def field(spec: str, **values: int) -> ReceptiveField:
    """What archcalc says about the output of a network, which has its own name."""
    report = archcalc.load(spec).check(values)
    assert report.ok, [str(found) for found in report.diagnostics]
    (output,) = report.graph.outputs.values()
    assert output.node is not None
    return report.receptive_fields[output.node.name]


def assert_seen(found: ReceptiveField, rows: list[Rows], length: int) -> None:
    """Every position away from the border sees what its place in the pattern says, and the averages are those seen."""
    (pattern,), (jump,) = found.pattern, found.jump
    inner = 0
    for place, seen in enumerate(rows):
        span = pattern[place % len(pattern)]
        moved = place // len(pattern) * len(pattern) * jump
        if span is not None and span[0] + moved >= MARGIN and span[1] + moved < length - MARGIN:
            assert seen == (span[0] + moved, span[1] + moved), place
            inner += 1
    assert inner >= sum(span is not None for span in pattern), "too short to show a whole pattern"
    assert (*found.size, *found.jump, *found.centre) == watched(rows, length)
