"""The text format of protocol buffers, as `.prototxt` files have it: names with values, and messages in braces.

A file may come from anybody: its length and its nesting are bounded, and what is no such text is one failure with its
line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from archcalc.importing.failure import ImportFailure
from archcalc.terminal import visible

LONGEST = 4 * 2**20
"""Bytes of a file: hundreds of times what the largest networks need."""
DEEPEST = 32
"""Messages within messages."""
LARGEST = 2**48
"""Sizes and counts beyond this are no network."""
_TOKEN = re.compile(
    r"""(?P<space>(?:\s|\#[^\n]*)+)|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<word>[\w.+-]+)|(?P<sign>[{}<>:\[\],;])"""
)

Value: TypeAlias = "Scalar | Message"


class Scalar(NamedTuple):
    """A value as it is written, and whether it is a text in quotes."""

    text: str
    quoted: bool
    line: int


class Message:
    """Names with their values, each as often as it is given.

    >>> message = parsed('name: "net" layer { top: "a" top: "b" }')
    >>> message.text("name"), message.messages("layer")[0].texts("top")
    ('net', ['a', 'b'])
    """

    def __init__(self, line: int) -> None:
        self.line = line
        self.fields: dict[str, list[Value]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def fail(self, message: str) -> ImportFailure:
        """A failure in this message."""
        return ImportFailure("malformed", message, place=f"line {self.line}")

    def messages(self, name: str) -> list[Message]:
        """All messages of a name."""
        found = self.fields.get(name, [])
        for one in found:
            if not isinstance(one, Message):
                raise self.fail(f"`{name}` is {shown(one.text)}, and a message in braces is expected")
        return [one for one in found if isinstance(one, Message)]

    def message(self, name: str) -> Message:
        """The message of a name; an empty one where it is not given."""
        found = self.messages(name)
        return found[-1] if found else Message(self.line)

    def texts(self, name: str) -> list[str]:
        """All words or texts of a name."""
        return [one.text for one in self._scalars(name)]

    def text(self, name: str, default: str = "") -> str:
        """The word or the text of a name."""
        found = self.texts(name)
        return found[-1] if found else default

    def numbers(self, name: str) -> list[float]:
        """All numbers of a name."""
        return [self._number(name, one) for one in self._scalars(name)]

    def number(self, name: str, default: float) -> float:
        """The number of a name."""
        found = self.numbers(name)
        return found[-1] if found else default

    def sizes(self, name: str, least: int = 0) -> list[int]:
        """All whole numbers of a name."""
        found = []
        for value in self.numbers(name):
            if value != int(value) or not least <= value <= LARGEST:
                raise self.fail(f"`{name}` is {value:g}, and a whole number from {least} on is expected")
            found.append(int(value))
        return found

    def size(self, name: str, default: int | None = None, least: int = 0) -> int:
        """The whole number of a name."""
        found = self.sizes(name, least)
        if not found and default is None:
            raise self.fail(f"`{name}` is missing")
        return found[-1] if found else default or 0

    def flag(self, name: str, default: bool) -> bool:
        """A yes or no."""
        word = self.text(name, str(default)).lower()
        if word not in ("true", "false", "0", "1", "t", "f"):
            raise self.fail(f"`{name}` is {shown(word)}, and true or false is expected")
        return word in ("true", "1", "t")

    def _scalars(self, name: str) -> list[Scalar]:
        found = self.fields.get(name, [])
        for one in found:
            if isinstance(one, Message):
                raise one.fail(f"`{name}` is a message, and one value is expected")
        return [one for one in found if isinstance(one, Scalar)]

    def _number(self, name: str, one: Scalar) -> float:
        try:
            value = float(int(one.text, 0) if one.text[:2].lower() == "0x" else one.text.rstrip("fF"))
        except ValueError:
            value = math.nan
        if one.quoted or not math.isfinite(value) or "_" in one.text:
            raise ImportFailure(
                "malformed", f"`{name}` is {shown(one.text)}, and a number is expected", place=f"line {one.line}"
            )
        return value


def shown(text: str) -> str:
    """A text of the file, fit for a message."""
    plain = visible(text)
    return plain if len(plain) <= 80 else f"{plain[:77]}..."


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def parsed(text: str) -> Message:
    """The message that a file is.

    Raises: ImportFailure with the line.
    """
    if len(text) > LONGEST:
        raise ImportFailure("too-large", f"the file is longer than {LONGEST // 2**20} MiB")
    tokens = _tokens(text)
    root = Message(1)
    open_: list[tuple[Message, str]] = [(root, "")]
    for token in tokens:
        inner, closing = open_[-1]
        if token.kind == "sign" and token.text == closing:
            open_.pop()
        elif token.kind == "sign" and token.text in ",;":
            continue
        elif token.kind == "word":
            _field(inner, token.text, tokens, open_)
        else:
            raise _unexpected(token, "a name")
    if len(open_) > 1:
        raise open_[-1][0].fail("this message is never closed")
    return root


def _field(message: Message, name: str, tokens: Iterator[_Token], open_: list[tuple[Message, str]]) -> None:
    """What follows a name: a value, several in brackets, or a message, which is read on."""
    token = _next(tokens, name)
    if token.kind == "sign" and token.text == ":":
        token = _next(tokens, name)
    elif token.kind != "sign" or token.text not in "{<":
        raise _unexpected(token, f"a value of `{name}`")
    values = message.fields.setdefault(name, [])
    if token.kind == "sign" and token.text in "{<":
        if len(open_) > DEEPEST:
            raise ImportFailure("too-large", f"messages nest deeper than {DEEPEST} levels", place=f"line {token.line}")
        inner = Message(token.line)
        values.append(inner)
        open_.append((inner, {"{": "}", "<": ">"}[token.text]))
    elif token.kind == "sign" and token.text == "[":
        while (token := _next(tokens, name)).text != "]" or token.kind == "text":
            if token.kind != "sign":
                values.append(_scalar(token))
            elif token.text != ",":
                raise _unexpected(token, f"a value of `{name}`")
    elif token.kind == "sign":
        raise _unexpected(token, f"a value of `{name}`")
    else:
        values.append(_scalar(token))


def _scalar(token: _Token) -> Scalar:
    quoted = token.kind == "text"
    return Scalar(re.sub(r"\\(.)", r"\1", token.text[1:-1]) if quoted else token.text, quoted, token.line)


def _tokens(text: str) -> Iterator[_Token]:
    place, line = 0, 1
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ImportFailure(
                "malformed", f"{shown(text[place : place + 20])!r} is no part of a prototxt file", place=f"line {line}"
            )
        place = match.end()
        if match.lastgroup != "space":
            yield _Token(match.lastgroup or "", match[0], line)
        line += match[0].count("\n")


def _next(tokens: Iterator[_Token], name: str) -> _Token:
    token = next(tokens, None)
    if token is None:
        raise ImportFailure("malformed", f"the file ends behind `{shown(name)}`")
    return token


def _unexpected(token: _Token, wanted: str) -> ImportFailure:
    message = f"{shown(wanted)} is expected where {shown(token.text)} stands"
    return ImportFailure("malformed", message, place=f"line {token.line}")
