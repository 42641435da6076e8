"""What stands in a box and beside an edge, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from archcalc.dims import Dim
from archcalc.dims.figures import grouped
from archcalc.draw.model import Diagram, DrawnBox, Edge
from archcalc.layers.shape import Shape, factor
from archcalc.report.abbreviations import Abbreviations
from archcalc.terminal import display_width, visible, wrap

LINE_CELLS = 30
"""Small print is broken into lines of about this many cells."""
MOST_CELLS = 60
"""Longer texts, closed forms among them, are cut; the tooltip has them whole."""
MOST_LINES = 3
"""A list of fields that needs more lines is cut."""
SIGNS = {"add": "+", "subtract": "−", "multiply": "×"}
"""Merges that have a sign; the others are called by their kind."""


SHOWN = {"-": "−"}
"""How signs of a comparison are shown that look like something else."""


SKIPS = {"": "", "identity": "with a skip", "projection": "with a skip through a projection"}
"""What is said of blocks that add what they read to what they compute."""


class Caption(NamedTuple):
    """The text of a box: its heading, and lines of small print."""

    heading: str
    small: tuple[str, ...]


class Captions:
    """Texts for the boxes and edges of one picture."""

    def __init__(self, diagram: Diagram) -> None:
        self._abbreviations = Abbreviations(_values(diagram), diagram.symbols)

    def box(self, box: DrawnBox) -> Caption:
        """The text in a box."""
        if box.role == "merge":
            heading = SIGNS.get(box.kind, kind_text(box.kind))
            lines = _lines(["" if box.label in box.behind else box.label, *box.remarks, *_codes(box.faults)])
            return Caption(_cut(_sign(box) + heading), (*_behind(box), *lines))
        if box.role in ("input", "output", "unknown"):
            return Caption(_cut(_sign(box) + (box.label or box.name)), _lines(list(box.remarks)))
        parts = [*self._names(box), *box.remarks, *self._counts(box), *_codes(box.faults)]
        return Caption(_cut(_sign(box) + _times(box) + self._heading(box)), (*_behind(box), *_lines(parts)))

    def frame(self, box: DrawnBox) -> Caption:
        """The text at the frame of an open scope."""
        return Caption(_cut(_sign(box) + _times(box) + self._heading(box)), _lines(self._names(box)))

    def tooltip(self, box: DrawnBox) -> str:
        """Everything about a box in lines: name, kind, shapes, counts, faults."""
        name = box.name if box.times == 1 else f"{box.name} and {box.times - 1} more like it"
        kinds = f"{kind_text(box.kind)} {box.kernel}".strip() if box.kind != box.name else ""
        lines = [name, ", ".join([*([kinds] if kinds else []), *map(kind_text, box.behind)]), box.settings]
        if box.role != "output":
            lines.append(", ".join(shape_text(shape) for shape in box.outputs))
        if box.role in ("layer", "merge", "scope"):
            each = " each" if box.times > 1 else ""
            lines.append(_named(box.parameters, "parameter", "parameters") + each if box.parameters != 0 else "")
            products = _named(box.multiplications, "multiplication", "multiplications")
            lines.append(products + each if box.multiplications != 0 else "")
        lines.append(f"uses the weights of {box.shares}" if box.shares else "")
        lines.append(SKIPS[box.skip])
        return "\n".join(visible(line) for line in [*lines, *box.remarks, *box.faults] if line)

    def edge(self, edge: Edge) -> str:
        """The text beside an edge, if there is one."""
        if not edge.tells:
            return ""
        sign = f"{SHOWN.get(edge.mark, edge.mark)} " if edge.mark else ""
        return _cut(sign + self.shape(edge.shape) + (f", {edge.times} times" if edge.times > 1 else ""))

    def title(self, diagram: Diagram) -> Caption:
        """The text over a picture."""
        parts = [
            _named(self._short(value), *words)
            for value, words in (
                (diagram.parameters, ("parameter", "parameters")),
                (diagram.multiplications, ("multiplication", "multiplications")),
            )
            if value is not None
        ]
        return Caption(
            _cut(diagram.title), tuple([_cut(line) for line in [*parts, *diagram.notes, *self._abbreviations.legend()]])
        )

    def shape(self, shape: Shape | None) -> str:
        """A shape, with long sizes abbreviated."""
        if shape is None:
            return "?"
        return "×".join(factor(self._abbreviations.short(size)) for size in shape.sizes)

    def _heading(self, box: DrawnBox) -> str:
        if box.role == "scope":
            names = (box.kind, box.label) if box.times > 1 else (box.label, box.kind)
            return names[0] or names[1] or f"group {box.name.rpartition('.')[2]}"
        made = "" if box.filters is None else factor(self._abbreviations.short(box.filters))
        if box.kernel and made:
            return f"{kind_text(box.kind)} {box.kernel}, {made}"
        return " ".join(word for word in (kind_text(box.kind), box.kernel, made) if word)

    def _names(self, box: DrawnBox) -> list[str]:
        """What the heading leaves out."""
        if box.role == "scope":
            names = (box.label, box.kind)
            return [name for name in names if name and name != self._heading(box)]
        return [box.label if box.label not in (box.kind, *box.behind) else "", box.settings]

    def _counts(self, box: DrawnBox) -> list[str]:
        found = [f"{box.layers:,} layers"] if box.role == "scope" and not box.children and box.layers > 1 else []
        if box.shares:
            return [*found, f"weights of {box.shares}"]
        if box.parameters is not None and box.parameters != 0:
            found.append(_times(box) + _named(self._short(box.parameters), "parameter", "parameters"))
        return found

    def _short(self, value: Dim | None) -> Dim | None:
        return None if value is None else self._abbreviations.short(value)


def kind_text(kind: str) -> str:
    """A kind as people write it: `max pool`."""
    return kind.replace("_", " ")


def _behind(box: DrawnBox) -> tuple[str, ...]:
    """The norms and activations in a box."""
    listed = ", ".join(map(kind_text, box.behind))
    return tuple(wrap(visible(listed), LINE_CELLS)) if listed else ()


def _sign(box: DrawnBox) -> str:
    """What has become of a box in a comparison."""
    return f"{SHOWN.get(box.mark, box.mark)} " if box.mark else ""


def _values(diagram: Diagram) -> Iterator[Dim]:
    """The sizes and counts that are shown."""
    for box in diagram.walk():
        yield from (size for shape in box.outputs if shape is not None for size in shape.sizes)
        if box.parameters is not None:
            yield box.parameters
    yield from (value for value in (diagram.parameters, diagram.multiplications) if value is not None)


def shape_text(shape: Shape | None) -> str:
    """A shape as the tables write it; `?` where an error keeps it unknown."""
    return "?" if shape is None else str(shape)


def _times(box: DrawnBox) -> str:
    return f"{box.times} × " if box.times > 1 else ""


def _named(value: Dim | None, one: str, many: str) -> str:
    if value is None:
        return f"? {many}"
    return f"{grouped(value)} {one if value == 1 else many}" if isinstance(value, int) else f"{many} = {value}"


def _codes(faults: tuple[str, ...]) -> list[str]:
    """Codes only: the picture shows where, the diagnostics say what."""
    return list(dict.fromkeys(fault.partition(":")[0] for fault in faults))


def _lines(parts: list[str]) -> tuple[str, ...]:
    """Small print in lines of about equal width."""
    lines: list[str] = []
    for piece in (line for part in parts if part for line in wrap(visible(part), LINE_CELLS)[:MOST_LINES]):
        joined = f"{lines[-1]} · {piece}" if lines else piece
        if lines and display_width(joined) <= LINE_CELLS:
            lines[-1] = joined
        else:
            lines.append(piece)
    return tuple(lines)


def _cut(text: str) -> str:
    text = visible(text)
    return text if display_width(text) <= MOST_CELLS else text[: MOST_CELLS - 1] + "…"
