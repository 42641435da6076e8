"""The whole module: imports, what is supplied, the classes, and what stands above them."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from archcalc.dims import Dim, Number, Polynomial, free_symbols, substitute
from archcalc.export.layout import written
from archcalc.export.torch import authors as authored
from archcalc.export.torch import library
from archcalc.export.torch.classes import Class, Classes, outputs_of
from archcalc.export.torch.code import Table
from archcalc.export.torch.forward_cycles import LoopingForward
from archcalc.export.torch.kinds import axes_of, target_of
from archcalc.export.torch.making import Used, path
from archcalc.export.torch.making_cycles import LoopingConstructor
from archcalc.export.torch.names import Names, plain
from archcalc.export.torch.namespace import Parameter
from archcalc.export.torch.parts import LayerPart, with_inner
from archcalc.export.torch.python import literal, of_polynomial
from archcalc.export.torch.schedules import Schedule
from archcalc.export.torch.scopes import Scope
from archcalc.export.torch.tensor_code import is_open
from archcalc.export.torch.tensors import Bundle, Stream, wires_of
from archcalc.export.torch.ties import ties
from archcalc.expressions.values import Value, Word
from archcalc.graph import Graph
from archcalc.layers.shape import Shape
from archcalc.tally import is_stated, tally

WIDTH = 82
"""Characters of a line of documentation, besides its indentation and its quotes."""


class Titles(NamedTuple):
    """What the module says about itself. `sizes` are the symbols with their values, as tables of a check show them."""

    name: str
    variant: str | None
    source: str | None
    sizes: dict[str, Any]


class Module:
    """Writes the module of a graph."""

    def __init__(
        self,
        graph: Graph,
        root: Scope,
        classes: Classes,
        titles: Titles,
        names: Names,
        schedules: Sequence[Schedule] = (),
        listed: Mapping[str, str] = MappingProxyType({}),
        authors: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.schedules = schedules
        self.graph = graph
        self.root = root
        self.classes = classes
        self.titles = titles
        self.names = names
        self.authors = authors
        """Names in Python for modules that are imported from their authors, by the place where they are."""
        self.used = Used(authors)
        self.symbols: dict[str, str] = {}
        """Symbols that the constructor of the network takes, with their names in Python."""
        self.listed = listed
        """Names in Python for lists of the spec, which nothing in a class has."""
        self.tables: dict[str, Any] = {}
        """Those lists that stand above the classes."""
        self._variables = names.inner()
        self.scopes: list[str] = [one.name for one in classes.classes]
        bodies = [self._class(one) for one in classes.classes]
        self.text = self._text(bodies)

    def write(self, value: Value | Table) -> ast.expr:
        """A value as Python; symbols become parameters of the network's constructor, tables constants of the module."""
        if isinstance(value, Table):
            text = self.listed.get(value.name)
            if text is None or self.tables.setdefault(text, value.value) != value.value:
                return literal(value.value)
            return ast.Name(text)
        if isinstance(value, (tuple, list)):
            items = [self.write(item) for item in value]
            return ast.Tuple(items) if isinstance(value, tuple) else ast.List(items)
        if isinstance(value, Polynomial):
            for symbol in sorted(free_symbols(value)):
                if symbol not in self.symbols:
                    self.symbols[symbol] = self._variables.new(plain(symbol))
            return of_polynomial(value, self.symbols)
        if isinstance(value, Word):
            target = target_of(value, axes_of(self.root))
            assert target is not None, "only kinds that are classes of PyTorch are passed on"
            return self.used.target(target)
        return literal(value)

    # Classes

    def _class(self, of: Class) -> ast.stmt:
        is_root = of is self.classes.root
        constructor = LoopingConstructor(of, self.used, self.write)
        inputs = of.inputs
        methods: list[ast.stmt] = []
        if not of.is_sequential:
            returns = [of.refs[wire] for wire in outputs_of(self.graph)] if is_root else of.returns
            forward = LoopingForward(of, constructor, inputs, returns)
            constructor.drop_flags(forward.body)
            types = list(map(_stream_type, outputs_of(self.graph) if is_root else of.first.outputs))
            result = types[0]
            if len(types) > 1:
                result = ast.Subscript(ast.Name("tuple"), ast.Tuple(types))
            read = zip(inputs, of.streams, of.optional, strict=True)
            arguments = [ast.arg("self"), *(ast.arg(text, _stream_type(*about)) for text, *about in read)]
            defaults: list[ast.expr] = [ast.Constant(None) for one in of.optional if one]
            methods.append(_function("forward", arguments, defaults, forward.body, result))
        # `forward` may ask the constructor to keep numbers, so the constructor is written last.
        made = self._init(of, constructor, is_root)
        if made.body[1:] or made.args.args[1:] or of.is_sequential:
            methods.insert(0, made)
        body = [ast.Expr(ast.Constant(self._docstring(of))), *methods]
        return ast.ClassDef(of.name, [path(constructor.base)], [], body, [])

    def _init(self, of: Class, constructor: LoopingConstructor, is_root: bool) -> ast.FunctionDef:
        arguments = [ast.arg("self")]
        defaults: list[ast.expr] = []
        if is_root:
            given = sorted(self.symbols.items(), key=lambda item: item[0] in self.titles.sizes)
            for symbol, text in given:
                arguments.append(ast.arg(text, ast.Name("int")))
                if symbol in self.titles.sizes:
                    defaults.append(literal(self.titles.sizes[symbol]))
        for parameter in of.parameters:
            arguments.append(ast.arg(parameter.name, annotation(parameter)))
            if parameter.name in of.defaults:
                defaults.append(self.write(of.defaults[parameter.name]))
        body = [*constructor.body, *(self._whole() if is_root else ())]
        return _function("__init__", arguments, defaults, body, ast.Constant(None))

    def _whole(self) -> Iterator[ast.stmt]:
        """What is settled when the whole network is built."""
        yield from ties(self.graph)
        for schedule in self.schedules:
            self.used.supplied.setdefault(schedule.function)
            blocks = [one.name for one in self.classes.classes if one.block and one.block.name in schedule.blocks]
            yield schedule.statement(blocks)

    # Words

    def _docstring(self, of: Class) -> str:
        scope = of.first
        reads = ", ".join(map(self._sizes_of, scope.inputs))
        writes = scope.outputs if scope.parent is not None else outputs_of(self.graph)
        flow = f"{reads} -> {', '.join(map(self._sizes_of, writes))}"
        if scope.parent is None:
            return _wrapped(f"{self._title()}: {flow}.", 4) + _to_load(of)
        own = f"{scope.shelf}{scope.module.label}"
        what = f"Block `{scope.module.block}`" if scope.module.block else f"Group `{own}`"
        lines = (f"{what}: {flow} in {scope.module.prefix[:-1]}.", f"{what}: {flow}.")
        short = next((line for line in lines if len(line) <= WIDTH - 4), None)
        return (short or f"{what}.\n\n{_wrapped(f'In {scope.module.prefix[:-1]}: {flow}.', 4)}") + _to_load(of)

    def _sizes_of(self, stream: Stream) -> str:
        return ", ".join(self._sizes(wire.shape) for wire in wires_of(stream))

    def _title(self) -> str:
        name = _one_line(self.titles.name) or "Network"
        return f"{name}, variant {self.titles.variant}" if self.titles.variant else name

    def _head(self) -> str:
        counts = tally(self.graph.nodes)
        lines = [_wrapped(f"{self._title()}.", 0), ""]
        if self.titles.source:
            lines.append(_wrapped(f"Source: {_one_line(self.titles.source)}", 0))
        for node in self.graph.inputs:
            label = "Input" if len(self.graph.inputs) == 1 else f"Input {node.label}"
            shape = node.outputs[0].shape
            numbers = " of integers" if shape is not None and shape.integers is not None else ""
            lines.append(f"{label}: {self._sizes(shape)}{numbers}{self._symbols(shape)}")
        for name, value in self.graph.outputs.items():
            label = "Output" if len(self.graph.outputs) == 1 else f"Output {name}"
            lines.append(f"{label}: {self._sizes(value.shape)}")
        totals = (
            f"{self._number(counts.parameters)} parameters",
            f"{self._number(counts.multiplications)} multiplications",
        )
        in_line = f"Totals: {', '.join(totals)}"
        lines.extend([in_line] if len(in_line) <= WIDTH else ["Totals:", *totals])
        if counts.frozen != 0:
            lines.append(f"Frozen parameters: {self._number(counts.frozen)}")
        author = tally(filter(is_stated, self.graph.nodes)).multiplications
        if author != 0:
            lines.append(f"Stated, not computed: {self._number(author)} of these multiplications")
        return "\n".join(lines)

    def _sizes(self, shape: Shape | None) -> str:
        assert shape is not None
        sizes = ", ".join(str(self._at(size)) for size in shape.sizes)
        items = self._at(shape.items)
        return f"[{sizes}]" if items == 1 else f"{items} x [{sizes}]"

    def _symbols(self, shape: Shape | None) -> str:
        """The symbols in a shape with the values that they have here."""
        assert shape is not None
        found = {symbol for size in (*shape.sizes, shape.items) for symbol in free_symbols(size)}
        values = [f"{name} = {value}" for name, value in self.titles.sizes.items() if name in found]
        return f" ({', '.join(values)})" if values else ""

    def _number(self, value: Dim) -> str:
        known = self._at(value)
        return f"{known:,}" if isinstance(known, int) else str(known)

    def _at(self, value: Dim) -> Number:
        """A number at the sizes of the tables."""
        return substitute(value, self.titles.sizes) if isinstance(value, Polynomial) else value

    # The file

    def _text(self, bodies: Sequence[ast.stmt]) -> str:
        supplied = library.supplied(self.used.supplied)
        self.supplied = tuple(supplied)
        trees: list[ast.stmt] = [ast.Expr(ast.Constant(self._head()))]
        if self.used.math:
            trees.append(ast.Import([ast.alias("math")]))
        if self.used.ordered:
            trees.append(ast.ImportFrom("collections", [ast.alias("OrderedDict")], 0))
        texts = "\n".join(supplied.values())
        if self.used.torch or re.search(r"\btorch\.", texts):
            trees.append(ast.Import([ast.alias("torch")]))
        names = ["Tensor", "nn"] if any(_uses_tensor(body) for body in bodies) or "Tensor" in texts else ["nn"]
        trees += authored.imports([("torch", text, text) for text in names], self.authors)
        head = written(ast.Module(trees, []))
        main = written(ast.Module(list(bodies), []))
        constants = [ast.Assign([ast.Name(text)], literal(value)) for text, value in self.tables.items()]
        if constants:
            head = f"{head.rstrip()}\n\n{written(ast.Module([*constants], []))}"
        return "\n\n\n".join([head.rstrip(), *(text.rstrip() for text in supplied.values()), main.rstrip()]) + "\n"


