"""Holds exported code to the module that it is of: its weights are loaded strictly, and the bits must be the same."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import nn

from archcalc.importing.failure import ImportFailure
from archcalc.importing.torch.comparison import Code, Comparison, Outcome, Trial
from archcalc.importing.torch.live.failures import said
from archcalc.importing.torch.live.inputs import bound
from archcalc.importing.torch.live.parts import changed, named_tensors
from archcalc.importing.torch.live.placement import Placement
from archcalc.importing.torch.live.weights import draw, has_all_numbers

BATCH = 2
"""Two items: what mixes the batch with another axis gives other numbers than what does not."""
_MOST_KEYS = 3
State = dict[str, torch.Tensor]


def compared(module: nn.Module, code: Code, *, fresh: bool) -> Comparison:
    """What code makes of the inputs of a module, compared with what the module makes of them, in eval mode.

    A `fresh` module gets random weights and statistics, and so does a copy of one without numbers. Raises:
    ImportFailure, if the module itself fails.
    """
    is_random = fresh or not has_all_numbers(module)
    if is_random:
        module = module if fresh else copy.deepcopy(module)
        draw(module)
    before = {inner: inner.training for inner in module.modules()}
    module.eval()
    try:
        outcomes = tuple(_at(module, code, trial) for trial in code.trials)
    except _Unloadable as reason:
        return Comparison((), str(reason), is_random)
    finally:
        for inner, was in before.items():
            inner.training = was
    return Comparison(outcomes, None, is_random)


class _Unloadable(Exception):
    """Exported code that cannot be compared; the text says why."""


def _at(module: nn.Module, code: Code, trial: Trial) -> Outcome:
    """Both at one size, and again in double precision where they differ."""
    at = " and ".join("×".join(map(str, one.shape)) for one in trial.inputs)
    network = _loaded(module, code, trial)
    given = _drawn(trial)
    with torch.no_grad():
        right, seen = _run(module, trial, given, code), _ran(network, given)
        if len(right) != len(seen) or any(one.shape != other.shape for one, other in zip(right, seen, strict=True)):
            return Outcome(at, False, None, _first_difference(module, network, trial, given))
        if all(_same(one, other) for one, other in zip(right, seen, strict=True)):
            return Outcome(at, True)
        where = _first_difference(module, network, trial, given)
        module, network = copy.deepcopy(module).double(), copy.deepcopy(network).double()
        given = [one.double() if one.is_floating_point() else one for one in given]
        right, seen = _run(module, trial, given, code), _ran(network, given)
    return Outcome(at, False, max(map(_difference, right, seen), default=0.0), where)


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Equal bits, but for which of many values is no number."""
    return torch.equal(one, other) or (
        one.is_floating_point() and torch.equal(one.nan_to_num(), other.nan_to_num().to(one.dtype))
    )


def _difference(one: torch.Tensor, other: torch.Tensor) -> float:
    largest = one.abs().max().double().item() or 1.0
    return float((one.double() - other.double()).abs().max().item() / largest)


# The exported code


def _loaded(module: nn.Module, code: Code, trial: Trial) -> nn.Module:
    """The network of the code, with the tensors of the module. Raises: _Unloadable."""
    with Placement():
        network = _built(code, trial)
    state = {code.renamed.get(name, name): value for name, value in module.state_dict().items()}
    known = network.state_dict()
    state = {name: value for name, value in state.items() if name in known or name not in code.unread}
    if (reason := _unfit(known, state)) is not None:
        raise _Unloadable(reason)
    network.load_state_dict(state, strict=True, assign=True)
    if not has_all_numbers(network):
        network = _built(code, trial)
        network.load_state_dict(state, strict=True, assign=True)
    return network.eval()


def _built(code: Code, trial: Trial) -> nn.Module:
    names: dict[str, Any] = {"__name__": "archcalc_exported"}
    try:
        exec(compile(code.text, "<exported>", "exec"), names)  # noqa: S102 (code that the exporter has just written)
        made: nn.Module = names[code.class_name](**trial.arguments)
    except (Exception, SystemExit) as error:
        raise _Unloadable(f"the exported code cannot be built: {said(error)}") from error
    return made


def _unfit(known: State, state: State) -> str | None:
    """Why the state of the module cannot be loaded strictly; None if it can."""
    missing, surplus = [name for name in known if name not in state], [name for name in state if name not in known]
    other = [name for name in known if name in state and known[name].shape != state[name].shape]
    told = [
        f"{what} {', '.join(f'`{name}`' for name in names[:_MOST_KEYS])}{' and more' * (len(names) > _MOST_KEYS)}"
        for what, names in (("has no", surplus), ("has in addition", missing), ("has other shapes of", other))
        if names
    ]
    return f"the weights do not load strictly, since the spec {', and '.join(told)}" if told else None


def _ran(network: nn.Module, given: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """What the exported code returns. Raises: _Unloadable."""
    try:
        return [tensor for _, tensor in named_tensors(network(*given))]
    except (Exception, SystemExit) as error:
        raise _Unloadable(f"the exported code fails: {said(error)}") from error


# The module


def _drawn(trial: Trial) -> list[torch.Tensor]:
    """Random numbers for every input."""
    generator = torch.Generator().manual_seed(0)
    found = []
    for one, below in zip(trial.inputs, trial.below, strict=True):
        shape = (BATCH, *one.shape)
        if one.dtype == "float":
            found.append(torch.randn(shape, generator=generator))
        else:
            drawn = torch.randint(2 if one.dtype == "bool" else below or 2, shape, generator=generator)
            found.append(drawn.bool() if one.dtype == "bool" else drawn)
    return found


def _run(module: nn.Module, trial: Trial, given: Sequence[torch.Tensor], code: Code) -> list[torch.Tensor]:
    """What the module returns, as far as the code returns it. Raises: ImportFailure, if it cannot run."""
    try:
        result = _result(module, trial, given)
    except (Exception, SystemExit) as error:
        raise ImportFailure("forward", f"with numbers, the network fails with {said(error)}") from error
    found = [tensor for _, tensor in named_tensors(result)]
    return [found[place] for place in code.outputs]


def _result(module: nn.Module, trial: Trial, given: Sequence[torch.Tensor]) -> Any:
    """What the module makes of inputs, which go to the arguments of their names."""
    call = bound(module, trial.inputs, BATCH)
    numbers = {id(shape): tensor for shape, tensor in zip(call.tensors.values(), given, strict=True)}

    def number(shape: torch.Tensor) -> torch.Tensor:
        return numbers[id(shape)]

    return module(*changed(call.args, number), **changed(call.keywords, number))


# Where they begin to differ


def _first_difference(module: nn.Module, network: nn.Module, trial: Trial, given: Sequence[torch.Tensor]) -> str | None:
    """The path of the first module that both have, and that gives other numbers in the two."""
    right: dict[str, list[float]] = {}
    seen: dict[str, list[float]] = {}
    with _listened(module, right):
        _result(module, trial, given)
    with _listened(network, seen):
        network(*given)
    for path, told in seen.items():
        if path in right and right[path] != told:
            return path
    return None


@contextmanager
def _listened(module: nn.Module, heard: dict[str, list[float]]) -> Iterator[None]:
    """Meanwhile, the sum of what each module inside gives is kept by its path, in the order in which they end."""

    def hear(path: str, _: Any, __: Any, result: Any) -> None:
        if isinstance(result, torch.Tensor):
            heard.setdefault(path, []).append(float(result.double().abs().sum()))

    handles = [one.register_forward_hook(partial(hear, path)) for path, one in module.named_modules() if path]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
