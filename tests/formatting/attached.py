"""What every comment of a text stands at, found by PyYAML's tokens and indentation alone: the judge of comments.

A comment behind something stands at what begins its line, `- ` left out; where that is only a bracket or a piece of
brackets, at the entry that they belong to. A comment alone on its line is not judged here but by its order.
"""

from __future__ import annotations

import re

import yaml

Path = tuple[str | int, ...]
_REMARK = re.compile(r"# remark (\d+)")


def attached(text: str) -> dict[int, set[Path]]:
    """For each numbered remark behind something, the paths of the entries that begin or end on its line."""
    ends: dict[int, set[Path]] = {}
    _walk(yaml.compose(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)), (), ends)
    found: dict[int, set[Path]] = {}
    for number, line in enumerate(text.split("\n")):
        match = _REMARK.search(line)
        if match and line[: match.start()].strip() and number in ends:
            found[int(match[1])] = ends[number]
    return found


def alone(text: str) -> list[int]:
    """The numbers of the remarks, in their order."""
    return [int(number) for number in _REMARK.findall(text)]


def _walk(node: yaml.Node, path: Path, ends: dict[int, set[Path]]) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            ends.setdefault(key.start_mark.line, set()).add((*path, key.value))
            _walk(value, (*path, key.value), ends)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            ends.setdefault(item.start_mark.line, set()).add((*path, index))
            _walk(item, (*path, index), ends)
    if isinstance(node, yaml.ScalarNode) or node.flow_style:
        ends.setdefault(node.end_mark.line, set()).add(path)
