"""Counting tools of others, each asked in one way: what does it count for this module and these inputs?

`python -m pip install '.[conventions]'` installs them. Those that stand apart are installed each when it is asked:
`deepspeed==0.19.8`, `thop==0.0.31.post2005241907`, `ptflops==0.6.9`. Each is asked as its documentation says, in eval
mode, and says nothing itself: what it prints, warns and logs is swallowed, and what it patches in PyTorch is put back.
"""

from __future__ import annotations

import collections
import collections.abc
import contextlib
import inspect
import io
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal, NamedTuple

Unit = Literal["multiply-adds", "operations"]
"""What a tool adds up: a product and its addition as one, or every arithmetic operation as one."""


class CannotRun(Exception):
    """A tool gives no number for a network; the message says why."""


class Count(NamedTuple):
    """What a tool says: its total, and its parts by name of submodule or of operator, where it tells any."""

    total: int
    parts: Mapping[str, int] = {}


Reads = Literal["modules", "meta", "calls", "graph"]
"""What a tool looks at, which decides how it is measured.

`modules` are those that hooks see, with the shapes of what they read and write: they are the same on the meta device.
`meta` is what PyTorch dispatches there. `calls` are functions and operators on the processor, since PyTorch
has others on the meta device; nothing needs to be computed in them. `graph` is what PyTorch records of a true run.
"""


class Tool(NamedTuple):
    """A counting tool: the packages that it consists of, its unit, and what it looks at."""

    name: str
    packages: tuple[str, ...]
    unit: Unit
    reads: Reads
    ask: Callable[[Any, Sequence[Any]], Count]

    @property
    def device(self) -> str:
        """The device on which it is asked."""
        return "meta" if self.reads in ("modules", "meta") else "cpu"

    @property
    def missing(self) -> list[str]:
        """Its packages that are not installed."""
        return [package for package in self.packages if _version(package) is None]

    def count(self, module: Any, inputs: Sequence[Any]) -> Count:
        """What the tool says of a module in eval mode, which it may leave with traces. Raises: CannotRun."""
        module.eval()
        with _unheard() as said, _restored():
            try:
                return self.ask(module, inputs)
            except CannotRun:
                raise
            except (Exception, SystemExit) as error:
                raise CannotRun(_reason(error, said.getvalue())) from error


