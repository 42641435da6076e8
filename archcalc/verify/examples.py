"""Example inputs: which integers an input can hold, so that every table that they are looked up in has their rows."""

from __future__ import annotations

from archcalc.graph import Graph, Map

ANY = 100
"""Integers that nothing looks up are below this number."""


def integers_below(graph: Graph) -> tuple[int | None, ...]:
    """For every input the number that its integers must be below; None for an input of real numbers.

    >>> import archcalc
    >>> text = "input: {words: {shape: [8], dtype: int}, image: [3, 4, 4]}\\nlayers:\\n  - "
    >>> steps = "{from: words}\\n  - embedding: [50, 4]\\n  - {flatten, as: row}\\n  - {flatten, from: image, as: flat}"
    >>> integers_below(archcalc.load(f"{text}{steps}\\noutput: [row, flat]").check().graph)
    (50, None)
    """
    bounds: dict[tuple[int, int], int] = {}

    def bound(value: Map, most: int) -> None:
        key = (id(value.node), value.port)
        bounds[key] = min(most, bounds.get(key, most))

    for node in reversed(graph.nodes):
        layer = node.layer
        shapes = tuple([value.shape for value in node.inputs if value.shape is not None])
        if layer is None or len(shapes) < len(node.inputs):
            continue
        for place, rows in layer.looks_up(shapes).items():
            if isinstance(rows, int):
                bound(node.inputs[place], rows)
        if layer.numbers == "any":
            passed = [bounds[id(node), output.port] for output in node.outputs if (id(node), output.port) in bounds]
            for value in node.inputs if passed else ():
                bound(value, min(passed))
    return tuple(
        [
            bounds.get((id(node), 0), ANY) if shape is not None and shape.integers is not None else None
            for node in graph.inputs
            for shape in [node.outputs[0].shape]
        ]
    )
