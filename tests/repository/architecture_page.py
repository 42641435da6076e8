"""The map of the code in ARCHITECTURE.md: the rooms from the top down, each with the first line of its docstring."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import wrap

from repository.rooms import LEVELS

PACKAGE = Path(__file__).resolve().parents[2] / "archcalc"
WIDTH = 110
ARROW = "  ▼"


def source(room: str) -> Path:
    """The module of a room, or that of its package."""
    module = PACKAGE / f"{room}.py"
    return module if module.exists() else PACKAGE / room / "__init__.py"


def about(room: str) -> str:
    """What a room is: the first line of its docstring. Raises: ValueError if it has none."""
    docstring = ast.get_docstring(ast.parse(source(room).read_text(encoding="utf-8")))
    if not docstring:
        raise ValueError(f"{source(room)} has no docstring to stand in ARCHITECTURE.md")
    return docstring.partition("\n")[0]


def entry(room: str, width: int) -> list[str]:
    """A room's lines: its name, a stroke behind it if it is a folder, and what it is."""
    name = f"{room}/" if (PACKAGE / room).is_dir() else f"{room}.py"
    first, *rest = wrap(about(room), WIDTH - width)
    return [f"{name:<{width}}{first}", *(" " * width + line for line in rest)]


def rooms() -> str:
    """All rooms as a block of Markdown; a level uses those below it, and a room never another one of its level."""
    width = max(len(room) for level in LEVELS for room in level) + len(".py  ")
    levels = ["\n".join(line for room in sorted(level) for line in entry(room, width)) for level in reversed(LEVELS)]
    return "```text\n" + f"\n{ARROW}\n".join(levels) + "\n```\n"
