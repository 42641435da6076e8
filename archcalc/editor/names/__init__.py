"""Names of a text: where they are given and read, and how they are changed without changing anything else.

names = Names.of(program)
one = names.at(12, 7)
names.definitions(one), names.references(one)
names.rename(12, 7, "stem")       # changes of the text, or why there are none
"""

from __future__ import annotations

from archcalc.editor.names.model import Name, Occurrence, Refusal
from archcalc.editor.names.names import Names

__all__ = ["Name", "Names", "Occurrence", "Refusal"]
