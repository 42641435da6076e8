"""JSON laid out: short values on one line, long ones spread out, keys in their order."""

from __future__ import annotations

from archcalc.editing.manuscript import Manuscript
from archcalc.formatting.order import SPEC, Role, in_brackets
from archcalc.source import Mapping, Node, Scalar
from archcalc.source.json_writer import Verbatim, json_text


def json_layout(manuscript: Manuscript) -> str:
    """The text of a JSON spec, whose numbers and texts stay as they are written.

    >>> from archcalc.source import SourceFile
    >>> print(json_layout(Manuscript(SourceFile("a.json", '{"layers": ["relu"],"input":[1e1]}'))), end="")
    {
      "input": [1e1],
      "layers": ["relu"]
    }
    """
    return json_text(_data(manuscript, manuscript.root, SPEC))


def _data(manuscript: Manuscript, node: Node, role: Role) -> object:
    if isinstance(node, Scalar):
        return Verbatim(manuscript.slice(node))
    if isinstance(node, Mapping):
        entries = in_brackets(role, node)
        return {Verbatim(manuscript.slice(key)): _data(manuscript, value, role.at(key.text)) for key, value in entries}
    return [_data(manuscript, item, role.item) for item in node.items]
