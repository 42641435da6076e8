"""Formatting: a specification's text laid out by one rule, with its comments where they were.

What is written in brackets stays there as long as it fits on its line, and is put on lines where it does not; what is
written on lines stays on lines. Keys get their order, entries their indentation, and texts stay letter by letter.
"""

from __future__ import annotations

from archcalc.editing import Uneditable
from archcalc.editing.manuscript import Manuscript
from archcalc.formatting.json_layout import json_layout
from archcalc.formatting.remarks import Remarks
from archcalc.formatting.yaml_layout import yaml_layout
from archcalc.source import SourceFile, parse, plain

__all__ = ["formatted"]


def formatted(file: SourceFile) -> str:
    r"""The text of a spec as the rule lays it out; it says what it said before, which is proved by reading it again.

    Raises: Uneditable for a text that cannot be read, or has a finding of its form, such as a key that stands twice.

    >>> text = "layers:\n- conv : {kernel: 3,out: 8} # first\n- relu\ninput: [ 1, 8, 8 ]\n"
    >>> print(formatted(SourceFile("net.yaml", text)), end="")
    input: [1, 8, 8]
    layers:
      - conv: {out: 8, kernel: 3}  # first
      - relu
    """
    manuscript = Manuscript(file)
    if manuscript.problems:
        raise Uneditable("the text has a mistake in its form")
    text = json_layout(manuscript) if _is_json(file) else yaml_layout(manuscript)
    if text != file.text:
        _prove(manuscript, text)
    return text


def _is_json(file: SourceFile) -> bool:
    """Whether a text is JSON: what begins like it may be YAML."""
    if not file.text.lstrip().startswith(("{", "[")):
        return False
    from archcalc.source.json_reader import read_json

    root, problems = read_json(file)
    return root is not None and not problems


def _prove(manuscript: Manuscript, text: str) -> None:
    """Raises: Uneditable if the new text says something else than the old one, or has lost a comment."""
    changed = manuscript.file.with_text(text)
    root, problems = parse(changed)
    if root is None or problems or plain(root) != plain(manuscript.root):
        raise Uneditable("it is written in a way that would say something else when laid out")
    before, after = (
        Remarks(file, node).texts() for file, node in ((manuscript.file, manuscript.root), (changed, root))
    )
    if before != after:
        raise Uneditable("a comment stands where it would be lost")
