"""Traces as JSON data, and back: what a process that has PyTorch tells one that has not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archcalc.importing.record import Tensor
from archcalc.importing.torch.inputs import Input
from archcalc.importing.torch.trace import Foreign, Function, ModuleCall, Trace, Traced, Traces


def to_json(traces: Traces) -> dict[str, Any]:
    """Traces as data: what is one thing in them has one number."""
    return {
        "trace": trace_to_json(traces.trace),
        "inputs": [input_to_json(one) for one in traces.inputs],
        "other": None if traces.other is None else trace_to_json(traces.other),
        "other_inputs": None if traces.other_inputs is None else [input_to_json(one) for one in traces.other_inputs],
        "refusal": traces.refusal,
        "only_in_training": traces.only_in_training,
    }


def from_json(data: dict[str, Any]) -> Traces:
    """The traces that were written. Raises: KeyError, TypeError, ValueError or IndexError for other data."""
    return Traces(
        trace_from_json(data["trace"]),
        [read_input(one) for one in data["inputs"]],
        None if data["other"] is None else trace_from_json(data["other"]),
        None if data["other_inputs"] is None else [read_input(one) for one in data["other_inputs"]],
        data["refusal"],
        list(data["only_in_training"]),
    )


def is_same(one: Trace, other: Trace) -> bool:
    """Whether two traces are of the same functions, wired in the same way."""
    return _wiring(one) == _wiring(other)


def _wiring(trace: Trace) -> list[Any]:
    writer = _Writer(trace.tensors)
    functions = [writer.function(one) for one in trace.root.functions()]
    return [functions, [writer.traced(one) for one in trace.outputs], writer.written]


def input_to_json(given: Input) -> dict[str, Any]:
    """An input as data."""
    return {"shape": list(given.shape), "dtype": given.dtype, "name": given.name}


def read_input(data: dict[str, Any]) -> Input:
    """An input that was written."""
    return Input(tuple(data["shape"]), data["dtype"], data["name"])


def trace_to_json(trace: Trace) -> dict[str, Any]:
    """A trace as data."""
    writer = _Writer(trace.tensors)
    root = writer.call(trace.root)
    inputs = [[name, writer.traced(one)] for name, one in trace.inputs.items()]
    outputs = [writer.traced(one) for one in trace.outputs]
    return {
        "name": trace.name,
        "tensors": [
            [one.name, list(one.shape), one.trainable, one.is_buffer, list(one.others), one.persistent]
            for one in trace.tensors
        ],
        "traced": writer.written,
        "root": root,
        "inputs": inputs,
        "outputs": outputs,
        "multiplications": trace.multiplications,
        "notes": trace.notes,
        "output_names": trace.output_names,
        "unread": trace.unread,
    }


def trace_from_json(data: dict[str, Any]) -> Trace:
    """A trace that was written."""
    return _Reader(data).trace()


class _Writer:
    """Writes calls; what was traced becomes a number."""

    def __init__(self, tensors: list[Tensor]) -> None:
        self.written: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._tensors = {id(tensor): number for number, tensor in enumerate(tensors)}

    def traced(self, one: Traced) -> int:
        """The number of a tensor that was met."""
        number = self._numbers.get(id(one))
        if number is None:
            number = self._numbers[id(one)] = len(self.written)
            owned = None if one.tensor is None else self._tensors[id(one.tensor)]
            self.written.append(
                [
                    list(one.shape),
                    owned,
                    one.batched,
                    one.learned,
                    one.dtype,
                    one.values,
                    one.least,
                    one.regions,
                    one.by_distance,
                ]
            )
        return number

    def call(self, call: ModuleCall) -> dict[str, Any]:
        """A call of a module, with all that ran in it."""
        return {
            "name": call.name,
            "path": call.path,
            "class": call.class_name,
            "arguments": call.arguments,
            "items": [self.call(one) if isinstance(one, ModuleCall) else self.function(one) for one in call.items],
            "inputs": [self.traced(one) for one in call.inputs],
            "outputs": [self.traced(one) for one in call.outputs],
        }

    def function(self, function: Function) -> dict[str, Any]:
        """A call of a function."""
        return {
            "function": function.name,
            "arguments": [self.argument(one) for one in function.arguments],
            "keywords": {name: self.argument(one) for name, one in function.keywords.items()},
            "outputs": [self.traced(one) for one in function.outputs],
            "settings": function.settings,
            "tensors": {name: self._tensors[id(one)] for name, one in function.tensors.items()},
            "multiplications": function.multiplications,
        }

    def argument(self, value: Any) -> Any:
        """An argument; what JSON lacks is a dictionary with the name of its sort."""
        if isinstance(value, Traced):
            return {"traced": self.traced(value)}
        if isinstance(value, list):
            return [self.argument(one) for one in value]
        if isinstance(value, tuple):
            return {"tuple": [self.argument(one) for one in value]}
        if isinstance(value, dict):
            return {"dict": {name: self.argument(one) for name, one in value.items()}}
        if isinstance(value, slice):
            return {"slice": [self.argument(one) for one in (value.start, value.stop, value.step)]}
        if isinstance(value, Foreign):
            return {"foreign": value.text}
        return {"ellipsis": True} if value is ... else value


class _Reader:
    """Reads a trace; a number is the same thing wherever it stands."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.tensors = [
            Tensor(name, tuple(shape), trainable, is_buffer, tuple(others), persistent)
            for name, shape, trainable, is_buffer, others, persistent in data["tensors"]
        ]
        self.traced = [
            Traced(
                tuple(shape),
                tensor=None if tensor is None else self.tensors[tensor],
                batched=batched,
                learned=learned,
                dtype=dtype,
                values=values,
                least=least,
                regions=regions,
                by_distance=by_distance,
            )
            for shape, tensor, batched, learned, dtype, values, least, regions, by_distance in data["traced"]
        ]
        self._sorts: dict[str, Callable[[Any], Any]] = {
            "traced": lambda number: self.traced[number],
            "tuple": lambda parts: tuple(map(self.argument, parts)),
            "dict": lambda entries: {name: self.argument(one) for name, one in entries.items()},
            "slice": lambda ends: slice(*map(self.argument, ends)),
            "foreign": Foreign,
            "ellipsis": lambda _: ...,
        }

    def trace(self) -> Trace:
        """The trace that was written."""
        data = self.data
        return Trace(
            data["name"],
            self.call(data["root"]),
            {name: self.traced[number] for name, number in data["inputs"]},
            [self.traced[number] for number in data["outputs"]],
            self.tensors,
            data["multiplications"],
            list(data["notes"]),
            list(data["output_names"]),
            list(data["unread"]),
        )

    def call(self, data: dict[str, Any]) -> ModuleCall:
        """A call of a module."""
        return ModuleCall(
            data["name"],
            data["path"],
            data["class"],
            data["arguments"],
            [self.function(one) if "function" in one else self.call(one) for one in data["items"]],
            [self.traced[number] for number in data["inputs"]],
            [self.traced[number] for number in data["outputs"]],
        )

    def function(self, data: dict[str, Any]) -> Function:
        """A call of a function, which makes its outputs."""
        function = Function(
            data["function"],
            [self.argument(one) for one in data["arguments"]],
            {name: self.argument(one) for name, one in data["keywords"].items()},
            [self.traced[number] for number in data["outputs"]],
            data["settings"],
            {name: self.tensors[number] for name, number in data["tensors"].items()},
            data["multiplications"],
        )
        for port, output in enumerate(function.outputs):
            output.maker, output.port = function, port
        return function

    def argument(self, value: Any) -> Any:
        """An argument as it was."""
        if isinstance(value, list):
            return [self.argument(one) for one in value]
        if isinstance(value, dict):
            ((sort, inner),) = value.items()
            return self._sorts[sort](inner)
        return value
