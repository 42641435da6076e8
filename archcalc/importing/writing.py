"""Spec data as YAML, laid out as the catalogue's specs are: a step on its line where it fits, and on several where not.

Names and texts of a source are untrusted. Whatever is no plain number, word or expression stands in quotes, and a
comment ends where its line does, so that no name becomes another key, another step or an end of a comment.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from archcalc.formatting.order import BEFORE
from archcalc.formatting.remarks import GAP
from archcalc.importing.structure.data import Head, Spec
from archcalc.layers.table import KINDS, layer_class
from archcalc.source.document import Mapping as MappingNode
from archcalc.source.document import Node, Scalar, Sequence
from archcalc.source.writing import label, written

WIDTH = 112
"""Columns of a line of steps."""
REMARKS = 41
"""The column at which remarks begin, unless their line is longer."""
_PLACE = (1, 1, 1, 1)
"""Data that nobody wrote stands nowhere."""


def text(spec: Spec, remarks: tuple[str, ...] = ()) -> str:
    """The text of a spec; `remarks` are comments at its top.

    >>> print(text({"name": "net", "input": [3, 8, 8], "layers": [{"conv": [4, 3], "as": "stem"}, {"relu": None}]}))
    name: net
    input: [3, 8, 8]
    layers:
      - {conv: [4, 3], as: stem}
      - relu
    <BLANKLINE>
    """
    lines = [line for remark in remarks for line in _remark(remark)]
    for key, value in spec.items():
        lines += _entry(key, value)
    return "\n".join(lines) + "\n"


def _entry(key: str, value: Any) -> Iterator[str]:
    """The lines of a key of the file."""
    if key == "layers":
        yield "layers:"
        yield from _steps(value, 2)
    elif key == "blocks":
        yield "blocks:"
        for head, steps in value.items():
            yield from _remarked(f"  {_key(head)}:", head.remark if isinstance(head, Head) else "")
            yield from _steps(steps, 4)
    else:
        yield f"{key}: {_block(value)}"


def _remarked(line: str, remark: str) -> Iterator[str]:
    """A line with a remark behind it, or in front of it where both are too long for one line."""
    found = f"{line:<{REMARKS - GAP}}{' ' * GAP}{_comment(remark)}" if remark else line
    if len(found) > WIDTH and remark:
        yield f"{' ' * (len(line) - len(line.lstrip()))}{_comment(remark)}"
        found = line
    yield found


def _comment(remark: str) -> str:
    return f"# {_printable(remark)}"


def _remark(remark: str) -> list[str]:
    return textwrap.wrap(_comment(remark), WIDTH, subsequent_indent="# ", break_long_words=False)


def _printable(found: str) -> str:
    """A text without what does not print, which a spec does not take, and what would end a comment."""
    return "".join(letter if letter.isprintable() else " " for letter in found)


# Steps


def _steps(steps: list[Any], indent: int) -> Iterator[str]:
    for step in steps:
        yield from _dashed(step, indent)


def _dashed(step: Any, indent: int) -> Iterator[str]:
    """The lines of a step or a branch, behind its dash."""
    pad = " " * indent
    if (line := _on_one_line(step)) is not None and len(line) + indent + 2 <= WIDTH:
        yield f"{pad}- {line}"
        return
    inner = list(_steps(step, indent + 2) if isinstance(step, list) else _mapped(step, indent + 2))
    yield f"{pad}- {inner[0][indent + 2 :]}"
    yield from inner[1:]


def _on_one_line(step: Any) -> str | None:
    """A step on one line; None for one that nobody would write so."""
    if isinstance(step, list):
        return None if any(_is_deep(one) for one in step) else _flow(step)
    if not isinstance(step, dict):
        return _flow(step)
    if "do" in step or any(_is_deep(branch) for branch in _branches(step)):
        return None
    return _item(_beside(step))


def _is_deep(part: Any) -> bool:
    """Whether something holds groups or merges, which are not read well on the line of what is around it."""
    if isinstance(part, list):
        return any(map(_is_deep, part))
    if not isinstance(part, dict):
        return False
    return "do" in part or any(isinstance(branch, list) for branch in _branches(part))


def _branches(step: Mapping[str, Any]) -> list[Any]:
    for kind, value in step.items():
        if kind in KINDS and layer_class(kind).is_merge:
            found = value["branches"] if isinstance(value, dict) and "branches" in value else value
            return found if isinstance(found, list) else []
    return []


def _beside(step: dict[str, Any]) -> dict[str, Any]:
    """A merge on one line has its fields beside its branches."""
    found: dict[str, Any] = {}
    for key, value in step.items():
        if isinstance(value, dict) and "branches" in value:
            found |= {key: value["branches"], **{name: one for name, one in value.items() if name != "branches"}}
        else:
            found[key] = value
    return found


def _mapped(step: dict[str, Any], indent: int) -> Iterator[str]:
    """The lines of a step that is a map of its own, keys in the order in which they are read."""
    front = [key for key in BEFORE if key in step]
    for key in [*front, *(key for key in step if key not in front)]:
        yield from _pair(key, step[key], indent)


def _pair(key: str, value: Any, indent: int) -> Iterator[str]:
    """The lines of a key with its value."""
    pad = " " * indent
    line = f"{pad}{_key(key)}: {_block(value)}" if value is not None else f"{pad}{_key(key)}"
    if value is None:
        yield f"{line}:"
    elif isinstance(value, list) and (key in ("do", "branches") or key in KINDS) and _holds_steps(value):
        if len(line) <= WIDTH and _is_short(value):
            yield line
            return
        yield f"{pad}{_key(key)}:"
        yield from _steps(value, indent + 2)
    elif isinstance(value, dict) and ("branches" in value or len(line) > WIDTH):
        yield f"{pad}{_key(key)}:"
        for name in sorted(value, key=lambda name: name == "branches"):
            yield from _pair(name, value[name], indent + 2)
    elif isinstance(value, list) and len(line) > WIDTH:
        yield from _wrapped(f"{pad}{_key(key)}: [", [_flow(one) for one in value], indent + 2)
    else:
        yield line


def _wrapped(front: str, entries: list[str], indent: int) -> Iterator[str]:
    """A long list on several lines, broken behind commas."""
    line = front
    for index, entry in enumerate(entries):
        piece = entry + ("," if index < len(entries) - 1 else "]")
        if len(line) + 1 + len(piece) > WIDTH and line != front:
            yield line
            line = " " * indent + piece
        else:
            line += piece if line.endswith("[") and line == front else f" {piece}"
    yield line


def _holds_steps(value: list[Any]) -> bool:
    return any(isinstance(one, (dict, list)) for one in value)


def _is_short(steps: list[Any]) -> bool:
    """Whether steps are read well in brackets: none of them, or one alone, holds steps itself."""
    if any(isinstance(one, list) for one in steps):
        return False
    return len(steps) <= 6 and not any(_is_deep(one) for one in steps)


# Values


def _flow(value: Any) -> str:
    return written(_node(value), "flow")


def _block(value: Any) -> str:
    return written(_node(value), "block")


def _item(step: dict[str, Any]) -> str:
    """A step within a list: one of a single key needs no braces."""
    if len(step) == 1:
        ((key, value),) = step.items()
        return _key(key) if value is None else f"{_key(key)}: {_block(value)}"
    return _flow(step)


def _key(key: str) -> str:
    return label(key, "block").removesuffix(": ")


def _node(value: Any) -> Node:
    """Plain data as the data of a file, which stands nowhere."""
    if isinstance(value, dict):
        return MappingNode([(_scalar(str(key)), _node(one)) for key, one in value.items()], *_PLACE)
    if isinstance(value, (list, tuple)):
        return Sequence([_node(_bare(one)) for one in value], *_PLACE)
    if value is None:
        return Scalar("", *_PLACE)
    return _scalar(_text_of(value))


def _bare(step: Any) -> Any:
    """A layer without fields, in a list of steps, is its name."""
    if isinstance(step, dict) and len(step) == 1 and next(iter(step.values())) is None:
        return next(iter(step))
    return _beside(step) if isinstance(step, dict) else step


def _scalar(found: str) -> Scalar:
    return Scalar(_printable(found), *_PLACE, quoted=found in ("", "~", "null"))


def _text_of(value: Any) -> str:
    """A number or a word as it is written: 1e-05 as 1e-5, true and false in small letters.

    >>> _text_of(1e-05), _text_of(0.001), _text_of(True), _text_of(2.0)
    ('1e-5', '0.001', 'true', '2')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return re.sub(r"e([-+])0+", r"e\1", repr(value)) if isinstance(value, float) else str(value)
