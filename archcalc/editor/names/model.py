"""Names of a spec, and the places where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from archcalc.diagnostics.model import Span
from archcalc.editor.names.labels import HOLE, Label
from archcalc.editor.names.letters import Letters

Kind = Literal["step", "block", "parameter", "let", "function", "symbol", "variable", "input", "variant"]

WORDS: dict[Kind, str] = {
    "step": "step",
    "block": "block",
    "parameter": "parameter",
    "let": "let",
    "function": "function",
    "symbol": "symbol",
    "variable": "loop variable",
    "input": "input",
    "variant": "variant",
}
"""What each kind of name is called in a sentence."""


class Name:
    """Something that has a name: a step, a block, a value. Steps of one scope that are named alike are one."""

    __slots__ = ("kind", "occurrences", "scope", "text")

    def __init__(self, kind: Kind, text: str, scope: Mapping[Any, Name]) -> None:
        self.kind = kind
        self.text = text
        """Its label, in which computed parts are holes."""
        self.scope = scope
        """All names of the scope or the list of variables in which it is one; they have to differ."""
        self.occurrences: list[Occurrence] = []

    @property
    def definitions(self) -> Iterator[Occurrence]:
        """Where it is given."""
        return (one for one in self.occurrences if one.is_definition)

    def __repr__(self) -> str:
        return f"Name({self.kind} {self.text.replace(HOLE, '$')})"


@dataclass(slots=True, eq=False)
class Occurrence:
    """A place where a name stands. What is computed may be the name of one thing or of another: then it has several.

    `span` is None where the letters of the name are not in the file one by one, as in a text with escapes; `around` is
    the text around it.
    """

    names: tuple[Name, ...]
    label: Label
    letters: Letters = field(repr=False)
    around: Span = field(repr=False)
    is_definition: bool = False
    is_path: bool = False
    """Whether nothing but a name can stand there, so that a hyphen is no minus."""
    is_pattern: bool = False
    """Whether it stands in a claim, for all layers whose names it fits."""
    span: Span | None = field(init=False)

    def __post_init__(self) -> None:
        self.span = self.letters.span(self.label.start, self.label.end)

    @property
    def kind(self) -> Kind:
        """What has the name."""
        return self.names[0].kind


@dataclass(frozen=True)
class Refusal:
    """Why a name is not changed, in words for whoever asked."""

    reason: str
