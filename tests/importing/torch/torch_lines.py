"""Traces as text, so that a whole one can be expected by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archcalc.importing.torch.inputs import Input
from archcalc.importing.torch.trace import BATCH, Foreign, Function, ModuleCall, Trace, Traced


def lines(trace: Trace) -> list[str]:
    """One line for each call and function: tensors are `%` and the number of their function, or have their names."""
    reader = _Reader(trace)
    found = list(reader.items(trace.root, ""))
    return [*found, f"return {', '.join(map(reader.shown, trace.outputs))}"]


class _Reader:
    def __init__(self, trace: Trace) -> None:
        self.inputs = {id(traced): name for name, traced in trace.inputs.items()}
        self.numbers: dict[int, int] = {}

    def items(self, call: ModuleCall, indent: str) -> Iterator[str]:
        for one in call.items:
            if isinstance(one, ModuleCall):
                yield f"{indent}{one.name}: {one.class_name.rpartition(':')[2]}"
                yield from self.items(one, indent + "  ")
            else:
                yield indent + self.function(one)

    def function(self, function: Function) -> str:
        arguments = [self.shown(one) for one in function.arguments]
        arguments += [f"{name}={self.shown(one)}" for name, one in function.keywords.items()]
        self.numbers[id(function)] = len(self.numbers)
        name = function.name.removeprefix("torch.").removeprefix("nn.functional.")
        return f"%{self.numbers[id(function)]} = {name}({', '.join(arguments)})"

    def shown(self, value: Any) -> str:
        if isinstance(value, Traced):
            if id(value) in self.inputs:
                return self.inputs[id(value)]
            if value.maker is not None:
                port = f".{value.port}" if len(value.maker.outputs) > 1 else ""
                return f"%{self.numbers[id(value.maker)]}{port}"
            return value.tensor.name if value.tensor is not None else f"constant {value.values}"
        if isinstance(value, (list, tuple)):
            inside = ", ".join(map(self.shown, value))
            if isinstance(value, list):
                return f"[{inside}]"
            return f"({inside},)" if len(value) == 1 else f"({inside})"
        if isinstance(value, slice):
            return ":".join("" if one is None else self.shown(one) for one in (value.start, value.stop))
        if isinstance(value, Foreign):
            return f"<{value.text}>"
        return "..." if value is ... else repr(value)


def without_batch(traced: Traced) -> tuple[int, ...]:
    """The shape for one item of the batch, of a tensor that has the batch in front."""
    assert traced.shape[0] % BATCH == 0
    return (*((traced.shape[0] // BATCH,) if traced.shape[0] > BATCH else ()), *traced.shape[1:])


def of(*shapes: tuple[int, ...]) -> list[Input]:
    """Inputs of these shapes."""
    return [Input(shape) for shape in shapes]
