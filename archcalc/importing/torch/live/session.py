"""A module that is traced more than once: with other inputs, in other modes, with other answers to its questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import nn

from archcalc.importing.failure import ImportFailure
from archcalc.importing.torch.inputs import Input, larger, shorter
from archcalc.importing.torch.json import is_same
from archcalc.importing.torch.live import failures
from archcalc.importing.torch.live.failures import FORWARD
from archcalc.importing.torch.live.functions import DATA_DEPENDENT
from archcalc.importing.torch.live.inputs import bound
from archcalc.importing.torch.live.modules import Owned
from archcalc.importing.torch.live.parts import changed, left_out, named_tensors, tensors_in
from archcalc.importing.torch.live.placement import MOST_NUMBERS, Placement
from archcalc.importing.torch.live.recorder import Recorder
from archcalc.importing.torch.trace import BATCH, Trace, Traced, Traces

_MOST_TRIALS = 3
"""How many larger inputs are tried where training does not run with what was given."""


class Run(NamedTuple):
    """How a module is run: `answer` is what it is told when it asks whether something holds for numbers."""

    inputs: Sequence[Input]
    train: bool
    counted: bool
    answer: bool | None = None


class Session:
    """A module that is traced more than once."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.owned = Owned(module)
        self.identities: frozenset[int] = frozenset()

    def attempt(self, inputs: Sequence[Input], *, train: bool) -> tuple[Trace | None, ImportFailure | None]:
        """A trace without products, or why there is none."""
        try:
            return self.trace(inputs, train=train, counted=False), None
        except ImportFailure as failure:
            return None, failure

    def refusal(self, inputs: Sequence[Input], *, train: bool) -> str | None:
        """What the module says of these inputs, on shapes alone and with nothing written down; None if it runs."""
        given = bound(self.module, inputs, 2)
        try:
            with in_mode(self.module, train), Placement(self.owned).running():
                self.module(*given.args, **given.keywords)
        except (Exception, SystemExit) as error:
            return failures.said(error)
        return None

    def enlarge(self, found: Traces, *, train: bool) -> None:
        """Trace it at larger sizes, too, or note in its own words that it takes none, and try fewer tokens then."""
        for others in larger(found.inputs):
            refusal = self._trace_other(found, others, train=train)
            if refusal is None:
                found.refusal = None
                return
            found.refusal = found.refusal or refusal.message
        for others in shorter(found.inputs):
            if self._trace_other(found, others, train=train) is None:
                return

    def _trace_other(self, found: Traces, others: list[Input], *, train: bool) -> ImportFailure | None:
        """Trace it at these sizes, too; why that fails, if it does."""
        other, refusal = self.attempt(others, train=train)
        if other is not None:
            found.other, found.other_inputs = other, others
        return refusal

    def in_training(self, plain: Trace, found: Traces) -> tuple[Trace | None, ImportFailure | None]:
        """What it does in train mode, if that is in question: at sizes that are too small for that, at others."""
        if all(_is_buffer(plain, name) for name in plain.unread):
            return None, None
        trained, refusal = self.attempt(found.inputs, train=True)
        # Heads in the middle of a network may need larger images than the network itself.
        sizes = found.other_inputs or []
        for _ in range(_MOST_TRIALS):
            if trained is None and sizes:
                trained, _ = self.attempt(sizes, train=True)
                sizes = next(larger(sizes), [])
        return trained, refusal

    def trace(self, inputs: Sequence[Input], *, train: bool, counted: bool = True) -> Trace:
        """What the module does with these inputs, with products if they are `counted`. Raises: ImportFailure."""
        self._check_sizes(inputs)
        run = Run(inputs, train, counted)
        try:
            return self._trace(run)
        except ImportFailure as failure:
            if failure.kind != DATA_DEPENDENT:
                raise
            return self._whatever_the_answer(run, failure)

    def _whatever_the_answer(self, run: Run, refusal: ImportFailure) -> Trace:
        """The trace of a module that asks for numbers only to warn, or to raise an error. Raises: ImportFailure."""
        found: list[Trace] = []
        for answer in (False, True):
            try:
                found.append(self._trace(run._replace(answer=answer)))
            except ImportFailure as failure:
                if failure.kind != FORWARD:
                    # It asks for numbers themselves, too, or runs into something that is no error of its own.
                    raise failure if failure.kind == DATA_DEPENDENT else refusal from None
        if not found or any(not is_same(found[0], other) for other in found[1:]):
            raise refusal
        nothing = "and the answer changes nothing" if len(found) > 1 else "and raises an error for one of the answers"
        found[0].notes.append(f"at {refusal.place}, {refusal.message.partition(',')[0]}, {nothing}")
        return found[0]

    def _trace(self, run: Run) -> Trace:
        identities = self.identities if run.train else frozenset()
        recorder = Recorder(self.module, self.owned, identities, run.answer)
        given = bound(self.module, run.inputs, BATCH)
        met = {name: recorder.meet_input(tensor) for name, tensor in given.tensors.items()}
        with in_mode(self.module, run.train):
            try:
                with recorder.recording(counted=run.counted):
                    result = self.module(*given.args, **given.keywords)
            except ImportFailure:
                raise
            except (Exception, SystemExit) as error:
                if recorder.refusal is not None:
                    raise recorder.refusal from error
                again = _message_of(lambda: self._run(run.inputs), error)
                raise failures.of_forward(error, recorder, run.inputs, again) from error
        if recorder.refusal is not None:
            raise recorder.refusal
        if not run.train:
            self.identities = frozenset(recorder.identities)
        return self._written(recorder, met, result, run)

    def _check_sizes(self, inputs: Sequence[Input]) -> None:
        """Raises: ImportFailure for a size that would be taken for the batch."""
        named = [(f"the input `{one.name}`", one.shape) for one in inputs]
        for what, shape in [*named, *((f"`{one.name}`", one.shape) for one in self.owned.tensors)]:
            for size in shape:
                if size and size % BATCH == 0:
                    raise ImportFailure(
                        "size",
                        f"{what} has a size of {size}, and multiples of {BATCH} stand for the batch while it is read",
                        help=f"import it with {size + 1} there, and write {size} into the spec",
                    )

    def _written(
        self,
        recorder: Recorder,
        inputs: dict[str, Traced],
        result: Any,
        run: Run,
    ) -> Trace:
        outputs = list(named_tensors(result))
        if not outputs:
            raise ImportFailure("output", f"`forward` of {type(self.module).__name__} returns no tensor")
        is_lone = len(outputs) == 1 and not outputs[0][0]
        trace = Trace(
            type(self.module).__name__,
            recorder.root,
            inputs,
            [recorder.traced(tensor) for _, tensor in outputs],
            self.owned.tensors,
            self._multiplications(recorder, run) if run.counted else None,
            list(dict.fromkeys(recorder.notes)),
            [] if is_lone else [name for name, _ in outputs],
            [tensor.name for tensor in self.owned.tensors if tensor.name not in recorder.read],
        )
        for name in sorted(recorder.products.added):
            trace.notes.append(f"PyTorch's counter does not see `{name}`, whose multiplications are added")
        for kind in dict.fromkeys(left_out(result)):
            trace.notes.append(f"an output of the class `{kind}` is left out")
        if not any(output.batched for output in trace.outputs):
            raise ImportFailure("output", f"what `forward` of {type(self.module).__name__} returns depends on no input")
        return trace

    def _run(self, inputs: Sequence[Input]) -> None:
        """The module with a batch of 1, with nothing written down."""
        given = bound(self.module, inputs, 1)
        with _Telling(self.owned).running():
            self.module(*given.args, **given.keywords)

    def _multiplications(self, recorder: Recorder, run: Run) -> int:
        """The products for one item of the batch: if they do not grow with it, a run with a small one tells."""
        if recorder.is_linear or run.answer is not None:
            return sum(function.multiplications for function in recorder.root.functions())
        # Training may need more than one item.
        batch = 2 if run.train else 1
        given = bound(self.module, run.inputs, batch)
        placement = Placement(self.owned)
        with in_mode(self.module, run.train), placement.products, placement.running():
            self.module(*given.args, **given.keywords)
        return placement.products.operations // 2 // batch


