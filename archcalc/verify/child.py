"""The program that runs generated modules: a process of its own that imports PyTorch, and nothing of archcalc.

It reads requests from standard input and writes answers to standard output, a line of JSON each. Before anything else
is imported both are set aside, so that nothing that the modules print or read can get in between.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

MESSAGE_LIMIT = 2000
MEMORY = 4 * 1024**3
"""Bytes that runs may take, besides what PyTorch takes itself. What is run has 100 million parameters at the most."""
TRANSPOSING = ("T", "mT", "H", "mH")
"""Properties that are functions."""


def _imported(path: str, name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


# This folder is not searched for modules: one of them could stand in for one of the standard library.
_calling = _imported(str(Path(__file__).with_name("calling.py")), "archcalc_verify_calling")
_child = _imported(str(Path(__file__).parents[1] / "isolation" / "child.py"), "archcalc_isolation_child")
Taken, Judge, parts = _calling.Taken, _calling.Judge, _calling.parts


def main() -> None:
    """Answer requests until there are no more."""
    requests, answers = _child.set_aside()

    lock = threading.Lock()

    def say(answer: dict[str, Any]) -> None:
        with lock:
            answers.write(json.dumps(answer) + "\n")
            answers.flush()

    def stop(reason: str) -> None:
        say({"ok": False, "stage": "time", "error": "Timeout", "message": reason, "line": None})

    try:
        torch: Any = importlib.import_module("torch")
        importlib.import_module("torch.utils.flop_counter")
        overrides: Any = importlib.import_module("torch.overrides")
    except Exception as error:
        say({"torch": None, **_described(error, "")})
        return
    _child.bound_memory(MEMORY)
    say({"torch": torch.__version__})
    loaded: dict[str, Any] = {}
    for line in requests:
        request = json.loads(line)
        with _child.watched(request["seconds"], torch.get_num_threads(), stop):
            answer = _answer(torch, overrides, loaded, request)
        say(answer)


def _answer(torch: Any, overrides: Any, loaded: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    path = request["path"]
    stage = "import"
    try:
        if path not in loaded:
            loaded[path] = _imported(path, request["module"])
        module = loaded[path]
        stage = "build"
        with torch.device(request["device"]):
            torch.manual_seed(0)
            given = {name: _argument(torch, value) for name, value in request["arguments"].items()}
            network = getattr(module, request["class"])(**given)
        network.eval()
        state = _state(network)
        stage = "forward"
        if request["record"]:
            ran = _recorded(torch, overrides, module, network, request)
        else:
            ran = {"outputs": [list(value.shape) for value in _applied(torch, network, request)], "events": []}
            ran["unlike"] = _unlike(torch, network, request["numbers"])
    except (Exception, SystemExit) as error:
        if isinstance(error, MemoryError) or _child.OUT_OF_MEMORY in str(error):
            stage = "memory"
        return {"ok": False, "stage": stage, **_described(error, path)}
    return {"ok": True, "state": state, **ran}


def _argument(torch: Any, value: Any) -> Any:
    """An argument of a constructor: a class of PyTorch is sent as its name."""
    if isinstance(value, dict):
        return getattr(torch.nn, value["class"].removeprefix("nn."))
    return tuple(_argument(torch, one) for one in value) if isinstance(value, list) else value


def _state(network: Any) -> list[Any]:
    """Every tensor of the state: its name, its sizes, whether it is trained, and under which name it came before."""
    trained = {name: value.requires_grad for name, value in network.named_parameters(remove_duplicate=False)}
    first: dict[int, str] = {}
    found = []
    for name, value in network.state_dict(keep_vars=True).items():
        before = first.setdefault(id(value), name)
        found.append([name, list(value.shape), trained.get(name), None if before == name else before])
    return found


def _unlike(torch: Any, network: Any, numbers: dict[str, Any]) -> list[str]:
    """The buffers that hold other numbers than they should: one number for all entries, or a list, row by row."""
    buffers = dict(network.named_buffers(remove_duplicate=False))

    def holds(name: str, right: Any) -> bool:
        if name not in buffers:
            return False
        held = buffers[name].flatten()
        wanted = torch.tensor(right, dtype=held.dtype).flatten()
        return len(wanted) in (1, len(held)) and bool(torch.equal(held, wanted.expand(len(held))))

    return [name for name, right in numbers.items() if not holds(name, right)]


def example_inputs(torch: Any, request: dict[str, Any]) -> list[Any]:
    """Random numbers for every input of a request, and integers where it has them."""
    device = request["device"]
    return [
        torch.rand(sizes, device=device) if below is None else torch.randint(below, sizes, device=device)
        for sizes, below in zip(request["inputs"], request["integers"], strict=True)
    ]


def _applied(torch: Any, network: Any, request: dict[str, Any]) -> list[Any]:
    inputs = iter(example_inputs(torch, request))
    given = [next(inputs) if count is None else [next(inputs) for _ in range(count)] for count in request["lists"]]
    with torch.no_grad():
        return list(parts(network(*given), torch.Tensor))


def _recorded(torch: Any, overrides: Any, module: Any, network: Any, request: dict[str, Any]) -> dict[str, Any]:
    """One forward pass with every call at the outermost level: who was called, what it read, wrote and multiplied."""
    inputs = example_inputs(torch, request)
    # The counter of products looks for the gradients of what a module reads, and a view of a tensor has none here.
    network.requires_grad_(False)
    counter = torch.utils.flop_counter.FlopCounterMode(display=False)
    tensors = dict(network.named_parameters(remove_duplicate=False))
    tensors.update(network.named_buffers(remove_duplicate=False))
    recorder = Recorder(torch, counter, inputs, [tensors.get(name) for name in request["tensors"]])

    class Functions(overrides.TorchFunctionMode):  # type: ignore[misc]
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            kwargs = kwargs or {}
            if recorder.depth:
                return func(*args, **kwargs)
            name = getattr(func, "__name__", str(func))
            if name == "__get__":
                looked_at = getattr(getattr(func, "__self__", None), "__name__", "")
                if looked_at not in TRANSPOSING:
                    return recorder.property(func, args, kwargs)
                name = looked_at
            return recorder.call(name, (), func, args, kwargs)

    for name in request["supplied"]:
        value = getattr(module, name)
        if not isinstance(value, type):
            setattr(module, name, recorder.wrapped(name, (), value))
    for layer, names in _leaves(torch, network, set(request["scopes"])):
        layer.forward = recorder.wrapped(type(layer).__name__, names, layer.forward)
    # A function mode is active around attention, too, which then takes its plain path, whose products are counted.
    try:
        with torch.no_grad(), counter, Functions():
            result = network(*inputs)
    finally:
        for name in request["supplied"]:
            value = getattr(module, name)
            setattr(module, name, getattr(value, "__wrapped__", value))
    outputs = list(parts(result, torch.Tensor))
    reads = [recorder.made(value) for value in outputs]
    _chosen_first(recorder, reads, request["calls"])
    return {
        "events": recorder.events,
        "outputs": [list(value.shape) for value in outputs],
        "reads": reads,
        "others": Judge(torch, module).others(recorder.taken, request["calls"]),
    }


def _chosen_first(recorder: Recorder, reads: list[list[tuple[int, int]]], calls: list[dict[str, Any]]) -> None:
    """Where a layer is one of several results of its call, let that come first in what was recorded."""
    if len(calls) != len(recorder.events):
        return
    order: dict[int, list[int]] = {}
    for number, (call, places) in enumerate(zip(calls, recorder.places, strict=True)):
        if call["result"]:
            chosen = [one for one, place in enumerate(places) if place == call["result"]]
            order[number] = [*chosen, *(one for one in range(len(places)) if one not in chosen)]
            event = recorder.events[number]
            event["outputs"] = [event["outputs"][one] for one in order[number]]
    for read in (*reads, *(read for event in recorder.events for read in event["reads"])):
        read[:] = [(maker, order[maker].index(place) if maker in order else place) for maker, place in read]


def _leaves(torch: Any, network: Any, scopes: set[str]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The modules that do something themselves, each with all its names."""
    nn = torch.nn
    looked_through = (nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.Identity)
    names: dict[int, tuple[Any, list[str]]] = {}
    for name, layer in network.named_modules(remove_duplicate=False):
        names.setdefault(id(layer), (layer, []))[1].append(name)
    for layer, known in names.values():
        if layer is network or type(layer) in looked_through or type(layer).__name__ in scopes:
            continue
        yield layer, tuple(known)


