"""The data of a report page: a checked network with its symbols free, as plain JSON.

Every number is the place of a form in `forms`, so that a page computes it for sizes that nobody has checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archcalc import __version__
from archcalc.checking import Checked, known_sizes
from archcalc.derivations import Derivation
from archcalc.diagnostics.model import Diagnostic
from archcalc.diagnostics.render import as_json
from archcalc.dims import Polynomial
from archcalc.expectations import Verdict
from archcalc.expectations.verdict import about, computed, with_value
from archcalc.graph import Map, Module, Node, outward
from archcalc.page.figure import figure
from archcalc.page.forms import Forms, integer
from archcalc.page.legality import legality
from archcalc.page.work import Patterns
from archcalc.program import InvalidSpec
from archcalc.sizes.legal import LegalSizes
from archcalc.tally import activations, is_known, known

FORMAT = 1
"""The version of the data: another one when a page that reads this one would read it wrongly."""


def network(checked: Checked, diagnostics: Sequence[Diagnostic], *, pictured: bool = True) -> dict[str, Any]:
    """A network and what was found about it, with its lecture picture unless that is asked for elsewhere.

    >>> import archcalc
    >>> report = archcalc.load("input: [1, N, N]\\nlayers: [{conv: [6, 5], as: stem}]\\nat: {N: 32}").check()
    >>> data = network(report, report.diagnostics)
    >>> data["symbols"], [layer["name"] for layer in data["layers"]], data["outputs"]
    ({'N': 32}, ['input', 'stem'], {'output': 1})
    >>> stem = data["layers"][1]
    >>> stem["reads"], [data["forms"][place] for place in stem["outputs"][0]]
    ([0], [6, [1, [1, 0, 1], [-4]], [1, [1, 0, 1], [-4]]])
    """
    legal = _legal(checked)
    graph = checked.free_graph if legal is not None else checked.graph
    forms, patterns, scopes = Forms(), Patterns(), _Scopes()
    nodes = [*graph.inputs, *graph.nodes]
    places = {id(node): place for place, node in enumerate(nodes)}
    layers = [_layer(node, checked, places, forms, patterns, scopes) for node in nodes]
    return {
        "format": FORMAT,
        "archcalc": __version__,
        "title": checked.title,
        "source": checked.source,
        "file": checked.file.name,
        "text": checked.file.text,
        "complete": graph.is_complete,
        "symbols": _symbols(checked, legal),
        "fixed": {} if legal is None else {name: integer(size) for name, size in legal.fixed.items()},
        "checked": {name: integer(size) for name, size in checked.symbols.items() if isinstance(size, int)},
        "layers": layers,
        "scopes": scopes.found,
        "outputs": {name: _read(value, places) for name, value in graph.outputs.items()},
        "patterns": patterns.patterns,
        "legal": None if legal is None else legality(legal, forms),
        "atoms": forms.atoms,
        "forms": forms.forms,
        "figure": figure(checked) if pictured else None,
        "diagnostics": [as_json(one, checked.file.name) for one in diagnostics],
        "verdicts": list(map(_verdict, checked.verdicts)),
    }


def _legal(checked: Checked) -> LegalSizes | None:
    """The legal sizes, if they are those of symbols of the spec; None where there is nothing to choose."""
    if not checked.symbols:
        return None
    try:
        legal = checked.legal_sizes
    except InvalidSpec:
        return None
    return legal if legal.never is None and set(legal.symbols) <= checked.symbols.keys() else None


def _symbols(checked: Checked, legal: LegalSizes | None) -> dict[str, int | str | None]:
    """The symbols that a page can choose, with the sizes that are stated."""
    if legal is None:
        return {name: None for name, value in checked.symbols.items() if isinstance(value, Polynomial)}
    stated = {name: legal.stated.get(name) for name in legal.symbols}
    return {name: None if size is None else integer(size) for name, size in stated.items()}


class _Scopes:
    """The scopes of a graph, each behind the one that it stands in; the network itself is none."""

    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []
        self._places: dict[str, int] = {}

    def place(self, module: Module) -> int | None:
        """Where the scope of a layer stands; None for the network itself."""
        place = None
        # Scopes that use the parameters of others stand where those do, under the same name.
        for scope in reversed(list(outward(module))):
            name = scope.prefix.removesuffix(".")
            if not name:
                continue
            if name not in self._places:
                self._places[name] = len(self.found)
                self.found.append({"name": name, "label": scope.label, "block": scope.block, "in": place})
            place = self._places[name]
        return place


def _layer(
    node: Node, checked: Checked, places: dict[int, int], forms: Forms, patterns: Patterns, scopes: _Scopes
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": node.name,
        "kind": node.kind,
        "at": [*node.span],
        "outputs": [_sizes(value, forms) for value in node.outputs],
    }
    if (scope := scopes.place(node.module)) is not None:
        data["scope"] = scope
    if node.layer is None:
        return data
    flowing = len(node.layer.flowing(node.inputs))
    data["family"] = node.layer.family
    data["reads"] = [_read(value, places) for value in node.inputs[:flowing]]
    # Behind the maps that flow through a layer stand those that its fields name.
    if len(node.inputs) > flowing:
        data["names"] = [_read(value, places) for value in node.inputs[flowing:]]
    counts = known(node)
    for name, value in counts._asdict().items():
        if value != 0:
            data[name] = forms.number(value)
    written = activations([node]) if is_known(node) else None
    if written != 0:
        data["activations"] = forms.number(written)
    if node.shares is not None:
        data["shares"] = node.shares.name
    derivation = Derivation(node, checked.file)
    if derivation.known:
        data["work"] = patterns.work(derivation, forms)
    else:
        data["unknown"] = list(derivation.reasons)
    return data


def _read(value: Map, places: dict[int, int]) -> int | list[int] | None:
    """The layer that writes a map, and at which of its outputs if that is not the first; None behind an error."""
    if value.node is None:
        return None
    place = places[id(value.node)]
    return [place, value.port] if value.port else place


def _sizes(value: Map, forms: Forms) -> list[int | None] | None:
    sizes = known_sizes(value)
    return None if sizes is None else forms.numbers(sizes)


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "state": verdict.state,
        "about": about(verdict),
        "expected": with_value(verdict),
        "computed": computed(verdict) if verdict.actual is not None else None,
        "remark": verdict.remark or None,
        "source": verdict.source,
        "because": verdict.because,
        "at": [*verdict.span],
        "file": verdict.file or None,
    }
