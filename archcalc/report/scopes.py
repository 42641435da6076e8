"""The derivations of a scope: of its layers one after the other, with repeated layers shown once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from archcalc.derivations import Derivation, latex, markdown
from archcalc.derivations.text import flow, glossary, rows, title
from archcalc.dims.figures import grouped
from archcalc.graph import Graph, Map, Module, Node
from archcalc.layers.shape import Shape
from archcalc.report.tree import Branch, tree
from archcalc.source import SourceFile
from archcalc.tally import stated, tally
from archcalc.terminal import NARROWEST, Terminal, visible, wrap

_SHOWN = 3

_Writer = Callable[[Derivation], str]


class Part(NamedTuple):
    """A layer of a scope, and the names of those that are equal to it in the turns of a repetition."""

    derivation: Derivation
    also: tuple[str, ...]


class ScopeDerivation:
    """How the sizes and counts of a network, a group, or a block where it is called come about: layer by layer.

    It shows itself as a `Derivation` does.

    >>> import archcalc
    >>> archcalc.load("unet:paper").check().explain("enc1").summary
    '4 layers, 37,568 parameters, 12,080,353,536 multiplications'
    """

    __slots__ = ("file", "inputs", "kind", "name", "nodes", "outputs")

    def __init__(
        self,
        name: str,
        kind: str,
        nodes: list[Node],
        ends: tuple[tuple[Shape | None, ...], tuple[Shape | None, ...]],
        file: SourceFile,
    ) -> None:
        self.name = name
        self.kind = kind
        """The block that it is a call of, or that it is a group or a network."""
        self.nodes = nodes
        self.inputs, self.outputs = ends
        self.file = file

    @property
    def known(self) -> bool:
        """Whether the shapes of all its layers are known."""
        return all(node.facts is not None and node.facts.outputs is not None for node in self.nodes)

    @property
    def derivations(self) -> list[Derivation]:
        """The derivation of every layer."""
        return [Derivation(node, self.file) for node in self.nodes]

    @property
    def parts(self) -> list[Part]:
        """The layers in their order, equal ones of repeated neighbours once."""
        return [
            Part(Derivation(leaf.nodes[0], self.file), tuple(node.name for node in leaf.nodes[1:]))
            for leaf in _leaves(tree(self.nodes, "all"))
        ]

    @property
    def summary(self) -> str:
        """How many layers it has, and their counts together."""
        size = f"{len(self.nodes)} layer{'' if len(self.nodes) == 1 else 's'}"
        if not self.known:
            return size
        totals = tally(self.nodes)
        counts = [f"{grouped(totals.parameters)} parameters"]
        if totals.frozen != 0:
            counts.append(f"{grouped(totals.frozen)} frozen ones")
        counts.append(f"{grouped(totals.multiplications)} multiplications")
        if (author := stated(self.nodes)).layers:
            counts.append(f"{grouped(author.multiplications)} of them stated, not computed")
        return ", ".join([size, *counts])

    def to_text(self, *, width: int = 80, color: bool = False, encoding: str = "utf-8") -> str:
        """For a terminal, in lines of at most `width` cells (at least 40)."""
        return self._text(Terminal(width, color, encoding).at_least(NARROWEST))

    def _text(self, terminal: Terminal) -> str:
        found = [*title(self.name, self._line("  "), terminal)]
        found += wrap(self.summary, terminal.width)
        for derivation, also in self.parts:
            line = f"{derivation.kind}  {flow(derivation.inputs, derivation.outputs)}"
            found += ["", *title(derivation.name, line, terminal)]
            if also:
                found += [terminal.paint(text, "dim") for text in terminal.wrapped(f"also {_listed(also)}")]
            own_rows = rows(derivation, terminal._replace(width=terminal.width - 2), with_letters=False)
            found += [f"  {row}" for row in ([] if _is_plain(derivation) else own_rows)]
            for reason in derivation.reasons:
                found += [terminal.paint(text, "red") for text in terminal.wrapped(f"  {reason}")]
        letters = glossary((part.derivation for part in self.parts), terminal)
        found += ["", *letters] if letters else []
        return "\n".join(found)

    def to_markdown(self) -> str:
        """For a page or a slide: the formulas of all layers in LaTeX between dollar signs."""
        name, line, summary = map(markdown.escaped, (self.name, self._line(), self.summary))
        return self._joined(f"**{name}** {line}: {summary}", markdown.markdown, markdown.heading, markdown.escaped)

    def to_latex(self) -> str:
        """For a document with amsmath: an `align*` for every layer."""
        top = latex.comment(f"{self.name}: {self._line()}")
        return self._joined(top, latex.latex, latex.heading, latex.comment)

    def _joined(self, top: str, write: _Writer, heading: _Writer, aside: Callable[[str], str]) -> str:
        blocks = [top]
        for derivation, also in self.parts:
            blocks.append((heading if _is_plain(derivation) else write)(derivation))
            if also:
                blocks.append(aside(f"also {_listed(also)}"))
        return "\n\n".join(blocks)

    def _line(self, gap: str = ", ") -> str:
        return f"{self.kind}{gap}{flow(self.inputs, self.outputs)}"

    def to_html(self) -> str:
        """For a page: the formulas of all layers in MathML, which browsers set by themselves."""
        name, line, summary = map(markdown.html_words, (self.name, self._line(), self.summary))
        return self._joined(
            f"<p><b>{name}</b> {line}: {summary}</p>",
            markdown.html,
            markdown.html_heading,
            lambda aside: f"<p>{markdown.html_words(aside)}</p>",
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """For a notebook: it shows the first that it can."""
        return {"text/html": self.to_html(), "text/markdown": self.to_markdown(), "text/plain": str(self)}

    def __str__(self) -> str:
        return self.to_text()

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, ScopeDerivation) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.kind))

    def __repr__(self) -> str:
        return visible(f"<Derivations of {self.name}: {self.summary}>")


def derivations(graph: Graph, module: Module, file: SourceFile) -> ScopeDerivation:
    """The derivations of a scope."""
    nodes = [node for node in graph.nodes if node.name.startswith(module.prefix)]
    ends = _shape(module.entry), _shape(module.output)
    return ScopeDerivation(module.prefix.removesuffix("."), module.block or "group", nodes, ends, file)


def derivations_of_network(graph: Graph, name: str, file: SourceFile) -> ScopeDerivation:
    """The derivations of all layers."""
    entries = tuple(output for node in graph.inputs for output in node.outputs)
    ends = _shape(entries), _shape(tuple(graph.outputs.values()))
    return ScopeDerivation(name, "network", graph.nodes, ends, file)


def _leaves(branch: Branch) -> Iterator[Branch]:
    for child in branch.children:
        if child.children:
            yield from _leaves(child)
        else:
            yield child


def _is_plain(derivation: Derivation) -> bool:
    """Whether there is nothing to work out: a shape that stays, and no counts."""
    return not derivation.letters and derivation.known and derivation.inputs[:1] == derivation.outputs


def _shape(value: Any) -> tuple[Shape | None, ...]:
    """The shapes of what a scope reads or writes."""
    if isinstance(value, tuple):
        return tuple(shape for one in value for shape in _shape(one))
    return (value.outline if isinstance(value, Map) else None,)


def _listed(names: tuple[str, ...]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
