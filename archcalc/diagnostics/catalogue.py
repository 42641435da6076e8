"""All codes there are, found by number or by name.

The codes stand with their documentation in `archcalc.diagnostics.codes`; their modules are imported on the
first question only.
"""

from __future__ import annotations

from functools import cache

from archcalc.diagnostics.model import Code
from archcalc.diagnostics.suggest import closest

# By the hundreds of their numbers: 1xx twice, then 2xx, 3xx twice, 4xx, 5xx, 6xx.
MODULES = ("text", "language", "graph", "shapes", "meaning", "claims", "export", "configuration")


@cache
def all_codes() -> tuple[Code, ...]:
    """Every code, by number. A code that a module merely imports from another counts once."""
    from importlib import import_module

    found: set[Code] = set()
    for name in MODULES:
        module = import_module(f"archcalc.diagnostics.codes.{name}")
        found.update(value for value in vars(module).values() if isinstance(value, Code))
    return tuple(sorted(found))


def find(word: str) -> Code | None:
    """The code with this number or name, in any case; None when there is none."""
    wanted = word.strip().casefold()
    for code in all_codes():
        if wanted in (code.id.casefold(), code.name):
            return code
    return None


def suggest(word: str) -> str | None:
    """The name or number that may have been meant by a word `find` does not know.

    A word without letters, and one that begins like a number (`301`, `AC3O1`), is compared with the numbers,
    any other with the names.
    """
    word = word.strip()
    if word.isdigit():
        word = f"AC{word}"
    if word[:2].casefold() == "ac" and any(letter.isdigit() for letter in word):
        return closest(word, (code.id for code in all_codes()))
    return closest(word, (code.name for code in all_codes()))
