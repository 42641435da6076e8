"""What archcalc says about a specification: codes, spans, labels, diagnostics.

A mistake of the user is a value of type `Diagnostic`; an exception is a bug of ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "note"]


class Span(NamedTuple):
    """A stretch of source text. Lines and columns count from 1; the end column is exclusive.

    >>> import archcalc
    >>> archcalc.load("input: [1, 8, 8]\\nlayers: [conf: [6, 5]]").check().diagnostics[0].span
    Span(line=2, column=10, end_line=2, end_column=14)
    """

    line: int
    column: int
    end_line: int
    end_column: int


class Label(NamedTuple):
    """Text that stands under a span besides the primary one ("called from here").

    >>> import archcalc
    >>> spec = "input: [1, 2, 2]\\nblocks: {b: [max_pool: 3]}\\nlayers: [b]"
    >>> [label.text for label in archcalc.load(spec).check().diagnostics[0].labels]
    ['block `b` is called here']
    """

    span: Span
    text: str


class Code(NamedTuple):
    """A kind of diagnostic: a stable number, a name that names the pattern, and its page.

    `archcalc explain AC301` prints the page. Numbers are never reused.

    >>> import archcalc
    >>> archcalc.load("input: [1, 2, 2]\\nlayers: [max_pool: 3]").check().diagnostics[0].code
    <AC303 window-larger-than-input>
    """

    id: str
    name: str
    severity: Severity
    title: str
    meaning: str
    example: str
    fix: str
    source: str = ""

    def __repr__(self) -> str:
        return f"<{self.id} {self.name}>"


class Replacement(NamedTuple):
    """Another text for a stretch of a file; a stretch without characters is a place where something is put in."""

    span: Span
    text: str


class Help(str):
    """A way out, in words. Where it is a change of the file, it has the stretches that change.

    >>> import archcalc
    >>> (found,) = archcalc.load("input: [1, 8, 8]\\nlayers: [Conv2d: [6, 5]]").check().diagnostics
    >>> found.help[0], found.help[0].changes[0].text, found.help[0].is_certain
    ('did you mean `conv`?', 'conv', True)
    """

    changes: tuple[Replacement, ...]
    is_certain: bool
    """Whether its author cannot have meant anything else, so that it can be made without asking."""

    def __new__(cls, text: str, changes: Iterable[Replacement] = (), is_certain: bool = False) -> Help:
        """Words, and the change that they are about."""
        made = super().__new__(cls, text)
        made.changes = tuple(changes)
        made.is_certain = is_certain
        return made


class Diagnostic(NamedTuple):
    """One finding, placed in the source.

    >>> import archcalc
    >>> archcalc.load("input: [1, 2, 2]\\nlayers: [max_pool: 3]").check().diagnostics[0]
    <error[AC303] at 2:20: max_pool: the window of 3 is larger than the height and width of 2>
    """

    code: Code
    message: str
    span: Span | None = None
    label: str = ""
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    layer: str | None = None

    @property
    def severity(self) -> Severity:
        """Severity of the code: only errors make a check fail."""
        return self.code.severity

    def __str__(self) -> str:
        place = f" at {self.span.line}:{self.span.column}" if self.span else ""
        return f"{self.severity}[{self.code.id}]{place}: {self.message}"

    def __repr__(self) -> str:
        return f"<{self}>"


def errors(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those findings that make a check fail."""
    return [found for found in diagnostics if found.severity == "error"]
