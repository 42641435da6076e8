"""From the trace of a module to its record: every function becomes layers of archcalc's kinds, every call a scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from archcalc.importing.attending import attend
from archcalc.importing.building import Builder, NotSaid
from archcalc.importing.record import Layer, Plain, Record, Tensor, Value
from archcalc.importing.torch.calls import Call, own_name, without_batch
from archcalc.importing.torch.constants import constant, few, kind_of
from archcalc.importing.torch.functions import handler
from archcalc.importing.torch.functions.wholes import said, whole
from archcalc.importing.torch.trace import BATCH, Function, ModuleCall, Trace, Traced
from archcalc.importing.typed import BY_SHAPE, typed
from archcalc.layers.construction import WrongFields


def lowered(trace: Trace) -> Record:
    """The record of a trace, as it stands: layouts are not known yet, and nothing is put more simply."""
    return Lowering(trace).record()


class Lowering:
    """One walk through a trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.builder = Builder(trace.name)
        self.values: dict[int, Value] = {}
        self.products: dict[int, int] = {}
        self._lowered: dict[int, Function] = {}
        self._wholes = {id(one): found for one in trace.root.functions() if (found := whole(one)) is not None}
        self._inside = {one for found in self._wholes.values() for one in found.inside}
        """Functions that a later one stands for: they are lowered where another one reads what they give."""
        for name, traced in trace.inputs.items():
            self.values[id(traced)] = self.builder.input(name, without_batch(traced.shape), kind_of(traced))

    def record(self) -> Record:
        """The record of the whole trace."""
        root = self.trace.root
        self.builder.root.class_name, self.builder.root.arguments = root.class_name, root.arguments
        self.items(root)
        outputs = [self._output(output) for output in self.trace.outputs if output.batched]
        self.builder.notes += self.trace.notes
        record = self.builder.record(outputs, self.trace.tensors, self.trace.multiplications)
        record.products = self.products
        attend(record, causal_only=True)
        known = self._lowered.keys() | self._inside
        constant = sum(one.multiplications for one in root.functions() if id(one) not in known)
        if constant and record.multiplications is not None:
            record.multiplications -= constant
            record.notes.append(
                f"PyTorch counts {constant:,} multiplications more, of numbers that depend neither on the input nor on "
                "what is learned"
            )
        return record

    def _output(self, traced: Traced) -> Value:
        """The map of an output; one that nothing changes on its way through the network is an `identity`."""
        value = self.map(traced)
        return self.builder.layer("identity", [value], value.shape) if value.maker is None else value

    def items(self, call: ModuleCall) -> None:
        """All that ran in a call."""
        for item in call.items:
            if isinstance(item, Function):
                if id(item) not in self._inside and any(output.batched for output in item.outputs):
                    self.function(item)
                continue
            with self.builder.within(item.name, item.path, item.class_name, item.arguments) as scope:
                self.items(item)
                scope.inputs = [self.values[id(one)] for one in item.inputs if id(one) in self.values]
                scope.outputs = [self.values[id(one)] for one in item.outputs if id(one) in self.values]

    def function(self, function: Function) -> None:
        """Lower one function, once; what nothing says becomes opaque."""
        if id(function) in self._lowered or not function.outputs:
            return
        self._lowered[id(function)] = function
        before = len(self.builder.scope.items), len(self._lowered)
        try:
            call, found = Call(function, self), self._wholes.get(id(function))
            made = handler(function.name)(call) if found is None else said(call, found)
            self._check(before[0])
        except (NotSaid, WrongFields) as reason:
            if not any(output.batched or output.learned for output in function.outputs):
                self._undo(before[0], before[1] - 1)
                raise NotSaid(str(reason)) from reason
            self._undo(*before)
            made = self.unknown(function, str(reason))
        values = made if isinstance(made, list) else [made]
        if function.multiplications and (maker := values[0].maker) is not None:
            self.products[id(maker)] = function.multiplications
        for output, value in zip(function.outputs, values, strict=True):
            self.values[id(output)] = value

    def _check(self, count: int) -> None:
        """Whether the fields of all layers behind the first `count` of the scope can be. Raises: WrongFields."""
        for item in self.builder.scope.items[count:]:
            if isinstance(item, Layer) and item.kind not in ("opaque", *BY_SHAPE):
                typed(item)

    def _undo(self, count: int, lowered: int) -> None:
        """As if what was lowered last had never been: the layers, the functions and their maps."""
        undone = {id(item) for item in self.builder.scope.items[count:]}
        self.builder.undo(count)
        self.values = {key: value for key, value in self.values.items() if id(value.maker) not in undone}
        for key in list(self._lowered)[lowered:]:
            del self._lowered[key]

    def unknown(self, function: Function, reason: str) -> list[Value]:
        """The maps of a function that has no kind."""
        read = list(_traced([function.arguments, function.keywords]))
        inputs = [value for one in read if one.tensor is None and (value := self.known(one)) is not None]
        tensors = [one.tensor for one in read if one.tensor is not None] + list(function.tensors.values())
        shapes = [without_batch(output.shape) or (1,) for output in function.outputs]
        # What depends on learned tensors alone reads no map, and a step reads one.
        inputs = inputs or self.builder.inputs[:1]
        return self.builder.opaque(inputs, shapes, reason, tensors, function.multiplications, source=function.name)

    def known(self, traced: Traced) -> Value | None:
        """The map of a tensor; None for a constant, which an opaque step does not read."""
        try:
            return self.map(traced)
        except NotSaid:
            return None

    def map(self, traced: Traced, *, leading: bool = False) -> Value:
        """The map of a tensor. Raises: NotSaid if it is a constant."""
        value = self.values.get(id(traced))
        if value is None and traced.tensor is not None:
            value = self._own(traced, traced.tensor)
        is_constant = not (traced.batched or traced.learned)
        if value is None and is_constant and _is_for_all(traced) and not _is_part_of_a_buffer(traced):
            value = self.values[id(traced)] = constant(self.builder, traced)
        if value is None and traced.maker is not None and id(traced.maker) not in self._lowered:
            self.function(traced.maker)
            value = self.values.get(id(traced))
        if value is None:
            raise NotSaid("a constant for every item of the batch")
        wanted = without_batch(traced.shape)
        if leading or value.shape == wanted or value.shape == (1,) != wanted == ():
            return value
        if value.shape[:1] == (1,) and value.shape[1:] == wanted:
            return self.layer("reshape", [value], wanted, {"shape": list(wanted)}, source="a learned tensor by itself")
        return value

    def _own(self, traced: Traced, tensor: Tensor) -> Value:
        """The map that a tensor of the network is."""
        if not tensor.is_buffer:
            return self.builder.parameter(tensor, self.below(tensor.name))
        if not tensor.persistent:
            return constant(self.builder, traced, self.below(tensor.name))
        return self.builder.buffer(tensor.shape, few(traced.values), tensor, self.below(tensor.name), kind_of(traced))

    def layer(
        self,
        kind: str,
        inputs: Sequence[Value],
        shape: Sequence[int],
        fields: Mapping[str, Plain] | None = None,
        tensors: Mapping[str, Tensor] | None = None,
        source: str = "",
    ) -> Value:
        """The map of a new layer, labelled by where its tensors are below the scope in which it runs."""
        label = self._label(tensors) if tensors else None
        return self.builder.layer(kind, inputs, shape, fields, tensors, label, source)

    def _label(self, tensors: Mapping[str, Tensor]) -> str | None:
        """Where the tensors of a layer are, in front of its own name of the first of them."""
        own, first = next(iter(tensors.items()))
        for name in (first.name, *first.others):
            if (below := self.below(name)) is not None:
                has_own = f".{below}".endswith(f".{own}")
                return below.removesuffix(own).removesuffix(".") if has_own else below.rpartition(".")[0]
        return None

    def below(self, name: str) -> str | None:
        """What is left of a tensor's name below the scope; None if it is not in it."""
        path = self.builder.scope.path
        if not path:
            return name
        return name[len(path) + 1 :] if name.startswith(path + ".") else None

    def note(self, sentence: str) -> None:
        """Tell once what was assumed."""
        if sentence not in self.builder.notes:
            self.builder.notes.append(sentence)


def _is_for_all(traced: Traced) -> bool:
    """Whether a constant is the same for every item of a batch: it has no axis for them, or one number everywhere."""
    is_one = traced.values is not None and not isinstance(traced.values, list)
    return is_one or not any(size and size % BATCH == 0 for size in traced.shape)


def _is_part_of_a_buffer(traced: Traced) -> bool:
    """Whether a constant is a stretch of a tensor that a state dict has, such as the first rows of a table."""
    maker = traced.maker
    if maker is None or own_name(maker.name) != "__getitem__" or len(maker.arguments) != 2:
        return False
    table, index = maker.arguments
    parts = index if isinstance(index, (list, tuple)) else [index]
    is_stretch = all(one is None or one is Ellipsis or isinstance(one, (int, slice)) for one in parts)
    return is_stretch and isinstance(table, Traced) and table.tensor is not None and table.tensor.persistent


def _traced(given: Any) -> Iterator[Traced]:
    """All tensors in arguments."""
    if isinstance(given, Traced):
        yield given
    elif isinstance(given, (list, tuple)):
        for one in given:
            yield from _traced(one)
    elif isinstance(given, dict):
        for one in given.values():
            yield from _traced(one)
