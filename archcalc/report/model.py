"""The result of a check: layers, totals, outputs, verdicts and diagnostics of one network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.diagnostics import closest
from archcalc.diagnostics.model import Diagnostic
from archcalc.dims import Dim
from archcalc.dims.figures import grouped
from archcalc.expectations import Verdict
from archcalc.graph import Graph, Map, Node
from archcalc.layers.base import Fractional, Requirement
from archcalc.receptive import Misalignment, ReceptiveField, ReceptiveFields
from archcalc.source import SourceFile
from archcalc.tally import Count, Counts, count, tally
from archcalc.terminal import Terminal, visible

if TYPE_CHECKING:
    from archcalc.closed_forms import ClosedForm
    from archcalc.derivations import Derivation
    from archcalc.draw.dot import Direction
    from archcalc.draw.picture import Picture
    from archcalc.repair import Repair
    from archcalc.report.forms import ClosedForms
    from archcalc.report.scopes import ScopeDerivation
    from archcalc.sizes.legal import LegalSizes

Sizes = tuple[Dim, ...]


class LayerReport(NamedTuple):
    """One layer: what it reads and writes, and what it costs.

    Sizes leave out the batch. Counts are integers, or polynomials where symbols have no value. What an error keeps
    unknown is None. A layer with several outputs lists them in `outputs`; `output` is the first.
    """

    name: str
    kind: str
    path: tuple[str, ...]
    line: int
    input: tuple[Sizes | None, ...]
    output: Sizes | None
    outputs: tuple[Sizes | None, ...]
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


class Verdicts(list[Verdict]):
    """What became of the claims about a network; a table in a notebook."""

    def _repr_html_(self) -> str:
        from archcalc.report.html import verdicts

        return verdicts(self)


class Report:
    """Everything a check has to say about one network. `ok` means that no diagnostic is an error.

    >>> import archcalc
    >>> report = archcalc.load("input: [1, 32, 32]\\nlayers:\\n  - conv: [6, 5]\\n  - tanh\\n").check()
    >>> report.ok, report.totals.parameters, report.outputs
    (True, 156, {'output': (6, 28, 28)})
    >>> report["0"].multiplications
    117600
    """

    def __init__(
        self,
        name: str,
        variant: str | None,
        file: SourceFile,
        source: str | None,
        graph: Graph,
        verdicts: list[Verdict],
        requirements: tuple[Requirement, ...],
        symbols: dict[str, Any],
    ) -> None:
        self.name = name
        self.variant = variant
        self.file = file
        self.source = source
        self.graph = graph
        self.diagnostics: list[Diagnostic] = []
        self.verdicts = Verdicts(verdicts)
        self.input_conditions = requirements
        self.symbols = symbols
        self._layers: list[LayerReport] | None = None
        self._totals: Counts[Count] | None = None
        self._by_name: dict[str, LayerReport] | None = None
        self.decide: Callable[[], LegalSizes] | None = None
        """Decides for which sizes the network is legal; set where the report is made."""
        self._legal_sizes: LegalSizes | None = None
        self.find_repairs: Callable[[], list[Repair]] | None = None
        """Searches for changes that repair errors; set where the report is made."""
        self._repairs: list[Repair] | None = None
        self.free: Callable[[], Graph] | None = None
        """Unfolds the network once more, with symbols that have no values; set where the report is made."""
        self._freed: Graph | None = None
        self.receptive = ReceptiveFields(graph)

    @property
    def ok(self) -> bool:
        """Whether no diagnostic is an error."""
        return not any(diagnostic.severity == "error" for diagnostic in self.diagnostics)

    @property
    def complete(self) -> bool:
        """Whether every shape is known, so that the totals are those of the whole network."""
        return self.graph.is_complete

    @property
    def layers(self) -> list[LayerReport]:
        """All layers, each behind what it reads."""
        if self._layers is None:
            # A check on the command line gets by without.
            from archcalc.derivations import Derivation

            self._layers = [_layer(node, Derivation(node, self.file)) for node in self.graph.nodes]
        return self._layers

    @property
    def totals(self) -> Counts[Count]:
        """Counts of the network: trainable and frozen parameters, buffers, multiplications."""
        if self._totals is None:
            self._totals = Counts(*tally(self.graph.nodes)) if self.complete else Counts(None, None, None, None)
        return self._totals

    @property
    def inputs(self) -> dict[str, Sizes | None]:
        """Input shapes by name."""
        return {node.label: _sizes(node.outputs[0]) for node in self.graph.inputs}

    @property
    def outputs(self) -> dict[str, Sizes | None]:
        """Output shapes by name; a network without declared outputs has one, `output`."""
        return {name: _sizes(value) for name, value in self.graph.outputs.items()}

    @property
    def receptive_fields(self) -> dict[str, ReceptiveField]:
        """What the positions of a layer see of the input, for all layers that have such a field: size, jump, centre.

        >>> import archcalc
        >>> report = archcalc.load("input: [1, 32, 32]\\nlayers: [conv: [6, 5], max_pool: 2]\\n").check()
        >>> field = report.receptive_fields["1"]
        >>> field.size, field.jump, field.centre
        ((6, 6), (2, 2), (Fraction(5, 2), Fraction(5, 2)))
        """
        return self.receptive.by_name()

    @property
    def misaligned(self) -> list[Misalignment]:
        """The merges that join maps with centres in different places of the input, in the order of computation.

        >>> import archcalc
        >>> spec = "input: [1, 8]\\nlayers: [concat: [here, [pad: [[1, 0]], {avg_pool: [2, 1], as: mean}]]]\\n"
        >>> [(merge.branches, merge.apart) for merge in archcalc.load(spec).check().misaligned]
        [(('input', 'mean'), (Fraction(1, 2),))]
        """
        return self.receptive.misaligned

    @property
    def legal_sizes(self) -> LegalSizes:
        """The complete set of sizes at which the network is legal, with the layers that ask for them.

        All symbols are free again; lets keep the values that the check gave them. Raises: ValueError for a
        specification that is not even a network.

        >>> import archcalc
        >>> archcalc.load("unet:paper").check().legal_sizes
        <LegalSizes N = 12 (mod 16), N >= 188>
        """
        if self._legal_sizes is None:
            if self.decide is None:
                raise ValueError(f"{self.name} is not a network; its diagnostics say why")
            self._legal_sizes = self.decide()
        return self._legal_sizes

    @property
    def repairs(self) -> list[Repair]:
        """Changes that repair the errors, best first; each was written into the text, read and checked again.

        >>> import archcalc
        >>> report = archcalc.load("input: [1, 7, 7]\\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]").check()
        >>> report.repairs[0].title, report.repairs[0].legal
        ('padding: 1 on conv 0', <LegalSizes H = 1 (mod 3); W = 1 (mod 3)>)
        """
        if self._repairs is None:
            self._repairs = self.find_repairs() if self.find_repairs and not self.ok else []
        return self._repairs

    @property
    def explained(self) -> list[Diagnostic]:
        """The diagnostics, those that can be repaired with the repairs as their help."""
        if not self.repairs:
            return self.diagnostics
        from archcalc.repair import explained

        return explained(self, self.repairs)

    @property
    def conditions(self) -> list[tuple[str, Requirement]]:
        """Conditions on symbols under which the network is legal, with the layers that ask for them; each once."""
        found: dict[Any, tuple[str, Requirement]] = {}
        for requirement in self.input_conditions:
            found.setdefault(requirement.condition, ("input", requirement.written))
        for node in self.graph.nodes:
            for requirement in node.facts.requirements if node.facts else ():
                if requirement.condition not in found:
                    found[requirement.condition] = (node.name, requirement.written)
        return list(found.values())

    @property
    def title(self) -> str:
        """Name and variant."""
        return f"{self.name}:{self.variant}" if self.variant else self.name

    def __getitem__(self, name: str) -> LayerReport:
        """The layer of a name. Raises: KeyError."""
        if self._by_name is None:
            self._by_name = {layer.name: layer for layer in self.layers}
        if name not in self._by_name:
            raise KeyError(_missing(name, self._by_name))
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is a layer of this name."""
        return any(layer.name == name for layer in self.layers)

    def __bool__(self) -> bool:
        """A report is always something; ask `ok` for its verdict."""
        return True

    def __iter__(self) -> Iterator[LayerReport]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.graph.nodes)

    def explain(self, name: str) -> Derivation | ScopeDerivation:
        """How the sizes and counts of a layer come about, or of all layers of a scope; it shows itself.

        Raises: KeyError.
        """
        from archcalc.report.scopes import derivations, scopes

        if name in self:
            return self[name].derivation
        found = scopes(self.graph)
        if name in found:
            return derivations(self.graph, found[name], self.file)
        raise KeyError(_missing(name, [*(layer.name for layer in self.layers), *found]))

    def closed_forms(self, name: str | None = None) -> ClosedForms:
        """Output sizes and counts of the network, of a layer or of a scope, for all sizes that symbols stand for.

        They are in the symbols of the spec also if the check gave these values.

        Raises: KeyError.

        >>> import archcalc
        >>> print(archcalc.load("unet:paper").check().closed_forms("enc1"))
        parameters       37568
        multiplications  37440*N**2 - 297216*N + 592128
        activations      256*N**2 - 1536*N + 2560
        output           64×(N - 4)×(N - 4)
        """
        from archcalc.report.forms import of_layer, of_network, of_scope
        from archcalc.report.scopes import scopes

        if self._freed is None:
            self._freed = self.free() if self.free else self.graph
        if name is None:
            return of_network(self._freed)
        layers = {node.name: node for node in self._freed.nodes}
        if name in layers:
            return of_layer(layers[name])
        found = scopes(self._freed)
        if name in found:
            return of_scope(self._freed, found[name])
        raise KeyError(_missing(name, [*layers, *found]))

    @property
    def parameters(self) -> ClosedForm | None:
        """Trainable parameters as a closed form; `totals` has them at the sizes of the check."""
        return self.closed_forms().parameters

    @property
    def buffers(self) -> ClosedForm | None:
        """Numbers that are stored and not trained, as a closed form."""
        return self.closed_forms().buffers

    @property
    def multiplications(self) -> ClosedForm | None:
        """Multiplications for one input as a closed form; `totals` has them at the sizes of the check.

        >>> import archcalc
        >>> unet = archcalc.load("unet:paper").check()
        >>> print(unet.multiplications)
        733888*N**2 - 181895424*N + 14356195584
        >>> unet.multiplications.at(N=572) == unet.totals.multiplications
        True
        """
        return self.closed_forms().multiplications

    @property
    def activations(self) -> ClosedForm | None:
        """The numbers that all layers write for one input, as a closed form: the elements of all their outputs."""
        return self.closed_forms().activations

    @property
    def output_sizes(self) -> dict[str, tuple[ClosedForm, ...] | None]:
        """Output shapes by name, as closed forms; `outputs` has them at the sizes of the check."""
        return self.closed_forms().output_sizes

    def to_text(
        self, *, width: int = 80, depth: int | None = None, color: bool = False, receptive_field: bool = False
    ) -> str:
        """The table, the verdicts and the diagnostics, as `archcalc check` prints them.

        With `receptive_field`, the table has the columns of `--receptive-field`.
        """
        from archcalc.report.text import full

        return full(self, Terminal(width, color), depth=depth, receptive_field=receptive_field)

    def to_json(self, *, receptive_field: bool = False, repairs: bool = True) -> dict[str, Any]:
        """The report as JSON data, as `archcalc check --format json` gives it for each network.

        With `receptive_field`, each layer says what it sees, and `misaligned` which merges join maps that lie apart.
        Without `repairs`, whose search takes time, none are searched, and `repairs` is None where there are errors.
        """
        from archcalc.report.json import network

        return network(self, receptive_field=receptive_field, repairs=repairs)

    def draw(self, *, depth: int | None = None, direction: Direction = "down") -> Picture:
        """The network as a graph of boxes, which a notebook shows and `save` writes, as `archcalc draw` does.

        `depth` is how many levels of scopes are unfolded; without it, as many as stay readable.

        Raises: ValueError for a depth at which there are too many boxes, among other wrong arguments.
        """
        from archcalc.draw.build import diagram
        from archcalc.draw.picture import Picture

        return Picture(diagram(self, depth), direction)

    def _repr_html_(self) -> str:
        from archcalc.report.html import fragment

        return fragment(self)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        state = (
            "ok"
            if self.ok
            else "errors: "
            + ", ".join(dict.fromkeys(found.code.id for found in self.diagnostics if found.severity == "error"))
        )
        totals, size = self.totals, f"{len(self)} layer{'' if len(self) == 1 else 's'}"
        if self.complete:
            size += f", {grouped(totals.parameters)} parameters, {grouped(totals.multiplications)} multiplications"
        return visible(f"<Report {self.title}: {state}; {size}>")


def _missing(name: str, known: Iterable[str]) -> str:
    near = closest(name, known)
    return f"there is no layer {name!r}" + (f"; did you mean {near!r}?" if near else "")


def _sizes(value: Map) -> Sizes | None:
    return value.shape.sizes if value.shape else None


def _layer(node: Node, derivation: Derivation) -> LayerReport:
    known = node.facts is not None and node.facts.outputs is not None
    counts = Counts(*count(node)) if known else Counts(None, None, None, None)
    outputs = tuple([_sizes(value) for value in node.outputs])
    facts = node.facts
    return LayerReport(
        node.name,
        node.kind,
        (*node.module.path, node.label),
        node.span.line,
        tuple([_sizes(value) for value in node.inputs]),
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
