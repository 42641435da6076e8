"""A spec held to the network that it describes: a module of PyTorch, or a file of another tool.

Tensors by name and shape, totals, layers with what they read, and the numbers that come out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

from archcalc.checking import check
from archcalc.dims.figures import grouped
from archcalc.expressions.values import Value
from archcalc.graph import Graph, Node
from archcalc.importing.failure import ImportFailure
from archcalc.importing.files import imported_file
from archcalc.importing.imported import Imported
from archcalc.importing.proving import tensors_of, unfolded
from archcalc.importing.pytorch import of_traces
from archcalc.importing.torch.comparison import Comparison
from archcalc.importing.torch.inputs import Input, Type
from archcalc.importing.torch.parent import Session
from archcalc.importing.torch.trace import Traces
from archcalc.network import Settings, stated
from archcalc.program import Program
from archcalc.tally import Counts, tally
from archcalc.verify.beside import Beside, Difference
from archcalc.verify.original import of_program

MOST_NAMED = 4
"""So many names stand in a line."""
Sizes = tuple[object, ...]


class Tensors(NamedTuple):
    """Learned tensors of a spec and of what it describes, by name: how many agree, and all that do not."""

    same: list[str]
    missing: dict[str, Sizes]
    surplus: dict[str, Sizes]
    reshaped: dict[str, tuple[Sizes, Sizes]]
    renamed: dict[str, str]

    @property
    def agree(self) -> bool:
        """Whether all names and shapes are the same."""
        return not (self.missing or self.surplus or self.reshaped or self.renamed)


class Total(NamedTuple):
    """A number of the spec, and that of what it describes."""

    here: int
    there: int

    @property
    def agrees(self) -> bool:
        """Whether both are one number."""
        return self.here == self.there


class Verdict(NamedTuple):
    """A line of the answer: whether it is right, or None for what decides nothing."""

    ok: bool | None
    text: str


@dataclass(frozen=True)
class Against:
    """A spec beside the network that it describes."""

    name: str
    source: str
    tensors: Tensors | None
    parameters: Total
    multiplications: Total
    layers: int
    differences: list[Difference]
    comparison: Comparison | None
    counter: str | None
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the spec is the network: equal totals and names, and equal outputs or, without them, equal layers."""
        return all(verdict.ok is not False for verdict in self.verdicts())

    def verdicts(self) -> Iterator[Verdict]:
        """What was found, line by line."""
        if self.tensors is not None:
            yield from _of_tensors(self.tensors)
        yield _of_total("parameters", self.parameters, "")
        by = f", {self.counter}" if self.counter else ""
        yield _of_total("multiplications", self.multiplications, by)
        computes_the_same = self.comparison is not None and self.comparison.agrees
        if not self.differences:
            yield Verdict(True, f"layers: all {self.layers} are there, and read the same")
        for difference in self.differences[:MOST_NAMED]:
            yield Verdict(None if computes_the_same else False, _told(difference))
        if len(self.differences) > MOST_NAMED:
            yield Verdict(None, f"layers: {len(self.differences) - MOST_NAMED} more places differ")
        if self.comparison is not None:
            yield Verdict(self.comparison.agrees, str(self.comparison))
        yield from (Verdict(None, note) for note in self.notes)


def _of_tensors(found: Tensors) -> Iterator[Verdict]:
    if found.agree:
        yield Verdict(True, f"tensors: all {len(found.same)} have the same names and shapes")
    for told, names in (
        ("the spec lacks {}", [f"`{name}` {_sizes(sizes)}" for name, sizes in found.missing.items()]),
        ("the spec alone has {}", [f"`{name}` {_sizes(sizes)}" for name, sizes in found.surplus.items()]),
        (
            "other shapes: {}",
            [f"`{name}` is {_sizes(one)}, and {_sizes(two)} there" for name, (one, two) in found.reshaped.items()],
        ),
        ("other names: {}", [f"`{here}` is `{there}` there" for here, there in found.renamed.items()]),
    ):
        if names:
            more = len(names) - MOST_NAMED
            listed = ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
            yield Verdict(False, f"tensors: {told.format(listed)}")


