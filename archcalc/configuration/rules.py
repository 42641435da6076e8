"""Words that select and ignore findings: a code, its name, or the beginning of codes, as in AC3."""

from __future__ import annotations

import re
from typing import NamedTuple

from archcalc.diagnostics.catalogue import all_codes, find, suggest
from archcalc.diagnostics.codes import configuration as codes
from archcalc.diagnostics.model import Code

_BEGINNING = re.compile(r"AC\d*", re.IGNORECASE)


class WrongRule(NamedTuple):
    """Why a word selects nothing."""

    code: Code
    message: str
    help: tuple[str, ...]


def _quoted(text: str) -> str:
    return f'"{text.strip()}"'


def beginnings(word: str) -> str | WrongRule:
    """The beginning of all codes that a word stands for.

    Reports: AC604, AC605

    >>> beginnings("unread-input"), beginnings("ac3"), beginnings("ALL")
    ('AC302', 'AC3', 'AC')
    >>> beginnings("AC301").message
    'AC301 is an error, and errors are always told'
    """
    word = word.strip()
    if word == "ALL":
        return "AC"
    code = find(word)
    wanted = code.id if code is not None else word.upper() if _BEGINNING.fullmatch(word) else ""
    meant = [one for one in all_codes() if wanted and one.id.startswith(wanted)]
    if not meant:
        near = suggest(word)
        help = f"did you mean `{near}`?" if near else "`archcalc explain` lists the codes"
        if "," in word:
            help = f"write [{', '.join(_quoted(part) for part in word.split(','))}]"
        return WrongRule(codes.UNKNOWN_RULE, f"there is no code `{word}`", (help,))
    if all(one.severity == "error" for one in meant):
        kind = (
            f"{wanted} is an error, and errors" if code else f"all codes that begin with {wanted} are errors, and they"
        )
        return WrongRule(codes.NOT_A_RULE, f"{kind} are always told", ("remove it",))
    return wanted
