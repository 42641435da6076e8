"""Changes to a text: by offsets, put in, and shown as a diff."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import unified_diff
from typing import NamedTuple

from archcalc.terminal import Style, paint, visible


class TextEdit(NamedTuple):
    """A stretch of a text, from `start` up to `end` (offsets in characters), and what stands there instead.

    >>> import archcalc
    >>> report = archcalc.load("input: [1, 7, 7]\\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]").check()
    >>> report.repairs[0].edits
    (TextEdit(start=61, end=61, text=', padding: 1'),)
    """

    start: int
    end: int
    text: str


def apply(text: str, edits: Iterable[TextEdit]) -> str:
    """The text with all edits made; their offsets are those of the text as it is.

    Raises: ValueError for edits that overlap or lie outside of the text.

    >>> apply("conv: [6, 5]", [TextEdit(10, 11, "3"), TextEdit(7, 8, "16")])
    'conv: [16, 3]'
    """
    pieces: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if not done <= edit.start <= edit.end <= len(text):
            raise ValueError(f"{edit} overlaps another edit or lies outside of the text")
        pieces += [text[done : edit.start], edit.text]
        done = edit.end
    return "".join([*pieces, text[done:]])


def joined(text: str, edits: Sequence[TextEdit]) -> TextEdit:
    """Several edits as one; what stands between them is put in as it was.

    >>> joined("conv: [6, 5]", [TextEdit(10, 11, "3"), TextEdit(7, 8, "16")])
    TextEdit(start=7, end=11, text='16, 3')
    """
    start, end = min(edit.start for edit in edits), max(edit.end for edit in edits)
    moved = [TextEdit(edit.start - start, edit.end - start, edit.text) for edit in edits]
    return TextEdit(start, end, apply(text[start:end], moved))


_STYLES: dict[str, Style] = {"+": "green", "-": "red", "@": "cyan"}


def diff(old: str, new: str, name: str, *, color: bool = False) -> str:
    r"""The unified diff of two texts of a file, as `patch` and `git apply` take it; empty for equal texts.

    >>> print(diff("a: 1\nb: 2\n", "a: 1\nb: 3\n", "net.yaml"))
    --- net.yaml
    +++ net.yaml
    @@ -1,2 +1,2 @@
     a: 1
    -b: 2
    +b: 3
    """
    shown: list[str] = []
    for line in unified_diff(_lines(old), _lines(new), name, name):
        # Tabs are harmless, and a diff that spells them out fits no file.
        safe = "\t".join(visible(part) for part in line.removesuffix("\n").split("\t"))
        if len(shown) < 2:
            shown.append(paint(safe, "bold", color=color))
            continue
        style = _STYLES.get(line[0])
        shown.append(paint(safe, *[style] if style else [], color=color))
        if line[0] != "@" and not line.endswith("\n"):
            shown.append("\\ No newline at end of file")
    return "\n".join(shown)


def _lines(text: str) -> list[str]:
    """The lines with their ends. Only a line feed ends one: other line separators may stand in comments."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1].removesuffix("\n")
    return lines if lines[-1] else lines[:-1]