def _to_load(of: Class) -> str:
    """A paragraph on the tensors whose numbers no spec knows."""
    layers = [part for part in with_inner(of.parts) if isinstance(part, LayerPart) and part.owner is None]
    held = [part for part in layers if is_open(part.calls[0])]
    if not held:
        return ""
    *others, last = [f"`{part.word}`" for part in held]
    names = f"{', '.join(others)} and {last}" if others else last
    return f"\n\n{_wrapped(f'The numbers of {names} come from a state dict; until then they are 0.', 4)}"


def _stream_type(stream: Stream, optional: bool = False) -> ast.expr:
    tensor = ast.Name("Tensor")
    found: ast.expr = ast.Subscript(ast.Name("list"), tensor) if isinstance(stream, Bundle) else tensor
    return ast.BinOp(found, ast.BitOr(), ast.Constant(None)) if optional else found


def _uses_tensor(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "Tensor" for node in ast.walk(tree))


def _function(
    name: str, arguments: list[ast.arg], defaults: list[ast.expr], body: list[ast.stmt], returns: ast.expr
) -> ast.FunctionDef:
    given = ast.arguments([], arguments, None, [], [], None, defaults)
    return ast.FunctionDef(name, given, body, [], returns)


def annotation(parameter: Parameter) -> ast.expr:
    """The type of a parameter, from its values."""
    kinds = _of_floats({_kind(value) for value in parameter.values})
    if any(kind.startswith("tuple float") for kind in kinds):
        kinds = {kind.replace("tuple int", "tuple float") for kind in kinds}
    lists = {kind for kind in kinds if kind.startswith("tuple ")}
    if len(lists) > 1:
        # Lists of several lengths are lists of any length.
        inner = {kind.split()[1] for kind in lists}
        kinds = (kinds - lists) | {f"tuple {inner.pop()} *" if len(inner) == 1 else "tuple"}
    first, *others = (_type(kind) for kind in sorted(kinds))
    for other in others:
        first = ast.BinOp(first, ast.BitOr(), other)
    return first


def _of_floats(kinds: set[str]) -> set[str]:
    """The kinds of numbers side by side: a whole one is a float, too."""
    return kinds - {"int"} if "float" in kinds else kinds


def _kind(value: Value) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, Polynomial)):
        return "int"
    if isinstance(value, Word):
        return "type"
    if isinstance(value, str):
        return "str"
    if isinstance(value, (tuple, list)):
        inner = _of_floats({_kind(item) for item in value})
        if len(inner) != 1 or inner & {"tuple"} or any(" " in kind for kind in inner):
            return "tuple"
        return f"tuple {inner.pop()} {len(value)}"
    return "float"


def _type(kind: str) -> ast.expr:
    word, *inner = kind.split()
    if word == "type":
        return ast.Subscript(ast.Name("type"), path("nn.Module"))
    if not inner:
        return ast.Name(word)
    of: list[ast.expr] = [ast.Name(inner[0])]
    of = of * int(inner[1]) if inner[1] in ("2", "3") else [*of, ast.Constant(...)]
    return ast.Subscript(ast.Name(word), ast.Tuple(of))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _wrapped(text: str, indent: int) -> str:
    return "\n".join(textwrap.wrap(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False))
