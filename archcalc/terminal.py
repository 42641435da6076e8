"""What a terminal can show, and how text is made fit for it: colour, width, wide characters, hostile characters.

Names and file contents come from strangers. Whatever they contain, nothing but printable characters reaches the
terminal: `visible` spells control characters, escape sequences and direction marks out. Lengths are measured in
cells, the columns of a terminal, with `display_width`; a Chinese character takes two of them, a combining
accent none.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple, TextIO

Style = Literal["bold", "dim", "red", "yellow", "cyan", "green"]

DEFAULT_WIDTH = 80
NARROWEST = 40
"""Cells that reports need: on a narrower terminal its lines are broken."""
TAB = 4

_SGR: dict[Style, str] = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_NAMED_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# For streams that cannot take our own typography; one cell stays one cell where possible, so that tables stay aligned.
_PLAIN = {
    "\u00d7": "x",  # multiplication sign
    "·": ".",
    "•": "*",
    "\u2212": "-",  # minus sign
    "\u2013": "-",  # en dash
    "\u2014": "-",  # em dash
    "…": "...",
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "²": "^2",
    "³": "^3",
    "\u2018": "'",  # left single quotation mark
    "\u2019": "'",  # right single quotation mark
    "“": '"',
    "”": '"',
    **dict.fromkeys("─━═╌", "-"),
    **dict.fromkeys("│┃║╎", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯╞╡╪", "+"),
    **dict.fromkeys("█▓▒░", "#"),
}


class Terminal(NamedTuple):
    """The abilities of an output stream: its width in cells, whether it takes colour, and its encoding."""

    width: int = DEFAULT_WIDTH
    color: bool = False
    encoding: str = "utf-8"

    def paint(self, text: str, *styles: Style) -> str:
        """The text in the given styles where the terminal takes colour, otherwise the text itself."""
        return paint(text, *styles, color=self.color)

    def visible(self, text: str) -> str:
        """The text with every character spelt out that the terminal would obey, hide, or be unable to show."""
        return visible(text, self.encoding)

    def wrapped(self, text: str, *, less: int = 0) -> list[str]:
        """A hostile text in visible lines that fit, with `less` cells kept free beside them."""
        return wrap(self.visible(text), self.width - less)

    def at_least(self, width: int) -> Terminal:
        """The same with no less room than that: what is narrower is not written for."""
        return self._replace(width=max(self.width, width))

    def at_most(self, width: int) -> Terminal:
        """The same with no more room than that: prose in longer lines is hard to read."""
        return self._replace(width=min(self.width, width))


PLAIN = Terminal()
"""What anything can show: 80 cells without colour, in UTF-8."""


def examine(stream: TextIO, environ: Mapping[str, str] | None = None) -> Terminal:
    """The abilities of a stream, as the environment wants them to be used.

    NO_COLOR wins over FORCE_COLOR and CLICOLOR_FORCE, they win over TERM=dumb and CLICOLOR=0, and without any
    of them colour is for terminals. COLUMNS wins over the size of the terminal; without a terminal the width is
    80.

    >>> import io
    >>> examine(io.StringIO(), {})
    Terminal(width=80, color=False, encoding='utf-8')
    >>> examine(io.StringIO(), {"FORCE_COLOR": "1", "COLUMNS": "120"})
    Terminal(width=120, color=True, encoding='utf-8')
    """
    environment = os.environ if environ is None else environ
    return Terminal(_width(stream, environment), _color(stream, environment), _encoding(stream))


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # a closed stream
        return False


def _color(stream: TextIO, environ: Mapping[str, str]) -> bool:
    if environ.get("NO_COLOR"):
        return False
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        value = environ.get(name, "")
        if value:
            if value.lower() not in ("0", "false"):
                return True
            if name == "FORCE_COLOR":
                return False
    if environ.get("TERM") == "dumb" or environ.get("CLICOLOR") == "0":
        return False
    return _is_terminal(stream)


def _width(stream: TextIO, environ: Mapping[str, str]) -> int:
    columns = environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and len(columns) < 6 and int(columns) > 0:
        return int(columns)
    if _is_terminal(stream):
        # Not shutil.get_terminal_size: it asks about standard output whatever the stream, and its import is not cheap.
        try:
            return os.get_terminal_size(stream.fileno()).columns or DEFAULT_WIDTH
        except (OSError, ValueError):  # no descriptor, or one that knows no size: the documented default holds
            return DEFAULT_WIDTH
    return DEFAULT_WIDTH


def _encoding(stream: TextIO) -> str:
    # io.StringIO answers None: it takes every character.
    encoding: str | None = getattr(stream, "encoding", None)
    if encoding is None:
        return "utf-8"
    try:
        "".encode(encoding)
    except LookupError:
        return "ascii"
    return encoding


def _can_encode(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def paint(text: str, *styles: Style, color: bool) -> str:
    r"""The text in the given styles when `color` is set, otherwise the text itself.

    >>> paint("error", "bold", "red", color=True)
    '\x1b[1;31merror\x1b[0m'
    >>> paint("error", "bold", "red", color=False)
    'error'
    """
    if not color or not text or not styles:
        return text
    return f"\x1b[{';'.join(_SGR[style] for style in styles)}m{text}\x1b[0m"


def visible(text: str, encoding: str = "utf-8") -> str:
    r"""The text with every character spelt out that a terminal would obey, hide, or be unable to show.

    >>> print(visible("conv\x1b[2J\n\u202eevil"))
    conv\x1b[2J\n\u202eevil
    >>> visible("3²·日", "ascii")
    '3^2.\\u65e5'
    """
    if text.isprintable() and _can_encode(text, encoding):
        return text
    return "".join(_visible_character(character, encoding) for character in text)


def _visible_character(character: str, encoding: str) -> str:
    if character.isprintable():
        if _can_encode(character, encoding):
            return character
        if character in _PLAIN:
            return _PLAIN[character]
    elif character in _NAMED_ESCAPES:
        return _NAMED_ESCAPES[character]
    number = ord(character)
    if number <= 0xFF:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def display_width(text: str) -> int:
    r"""How many cells of a terminal the text takes; tabs reach to the next multiple of four.

    >>> display_width("conv"), display_width("畳み込み"), display_width("e\u0301"), display_width("a\tb")
    (4, 8, 1, 5)
    """
    if text.isascii() and text.isprintable():
        return len(text)
    cells = 0
    for character in text:
        cells += TAB - cells % TAB if character == "\t" else character_width(character)
    return cells


@lru_cache(1024)
def character_width(character: str) -> int:
    """How many cells one character takes: 2 when wide, 0 when it is not printable or combines with the one before."""
    if character.isascii():
        return 1 if character.isprintable() else 0
    import unicodedata

    # Vowels and final consonants of Hangul written letter by letter stand inside the syllable before them.
    if not character.isprintable() or "\u1160" <= character <= "\u11ff":
        return 0
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken between words, inside a word only when it alone is too wide.

    Text that fits is returned as it is. Spaces at the beginning of the text are kept and repeated on every
    line. The text is one paragraph: make it `visible`, or split it at its newlines, first.

    >>> wrap("the kernel does not fit", 10)
    ['the kernel', 'does not', 'fit']
    """
    if display_width(text) <= width:
        return [text]
    indent = min(len(text) - len(text.lstrip(" ")), width // 2)
    # Two cells are the least that makes progress: one wide character.
    room = max(2, width - indent)
    lines: list[str] = []
    line = ""
    used = 0
    for word in text.split():
        cells = display_width(word)
        if line and used + 1 + cells <= room:
            line += " " + word
            used += 1 + cells
            continue
        if line:
            lines.append(line)
        *full, line = _chop(word, room) if cells > room else [word]
        lines.extend(full)
        used = display_width(line)
    lines.append(line)
    return [" " * indent + line for line in lines]


def _chop(word: str, room: int) -> list[str]:
    pieces: list[str] = []
    piece: list[str] = []
    used = 0
    for character in word:
        cells = character_width(character)
        if used + cells > room:
            pieces.append("".join(piece))
            piece, used = [], 0
        piece.append(character)
        used += cells
    pieces.append("".join(piece))
    return pieces
