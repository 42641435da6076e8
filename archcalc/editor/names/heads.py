"""Where the name and the parameters stand in the head of a let or a block: `maps(c, least=8)`."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.editor.names.labels import Label
from archcalc.spec.slips import split_at_commas


def parts_of_head(text: str) -> Iterator[Label]:
    """The name, and behind it the parameters.

    >>> [(one.text, one.start) for one in parts_of_head("maps(c, least=8)")]
    [('maps', 0), ('c', 5), ('least', 8)]
    """
    name, parenthesis, rest = text.partition("(")
    yield _stripped(name, 0)
    at = len(name) + 1
    if parenthesis and rest.rstrip().endswith(")") and rest.rstrip()[:-1].strip():
        for piece in split_at_commas(rest.rstrip()[:-1]):
            yield _stripped(piece.partition("=")[0], at)
            at += len(piece) + 1


def _stripped(text: str, at: int) -> Label:
    return Label(text.strip(), at + len(text) - len(text.lstrip()))