class Recorder:
    """The calls of one forward pass.

    A tensor is known by who made it: (number of the call, place in its result), (-1, number of the input), or (-2,
    number of a tensor that a class holds itself). A call that hands a tensor on unchanged is one more maker of it; one
    that changes it in place is its only maker.
    """

    def __init__(self, torch: Any, counter: Any, inputs: list[Any], tensors: list[Any]) -> None:
        self.torch = torch
        self.counter = counter
        self.depth = 0
        self.events: list[dict[str, Any]] = []
        self.places: list[list[int]] = []
        """For every tensor that a call gave, at which place of the result it stands."""
        self.taken: list[Any] = []
        self._makers: dict[int, set[tuple[int, int]]] = {}
        # As long as a tensor lives no other has its id.
        self._alive: list[Any] = []
        for place, known in ((-1, inputs), (-2, tensors)):
            for number, value in enumerate(known):
                self._make(value, {(place, number)})

    def wrapped(self, name: str, modules: tuple[str, ...], function: Callable[..., Any]) -> Callable[..., Any]:
        """The function; its calls at the outermost level are recorded."""

        def recorded(*args: Any, **kwargs: Any) -> Any:
            if self.depth:
                return function(*args, **kwargs)
            return self.call(name, modules, function, args, kwargs)

        recorded.__wrapped__ = function  # type: ignore[attr-defined]
        return recorded

    def call(self, name: str, modules: tuple[str, ...], function: Any, args: Any, kwargs: Any) -> Any:
        """Call and record, if tensors come out."""
        before = self.counter.get_total_flops()
        read = list(parts((args, kwargs), self.torch.Tensor))
        versions = {id(value): value._version for value in read}
        reads = [self.made(value) for value in read]
        self.depth += 1
        try:
            result = function(*args, **kwargs)
        finally:
            self.depth -= 1
        written = list(parts(result, self.torch.Tensor))
        if not written:
            return result
        number = len(self.events)
        items = result if isinstance(result, (tuple, list)) else [result]
        self.places.append([place for place, item in enumerate(items) for _ in parts(item, self.torch.Tensor)])
        self.taken.append(Taken(self.torch, name, function, args, kwargs))
        for place, value in enumerate(written):
            makers = {(number, place)}
            if versions.get(id(value)) == value._version:
                makers |= self._makers.get(id(value), set())
            self._make(value, makers)
        self.events.append(
            {
                "call": name,
                "modules": modules,
                "reads": [makers for makers in reads if makers],
                "outputs": [list(value.shape) for value in written],
                "flops": self.counter.get_total_flops() - before,
            }
        )
        return result

    def property(self, function: Any, args: Any, kwargs: Any) -> Any:
        """A look at a tensor; what comes out of it still counts as made by the same call."""
        result = function(*args, **kwargs)
        if isinstance(result, self.torch.Tensor) and args:
            self._make(result, set(self._makers.get(id(args[0]), ())))
        return result

    def made(self, value: Any) -> list[tuple[int, int]]:
        """Who made a tensor; nobody made those that modules hold."""
        return sorted(self._makers.get(id(value), ()))

    def _make(self, value: Any, makers: set[tuple[int, int]]) -> None:
        self._makers[id(value)] = makers
        self._alive.append(value)


def _described(error: BaseException, path: str) -> dict[str, Any]:
    """What was raised, and the line of the generated module from which it came."""
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename == path:
        line = error.lineno
    return {"error": type(error).__name__, "message": str(error)[:MESSAGE_LIMIT], "line": line}


if __name__ == "__main__":
    main()
