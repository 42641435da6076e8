"""Hints beside the lines of a text: what each step gives, and how many parameters it has.

A step in a loop runs several times: its hint shows the first and the last shape. A step of a block that is called in
several places shows what all calls have in common, and nothing where they differ in everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from archcalc.diagnostics.model import Span
from archcalc.dims.figures import grouped
from archcalc.editor.networks import Checked
from archcalc.graph import Graph, Map, Module, Node, scopes
from archcalc.layers.shape import Shape, factor
from archcalc.patterns import compiled_later
from archcalc.source import SourceFile
from archcalc.spec.model import BlockStep, Step
from archcalc.tally import Count, known, tally_known

DIFFERS = "…"
"""Stands for a size that is another one in each call."""
OLD = "(before the last edits)"
"""Marks what was true of the last text that could be read."""
_TOKEN = compiled_later(r"""(["'])(?:\\.|(?!\1).)*\1|(?<=\s)\#|[\[\]{},]""")
_SHOWN = 8
"""Runs of a step that a tooltip lists."""


class Hint(NamedTuple):
    """A text that is shown at a place, behind the character in front of it."""

    line: int
    column: int
    text: str
    tooltip: str


class _Run(NamedTuple):
    """A step that was run once: what it gave, its parameters, and the call of the block that it is a step of."""

    name: str
    shapes: tuple[Shape | None, ...]
    parameters: Count
    call: object


def hints(checked: Checked, file: SourceFile, *, is_old: bool = False) -> list[Hint]:
    """The hints of a network, in the order of the lines; old ones are marked.

    >>> from archcalc.editor.networks import Networks
    >>> file = SourceFile("net.yaml", "input: [1, 8, 8]\\nlayers:\\n- conv: [6, 5]\\n- {repeat: 2, do: [max_pool: 2]}")
    >>> for hint in hints(Networks(file).network(None), file):
    ...     print(hint.line, hint.text)
    3 → 6×4×4 · 156 params
    4 → 6×2×2 … 6×1×1
    """
    runs: dict[int, list[_Run]] = {}
    steps: dict[int, Step] = {}
    for step, run in _runs(checked.report.graph):
        steps[id(step)] = step
        runs.setdefault(id(step), []).append(run)
    places = [(span, found) for step, found in runs.items() if (span := checked.moved.span(steps[step].span))]
    by_line: dict[int, list[tuple[Span, list[_Run]]]] = {}
    for span, found in places:
        by_line.setdefault(span.line, []).append((span, found))
    return [
        Hint(line, column, f"{text} {OLD}" if is_old else text, _tooltip(found))
        for line, entries in sorted(by_line.items())
        for column, found in _columns(entries, file.line(line))
        if (text := _text(found))
    ]


def nodes_at(checked: Checked, line: int, column: int) -> list[Node]:
    """The layers that the step stands for which begins at a place of the present text."""
    then = checked.moved.then(line)
    found = [node for node in checked.report.graph.nodes if node.step is not None]
    return [node for node in found if node.step.origin.span[:2] == (then, column)]


def _columns(entries: list[tuple[Span, list[_Run]]], line: str) -> list[tuple[int, list[_Run]]]:
    """The column of every hint of a line: its end for the step that all others stand in, and else where a step ends."""
    entries.sort(key=lambda entry: entry[0].column)
    ends = [_end(line, span) for span, _ in entries]
    if ends[0] >= max(ends):
        ends[0] = len(line.rstrip()) + 1
    found = [(end, runs) for end, (_, runs) in zip(ends, entries, strict=True)]
    return sorted(found, key=lambda place: place[0])


def _end(line: str, key: Span) -> int:
    """The column behind a key and its value, as far as it stands on the line."""
    end = key.end_column - 1 if key.end_line == key.line else len(line)
    if line[end : end + 1] != ":":
        return end + 1
    depth = 0
    for token in _TOKEN.finditer(line, end):
        text = token[0]
        if text in ("[", "{"):
            depth += 1
        elif text in ("]", "}"):
            depth -= 1
        if depth < 0 or (text == "," and not depth) or text[0] == "#":
            return len(line[: token.start()].rstrip()) + 1
    return len(line.rstrip()) + 1


def _runs(graph: Graph) -> Iterator[tuple[Step, _Run]]:
    """Everything that was run, with the step that ran it."""
    for node in graph.nodes:
        if node.step is not None:
            shapes = tuple([value.outline for value in node.outputs])
            yield node.step.origin, _Run(node.name, shapes, known(node).parameters, node.call)
    called = [module for module in scopes(graph).values() if module.step and isinstance(module.step.origin, BlockStep)]
    inside = _inside(graph, called) if called else {}
    for module in called:
        nodes = inside[id(module)]
        yield (
            module.step.origin,
            _Run(
                module.prefix[:-1],
                _given(module.output),
                tally_known(nodes).parameters,
                nodes[0].call and nodes[0].call.parent,
            ),
        )


def _inside(graph: Graph, modules: Iterable[Module]) -> dict[int, list[Node]]:
    """The layers of each module, with those of modules inside of it."""
    found: dict[int, list[Node]] = {id(module): [] for module in modules}
    by_prefix = {module.prefix: id(module) for module in modules}
    for node in graph.nodes:
        parts = node.name.split(".")
        for end in range(1, len(parts)):
            key = by_prefix.get(".".join(parts[:end]) + ".")
            if key is not None:
                found[key].append(node)
    return found


def _given(output: Any) -> tuple[Shape | None, ...]:
    if isinstance(output, tuple):
        return tuple([shape for one in output for shape in _given(one)])
    return (output.outline,) if isinstance(output, Map) else (None,)


def _text(runs: Sequence[_Run]) -> str:
    parts = [f"→ {shape}" if (shape := _shapes(runs)) else "", _parameters(runs)]
    return " · ".join(part for part in parts if part)


def _shapes(runs: Sequence[_Run]) -> str:
    """The shape that a step gives: first and last in a loop, what is common to all calls in a block."""
    first, last = runs[0], runs[-1]
    if len({id(run.call) for run in runs}) > 1:
        parts = [_common(column) for column in zip(*_of_one_length(runs), strict=True)]
        return "" if set(parts) == {DIFFERS} else ", ".join(parts)
    ends = [_written(first.shapes)] if first.shapes == last.shapes else [_written(first.shapes), _written(last.shapes)]
    return f" {DIFFERS} ".join(ends) if all(ends) else ""


def _of_one_length(runs: Sequence[_Run]) -> list[tuple[Shape | None, ...]]:
    """The shapes of all runs, if all have equally many."""
    return [run.shapes for run in runs] if len({len(run.shapes) for run in runs}) == 1 else []


def _common(shapes: Sequence[Shape | None]) -> str:
    known = [shape.sizes for shape in shapes if shape is not None]
    if len(known) < len(shapes) or len({len(sizes) for sizes in known}) > 1:
        return DIFFERS
    columns = [set(column) for column in zip(*known, strict=True)]
    if columns and all(len(column) > 1 for column in columns):
        return DIFFERS
    return "×".join(factor(column.pop()) if len(column) == 1 else DIFFERS for column in columns)


def _written(shapes: Sequence[Shape | None]) -> str:
    return ", ".join(str(shape) for shape in shapes) if None not in shapes else ""


def _parameters(runs: Sequence[_Run]) -> str:
    """How many parameters a step has, in all its runs; in several calls of a block, if all have as many."""
    if len({id(run.call) for run in runs}) > 1:
        counts = {run.parameters for run in runs}
        return _counted(counts.pop()) if len(counts) == 1 else ""
    total: Any = 0
    for run in runs:
        if run.parameters is None:
            return ""
        total = total + run.parameters
    return _counted(total)


def _counted(count: Count) -> str:
    if count is None or count == 0:
        return ""
    return f"{grouped(count)} param{'' if count == 1 else 's'}"


def _tooltip(runs: Sequence[_Run]) -> str:
    """What each run of a step gives, by its name."""
    lines = [
        f"{run.name}: {', '.join(part for part in (_written(run.shapes), _counted(run.parameters)) if part)}"
        for run in (runs if len(runs) <= _SHOWN else [*runs[: _SHOWN - 2], runs[-1]])
    ]
    if len(runs) > _SHOWN:
        lines.insert(-1, f"{DIFFERS} {len(runs) - _SHOWN + 1} more")
    return "\n".join(lines)
