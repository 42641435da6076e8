"""A file's bytes with another text in them: encoding, byte order mark and line ends stay what they were."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from difflib import SequenceMatcher

from archcalc.source import SourceFile

_ENCODINGS = ((BOM_UTF8, "utf-8"), (BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be"), (b"", "utf-8"))
_END = re.compile("\r\n|\r|\n")


def rewritten(data: bytes, text: str) -> bytes:
    r"""The bytes of a file whose text became this one, in which lines end by "\n" and no byte order mark stands.

    A line that stays keeps its end; a new one gets the end that the lines around it have.

    >>> rewritten(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", "a: 1\nb: 3\nc: 4\n")
    b'\xef\xbb\xbfa: 1\r\nb: 3\r\nc: 4\r\n'
    """
    mark, encoding = next((mark, name) for mark, name in _ENCODINGS if data.startswith(mark))
    raw = data[len(mark) :].decode(encoding)
    old, ends = _END.split(raw), _END.findall(raw)
    new = text.split("\n")
    pieces: list[str] = []
    for line, end in zip(new, _ends(old, ends, new), strict=False):
        pieces += [line, end]
    return mark + "".join([*pieces, new[-1]]).encode(encoding)


def with_line_ends(file: SourceFile, text: str) -> str:
    r"""A changed text of a file with the line ends that the file has.

    >>> with_line_ends(SourceFile("net.yaml", "a: 1\r\nb: 2\r\n"), "a: 1\nb: 3\n")
    'a: 1\r\nb: 3\r\n'
    """
    if "\r" not in file.original:
        return text
    return rewritten(file.original.encode("utf-8"), text).decode("utf-8")


def _ends(old: list[str], ends: list[str], new: list[str]) -> list[str]:
    """The line end behind every new line but the last."""
    usual = ends[0] if ends else "\n"
    if all(end == usual for end in ends):
        return [usual] * (len(new) - 1)
    found: list[str] = []
    for _, start, stop, new_start, new_stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        kept = ends[start:stop]
        last = kept[-1] if kept else ends[start - 1] if 0 < start <= len(ends) else usual
        found += [*kept, *[last] * (new_stop - new_start)][: new_stop - new_start]
    return found[: len(new) - 1]
