"""Recurrent layers: LSTM, GRU and RNN from states of zeros."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from archcalc.importing.onnx.arrays import uniform
from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.operators.convolution import bias_tensor
from archcalc.importing.onnx.operators.table import Table
from archcalc.importing.onnx.places import malformed
from archcalc.importing.onnx.values import Batch, Known, Map, Shape, Unsaid
from archcalc.importing.record import Plain, Tensor, Value

OPERATORS = Table()
_GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
_USUAL = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]}


@OPERATORS(*_GATES)
def recurrent(operation: Operation) -> Sequence[Known | None]:
    """What the states write behind every token, and the last states."""
    source = operation.map(0)
    weight, again = operation.constant(1, "its weights"), operation.constant(2, "its weights of the state")
    if len(source.shape) != 3 or len(weight.shape) != 3 or len(again.shape) != 3:
        raise malformed("what it reads and its weights have not 3 axes each", operation.place)
    directions, hidden = again.shape[0], again.shape[2]
    first = operation.attributes.integer("layout", 0) == 1
    tokens = source.shape[1 if first else 0]
    if weight.shape != (directions, _GATES[operation.kind] * hidden, source.shape[2]) or directions not in (1, 2):
        raise malformed(
            f"its weights {list(weight.shape)} and {list(again.shape)} do not fit each other", operation.place
        )
    shape = _outputs(source.shape, directions, hidden, first)
    tensors = {**_tensors(operation, 1, "weight_ih"), **_tensors(operation, 2, "weight_hh")}
    biases = _biases(operation)
    tensors |= biases
    products = tokens * (prod(weight.shape) + prod(again.shape))
    if problem := _problem(operation, source, 0 if first else 1):
        last = (source.shape[0], directions, hidden) if first else (directions, source.shape[1], hidden)
        raise Unsaid(problem, (shape, last, last)[: len(operation.outputs)], products)
    fields: dict[str, Plain] = {"hidden": hidden, **({} if biases else {"bias": False})}
    if directions == 2:
        fields["bidirectional"] = True
    if operation.kind == "RNN" and _activations(operation)[:1] == ["Relu"]:
        fields["activation"] = "relu"
    states = (*source.shape[:2], directions * hidden)
    made = operation.joined(operation.kind.lower(), [source], states, source.batch, fields, tensors, products)
    return _read(operation, made, shape, directions, hidden)


def _tensors(operation: Operation, index: int, name: str) -> dict[str, Tensor]:
    """The tensors of a weight: one for each direction, or all in one, under the name that ONNX has for it."""
    constant = operation.constant(index, "its weights")
    whole = constant.whole_tensors()
    if constant.pieces and whole:
        return {f"{name}_l0{end}": tensor for end, tensor in zip(("", "_reverse"), whole, strict=False)}
    return {operation.kind + str(index): operation.owned(constant, index)}


def _biases(operation: Operation) -> dict[str, Tensor]:
    if not operation.has(3):
        return {}
    constant = operation.constant(3, "its bias")
    whole = constant.whole_tensors()
    if constant.pieces and whole:
        names = [f"bias_{name}_l0{end}" for end in ("", "_reverse") for name in ("ih", "hh")]
        return dict(zip(names, whole, strict=False))
    return {f"{operation.kind}3": tensor for tensor in bias_tensor(operation, 3).values()}


def _outputs(shape: Shape, directions: int, hidden: int, first: bool) -> Shape:
    return (*shape[:2], directions, hidden) if first else (shape[0], directions, shape[1], hidden)


def _activations(operation: Operation) -> list[str]:
    return operation.attributes.texts("activations", [])


def _problem(operation: Operation, source: Map, batch: int) -> str | None:
    """What archcalc does not have, if it is there."""
    if source.batch != Batch(batch):
        return "the batch is at another axis than its operator says"
    if operation.attributes.text("direction", "forward") == "reverse":
        return "it goes from the last token to the first"
    usual = _USUAL[operation.kind]
    found = _activations(operation)
    parts = [found[at : at + len(usual)] for at in range(0, len(found), len(usual))]
    if any(part != usual and not (operation.kind == "RNN" and part == ["Relu"]) for part in parts):
        return "its gates have other functions"
    if operation.kind == "GRU" and not operation.attributes.integer("linear_before_reset", 0):
        return "it resets the state before it multiplies it"
    if operation.has(4) and not _is_full(operation, source.shape[1 - batch]):
        return "its sequences have lengths of their own"
    for at in (5, 6):
        if operation.has(at) and (
            isinstance(operation.read(at), Map) or uniform(operation.constant(at, "").array) != 0
        ):
            return "it begins with a state that is not 0"
    return "it has peepholes" if operation.has(7) else None


def _is_full(operation: Operation, tokens: int) -> bool:
    lengths = operation.read(4)
    return not isinstance(lengths, Map) and uniform(lengths.array) == tokens


def _read(operation: Operation, made: Map, shape: Shape, directions: int, hidden: int) -> Sequence[Known | None]:
    """The outputs that somebody reads: all states, the last states, and the cells, which nothing shows."""
    first = operation.attributes.integer("layout", 0) == 1
    batch = Batch(0 if first else 2)
    results: list[Known | None] = []
    if operation.gives(0):
        opened = _split(operation, made, directions, hidden)
        results.append(Map(opened, shape, batch))
    last = (shape[0], directions, hidden) if first else (directions, made.shape[1], hidden)
    where = Batch(0 if first else 1)
    for at in range(1, len(operation.outputs)):
        results = results or [None]
        if not operation.neighbours.is_read(operation.outputs[at]):
            results.append(None)
        elif at == 1:
            results.append(Map(_last(operation, made, directions, hidden), last, where))
        else:
            (cells,) = operation.bench.opaque(
                [made.value], [(directions, hidden)], "the last cells of an lstm", [], 0, "LSTM"
            )
            results.append(Map(cells, last, where))
    return results


def _split(operation: Operation, made: Map, directions: int, hidden: int) -> Value:
    tokens = made.value.shape[0]
    return operation.reshaped(Map(made.value, made.value.shape), (tokens, directions, hidden)).value


def _last(operation: Operation, made: Map, directions: int, hidden: int) -> Value:
    """The state behind the last token; that of the way back stands at the first one."""
    own = Map(made.value, made.value.shape)
    if directions == 1:
        end = operation.joined("select", [own], (hidden,), None, {"index": -1})
        return operation.reshaped(end, (1, hidden)).value
    ends = []
    for index, start in ((-1, 0), (0, hidden)):
        token = operation.joined("select", [own], (2 * hidden,), None, {"index": index})
        stop = {"start": start} if start else {"stop": hidden}
        ends.append(operation.joined("slice", [token], (hidden,), None, {"axis": 0, **stop}))
    return operation.joined("stack", ends, (2, hidden), None).value