def _of_total(what: str, total: Total, by: str) -> Verdict:
    if total.agrees:
        return Verdict(True, f"{what}: {grouped(total.here)}{by}")
    return Verdict(False, f"{what}: {grouped(total.here)} in the spec, and {grouped(total.there)} there{by}")


def _told(difference: Difference) -> str:
    here, there = (
        ", ".join(names[:MOST_NAMED]) + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")
        for names in (difference.here, difference.there)
    )
    if not here:
        return f"layers: the spec lacks {there}"
    if not there:
        return f"layers: the spec alone has {here}"
    if difference.is_wiring:
        return f"layers: {here} reads other maps there"
    return f"layers: {here} in the spec, and {there} there"


def _sizes(sizes: Sizes) -> str:
    return f"[{', '.join(map(str, sizes))}]"


# Comparing


def against_module(program: Program, values: Mapping[str, Value], session: Session) -> Against:
    """A spec beside the module that a source makes in a process of its own. Raises: ImportFailure."""
    inputs = inputs_of(program, values)
    traces = session.traced(inputs)
    read = of_traces(traces, str(session.source), flat=True)
    learned = [tensor for tensor in traces.trace.tensors if not tensor.is_buffer]
    names = {name: tensor.shape for tensor in learned for name in (tensor.name, *tensor.others)}
    total = sum(prod(tensor.shape) for tensor in learned)
    comparison = of_program(program, read, [*_sizes_to_try(program, values, traces)], session.compared)
    return _compared(program, values, str(session.source), read.found, names, total, comparison)


def against_file(program: Program, values: Mapping[str, Value], path: str) -> Against:
    """A spec beside a file of another tool, of which nothing runs. Raises: ImportFailure."""
    found = imported_file(path, inputs_of(program, values), flat=True, fixed=True)
    graph = unfolded(found.text).graph
    _check_sizes(program, values, graph)
    counts = Counts(*tally(graph.nodes))
    names = dict(_learned(graph)) if found.has_own_names else None
    total = _whole(counts.parameters) + _whole(counts.frozen)
    compared = _compared(program, values, path, found, names, total, None)
    mine = {node.kind for node in program.unfold(Settings(values)).graph.nodes}
    if "batch_norm" in mine - {node.kind for node in graph.nodes}:
        compared.notes.append(
            "the file has no batch_norm: exporters make it a part of the convolution in front, which has a bias then, "
            "unless they are told not to"
        )
    return compared


def _check_sizes(program: Program, values: Mapping[str, Value], there: Graph) -> None:
    """Raises: ImportFailure where a file is of other sizes than the spec, and symbols of the spec can have those."""
    symbolic = program.unfold(Settings(values, symbolic=True)).graph.inputs
    here = program.unfold(Settings(values)).graph.inputs
    shapes = [[_sizes_of(node) for node in nodes] for nodes in (here, symbolic, there.inputs)]
    wanted: dict[str, object] = {}
    for now, symbols, others in zip(*shapes, strict=False):
        for size, symbol, other in zip(now, symbols, others, strict=False):
            if size != other and (not str(symbol).isidentifier() or wanted.setdefault(str(symbol), other) != other):
                return
    if wanted:
        mine, theirs = (" and ".join("×".join(map(str, sizes)) for sizes in shapes[place]) for place in (0, 2))
        asked = " ".join(f"--set {name}={size}" for name, size in wanted.items())
        raise ImportFailure(
            "input",
            f"the file takes {theirs}, and the spec is asked about at {mine}",
            help=f"ask about it at the sizes of the file: {asked}",
        )


def _sizes_of(node: Node) -> Sizes:
    shape = node.outputs[0].shape
    return () if shape is None else tuple(shape.sizes)


