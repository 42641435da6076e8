"""Python data as indented JSON text: short values on one line, long ones spread out, lists of maps a line each."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from archcalc.source.findings import DEPTH_LIMIT

WIDTH = 100


class Verbatim(str):
    """A value or a key that is written as it stands: a number with its digits, a text with its quotes and escapes."""

    __slots__ = ()


def json_text(data: object) -> str:
    """Readable JSON of dictionaries, lists, tuples, text, numbers, booleans and None.

    Anything else stands as its `str()`: a Fraction as "1/3", a polynomial as "2*N + 1".

    Raises: TypeError for keys that are no text and for bytes and sets; ValueError for NaN, infinities, text that
    cannot be written as UTF-8, cycles, and nesting deeper than 64.
    """
    pieces: list[str] = []
    _write(data, "data", "", 0, pieces, set())
    pieces.append("\n")
    return "".join(pieces)


def _write(value: object, path: str, indent: str, column: int, pieces: list[str], above: set[int]) -> None:
    if not isinstance(value, (dict, list, tuple)):
        pieces.append(_scalar(value, path))
        return
    if id(value) in above:
        raise ValueError(f"{path} contains itself")
    if len(above) >= DEPTH_LIMIT:
        raise ValueError(f"{_short(path)} is nested deeper than {DEPTH_LIMIT} levels")
    above.add(id(value))
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    if not value:
        pieces.append(opening + closing)
    elif above != {id(value)} and (line := _one_line(value, path, WIDTH - column)) is not None:
        pieces.append(line)
    else:
        deeper = indent + "  "
        pieces.append(opening)
        for position, (prefix, part, where) in enumerate(_parts(value, path)):
            pieces.append((",\n" if position else "\n") + deeper + prefix)
            _write(part, where, deeper, len(deeper) + len(prefix), pieces, above)
        pieces.append("\n" + indent + closing)
    above.remove(id(value))


def _parts(
    value: dict[object, object] | list[object] | tuple[object, ...], path: str
) -> Iterator[tuple[str, object, str]]:
    """What stands before each part, the part, and the way to it."""
    if isinstance(value, dict):
        for key, part in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{path} has the key {key!r}; keys are text")
            yield f"{_scalar(key, path)}: ", part, f"{path}.{key}"
    else:
        for index, part in enumerate(value):
            yield "", part, f"{path}[{index}]"


def _one_line(value: object, path: str, room: int) -> str | None:
    """The value on one line, or None when it does not fit or reads better spread out."""
    # Every part takes a character at least, so a value that does not fit is given up after `room` parts: the search
    # stays linear, and a cycle ends.
    if not isinstance(value, (dict, list, tuple)):
        line = _scalar(value, path)
        return line if len(line) <= room else None
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    pieces: list[str] = []
    used = 2
    for prefix, part, where in _parts(value, path):
        if opening == "[" and isinstance(part, dict):
            return None
        used += len(prefix) + (2 if pieces else 0)
        inner = _one_line(part, where, room - used) if used < room else None
        if inner is None:
            return None
        used += len(inner)
        pieces.append(prefix + inner)
    return opening + ", ".join(pieces) + closing if used <= room else None


def _scalar(value: object, path: str) -> str:
    if isinstance(value, Verbatim):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        if not isfinite(value):
            raise ValueError(f"{path} is {value!r}; a specification holds finite numbers only")
        return float.__repr__(value)
    if isinstance(value, (bytes, bytearray, set, frozenset)):
        raise TypeError(f"{path} is a {type(value).__name__}; a specification holds text, numbers, lists and maps")
    return _quoted(str(value), path)


def _quoted(text: str, path: str) -> str:
    from json.encoder import encode_basestring

    written: str = encode_basestring(text)
    if written.isprintable():
        return written
    return "".join(char if char.isprintable() else _escaped(char, path) for char in written)


def _escaped(char: str, path: str) -> str:
    if "\ud800" <= char <= "\udfff":
        raise ValueError(f"{_short(path)} holds half of a surrogate pair, which is no character")
    if ord(char) < 0x10000:
        return f"\\u{ord(char):04x}"
    above = ord(char) - 0x10000
    return f"\\u{0xD800 + (above >> 10):04x}\\u{0xDC00 + (above & 0x3FF):04x}"


def _short(path: str) -> str:
    return path if len(path) <= 80 else path[:60] + "..." + path[-15:]
