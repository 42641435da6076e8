"""Generated modules brought to life: written, built on the meta device, run, and compared with their graph."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from catalogue import FILES, variants, whole
from layers.oracles import load_torch

import archcalc
from archcalc import Architecture
from archcalc.export.torch import Source, write
from archcalc.graph import Graph, Node

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "tests" / "cases" / "examples"
BATCH = 2

Sizes = tuple[int, ...]


class Network(NamedTuple):
    """A network of the catalogue or of the examples, with its variant."""

    path: Path
    variant: str | None

    def load(self) -> Architecture:
        return whole(self.path).choose(self.variant)

    def __str__(self) -> str:
        folder = "specs" if self.path in FILES else "examples"
        return f"{folder}/{self.path.stem}" + (f":{self.variant}" if self.variant else "")

    @property
    def identifier(self) -> str:
        """The name as that of a module."""
        return "".join(letter if letter.isalnum() else "_" for letter in str(self)).lower()


def networks() -> list[Network]:
    """Every network in the catalogue and among the examples, in all variants."""
    found: list[Network] = []
    for path in [*FILES, *sorted(EXAMPLES.glob("*.yaml"))]:
        found += [Network(path, variant) for variant in variants(path)]
    return found


def exported(spec: Any, **values: int) -> Source:
    """The source of a spec that can be exported."""
    architecture = spec if isinstance(spec, Architecture) else archcalc.load(spec)
    report = architecture.check(values)
    assert report.ok, [str(found) for found in report.diagnostics]
    source, diagnostics = write(architecture.program, values)
    assert source is not None, [str(found) for found in diagnostics]
    return source


def namespace(source: Source) -> SimpleNamespace:
    """The definitions of a generated module."""
    load_torch()
    found: dict[str, Any] = {"__name__": "generated"}
    exec(compile(source.text, "<generated>", "exec"), found)
    return SimpleNamespace(**found)


def built(source: Source, device: str = "meta", **sizes: int) -> Any:
    """The network as a module in eval mode; `sizes` are values of symbols that it takes."""
    torch = load_torch()
    given = {source.arguments[symbol]: size for symbol, size in sizes.items() if symbol in source.arguments}
    with torch.device(device):
        return getattr(namespace(source), source.class_name)(**given).eval()


def concrete(spec: Any, **values: int) -> Graph:
    """The graph of a spec whose shapes are all numbers."""
    architecture = spec if isinstance(spec, Architecture) else archcalc.load(spec)
    report = architecture.check(values)
    assert report.ok, [str(found) for found in report.diagnostics]
    return report.graph


def batches(nodes: list[Node], device: str = "meta") -> list[Any]:
    """Tensors for the inputs of a graph, integers where it reads these; items of one image follow each other."""
    torch = load_torch()
    shapes = [node.outputs[0].shape for node in nodes]
    return [
        torch.zeros(
            (BATCH * number(shape.items), *map(number, shape.sizes)),
            dtype=torch.float32 if shape.integers is None else torch.int64,
            device=device,
        )
        for shape in shapes
    ]


def ran(module: Any, inputs: list[Any]) -> list[Sizes]:
    """Sizes of what a module returns for these tensors."""
    with load_torch().no_grad():
        found = module(*inputs)
    return [tuple(one.shape) for one in _flat(found)]


def _flat(found: Any) -> Iterator[Any]:
    if isinstance(found, (tuple, list)):
        for one in found:
            yield from _flat(one)
    else:
        yield found


def promised(graph: Graph, batch: int = BATCH) -> list[Sizes]:
    """Sizes that archcalc states for the outputs of a graph."""
    shapes = [output.shape for output in graph.outputs.values()]
    return [(batch * number(shape.items), *map(number, shape.sizes)) for shape in shapes]


def state(graph: Graph) -> dict[str, Sizes]:
    """Parameters and buffers as a state dict names them, with their sizes."""
    found: dict[str, Sizes] = {}
    for node in graph.nodes:
        if node.shares is None and node.facts is not None:
            for tensor in (*node.facts.weights, *node.facts.buffers):
                found[node.key(tensor)] = tuple(map(number, tensor.shape))
    return found


def frozen(graph: Graph) -> set[str]:
    """Names of the parameters that are not trained."""
    found: set[str] = set()
    for node in graph.nodes:
        if node.shares is None and node.facts is not None and not node.trainable:
            found |= {f"{node.name}.{tensor.name}" for tensor in node.facts.weights}
    return found


def assert_alive(spec: Any, **values: int) -> Source:
    """The export compiles, is built, has the parameters of its graph, runs, and writes what the graph says.

    For small networks: they run on the processor, which is faster for these than to follow sizes alone.
    """
    architecture = spec if isinstance(spec, Architecture) else archcalc.load(spec)
    source = exported(architecture)
    graph = concrete(architecture, **values)
    module = built(source, "cpu", **values)
    assert {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()} == state(graph)
    assert {name for name, one in module.named_parameters() if not one.requires_grad} == frozen(graph)
    assert ran(module, batches(graph.inputs, "cpu")) == promised(graph)
    return source


def number(value: Any) -> int:
    assert type(value) is int, f"{value!r} is not a plain int"
    return value


def definitions(source: Source) -> dict[str, ast.ClassDef | ast.FunctionDef]:
    """Classes and functions of the module by name."""
    body = ast.parse(source.text).body
    return {node.name: node for node in body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}


def own_classes(source: Source) -> dict[str, ast.ClassDef]:
    """Classes that stand for the network, its blocks and groups."""
    found = definitions(source)
    return {name: node for name in source.scopes if isinstance(node := found[name], ast.ClassDef)}


def scope_text(source: Source, name: str) -> str:
    """A class as it is printed, without its docstring."""
    node = own_classes(source)[name]
    lines = source.text.splitlines()[node.lineno - 1 : node.end_lineno]
    head = node.body[0]
    if isinstance(head, ast.Expr) and head.end_lineno is not None:
        start, end = head.lineno - node.lineno, head.end_lineno - node.lineno + 1
        lines = lines[:start] + lines[end:]
    return "\n".join(line for line in lines if line.strip()) + "\n"
