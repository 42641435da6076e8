"""What every comment of a text stands at, found by PyYAML's nodes and by indentation alone: the judge of comments.

A comment behind something stands at what begins on its line, or ends there. One on a line of its own stands at what
begins on the next line with anything else, unless that line is less deep: then it is the end of what is above it.
"""

from __future__ import annotations

import re

import yaml

Path = tuple[str | int, ...]
_REMARK = re.compile(r"# remark (\d+)")


def numbers(text: str) -> list[int]:
    """The numbers of the remarks, in their order."""
    return [int(number) for number in _REMARK.findall(text)]


def attached(text: str) -> dict[int, set[Path]]:
    """For each numbered remark the paths of what it stands at; none for one at the end of something."""
    begins: dict[int, set[Path]] = {}
    ends: dict[int, set[Path]] = {}
    _walk(yaml.compose(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)), (), begins, ends)
    lines = text.split("\n")
    found: dict[int, set[Path]] = {}
    for number, line in enumerate(lines):
        match = _REMARK.search(line)
        if match and line[: match.start()].strip():
            found[int(match[1])] = begins.get(number, set()) | ends.get(number, set())
        elif match:
            found[int(match[1])] = begins.get(_next(lines, number, match.start()), set())
    return found


def _next(lines: list[str], number: int, column: int) -> int:
    """The next line with anything but a comment; -1 if it is less deep than a column."""
    for later in range(number + 1, len(lines)):
        text = lines[later].lstrip()
        if text and not text.startswith("#"):
            return later if len(lines[later]) - len(text) >= column else -1
    return -1


def _walk(node: yaml.Node, path: Path, begins: dict[int, set[Path]], ends: dict[int, set[Path]]) -> None:
    begins.setdefault(node.start_mark.line, set()).add(path)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            begins.setdefault(key.start_mark.line, set()).add((*path, key.value))
            _walk(value, (*path, key.value), begins, ends)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*path, index), begins, ends)
    if isinstance(node, yaml.ScalarNode) or node.flow_style:
        ends.setdefault(node.end_mark.line, set()).add(path)
