"""From a record as a front builds it to one that says what an author would: the passes in their order."""

from __future__ import annotations

from archcalc.importing.guarding import guard
from archcalc.importing.layouts import settle
from archcalc.importing.opaque import collapse, state
from archcalc.importing.record import Record
from archcalc.importing.simplifying import simplify
from archcalc.importing.tidying import tidy
from archcalc.importing.wording import word


def finished(record: Record) -> Record:
    """The same record, changed in place: nothing unread, layouts known, layers in the words of the language."""
    tidy(record)
    simplify(record)
    settle(record)
    word(record)
    guard(record)
    collapse(record)
    state(record)
    return record
