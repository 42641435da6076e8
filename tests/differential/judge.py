"""One network, judged: what archcalc says of it beside what PyTorch does when it runs the exported module.

A network is legal at the sizes of its symbols at which it was made; there all layers are compared: names, sizes and
kinds of the tensors, shapes, products, connections. Then the same exported module runs at other sizes of the symbols:
where archcalc finds these legal everything must agree again, and where it finds an error PyTorch must raise, or
archcalc must say why it need not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import prod
from types import ModuleType
from typing import Any, Literal, NamedTuple

import torch
import torch.utils.flop_counter
from torch import overrides

import archcalc
from archcalc.api.architecture import Architecture
from archcalc.api.report import Report
from archcalc.diagnostics.codes import export as export_codes
from archcalc.diagnostics.codes import shapes as codes
from archcalc.diagnostics.codes.language import BAD_VALUE
from archcalc.diagnostics.model import Diagnostic
from archcalc.export.torch import Source, write
from archcalc.graph import Graph, Node
from archcalc.verify import child
from archcalc.verify.calls import expected, of_layers
from archcalc.verify.compare import compare, differing_outputs, expected_sizes
from archcalc.verify.examples import integers_below
from archcalc.verify.held import fixed_numbers, other_numbers
from archcalc.verify.job import ExpectedCall, Failed, Ran, Request, answer, tensors_of
from archcalc.verify.legality import MAY_RUN
from differential.leniency import reason_to_run

Data = dict[str, Any]
Values = dict[str, int]

BATCH = 2
PLACE = "generated"
PRODUCTS = export_codes.MULTIPLICATIONS_DIFFER.id
MOST_PRODUCTS = 3_000_000
MOST_ELEMENTS = 300_000
"""A network with more multiplications, or larger maps, is not run on numbers."""


class Subject(NamedTuple):
    """A spec as Python data and other values for its symbols to try.

    `real` asks for runs that look at the numbers, too. On `cpu` small networks run faster than on `meta`, where
    PyTorch computes shapes in Python; they are the same calls.
    """

    data: Data
    others: Sequence[Values] = ()
    real: bool = False
    device: Literal["meta", "cpu"] = "meta"


class Disagreement(NamedTuple):
    """What differs. `sort` names the kind of difference, by which shrunk examples are recognised."""

    sort: str
    told: str
    values: Values


class Judgement:
    """What was found out about one network, and what it showed."""

    def __init__(self) -> None:
        self.disagreements: list[Disagreement] = []
        self.seen: Counter[str] = Counter()
        self.source: Source | None = None

    def differs(self, sort: str, told: str, values: Mapping[str, int] = {}) -> None:
        """Enter a disagreement."""
        self.disagreements.append(Disagreement(sort, told, dict(values)))


def judge(subject: Subject) -> Judgement:
    """Compare archcalc with PyTorch on one network."""
    found = Judgement()
    architecture = archcalc.load(subject.data)
    report = architecture.check()
    errors = illegalities(report)
    if errors:
        found.seen["illegal graph"] += 1
        for one in errors:
            found.seen[f"graph {one.code.id}"] += 1
        return found
    found.seen["legal graph"] += 1
    source, notes = write(architecture.program, {})
    if source is None:
        found.seen["refused"] += 1
        found.seen[f"refused: {notes[0].message.partition(': ')[2]}"] += 1
        return found
    is_fixed = any(one.code is export_codes.SIZES_FIXED for one in notes)
    _Judging(found, architecture, report, source, is_fixed, subject.device).run(subject)
    return found


def illegalities(report: Report) -> list[Diagnostic]:
    """Errors about which PyTorch could have something to say."""
    return [one for one in report.diagnostics if one.severity == "error" and not one.code.id.startswith("AC4")]


class _Judging:
    def __init__(
        self,
        found: Judgement,
        architecture: Architecture,
        report: Report,
        source: Source,
        is_fixed: bool,
        device: str,
    ) -> None:
        self.found = found
        self.architecture = architecture
        self.report = report
        self.source = source
        self.is_fixed = is_fixed
        self.device = device
        self.names = [node.name for node in report.graph.nodes]
        self.written = of_layers(source.graph)
        found.source = source

    def run(self, subject: Subject) -> None:
        seen, graph = self.found.seen, self.report.graph
        try:
            self.module = module_of(self.source)
        except Exception as error:
            self.found.differs("import", f"the module cannot be imported: {_told(error)}")
            return
        self._notice(graph)
        if not self._legal({}, self.report, "base"):
            return
        if subject.real and _is_small(self.report):
            seen["real run"] += 1
            self._real()
        if self.is_fixed:
            seen["fixed graph"] += 1
            return
        floored = None
        for values in subject.others:
            report = self.architecture.check(values)
            errors = illegalities(report)
            if not errors:
                if [node.name for node in report.graph.nodes] != self.names:
                    seen["other layers"] += 1
                    continue
                self._legal(values, report, "legal")
            else:
                if floored is None:
                    floored = archcalc.load(rounded_down(subject.data))
                self._illegal(values, report, errors, floored)

    def _notice(self, graph: Graph) -> None:
        seen = self.found.seen
        for node in graph.nodes:
            seen[f"kind {node.kind}"] += 1
            if node.shares is not None:
                seen["shared layer"] += 1
            if not node.trainable and node.facts and node.facts.weights:
                seen["frozen layer"] += 1
            if node.facts and node.facts.fractions:
                seen[f"fraction rounded by {node.rounding}"] += 1
            if node.layer is not None and len(node.inputs) > len(node.layer.flowing(node.inputs)):
                seen["layer with a map in a field"] += 1
        seen["several outputs"] += len(graph.outputs) > 1
        seen["several inputs"] += len(graph.inputs) > 1
        seen["items"] += any(
            node.outputs[0].shape is not None and node.outputs[0].shape.items != 1 for node in graph.inputs
        )
        seen["nested scope"] += any(len(node.module.path) > 1 for node in graph.nodes)
        for policy in {node.rounding for node in graph.nodes}:
            seen[f"rounding {policy}"] += 1

    def _request(self, values: Values, report: Report, device: str, *, legal: bool) -> dict[str, Any]:
        symbols = {**report.symbols, **values}
        shapes = [node.outputs[0].shape for node in report.graph.inputs]
        arguments = {name: symbols[symbol] for symbol, name in self.source.arguments.items() if symbol in symbols}
        inputs = tuple(expected_sizes(shape, BATCH) for shape in shapes if shape is not None)
        below = integers_below(report.graph)
        calls: tuple[ExpectedCall, ...] = ()
        if legal:
            sizes = {name: int(value) for name, value in symbols.items() if isinstance(value, int)}
            calls = expected(self.source.events, of_layers(report.graph), self.written, sizes, BATCH)
        tensors = tuple(tensors_of(report.graph))
        numbers = fixed_numbers(report.graph) if legal and device == "cpu" else {}
        request = Request(PLACE, PLACE, self.source, arguments, inputs, device, calls, tensors, below, numbers=numbers)
        return request.to_json() | {"record": True}

    def _ran(self, values: Values, report: Report, device: str, *, legal: bool = False) -> Ran | Failed:
        request = self._request(values, report, device, legal=legal)
        stage = "build"
        try:
            with torch.device(device):
                network = getattr(self.module, self.source.class_name)(**request["arguments"]).eval()
            state = child._state(network)
            stage = "forward"
            ran = child._recorded(torch, overrides, self.module, network, request)
            ran["unlike"] = child._unlike(torch, network, request["numbers"])
        except Exception as error:
            return answer({"ok": False, "stage": stage, **child._described(error, PLACE)})
        return answer({"ok": True, "state": state, **ran})

    def _legal(self, values: Values, report: Report, sort: str) -> bool:
        """PyTorch runs, and everything agrees."""
        seen = self.found.seen
        seen["pair"] += 1
        seen["legal pair"] += 1
        device = self.device if _is_small(report) else "meta"
        differing = self._differing(values, report, device)
        if differing and device != "meta" and all(one.startswith(PRODUCTS) for one, _ in differing):
            # With numbers PyTorch takes short cuts that hide products.
            differing = self._differing(values, report, "meta")
        if differing and sort == "legal" and self._is_stretched(values):
            seen["another network: a symbol is 1 and stretched"] += 1
            return True
        for one, told in differing:
            self.found.differs(f"{sort}: {one}".strip(), told, values)
        return not differing

    def _differing(self, values: Values, report: Report, device: str) -> list[tuple[str, str]]:
        self.found.seen[f"run on {device}"] += 1
        ran = self._ran(values, report, device, legal=True)
        if isinstance(ran, Failed):
            return [(f"{ran.stage} {ran.error}", f"{ran.stage}: {ran.summary}")]
        found = [*compare(report.graph, self.source, ran, BATCH).diagnostics, *other_numbers(report.graph, ran.unlike)]
        return [(f"{one.code.id} {self._kind(one.layer)}", "; ".join([one.message, *one.notes])) for one in found]

    def _is_stretched(self, values: Values) -> bool:
        """Whether a size of 1 is stretched at these values only: a network that is another one in symbols.

        `N` and 2 fit for N = 2. With `broadcast: true` they fit for N = 1, too, but the sum then is no map of N.
        """
        symbolic = self.architecture.check(symbolic=True)
        sizes = {**self.report.symbols, **values}
        return any(
            requirement.code is codes.MERGE_MISMATCH and not requirement.condition.holds_at(sizes)
            for _, requirement in symbolic.conditions
        )

    def _kind(self, layer: str | None) -> str:
        return next((node.kind for node in self.report.graph.nodes if node.name == layer), "")

    def _illegal(self, values: Values, report: Report, errors: list[Diagnostic], floored: Architecture) -> None:
        """PyTorch raises, or there is a reason why it need not."""
        seen = self.found.seen
        if any(node.outputs[0].shape is None for node in report.graph.inputs):
            # There is no tensor of such sizes.
            seen["no such input"] += 1
            return
        seen["pair"] += 1
        seen["illegal pair"] += 1
        nodes = {node.name: node for node in report.graph.nodes}
        ran = self._ran(values, report, "meta")
        verdict = "raises" if isinstance(ran, Failed) else "runs"
        if isinstance(ran, Ran):
            # On shapes alone PyTorch does not look at everything.
            if _elements(ran) > MOST_ELEMENTS:
                verdict = "runs on shapes"
            elif isinstance(self._ran(values, report, "cpu"), Failed):
                verdict = "raises with numbers"
        first = nodes.get(errors[0].layer or "")
        seen[f"error {errors[0].code.id} {first.kind if first else '-'} {verdict}"] += 1
        if isinstance(ran, Failed) or verdict == "raises with numbers":
            return
        if verdict == "runs on shapes" and any(one.code in (*MAY_RUN, BAD_VALUE) for one in errors):
            return
        for one in errors:
            if reason_to_run(one, report.graph, ran) is None:
                kind = self._kind(one.layer)
                self.found.differs(f"illegal: {one.code.id} {kind}", f"PyTorch runs, though {one.message}", values)
                return
        if all(one.code is codes.FRACTIONAL_OUTPUT for one in errors):
            self._rounded_down(values, ran, floored)

    def _rounded_down(self, values: Values, ran: Ran, floored: Architecture) -> None:
        """Where only fractions are wrong, PyTorch does what archcalc does with `rounding: floor`."""
        report = floored.check(values)
        if illegalities(report) or [node.name for node in report.graph.nodes] != self.names:
            return
        self.found.seen["rounded down"] += 1
        for difference in compare(report.graph, self.source, ran, BATCH).diagnostics:
            self.found.differs(
                f"floor: {difference.code.id} {self._kind(difference.layer)}", difference.message, values
            )

    def _real(self) -> None:
        """Real numbers: the same shapes, no item of the batch depends on another, and training builds, too."""
        request = self._request({}, self.report, "cpu", legal=False)
        graph = self.report.graph
        try:
            torch.manual_seed(0)
            network = getattr(self.module, self.source.class_name)(**request["arguments"]).eval()
            both = child.example_inputs(torch, request)
            with torch.no_grad():
                results = list(child.parts(network(*[value.clone() for value in both]), torch.Tensor))
        except Exception as error:
            self.found.differs(f"real: {type(error).__name__}", f"with numbers: {_told(error)}")
            return
        if told := differing_outputs(graph, [tuple(value.shape) for value in results], BATCH):
            self.found.differs("real: shapes", told)
            return
        if any(_looks_at_the_batch(node) for node in graph.nodes):
            return
        first = [value[: len(value) // BATCH] for value in both]
        try:
            with torch.no_grad():
                alone = list(child.parts(network(*first), torch.Tensor))
        except Exception as error:
            if any(map(_has_single_values, graph.nodes)) and "more than 1 value" in str(error):
                self.found.seen["groups of one number"] += 1
                return
            self.found.differs(f"single: {type(error).__name__}", f"with a batch of 1: {_told(error)}")
            return
        if told := differing_outputs(graph, [tuple(value.shape) for value in alone], 1):
            self.found.differs("single: shapes", told)
            return
        for one, two, name in zip(alone, results, graph.outputs, strict=True):
            part = two[: len(one)]
            if not torch.allclose(one, part, rtol=1e-3, atol=1e-4, equal_nan=True):
                self.found.differs("single: values", f"`{name}` of the first item depends on the second one")
        network.train()
        try:
            torch.manual_seed(1)
            trained = list(child.parts(network(*both), torch.Tensor))
        except Exception as error:
            if "Expected more than 1 value per channel" in str(error) or "Expected more than 1 spatial" in str(error):
                # The single values of `SINGLE_ELEMENT_NORM`; two items with one position each are enough for the rest.
                self.found.seen["training refused"] += 1
                return
            self.found.differs(f"training: {type(error).__name__}", f"in training: {_told(error)}")
            return
        if told := differing_outputs(graph, [tuple(value.shape) for value in trained], BATCH):
            self.found.differs("training: shapes", told)


def _is_small(report: Report) -> bool:
    """Whether a legal network is quickly run on numbers."""
    shapes = [value.shape for node in report.graph.nodes for value in node.outputs if value.shape is not None]
    elements = sum(prod(expected_sizes(shape, BATCH)) for shape in shapes)
    totals = report.totals
    products, parameters = totals.multiplications, totals.parameters + totals.frozen
    return bool(products <= MOST_PRODUCTS and elements + parameters <= MOST_ELEMENTS)


def _elements(ran: Ran) -> int:
    """Numbers in all maps and tensors of a run."""
    maps = sum(prod(sizes) for event in ran.events for sizes in event.outputs)
    return maps + sum(prod(tensor.shape) for tensor in ran.state.values())


def _looks_at_the_batch(node: Node) -> bool:
    """Whether a layer computes with all items of a batch at once: a batch norm that keeps no statistics."""
    return node.kind == "batch_norm" and getattr(node.layer, "track", True) is False


def _has_single_values(node: Node) -> bool:
    """Whether a group norm has groups of one number, which PyTorch refuses for a batch of 1."""
    shape = node.inputs[0].shape if node.inputs else None
    return node.kind == "group_norm" and shape is not None and shape.elements == getattr(node.layer, "groups", 0)


def module_of(source: Source) -> ModuleType:
    """The generated module, imported without a file."""
    module = ModuleType(PLACE)
    exec(compile(source.text, PLACE, "exec"), module.__dict__)
    return module


def rounded_down(data: Any) -> Any:
    """The spec as PyTorch reads it where nothing is declared: fractions are rounded down."""
    changed = _without_exact(data)
    rounding = changed.get("rounding")
    if rounding is None:
        changed["rounding"] = "floor"
    elif isinstance(rounding, dict):
        families = ("conv", "pool", "resample")
        changed["rounding"] = {**{name: "floor" for name in families if name not in rounding}, **rounding}
    return changed


def _without_exact(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_exact(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_without_exact(value) for value in data]
    return "floor" if data == "exact" else data


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error)[:300]}"