def inputs_of(program: Program, values: Mapping[str, Value]) -> list[Input]:
    """What goes into a network at these values; several inputs have their names. Raises: ImportFailure."""
    nodes = program.unfold(Settings(values)).graph.inputs
    found = []
    for node in nodes:
        shape = node.outputs[0].shape
        sizes = () if shape is None else shape.sizes
        if shape is None or not all(isinstance(size, int) for size in sizes):
            message = "the sizes of the input have no values"
            raise ImportFailure("input", message, help="state them under `at`, or give them: --set N=224")
        dtype: Type = "float" if shape.integers is None else "int"
        found.append(Input(tuple(map(_whole, sizes)), dtype, node.label if len(nodes) > 1 else None))
    return found


def _sizes_to_try(
    program: Program, values: Mapping[str, Value], traces: Traces
) -> Iterator[tuple[Mapping[str, Value], Sequence[Input]]]:
    """The values of the symbols with the inputs at them: as given, and others if both networks take them."""
    yield {**stated(program.network_spec, values), **values}, traces.inputs
    shapes = [node.outputs[0].shape for node in program.unfold(Settings(values, symbolic=True)).graph.inputs]
    others: dict[str, Value] = {}
    for shape, other in zip(shapes, traces.other_inputs or (), strict=False):
        for size, number in zip(shape.sizes if shape is not None else (), other.shape, strict=True):
            if others.setdefault(str(size), number) != number:
                return
    symbols = {name: value for name, value in others.items() if not name.isdigit()}
    if symbols and all(number == value for name, value in others.items() if name.isdigit() for number in [int(name)]):
        moved = {**values, **symbols}
        if check(program, Settings(moved)).ok:
            yield moved, traces.other_inputs or ()


def _compared(
    program: Program,
    values: Mapping[str, Value],
    source: str,
    found: Imported,
    names: Mapping[str, Sizes] | None,
    total: int,
    comparison: Comparison | None,
) -> Against:
    graph = program.unfold(Settings(values)).graph
    there = unfolded(found.text).graph
    counts, others = Counts(*tally(graph.nodes)), Counts(*tally(there.nodes))
    beside = Beside(graph, there)
    return Against(
        program.network_spec.name,
        source,
        None if names is None else _tensors(dict(_learned(graph)), names),
        Total(_whole(counts.parameters) + _whole(counts.frozen), total),
        Total(_whole(counts.multiplications), _whole(others.multiplications)),
        beside.layers,
        [] if beside.same else list(beside.differences()),
        comparison,
        found.counter,
        list(found.notes),
    )


def _learned(graph: Graph) -> Iterator[tuple[str, Sizes]]:
    """The parameters of a network by name."""
    buffers = {node.key(one) for node in graph.nodes if node.facts is not None for one in node.facts.buffers}
    for name, sizes in tensors_of(graph):
        if name not in buffers:
            yield name, sizes


def _tensors(here: Mapping[str, Sizes], there: Mapping[str, Sizes]) -> Tensors:
    """Tensors by name; those that are alone on both sides with one shape are taken for the same, in their order."""
    missing = {name: sizes for name, sizes in there.items() if name not in here}
    surplus = {name: sizes for name, sizes in here.items() if name not in there}
    renamed: dict[str, str] = {}
    for name, sizes in list(surplus.items()):
        twin = next((other for other, shape in missing.items() if shape == sizes), None)
        if twin is not None:
            renamed[name] = twin
            del surplus[name], missing[twin]
    both = [name for name in here if name in there]
    reshaped = {name: (here[name], there[name]) for name in both if here[name] != there[name]}
    return Tensors([name for name in both if name not in reshaped], missing, surplus, reshaped, renamed)


def _whole(count: object) -> int:
    """A count of a network whose sizes are numbers."""
    assert isinstance(count, int), count
    return count
