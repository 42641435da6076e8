"""What YAML and JSON have to say alike, and the bounds both keep."""

from __future__ import annotations

from collections.abc import Iterable

from archcalc.diagnostics.codes.language import TOO_MANY_STEPS, TOO_MANY_VALUES
from archcalc.diagnostics.codes.text import DUPLICATE_KEY, EMPTY_FILE, INVISIBLE_CHARACTER, NESTING_TOO_DEEP
from archcalc.diagnostics.model import Diagnostic, Label, Span
from archcalc.source.document import Mapping, Scalar, Sequence

DEPTH_LIMIT = 64
"""How deep maps and lists may be nested; the root is the first level."""

LIST_LIMIT = 250_000
"""Entries of one list: as many steps as a network may have."""

VALUES_LIMIT = 1_500_000
"""Keys and values of a file: enough for so many steps that have their fields written out."""

FINDINGS_LIMIT = 100
"""After so many findings the reading stops: nobody reads on, and a hostile file could have millions."""


_STEPS = ("layers", "blocks")


class Refused(Exception):
    """The end of reading at something that is refused for good."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Open:
    """A map or a list whose end has not been read yet."""

    __slots__ = ("key", "node", "seen")

    def __init__(self, node: Mapping | Sequence) -> None:
        self.node = node
        self.key: Scalar | None = None
        """The key whose value comes next; only in maps."""
        self.seen: dict[str, Scalar] = {}
        """The first key of each text; only in maps."""


def duplicate_key(key: Scalar, first: Scalar) -> Diagnostic:
    """A key that stands twice in one map."""
    return Diagnostic(
        DUPLICATE_KEY,
        f'the key "{shorten(key.text)}" stands twice in this map',
        key.span,
        label="again here",
        labels=(Label(first.span, "first here"),),
        help=("delete one of the two, or rename it",),
    )


def too_deep(span: Span) -> Diagnostic:
    """A map or a list that is opened one level too deep."""
    return Diagnostic(
        NESTING_TOO_DEEP,
        f"maps and lists are nested more than {DEPTH_LIMIT} deep",
        span,
        help=("name inner parts under `blocks` and call them; write repetition with `for` or `repeat`",),
    )


def too_long(list_: Sequence, keys: Iterable[Scalar | None], span: Span) -> Diagnostic:
    """A list that is longer than any may be, under these keys."""
    is_steps = any(key is not None and key.text in _STEPS for key in keys)
    code, what = (TOO_MANY_STEPS, "steps") if is_steps else (TOO_MANY_VALUES, "entries")
    return Diagnostic(
        code,
        f"a list of more than {LIST_LIMIT:,} {what}",
        span,
        label="the limit is reached here",
        labels=(Label(Span(list_.line, list_.column, list_.line, list_.column + 1), "the list"),),
        help=(f"write {what} that repeat with `for`, `repeat` or a block",) if is_steps else (),
    )


def too_many_values(span: Span) -> Diagnostic:
    """A file with more keys and values than are read."""
    return Diagnostic(
        TOO_MANY_VALUES,
        f"a file with more than {VALUES_LIMIT:,} keys and values",
        span,
        label="the limit is reached here",
        help=("write what repeats with `for`, `repeat` and blocks",),
    )


def empty_file() -> Diagnostic:
    """A file in which nothing stands."""
    return Diagnostic(
        EMPTY_FILE,
        "this file is empty",
        Span(1, 1, 1, 1),
        help=("a network needs at least `input` and `layers`",),
    )


def too_many(last: Diagnostic) -> Diagnostic:
    """The last finding of a hopeless text, which says that it is the last."""
    note = f"reading stops after {FINDINGS_LIMIT} findings; there may be more"
    return last._replace(notes=(*last.notes, note))


def half_of_a_pair(text: str) -> str | None:
    """The first half of a surrogate pair in a text: no character, though Python can hold it; it cannot be printed."""
    if text.isascii():
        return None
    return next((char for char in text if "\ud800" <= char <= "\udfff"), None)


def half_pair(half: str, span: Span) -> Diagnostic:
    """Half of a surrogate pair at a place."""
    message = f"half of a surrogate pair, U+{ord(half):04X}, is no character"
    return Diagnostic(INVISIBLE_CHARACTER, message, span, help=("write the character itself",))


def place(text: str, offset: int) -> Span:
    """The span of one character, given by its offset."""
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    return Span(line, column, line, column + 1)


def shorten(text: str) -> str:
    """A text short enough to stand inside a message."""
    return text if len(text) <= 40 else text[:37] + "..."
