"""Amounts as data sheets write them: `312 TFLOPS`, `2039 GB/s`, `80 GB`, `32 GiB`."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from archcalc.patterns import compiled_later

_PREFIXES = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_AMOUNT = compiled_later(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*([A-Za-z/]+)")


class Kind(NamedTuple):
    """What is counted: its units without their prefixes, whether the prefixes may be binary, and an example."""

    units: tuple[str, ...]
    binary: bool
    example: str


SPEED = Kind(("FLOPS", "FLOP/s", "FLOPs", "OPS", "OP/s", "OPs"), False, "312 TFLOPS")
BANDWIDTH = Kind(("B/s", "Bps"), True, "2039 GB/s")
MEMORY = Kind(("B",), True, "80 GB")


def amount(text: str, kind: Kind) -> int | None:
    """A number with its unit as a whole number of that unit; None for another text, and for 0.

    >>> amount("19.5 TFLOPS", SPEED), amount("2 TB/s", BANDWIDTH), amount("32 GiB", MEMORY), amount("80", MEMORY)
    (19500000000000, 2000000000000, 34359738368, None)
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        return None
    prefixes = {**_PREFIXES, **(_BINARY if kind.binary else {})}
    units = {f"{prefix}{unit}": factor for unit in kind.units for prefix, factor in prefixes.items()}
    factor = units.get(found.group(2))
    value = None if factor is None else Fraction(found.group(1)) * factor
    return None if value is None or value <= 0 or value.denominator != 1 else int(value)
