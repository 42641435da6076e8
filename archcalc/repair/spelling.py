"""Certain corrections: how something is spelled that has one reading, also where that keeps the file from being read.

>>> from archcalc import load
>>> for repair in load("input: [1, 8, 8]\\nlayers: [Conv2d: [6, 3], maxpool: 2]\\n").repairs():
...     print(repair.title, repair.is_safe)
`conv` instead of `Conv2d` in line 2 True
`max_pool` instead of `maxpool` in line 2 True
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from archcalc.checking import check
from archcalc.diagnostics.model import Diagnostic, Help
from archcalc.editing import TextEdit, apply, with_line_ends
from archcalc.network import Settings
from archcalc.program import Program
from archcalc.repair.harms import Harm, suspected
from archcalc.repair.model import Repair

MAX_CORRECTED = 20
"""Corrections of one file that are looked at; each is read again by itself."""
_TEXT = "AC120"
"""Codes below it are about YAML and JSON, before the language begins."""
MAX_TEXT = 1_000_000
"""Characters of a text that is read again so often."""


def corrections(program: Program, values: Mapping[str, Any]) -> list[Repair]:
    """The certain corrections among what reading a file has found, in the order of the file.

    Each takes its own finding away and brings no other one; all of them are safe, or none: beside a suspicion nobody
    knows what the author meant.
    """
    found = list(_certain(program))
    if not found or len(program.file.text) > MAX_TEXT:
        return []
    good = [(finding, help, edits) for finding, help, edits in found if _corrects(program, finding, edits)]
    harms = _harms(program, values, [edit for _, _, edits in good for edit in edits])
    return [_repair(program, finding, help, edits, harms) for finding, help, edits in good]


def _certain(program: Program) -> Iterator[tuple[Diagnostic, Help, tuple[TextEdit, ...]]]:
    """Findings with the one help that is certain, and its edits."""
    left = MAX_CORRECTED
    for finding in program.mistakes:
        for help in finding.help:
            if left and isinstance(help, Help) and help.is_certain and help.changes:
                left -= 1
                yield finding, help, tuple([_edit(program, *change) for change in help.changes])


def _edit(program: Program, span: Any, text: str) -> TextEdit:
    start, end = program.file.offset(span.line, span.column), program.file.offset(span.end_line, span.end_column)
    return TextEdit(start, end, text)


def _corrects(program: Program, finding: Diagnostic, edits: tuple[TextEdit, ...]) -> bool:
    """Whether a finding is gone after its correction, and the text is no worse; other mistakes may come to light."""
    changed = program.with_text(apply(program.file.text, edits))
    before, after = _codes(program), _codes(changed)
    if after[finding.code.id] >= before[finding.code.id]:
        return False
    is_as_readable = changed.document is not None or program.document is None
    return is_as_readable and not any(after[code] > before[code] for code in after if code < _TEXT)


def _codes(program: Program) -> Counter[str]:
    return Counter(one.code.id for one in program.mistakes if one.severity == "error")


def _harms(program: Program, values: Mapping[str, Any], edits: list[TextEdit]) -> tuple[Harm, ...]:
    """What speaks against making all corrections: that the network may be meant otherwise."""
    try:
        changed = program.with_text(apply(program.file.text, dict.fromkeys(edits)))
    except ValueError:
        return (Harm("suspicion", "the corrections overlap"),)
    is_network = changed.spec is not None and (changed.variant is not None or not changed.variants)
    if not is_network or not changed.is_network:
        return ()
    suspicions = check(changed, Settings(dict(values))).suspicions
    return (suspected(suspicions[0]),) if suspicions else ()


def _repair(
    program: Program, finding: Diagnostic, help: Help, edits: tuple[TextEdit, ...], harms: tuple[Harm, ...]
) -> Repair:
    text = program.file.text
    (edit, *others) = edits
    old = text[edit.start : edit.end]
    where = f"in line {help.changes[0].span.line}" if not others else f"in {len(edits)} lines"
    title = f"`{edit.text}` instead of `{old}` {where}" if old.strip() else f"spaces instead of tabs {where}"
    corrected = with_line_ends(program.file, apply(text, edits))
    code = finding.code.id
    return Repair(title, "spelling", "", "", code, edits, corrected, "spelling", {}, {}, None, True, harms)
