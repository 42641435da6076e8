"""Networks of a worksheet, which shall be free of errors."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from os import PathLike
from typing import Any

from archcalc.api.architecture import load
from archcalc.api.report import Report


def checked(
    source: str | PathLike[str] | Mapping[str, Any], *, symbolic: bool = False, **values: int | Fraction | bool
) -> Report:
    """The report of a network whose sizes are all whole and whose claims all come out as its file says.

    The arguments are those of `archcalc.load` and of `check`. Raises: AssertionError with the first error for any other
    network, so that a worksheet cannot go on with one; besides as `archcalc.load` and `check`.

    >>> checked("vgg:D", H=448, W=448).outputs
    {'output': (1000,)}
    """
    report = load(source).check(symbolic=symbolic, **values)
    errors = [found.message for found in report.diagnostics if found.severity == "error"]
    if errors:
        raise AssertionError(f"{report.title}: {errors[0]}")
    return report
