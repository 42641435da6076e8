"""From text to positioned plain data: YAML and JSON with a position for every key and value, and no types.

    file, problems = decode("net.yaml", data)
    node, problems = parse(file)

The node is None when what was read cannot be trusted; where a mistake leaves the rest sound (a duplicate key, an
anchor nobody uses), the node comes along with the diagnostics, so that later passes find the other mistakes in the
same run.
"""

from __future__ import annotations

from archcalc.collector import paused
from archcalc.diagnostics.model import Diagnostic
from archcalc.source.document import Mapping, Node, Scalar, Sequence, plain
from archcalc.source.text import SIZE_LIMIT, SourceFile, decode

__all__ = [
    "SIZE_LIMIT",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "SourceFile",
    "decode",
    "from_data",
    "parse",
    "plain",
]


def parse(file: SourceFile) -> tuple[Node | None, list[Diagnostic]]:
    """The positioned data in a file: JSON when its name ends in `.json` or its text is a JSON map, otherwise YAML.

    Reports: AC104 to AC118.

    >>> node, problems = parse(SourceFile("net.yaml", "layers:\\n  - conv: {out: 8, kernel: 3}\\n"))
    >>> plain(node)
    {'layers': [{'conv': {'out': '8', 'kernel': '3'}}]}
    >>> node.get("layers").items[0].get("conv").key("kernel").span
    Span(line=2, column=20, end_line=2, end_column=26)
    """
    with paused():
        return _parse(file)


def _parse(file: SourceFile) -> tuple[Node | None, list[Diagnostic]]:
    if file.format == "json" or (file.format is None and file.name.lower().endswith(".json")):
        from archcalc.source.json_reader import read_json

        return read_json(file)
    if file.format is None and _opens_like_json(file.text):
        from archcalc.source.json_reader import read_json

        node, problems = read_json(file)
        if not problems:
            return node, []
        # Not JSON after all: `{"a": 1, b: 2}` is sound YAML, and the YAML reader finds the mistakes if it is not.
    from archcalc.source.yaml_reader import read_yaml

    return read_yaml(file)


def from_data(name: str, data: object) -> SourceFile:
    """Python data written as readable JSON text, so that data made by a program is diagnosed like a file.

    Raises: TypeError or ValueError for what has no place in a specification (NaN, cycles, keys that are no text).

    >>> print(from_data("built", {"layers": [{"conv": {"out": 8, "kernel": [3, 3]}}, "relu"]}).text, end="")
    {
      "layers": [
        {"conv": {"out": 8, "kernel": [3, 3]}},
        "relu"
      ]
    }
    """
    from archcalc.source.json_writer import json_text

    return SourceFile(name, json_text(data), format="json")


def _opens_like_json(text: str) -> bool:
    opening = text[:1000].lstrip()
    return opening.startswith("{") and opening[1:].lstrip().startswith('"')
