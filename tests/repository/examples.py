"""The worked examples of CONTRIBUTING.md: what they change in a copy of the repository, and what they show.

A block of code begins with a comment that says where it belongs:

    # PATH                 a file of its own
    # PATH, at the end     behind what the file has
    # PATH, in NAME        further entries of the list, tuple or map that the module assigns to NAME
    # PATH, before NAME    in front of that assignment

A console block is a command in that copy, and what it prints.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(python|yaml|console)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"# ([\w./-]+\.(?:py|yaml))(?:, (at the end|in|before)(?: (\w+))?)?\n")


class Example(NamedTuple):
    """The blocks of one section, in their order: language and text."""

    heading: str
    blocks: list[tuple[str, str]]

    @property
    def changes(self) -> list[str]:
        """What is written into files."""
        return [text for language, text in self.blocks if language != "console"]

    @property
    def commands(self) -> list[tuple[str, str]]:
        """The commands, and what each prints."""
        return [
            (command.removeprefix("$ "), output)
            for language, text in self.blocks
            if language == "console"
            for command, _, output in [text.partition("\n")]
        ]


def examples(document: str) -> dict[str, Example]:
    """The sections of a document that have blocks of code, by their headings."""
    sections = re.split(r"^## (.+)\n", document, flags=re.MULTILINE)[1:]
    found = {heading: BLOCK.findall(text) for heading, text in zip(sections[::2], sections[1::2], strict=True)}
    return {heading: Example(heading, blocks) for heading, blocks in found.items() if blocks}


def change(root: Path, text: str) -> None:
    """Do what one block says. Raises: ValueError if it does not say where it belongs, or its place is not there."""
    match = PLACE.match(text)
    if match is None:
        raise ValueError(f"a block of CONTRIBUTING.md does not begin with its place: {text.partition(chr(10))[0]}")
    path, body = root / match[1], text[match.end() :]
    if match[2] is None:
        if path.exists():
            raise ValueError(f"CONTRIBUTING.md writes {match[1]} anew, which is there already")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")
        return
    stored, name = path.read_text(encoding="utf-8"), match[3]
    places = {
        "at the end": lambda: f"{stored}\n{body}",
        "in": lambda: with_entries(stored, name, body),
        "before": lambda: with_code(stored, name, body),
    }
    path.write_text(places[match[2]](), encoding="utf-8")


def assignment(source: str, name: str) -> ast.Assign | ast.AnnAssign:
    """The statement at the top of a module that gives a name its value. Raises: ValueError if there is none."""
    for node in ast.parse(source).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if [target.id for target in targets if isinstance(target, ast.Name)] == [name] and node.value is not None:
            return node
    raise ValueError(f"there is no {name} at the top of this module")


def with_entries(source: str, name: str, entries: str) -> str:
    """A module with further entries in one of its collections. Raises: ValueError if there is none of this name.

    >>> print(with_entries('COMMANDS = ("check", "draw")', "COMMANDS", '"count",'))
    COMMANDS = ("check", "draw",
    "count",)
    """
    value = assignment(source, name).value
    lines = source.splitlines(keepends=True)
    # Columns of the tree count bytes.
    column = len(lines[value.end_lineno - 1].encode()[: value.end_col_offset - 1].decode())
    end = sum(map(len, lines[: value.end_lineno - 1])) + column
    before = source[:end].rstrip()
    return f"{before}{'' if before.endswith(',') else ','}\n{entries}{source[end:]}"


def with_code(source: str, name: str, code: str) -> str:
    """A module with more code in front of an assignment. Raises: ValueError if there is none of this name."""
    lines = source.splitlines(keepends=True)
    line = assignment(source, name).lineno - 1
    return "".join([*lines[:line], f"{code}\n\n", *lines[line:]])


def copied(folder: Path) -> Path:
    """The package and what it reads, without what was compiled."""
    for part in ("archcalc", "specs"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def printed(root: Path, command: str) -> str:
    """What a command prints in a copy, whatever it finds. Raises: RuntimeError with what it complains about."""
    program, *arguments = shlex.split(command)
    assert program == "archcalc", f"CONTRIBUTING.md shows {program}"
    environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "80", "NO_COLOR": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "archcalc", *arguments], cwd=root, env=environment, capture_output=True, text=True
    )
    if done.stderr:
        raise RuntimeError(f"{command}: {done.stderr}")
    return done.stdout
