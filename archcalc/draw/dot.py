"""The picture as DOT, the language of Graphviz.

Every text is escaped here: names in a spec are anybody's. Ids are plain words, no text becomes an attribute besides a
label and a tooltip, and no attribute leads anywhere else (URL, image, fonts of a path).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from archcalc.draw.model import Diagram, DrawnBox, Edge
from archcalc.draw.palette import LIGHT, STATED, Palette
from archcalc.draw.text import SHOWN, SKIPS, Caption, Captions

if TYPE_CHECKING:
    import graphviz

Direction = Literal["down", "right"]
DIRECTIONS: tuple[Direction, ...] = ("down", "right")

FONT = "Helvetica,Arial,sans-serif"
HEADING, SMALL, SHAPE = "11", "9", "9"
"""Sizes of text in points."""


def dot(diagram: Diagram, direction: Direction = "down", palette: Palette = LIGHT) -> str:
    """The text of a picture."""
    return _Writer(diagram, direction, palette).text()


class _Writer:
    def __init__(self, diagram: Diagram, direction: Direction, palette: Palette) -> None:
        self.diagram = diagram
        self.direction = direction
        self.palette = palette
        self.captions = Captions(diagram)

    def text(self) -> str:
        import graphviz

        graph = graphviz.Digraph("network")
        title = self.captions.title(self.diagram)
        graph.attr(
            "graph",
            rankdir="TB" if self.direction == "down" else "LR",
            bgcolor=self.palette.background,
            fontname=FONT,
            fontcolor=self.palette.text,
            label=self._html(title, legend=self._legend()),
            labelloc="t",
            nodesep="0.25",
            ranksep="0.16",
            fontsize=HEADING,
            pad="0.2",
            tooltip=_plain(title.heading),
        )
        graph.attr(
            "node",
            shape="box",
            style="rounded,filled",
            fontname=FONT,
            fontcolor=self.palette.text,
            fontsize=HEADING,
            margin="0.14,0.06",
            height="0.3",
            width="0.6",
            penwidth="1.1",
        )
        graph.attr(
            "edge",
            fontname=FONT,
            fontsize=SHAPE,
            fontcolor=self.palette.small_text,
            color=self.palette.line,
            arrowsize="0.6",
            penwidth="1.1",
        )
        for box in self.diagram.boxes:
            self._box(graph, box, 0)
        for edge in self.diagram.edges:
            if not edge.repeats:
                self._edge(graph, edge)
        return str(graph.source)

    def _box(self, graph: graphviz.Digraph, box: DrawnBox, depth: int) -> None:
        if not box.children:
            caption = self.captions.box(box)
            if box.skip:
                # Graphviz cannot draw an arc beside a box.
                caption = caption._replace(small=(*caption.small, SKIPS[box.skip]))
            graph.node(box.id, self._html(caption), **self._looks(box))
            return
        color = self.palette.open[depth % len(self.palette.open)]
        if box.mark in self.palette.marks and box.mark != "~":
            color = self.palette.marks[box.mark]
        with graph.subgraph(name=f"cluster {box.id}") as inner:
            inner.attr(
                label=self._html(self.captions.frame(box), "left"),
                labeljust="l",
                style="rounded,filled",
                fillcolor=color.fill,
                color=color.border,
                penwidth="2" if box.times > 1 else "1",
                margin="10",
                tooltip=_plain(self.captions.tooltip(box)),
            )
            for child in box.children:
                self._box(inner, child, depth + 1)

    def _looks(self, box: DrawnBox) -> dict[str, str]:
        color = self.palette.color(box.family)
        looks: dict[str, str] = {}
        if box.role in ("input", "output"):
            color = self.palette.ends
            looks |= {"shape": "ellipse", "style": "filled", "margin": "0.05,0.02"}
        elif box.role == "merge":
            looks |= {"shape": "ellipse", "style": "filled", "margin": "0.03,0.01", "width": "0.3", "height": "0.3"}
        elif box.role == "scope":
            color = self.palette.closed
        elif box.role == "unknown":
            looks |= {"shape": "ellipse", "style": "filled,dashed", "width": "0.3"}
        elif box.family in STATED:
            looks["style"] = "rounded,filled,dashed"
        if self.diagram.is_comparison:
            color = self.palette.marks.get(box.mark, self.palette.same)
            looks |= {"penwidth": "2.2"} if box.mark else {}
            if box.mark == "-":
                looks["style"] = f"{looks.get('style', 'rounded,filled')},dashed"
        if box.times > 1 and box.role != "merge":
            looks["peripheries"] = "2"
        if box.faults:
            color = self.palette.fault
            looks["penwidth"] = "2.5"
        return {
            "fillcolor": color.fill,
            "color": color.border,
            "tooltip": _plain(self.captions.tooltip(box)),
            **looks,
        }

    def _edge(self, graph: graphviz.Digraph, edge: Edge) -> None:
        text, tooltip = self.captions.edge(edge), _plain(self.captions.edge(edge._replace(tells=True)))
        looks: dict[str, Any] = {"tooltip": tooltip}
        if text:
            # A space keeps the text off the line.
            looks |= {"label": f" {_plain(text)} ", "labeltooltip": tooltip}
        if edge.is_reference:
            looks |= {"style": "dashed", "color": self.palette.reference, "fontcolor": self.palette.reference}
        if edge.mark in self.palette.marks:
            line = self.palette.marks[edge.mark].border
            looks |= {"color": line, "fontcolor": line, "penwidth": "1.8"}
            looks |= {"style": "dashed"} if edge.mark == "-" else {}
        graph.edge(edge.source, edge.target, **looks)

    def _legend(self) -> str:
        """The signs of a comparison with their meanings, each in its colour."""
        entries = []
        for sign, meaning in self.diagram.legend:
            color = self.palette.marks[sign].border if sign in self.palette.marks else self.palette.small_text
            text = f"{SHOWN.get(sign, sign)} {meaning}"
            entries.append(_styled(text, f'font point-size="{HEADING}" color="{color}"'))
        return "&#160;&#160;&#160;".join(entries)

    def _html(self, caption: Caption, align: str = "center", *, legend: str = "") -> str:
        """A text in two sizes, as an HTML-like label."""
        small = f'font point-size="{SMALL}" color="{self.palette.small_text}"'
        lines = [_styled(caption.heading, "b"), *[_styled(line, small) for line in caption.small]]
        lines += [legend] if legend else []
        end = f'<br align="{align}"/>'
        return f"<{end.join(lines)}{end if align != 'center' else ''}>"


def _styled(text: str, tag: str) -> str:
    """A text of which every character is escaped.

    Graphviz has no escape for the backslash here, which would make `\\G` the name of the graph: it ends its element.
    """
    pieces = (text or " ").translate(_ESCAPES).replace("\\", "\\\0").split("\0")
    name = tag.partition(" ")[0]
    return "".join(f"<{tag}>{piece}</{name}>" for piece in pieces if piece)


_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def _plain(text: str) -> str:
    r"""A string in which nothing is an escape (`\N`), an entity (`&lt;`) or an HTML-like label (`<...>`)."""
    import graphviz

    escaped = text.replace("\\", "\\\\").replace("&", "&amp;").replace("\n", "\\n")
    # Its own kind of text, which is quoted also where it stands in angle brackets.
    plain: str = graphviz.nohtml(escaped)
    return plain
