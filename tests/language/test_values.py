"""Values that a check is given in Python."""

from __future__ import annotations

from fractions import Fraction

import archcalc

WINDOW = "input: [1, N, N]\nat: {N: 7}\nlet: {pad: 0}\nlayers:\n  - conv: {out: 1, kernel: 3, padding: pad}\n"


def test_a_fraction_that_is_whole_is_an_integer() -> None:
    window = archcalc.load(WINDOW)
    assert window.check({"pad": Fraction(2, 2)}).outputs == window.check(pad=1).outputs == {"output": (1, 7, 7)}
    assert window.check({"N": Fraction(8)}).outputs == {"output": (1, 6, 6)}


def test_a_fraction_that_is_not_whole_is_told() -> None:
    found = archcalc.load(WINDOW).check({"pad": Fraction(1, 2)})
    assert [diagnostic.code.id for diagnostic in found.diagnostics] == ["AC133"]
