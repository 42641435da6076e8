"""`torch.export` asked for which sizes a network runs: what it traces, and what it suggests where it does not."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import torch
from peers_sizes import SIZES, Answer, limited
from torch._dynamo.exc import UserError
from torch.export import Dim, ExportedProgram, export
from torch.export.dynamic_shapes import refine_dynamic_shapes_from_suggested_fixes


def ask(floored: Any, _exact: Any) -> tuple[list[Answer], Callable[[int], bool]]:
    """The answers for sizes that it may relate as it likes, for one name per symbol, and a run without data."""
    warnings.simplefilter("ignore")
    with torch.device("meta"):
        module = floored.build_torch().eval()
    (entry,) = floored.spec.inputs
    (shape,) = (node.outputs[0].shape.sizes for node in floored.unfold().graph.inputs)
    texts = [formula.text for formula in entry.sizes[1:]]

    def image(*sizes: int) -> torch.Tensor:
        return torch.empty(1, shape[0], *sizes, device="meta")

    def runs(size: int) -> bool:
        try:
            with torch.no_grad():
                module(image(*[size] * len(texts)))
        except RuntimeError:
            return False
        return True

    example = image(*shape[1:])
    automatic = dict.fromkeys(range(2, 2 + len(texts)), Dim.AUTO)
    named = {axis: Dim(text) for axis, text in enumerate(texts, start=2)}
    return [_traced(module, example, automatic, "Dim.AUTO"), _traced(module, example, named, "Dim")], runs


def _traced(module: torch.nn.Module, example: torch.Tensor, dims: dict[int, Any], question: str) -> Answer:
    names = ", ".join(dict.fromkeys(dim.__name__ for dim in dims.values() if hasattr(dim, "__name__")))
    question = f"{question} {names}".strip()
    before = time.perf_counter()
    try:
        with limited():
            program = export(module, (example,), dynamic_shapes=(dims,))
    except UserError as error:
        seconds = time.perf_counter() - before
        _, found, after = str(error).partition("Suggested fixes:")
        if not found:
            return Answer(question, _first(error), [], seconds)
        fixes = after.strip().split("\n\n")[0]
        said = "; ".join(line.strip() for line in fixes.splitlines())
        try:
            fixed = refine_dynamic_shapes_from_suggested_fixes(f"Suggested fixes:\n{fixes}", (dims,))
            with limited():
                program = export(module, (example,), dynamic_shapes=fixed)
        except Exception as again:
            return Answer(question, f"suggests {said}; then: {_first(again)}", [], seconds)
        return Answer(question, f"suggests {said}; then {_told(program)}", _allowed(program, example), seconds)
    except Exception as error:  # whatever the tracer meets is its answer
        return Answer(question, f"{type(error).__name__}: {_first(error)}", [], time.perf_counter() - before)
    seconds = time.perf_counter() - before
    return Answer(question, _told(program), _allowed(program, example), seconds)


def _first(error: Exception) -> str:
    lines = [line.strip() for line in str(error).strip().splitlines()]
    # The reason stands below the headline.
    return next((line[2:] for line in lines if line.startswith("- ")), lines[0] if lines else "")


def _entered(program: ExportedProgram) -> list[Any]:
    """The sizes of the image, as expressions of the tracer."""
    name = program.graph_signature.user_inputs[0]
    node = next(node for node in program.graph.nodes if node.name == name)
    sizes = node.meta["val"].shape[2:]
    return [size if isinstance(size, int) else size.node.expr for size in sizes]


def _told(program: ExportedProgram) -> str:
    sizes = ", ".join(map(str, _entered(program)))
    ranges = "; ".join(f"{name} in [{one.lower}, {one.upper}]" for name, one in program.range_constraints.items())
    guards = len(program._guards_code)
    return f"traced for [{sizes}], {ranges or 'no ranges'}; {guards} guards"


def _allowed(program: ExportedProgram, example: torch.Tensor) -> list[int]:
    """Square sizes that are in the ranges and pass the guards, whether the network then runs or not."""
    kept = set(SIZES)
    for size in _entered(program):
        if isinstance(size, int):
            kept &= {size}
            continue
        (symbol,) = size.free_symbols
        bounds = program.range_constraints[symbol]
        values = (value for value in range(SIZES.stop + 1) if bounds.lower <= value <= bounds.upper)
        kept &= {int(size.subs(symbol, value)) for value in values}
    module = program.module()

    def passes(size: int) -> bool:
        try:
            with torch.no_grad():
                module(torch.empty(1, example.shape[1], *[size] * (example.dim() - 2), device="meta"))
        except AssertionError:
            return False
        except RuntimeError:
            return True  # let in, and then it failed
        return True

    return [size for size in sorted(kept) if passes(size)]
