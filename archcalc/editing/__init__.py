"""Edits of a specification's text that keep comments, layout and line ends.

    editor = Editor(file)
    edit = editor.set_field(step, "padding", "1")
    print(diff(file.text, apply(file.text, [edit]), file.name))

Every edit is proved before it is given out: the changed text is read again, and says what it said with that one
change. What cannot be changed so raises `Uneditable`, which says why.
"""

from __future__ import annotations

from archcalc.editing.edits import Editor
from archcalc.editing.files import rewritten, with_line_ends
from archcalc.editing.manuscript import Uneditable
from archcalc.editing.text import TextEdit, apply, diff, joined

__all__ = ["Editor", "TextEdit", "Uneditable", "apply", "diff", "joined", "rewritten", "with_line_ends"]
