"""Matrices and the signs between them, as a formula."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.derivations.mathml import math, matrix, plain
from archcalc.terminal import visible


class Equation:
    """Matrices with words and signs between them, set as a formula by any browser."""

    def __init__(self, parts: tuple[str | Sequence[Sequence[object]], ...]) -> None:
        self.parts = parts

    def _repr_html_(self) -> str:
        return math("".join(plain(part) if isinstance(part, str) else matrix(part) for part in self.parts))

    def __repr__(self) -> str:
        return visible(" ".join(part if isinstance(part, str) else str([*map(list, part)]) for part in self.parts))


def equation(*parts: str | Sequence[Sequence[object]]) -> Equation:
    """Matrices, given as rows of numbers, with the texts between them.

    >>> equation([[1, 2], [3, 4]], "*", [[2]], "=", [[2, 4], [6, 8]])
    [[1, 2], [3, 4]] * [[2]] = [[2, 4], [6, 8]]
    """
    return Equation(parts)
