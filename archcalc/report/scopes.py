"""The derivations of a scope: of its layers one after the other, with repeated layers shown once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from archcalc.derivations import Derivation, latex, markdown
from archcalc.derivations.text import flow, glossary, rows, title
from archcalc.diagnostics.render import NARROWEST
from archcalc.dims.figures import grouped
from archcalc.graph import Graph, Map, Module, Node
from archcalc.layers.shape import Shape
from archcalc.report.tree import Branch, tree
from archcalc.source import SourceFile
from archcalc.tally import tally
from archcalc.terminal import Terminal, visible, wrap

_SHOWN = 3

_Writer = Callable[[Derivation], str]


class Part(NamedTuple):
    """A layer of a scope, and the names of those that are equal to it in the turns of a repetition."""

    derivation: Derivation
    also: tuple[str, ...]


class ScopeDerivation:
    """How the sizes and counts of a group, or of a block where it is called, come about: layer by layer.

    It shows itself as a `Derivation` does.

    >>> import archcalc
    >>> archcalc.load("unet:paper").check().explain("enc1").summary
    '4 layers, 37,568 parameters, 12,080,353,536 multiplications'
    """

    __slots__ = ("file", "module", "name", "nodes")

    def __init__(self, module: Module, nodes: list[Node], file: SourceFile) -> None:
        self.module = module
        self.name = module.prefix.removesuffix(".")
        self.nodes = nodes
        self.file = file

    @property
    def kind(self) -> str:
        """The block that it is a call of, or that it is a group."""
        return self.module.block or "group"

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
            for leaf in _leaves(tree(self.nodes))
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
        return ", ".join([size, *counts, f"{grouped(totals.multiplications)} multiplications"])

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
        return f"{self.kind}{gap}{flow(_shape(self.module.entry), _shape(self.module.output))}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """For a notebook, which sets the formulas."""
        return {"text/plain": str(self), "text/markdown": self.to_markdown()}

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
    return ScopeDerivation(module, [node for node in graph.nodes if node.name.startswith(module.prefix)], file)


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