def versions(tools: Iterable[Tool]) -> dict[str, str]:
    """The versions of all that is installed of some tools and of what they run on."""
    names = {"torch", *(package for tool in tools for package in tool.packages)}
    return {name: found for name in sorted(names) if (found := _version(name)) is not None}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _reason(error: BaseException, said: str) -> str:
    """One line about an error: its innermost cause, since tools wrap it, or what the tool printed instead."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = [line.strip() for line in (str(error) or said).splitlines() if line.strip()]
    told = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return told if len(told) <= 160 else told[:157] + "..."


@contextlib.contextmanager
def _unheard() -> Iterator[io.StringIO]:
    """Neither prints nor warnings nor logs; gives what was printed."""
    level = logging.root.manager.disable
    said = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            yield said
        finally:
            logging.disable(level)


@contextlib.contextmanager
def _restored() -> Iterator[None]:
    """The functions of PyTorch are afterwards what they were: some tools leave their own in the place of a few."""
    import torch

    places = (torch, torch.nn.functional, torch.Tensor)
    before = [dict(vars(place)) for place in places]
    try:
        yield
    finally:
        for place, were in zip(places, before, strict=True):
            for name, value in list(vars(place).items()):
                if name not in were:
                    if callable(value):
                        delattr(place, name)
                elif value is not were[name]:
                    setattr(place, name, were[name])


def _whole(number: Any) -> int:
    """A count that a tool gives as a float, or as a number of NumPy."""
    found = int(number)
    if found != number:
        raise CannotRun(f"it counts a fraction: {number}")
    return found


def _flop_counter_mode(module: Any, inputs: Sequence[Any]) -> Count:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as mode:
        module(*inputs)
    top = type(module).__name__
    counts = {name: sum(found.values()) for name, found in mode.get_flop_counts().items()}
    return Count(mode.get_total_flops(), {name.removeprefix(f"{top}."): found for name, found in counts.items()})


def _torchinfo(module: Any, inputs: Sequence[Any]) -> Count:
    from torchinfo import summary

    device = inputs[0].device
    found = summary(module, input_data=list(inputs), device=device, verbose=0)
    parts: dict[str, int] = {}
    for layer in found.summary_list:
        if layer.is_leaf_layer:
            name = _path(layer)
            parts[name] = parts.get(name, 0) + _whole(layer.macs)
    return Count(_whole(found.total_mult_adds), parts)


def _path(layer: Any) -> str:
    """The name of a submodule as torchinfo knows it."""
    names: list[str] = []
    while layer.parent_info is not None:
        names.append(layer.var_name)
        layer = layer.parent_info
    return ".".join(reversed(names))


def _fvcore(module: Any, inputs: Sequence[Any]) -> Count:
    from fvcore.nn import FlopCountAnalysis

    counted = FlopCountAnalysis(module, tuple(inputs))
    counted.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")
    return Count(_whole(counted.total()), {name: _whole(found) for name, found in counted.by_operator().items()})


def _thop(module: Any, inputs: Sequence[Any]) -> Count:
    from thop import profile

    total, _, layers = profile(module, inputs=tuple(inputs), verbose=False, ret_layer_info=True)
    return Count(_whole(total), dict(_thop_parts(layers)))


def _thop_parts(layers: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, int]]:
    for name, (total, _, inner) in layers.items():
        yield above + name, _whole(total)
        yield from _thop_parts(inner, f"{above}{name}.")


def _ptflops(module: Any, inputs: Sequence[Any], backend: str = "pytorch") -> Count:
    _torchvision()
    from ptflops import get_model_complexity_info

    total, _ = get_model_complexity_info(
        module,
        (1,),
        as_strings=False,
        print_per_layer_stat=False,
        input_constructor=lambda _: _arguments(module, inputs),
        backend=backend,
    )
    if total is None:  # It has printed why, and goes on.
        raise CannotRun(_printed())
    return Count(_whole(total))


def _torchvision() -> None:
    """torchvision, which ptflops imports, without its compiled part where that was built for another PyTorch."""
    import torch

    try:
        import_module("torchvision")
    except ImportError:
        return
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _KEPT.append(library)
        import_module("torchvision")


_KEPT: list[Any] = []
"""Operators live as long as the library that defines them."""


def _printed() -> str:
    """What ptflops prints of an exception in place of raising it."""
    said = getattr(sys.stdout, "getvalue", str)()
    lines = [line.strip() for line in said.splitlines() if line.strip().startswith("<class ")]
    return lines[-1].replace("<class '", "").replace("'>", "")[:160] if lines else "it gives no number"


def _arguments(module: Any, inputs: Sequence[Any]) -> Any:
    """One tensor as it is, more of them by the names of their parameters, as ptflops takes them."""
    if len(inputs) == 1:
        return inputs[0]
    return dict(zip(inspect.signature(module.forward).parameters, inputs, strict=False))


def _old_thop(module: Any, inputs: Sequence[Any]) -> Count:
    """thop before 0.1, which tells no parts, and knows collections as they were before Python 3.10."""
    collections.Iterable = collections.abc.Iterable  # type: ignore[attr-defined]
    from thop import profile

    return Count(_whole(profile(module, inputs=tuple(inputs), verbose=False)[0]))


def _old_ptflops(module: Any, inputs: Sequence[Any]) -> Count:
    """ptflops before 0.7, which takes every argument by its name."""
    from ptflops import get_model_complexity_info

    total, _ = get_model_complexity_info(
        module,
        (1,),
        as_strings=False,
        print_per_layer_stat=False,
        input_constructor=lambda _: dict(zip(inspect.signature(module.forward).parameters, inputs, strict=False)),
    )
    return Count(_whole(total))


def _ptflops_aten(module: Any, inputs: Sequence[Any]) -> Count:
    return _ptflops(module, inputs, "aten")


def _calflops(module: Any, inputs: Sequence[Any]) -> Count:
    return _of_calflops(module, inputs)[0]


def _calflops_macs(module: Any, inputs: Sequence[Any]) -> Count:
    return _of_calflops(module, inputs)[1]


def _of_calflops(module: Any, inputs: Sequence[Any]) -> tuple[Count, Count]:
    """Its operations and its multiply-adds."""
    from calflops import calculate_flops

    if next(module.parameters(), None) is None:
        raise CannotRun("it asks where the first parameter lies, and there is none")
    flops, macs, _ = calculate_flops(module, args=list(inputs), print_results=False, output_as_string=False)
    return Count(_whole(flops)), Count(_whole(macs))


def _deepspeed(module: Any, inputs: Sequence[Any]) -> Count:
    from deepspeed.profiling.flops_profiler import get_model_profile

    options = {"print_profile": False, "as_string": False, "warm_up": 0}
    total, _, _ = get_model_profile(module, args=list(inputs), **options)
    return Count(_whole(total))


def _onnx_tool(module: Any, inputs: Sequence[Any]) -> Count:
    import onnx
    import onnx_tool
    import torch

    with torch.no_grad():
        # Numbers as trained ones are: the exporter leaves out what is added if it is 0.
        for tensor in (*module.parameters(), *module.buffers()):
            if tensor.is_floating_point():
                tensor.uniform_(0.5, 1.5)
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        path = os.path.join(folder, "network.onnx")
        torch.onnx.export(module, tuple(inputs), path, verbose=False)
        model = onnx_tool.Model(onnx.load(path), {"verbose": False})
        graph = model.graph
        graph.shape_infer()
        graph.profile()
    parts: dict[str, int] = {}
    for node in graph.nodemap.values():
        parts[node.op_type] = parts.get(node.op_type, 0) + _whole(node.macs[0])
    return Count(_whole(graph.macs[0]), parts)


def _torchlens(module: Any, inputs: Sequence[Any]) -> Count:
    import torchlens
    from torchlens.options import CaptureOptions

    capture = CaptureOptions(layers_to_save="none", unwrap_when_done=True)
    trace = torchlens.trace(module, list(inputs), capture=capture)
    parts = {name: _whole(found["forward"]) for name, found in trace.flops_by_op_type.items()}
    return Count(_whole(trace.total_flops_forward), parts)


TOOLS: tuple[Tool, ...] = (
    Tool("FlopCounterMode", ("torch",), "operations", "calls", _flop_counter_mode),
    Tool("FlopCounterMode-meta", ("torch",), "operations", "meta", _flop_counter_mode),
    Tool("torchinfo", ("torchinfo",), "multiply-adds", "modules", _torchinfo),
    Tool("fvcore", ("fvcore",), "multiply-adds", "graph", _fvcore),
    Tool("thop", ("thop",), "multiply-adds", "modules", _thop),
    Tool("ptflops", ("ptflops",), "multiply-adds", "calls", _ptflops),
    Tool("ptflops-aten", ("ptflops",), "multiply-adds", "calls", _ptflops_aten),
    Tool("calflops", ("calflops", "transformers"), "operations", "calls", _calflops),
    Tool("calflops-macs", ("calflops", "transformers"), "multiply-adds", "calls", _calflops_macs),
    Tool("onnx-tool", ("onnx-tool", "onnx", "onnxscript"), "operations", "graph", _onnx_tool),
    Tool("torchlens", ("torchlens",), "operations", "calls", _torchlens),
)
"""Those of measured.json; the same package under two names has two answers."""

APART: tuple[Tool, ...] = (
    Tool("deepspeed", ("deepspeed",), "operations", "calls", _deepspeed),
    Tool("thop-0.0.31", ("thop",), "multiply-adds", "modules", _old_thop),
    Tool("ptflops-0.6.9", ("ptflops",), "multiply-adds", "modules", _old_ptflops),
)
"""Those of measured_apart.json: parts of something large, which the tests do not depend on for the sake of a count, and
old versions, which most numbers that were posted are of."""
