"""The lecture's sizes and numbers of one convolution."""

from __future__ import annotations

import re
from fractions import Fraction

from truth_networks import concrete
from truth_reading import Entry

import archcalc

SYSTEMS = {"conv-dims": 6, "conv-example": 2}


def meets_output_size(entry: Entry) -> None:
    """The lecture's sizes, each from a spec of one layer."""
    match = re.match(r"N=(\d+),F=(\d+),S=(\d+),P=(\d+)", entry.variant)
    assert match, entry.variant
    size, kernel, stride, padding = (int(number) for number in match.groups())
    fields = f"{{out: 1, kernel: {kernel}, stride: {stride}, padding: {padding}}}"
    found = archcalc.load(f"input: [1, {size}, {size}]\nlayers:\n  - conv: {fields}\n").check()
    if isinstance(entry.value, int):
        assert found.outputs == {"output": (1, entry.value, entry.value)}
        assert found.ok
        return
    quotient, _, decimals = entry.value.partition(" = ")
    assert [error.code.id for error in found.diagnostics] == ["AC301"]
    assert f"= {decimals} " in found.diagnostics[0].message
    assert {fraction.value for fraction in found.layers[0].fractions} == {Fraction(quotient)}
    # The channels are known; what rounding would make of the sizes is not taken for granted.
    assert found.outputs == {"output": (1, None, None)}


def meets_same_padding(entry: Entry) -> None:
    """P = (F - 1)/2 keeps the size at stride 1; for an even F it is not whole and is reported."""
    assert entry.value == "P=(F-1)/2"
    for kernel in range(1, 12):
        spec = "input: [1, 20, 20]\nlayers:\n  - conv: {out: 1, kernel: %d, padding: %s}\n"
        spelled = archcalc.load(spec % (kernel, f"({kernel} - 1)/2")).check()
        same = archcalc.load(spec % (kernel, "same")).check()
        assert same.outputs == {"output": (1, 20, 20)}
        assert spelled.ok == (kernel % 2 == 1)
        assert [found.code.name for found in same.diagnostics] == ([] if kernel % 2 else ["uneven-same"])
        if spelled.ok:
            assert spelled.outputs == same.outputs


def meets_convolved_numbers(entry: Entry) -> None:
    """The lecture's 5x5 image. archcalc computes sizes, not values: a loop shows that the sizes are the values'."""
    image = [[-5, 3, 2, -5, 3], [4, 3, 2, 1, -3], [1, 0, 3, 3, 5], [-2, 0, 1, 4, 4], [5, 6, 7, 9, -1]]
    kernel = [[2]] if "1x1" in entry.variant else [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
    window = len(kernel)
    found = archcalc.load(f"input: [1, 5, 5]\nlayers:\n  - conv: [1, {window}]\n").check()
    _, height, width = concrete(found.outputs["output"] or ())
    result = [
        [sum(kernel[i][j] * image[y + i][x + j] for i in range(window) for j in range(window)) for x in range(width)]
        for y in range(height)
    ]
    assert result == entry.value
    assert found.totals.multiplications == height * width * window**2


SINGLE = {
    ("conv-dims", "output_size"): meets_output_size,
    ("conv-dims", "formula"): meets_same_padding,
    ("conv-example", "output"): meets_convolved_numbers,
}
