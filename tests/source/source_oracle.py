"""What the tests of the source room share: flattened trees, and a second way to find the text under a span."""

from __future__ import annotations

from archcalc.diagnostics.model import Diagnostic
from archcalc.source import Node, Scalar, Sequence, SourceFile, parse


def places(node: Node, path: str = "") -> list[tuple[str, tuple[int, ...]]]:
    """Every node with its span, in source order; the path of a key ends with a colon."""
    found: list[tuple[str, tuple[int, ...]]] = [(path, tuple(node.span))]
    if isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            found += places(item, f"{path}/{index}")
    elif not isinstance(node, Scalar):
        for key, value in node.entries:
            found.append((f"{path}/{key.text}:", tuple(key.span)))
            found += places(value, f"{path}/{key.text}")
    return found


def scalars(node: Node) -> list[Scalar]:
    """All scalars, keys too."""
    if isinstance(node, Scalar):
        return [node]
    if isinstance(node, Sequence):
        return [scalar for item in node.items for scalar in scalars(item)]
    return [scalar for key, value in node.entries for scalar in (key, *scalars(value))]


def under(text: str, span: tuple[int, ...]) -> str:
    """The source text under a span."""
    line, column, end_line, end_column = span
    lines = text.split("\n")[line - 1 : end_line]
    lines[-1] = lines[-1][: end_column - 1]
    lines[0] = lines[0][column - 1 :]
    return "\n".join(lines)


def read(text: str, name: str = "net.yaml") -> Node:
    """The node of a text without mistakes."""
    node, problems = parse(SourceFile(name, text))
    assert problems == []
    assert node is not None
    return node


def problems_of(text: str, name: str = "net.yaml") -> list[Diagnostic]:
    """What is said about a text."""
    return parse(SourceFile(name, text))[1]


def only_problem(text: str, name: str = "net.yaml") -> Diagnostic:
    """The one thing that is said about a text."""
    (problem,) = problems_of(text, name)
    return problem
