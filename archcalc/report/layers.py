"""The layers of a network that was checked: what each reads, writes and costs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from archcalc.checking import Checked, KnownSizes, known_sizes
from archcalc.derivations import Derivation
from archcalc.graph import Module, Node
from archcalc.layers.shape import Shape
from archcalc.layers.site import Fractional, Requirement
from archcalc.report.scopes import ScopeDerivation, derivations
from archcalc.tally import Count, known, tally_known
from archcalc.terminal import visible


class LayerReport(NamedTuple):
    """One layer: what it reads and writes, and what it costs.

    Sizes leave out the batch. Counts are integers, or polynomials where symbols have no value. What an error keeps
    unknown is None: a size, or a shape of which not even the number of axes is known. A layer with several outputs
    lists them in `outputs`; `output` is the first.

    >>> import archcalc
    >>> layer = archcalc.load("input: [1, 32, 32]\\nlayers: [conv: [6, 5]]").check()["0"]
    >>> layer.kind, layer.input, layer.output, layer.parameters
    ('conv', ((1, 32, 32),), (6, 28, 28), 156)
    """

    name: str
    kind: str
    path: tuple[str, ...]
    line: int
    input: tuple[KnownSizes | None, ...]
    output: KnownSizes | None
    outputs: tuple[KnownSizes | None, ...]
    parameters: Count
    frozen: Count
    buffers: Count
    multiplications: Count
    fractions: tuple[Fractional, ...]
    requirements: tuple[Requirement, ...]
    shares: str | None
    derivation: Derivation

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """In a notebook: how its sizes and counts come about."""
        return self.derivation._repr_mimebundle_(include, exclude)


class ScopeReport(NamedTuple):
    """A group, or a block where it is called: what it reads, what it writes, and what its layers cost together.

    >>> import archcalc
    >>> scope = archcalc.load("unet:paper").check()["enc1"]
    >>> scope.kind, scope.output, scope.parameters, [layer.name for layer in scope.layers][:2]
    ('double', (64, 568, 568), 37568, ['enc1.0', 'enc1.1'])
    >>> scope
    <ScopeReport enc1: double; 4 layers, 37,568 parameters, 12,080,353,536 multiplications>
    """

    name: str
    kind: str
    path: tuple[str, ...]
    line: int
    input: tuple[KnownSizes | None, ...]
    output: KnownSizes | None
    outputs: tuple[KnownSizes | None, ...]
    parameters: Count
    frozen: Count
    buffers: Count
    multiplications: Count
    layers: tuple[LayerReport, ...]
    derivation: ScopeDerivation

    def __repr__(self) -> str:
        return visible(f"<ScopeReport {self.name}: {self.kind}; {self.derivation.summary}>")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """In a notebook: how its sizes and counts come about."""
        return self.derivation._repr_mimebundle_(include, exclude)


def scope(checked: Checked, module: Module, every: Iterable[LayerReport]) -> ScopeReport:
    """A scope with those of the layers that stand in it."""
    derivation = derivations(checked.graph, module, checked.file)
    counts = tally_known(derivation.nodes)
    outputs = _sizes(derivation.outputs)
    return ScopeReport(
        derivation.name,
        derivation.kind,
        module.path,
        module.step.span.line,
        _sizes(derivation.inputs),
        outputs[0],
        outputs,
        counts.parameters,
        counts.frozen,
        counts.buffers,
        counts.multiplications,
        tuple([layer for layer in every if layer.name.startswith(module.prefix)]),
        derivation,
    )


def _sizes(shapes: Iterable[Shape | None]) -> tuple[KnownSizes | None, ...]:
    return tuple([shape and shape.sizes for shape in shapes])


def layers(checked: Checked) -> list[LayerReport]:
    """All layers, each behind what it reads."""
    return [_layer(node, Derivation(node, checked.file)) for node in checked.graph.nodes]


def _layer(node: Node, derivation: Derivation) -> LayerReport:
    counts = known(node)
    outputs = tuple([known_sizes(value) for value in node.outputs])
    facts = node.facts
    return LayerReport(
        node.name,
        node.kind,
        (*node.module.path, node.label),
        node.span.line,
        tuple([known_sizes(value) for value in node.inputs]),
        outputs[0],
        outputs,
        counts.parameters,
        counts.frozen,
        counts.buffers,
        counts.multiplications,
        facts.fractions if facts else (),
        tuple([requirement.written for requirement in facts.requirements]) if facts else (),
        node.shares.name if node.shares else None,
        derivation,
    )
