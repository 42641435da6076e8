"""Figures as people write them: `47,206`, `60M`, `188kB`, `~1.5K`, `18%`, `<= 5M`; in claims and in questions alike."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from archcalc.patterns import compiled_later
from archcalc.quantities import Quantity
from archcalc.spec.published import Published

_PREFIXES: dict[str, int] = {
    "k": 10**3,
    "K": 10**3,
    "Ki": 2**10,
    "M": 10**6,
    "Mi": 2**20,
    "G": 10**9,
    "Gi": 2**30,
    "T": 10**12,
    "Ti": 2**40,
}
COUNT_UNITS: dict[str, int] = {**_PREFIXES, "B": 10**9}
"""Units of numbers; a B is a billion."""
BYTE_UNITS: dict[str, int] = {**_PREFIXES, "B": 1, **{f"{prefix}B": value for prefix, value in _PREFIXES.items()}}
"""Units of bytes, which may be left out: 188kB and 188k are the same."""
RATIO_UNITS: dict[str, int | Fraction] = {"%": Fraction(1, 100), "x": 1}

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_PUBLISHED = compiled_later(rf"(~?)\s*({_NUMBER})\s*([A-Za-z]+|%)?")
_UNIT = compiled_later(rf"~?\s*{_NUMBER}\s*([A-Za-z]+)")
_GROUPED = compiled_later(r"(?<![\w,$])(?<!^\.)(?<![^.]\.)[0-9]{1,3}(?:,[0-9]{3})+(?![\w,])")
_COMPARED = compiled_later(r"(<=|>=|<|>|≤|≥)\s*(.*)", re.DOTALL)
_SAME = {"≤": "<=", "≥": ">="}


def ungrouped(text: str) -> str:
    """A text without the commas that set groups of three digits apart; between brackets commas separate.

    >>> ungrouped("47,206"), ungrouped("40,000..1,000,000"), ungrouped("min(4,300)"), ungrouped("1,5")
    ('47206', '40000..1000000', 'min(4,300)', '1,5')
    """
    if "," not in text:
        return text
    return _GROUPED.sub(lambda found: _joined(found) if _is_outside(text[: found.start()]) else found.group(), text)


def _joined(found: re.Match[str]) -> str:
    return found.group().replace(",", "")


def _is_outside(before: str) -> bool:
    return all(before.count(opening) <= before.count(closing) for opening, closing in ("()", "[]"))


class Compared(NamedTuple):
    """A bound that is written with its sign: one of <= >= < >, and what stands behind it."""

    operator: str
    bound: str
    skip: int
    """Characters in front of the bound."""

    @property
    def is_upper(self) -> bool:
        """Whether it is the upper end of a range."""
        return self.operator[0] == "<"

    @property
    def is_strict(self) -> bool:
        """Whether the bound itself is outside."""
        return self.operator in ("<", ">")


def compared(text: str) -> Compared | None:
    """A bound with a sign in front; None for everything else.

    >>> compared("<= 5M"), compared("..5M")
    (Compared(operator='<=', bound='5M', skip=3), None)
    """
    found = _COMPARED.fullmatch(text.strip())
    if found is None:
        return None
    sign = found.group(1)
    return Compared(_SAME.get(sign, sign), found.group(2), len(text) - len(text.lstrip()) + found.start(2))


def unit_of(text: str) -> str | None:
    """The letters behind a number, whether or not they are a unit; None for everything else.

    >>> unit_of("60 millions"), unit_of("188kB"), unit_of("2*N"), unit_of("1e3")
    ('millions', 'kB', None, None)
    """
    found = _UNIT.fullmatch(text)
    return found.group(1) if found else None


def published(text: str, units: dict[str, int] = COUNT_UNITS) -> Published | None:
    """A number as papers print it, with its unit if it has one; None for everything else.

    >>> printed = published("~1.5K")
    >>> printed.digits, printed.unit, printed.is_about, published("1 + 1"), published("188kB")
    ('1.5', 1000, True, None, None)
    >>> published("188kB", BYTE_UNITS).unit
    1000
    """
    found = _PUBLISHED.fullmatch(text)
    if found is None:
        return None
    about, digits, unit = found.groups()
    multiple = {**units, **RATIO_UNITS}.get(unit) if unit else 1
    return None if multiple is None else Published(text, digits, multiple, bool(about))


def wrong_unit(number: str, unit: str, quantity: Quantity | None) -> tuple[str, str]:
    """What is wrong with a unit that a quantity does not have, and what to write.

    >>> from archcalc.quantities import QUANTITIES
    >>> wrong_unit("5MB", "MB", QUANTITIES["parameters"])
    ('5MB are bytes, and parameters are none', 'write 5M, or ask for `bytes` or `memory`')
    """
    if unit in BYTE_UNITS and (quantity is None or not quantity.is_in_bytes):
        what = quantity.name if quantity is not None else "what it is compared with"
        is_are = "are none" if quantity is not None and quantity.name.endswith("s") else "is none"
        return f"{number} are bytes, and {what} {is_are}", f"write {number[:-1]}, or ask for `bytes` or `memory`"
    units = BYTE_UNITS if quantity is not None and quantity.is_in_bytes else COUNT_UNITS
    return f"{number} has a unit that is not known", f"units are {', '.join([*units, *RATIO_UNITS])}, as in 60M"