def _is_buffer(trace: Trace, name: str) -> bool:
    return any(tensor.name == name and tensor.is_buffer for tensor in trace.tensors)


class _Telling(Placement):
    """Functions that fail for their shapes say so as they do with numbers, which people have read before."""

    def applied(self, function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """What the function gives, wherever it runs."""
        try:
            return super().applied(function, args, keywords)
        except RuntimeError as error:
            raise self._with_numbers(function, args, keywords, error) from error

    def _with_numbers(
        self, function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any], error: RuntimeError
    ) -> RuntimeError:
        def zeros(tensor: torch.Tensor) -> torch.Tensor:
            return torch.zeros(tensor.shape, dtype=tensor.dtype)

        if sum(tensor.numel() for tensor in tensors_in((args, keywords))) <= MOST_NUMBERS:
            try:
                function(*changed(args, zeros), **changed(keywords, zeros))
            except RuntimeError as other:
                return other
        return error


def _message_of(run: Callable[[], None], error: BaseException) -> str | None:
    """What is said with a batch of 1; None if nothing is wrong with that."""
    try:
        run()
    except (Exception, SystemExit) as other:
        return str(other) if type(other) is type(error) else str(error)
    return None


@contextmanager
def in_mode(module: nn.Module, train: bool) -> Iterator[None]:
    """Meanwhile, the module is in that mode."""
    before = [(inner, inner.training) for inner in module.modules()]
    module.train(train)
    try:
        yield
    finally:
        for inner, was in before:
            inner.training = was
