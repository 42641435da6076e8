"""From a source to a module: its Python is imported and called, on the meta device where that works."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import torch
from torch import nn

from archcalc.diagnostics import closest
from archcalc.importing.failure import ImportFailure
from archcalc.importing.torch.live.failures import of_anything
from archcalc.importing.torch.live.placement import Placement
from archcalc.importing.torch.live.places import line_of
from archcalc.importing.torch.source import Call, Source

_WEIGHTS = re.compile(r"(pretrained|weights)(_\w+)?|\w+_(pretrained|weights)")
"""Arguments that ask for trained weights."""
_MOST_NAMES = 8
_OPERATORS = re.compile(r"operator torchvision::\w+ does not exist")
_DECLARED = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


class Built:
    """A module, what there is to say about how it came about, and whether it was made here, without weights."""

    def __init__(self, module: nn.Module, notes: list[str], *, is_made: bool) -> None:
        self.module = module
        self.notes = notes
        self.is_made = is_made


def build(source: Source) -> Built:
    """The module of a source. Nothing loads or downloads weights. Raises: ImportFailure."""
    found = _found(source)
    if isinstance(found, nn.Module):
        if source.call is not None:
            raise ImportFailure("call", f"`{source.name}` is a module already", help="leave out --call")
        return Built(found, [], is_made=False)
    if not callable(found):
        raise _no_module(source, found)
    return _called(found, source)


def _found(source: Source) -> Any:
    """What the source names: its Python module is imported."""

    def load() -> Any:
        return _named(_from_file(source.path) if source.path else _from_package(str(source.module)), source)

    try:
        return _with_operators(load)
    except ImportFailure:
        raise
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if not missing:
            raise of_anything(error, "import", f"importing {source} fails with") from error
        if source.module is not None and f"{source.module}.".startswith(f"{error.name}."):
            raise ImportFailure(
                "missing-package",
                f"there is no Python module `{error.name}`",
                help=f"install the package, or run archcalc from the folder in which `{missing}` is",
            ) from error
        raise ImportFailure(
            "missing-package",
            f"importing {source.path or source.module} needs the package `{missing}`, which is not installed",
            place=line_of(error),
            help=f"install it: python -m pip install {missing}",
        ) from error
    except SyntaxError as error:
        raise ImportFailure("syntax", f"this is no Python: {error.msg}", place=line_of(error)) from error
    except (Exception, SystemExit) as error:
        raise of_anything(error, "import", f"importing {source.path or source.module} fails with") from error


def _from_package(name: str) -> ModuleType:
    with _search(os.getcwd()):
        return importlib.import_module(name)


def _from_file(path: str) -> ModuleType:
    """A file under its own name, in the package that it belongs to."""
    file = Path(path).resolve()
    folder, name = file.parent, file.stem
    while (folder / "__init__.py").exists():
        folder, name = folder.parent, f"{folder.name}.{name}"
    with _search(str(folder)):
        if "." in name and importlib.util.find_spec(name.partition(".")[0]) is not None:
            return importlib.import_module(name.removesuffix(".__init__"))
        # Another module may have the name of a file that stands alone.
        name = name if name.isidentifier() and _is_free(name, file) else f"archcalc_source_{abs(hash(str(file)))}"
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            raise ImportFailure("syntax", f"{path} is no Python module")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module


def _is_free(name: str, file: Path) -> bool:
    if name in sys.modules or name in sys.stdlib_module_names:
        return False
    spec = importlib.util.find_spec(name)
    return spec is None or spec.origin == str(file)


@contextmanager
def _search(folder: str) -> Iterator[None]:
    """Modules of a folder are found; it stays so, since they may be imported only when the module runs."""
    if folder not in sys.path:
        sys.path.insert(0, folder)
    yield


def _with_operators(load: Callable[[], Any]) -> Any:
    """What is loaded, with torchvision's operators declared if its compiled ones are for another PyTorch.

    A network that uses them cannot run then, and all others can.
    """
    try:
        return load()
    except Exception as error:
        if not any(_OPERATORS.search(str(one)) for one in _chain(error)):
            raise
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for declaration in _DECLARED:
        library.define(declaration)  # type: ignore[no-untyped-call]
    _KEPT.append(library)
    return load()


_KEPT: list[torch.library.Library] = []
"""Declarations live as long as their library."""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _named(module: ModuleType, source: Source) -> Any:
    """What has the name of the source in a Python module."""
    found: Any = module
    if not source.name:
        own = [f"`{name}`" for name, one in vars(module).items() if _is_network(one, module)]
        raise ImportFailure(
            "no-name",
            f"which network of {source} is meant is not said; it has {', '.join(own[:_MOST_NAMES]) or 'none'}",
            help=f"write {source}:{own[-1].strip('`')}" if own else "write the name of what makes one behind a colon",
        )
    for part in source.name.split("."):
        if not hasattr(found, part):
            place = source.path or source.module
            raise ImportFailure("missing-name", f"{place} has no `{part}`", help=_meant(found, part))
        found = getattr(found, part)
    return found


def _meant(found: Any, name: str) -> str | None:
    """What to write for a name that something does not have."""
    names = [one for one in dir(found) if not isinstance(vars(found).get(one), ModuleType)]
    same = [one for one in names if one.lower() == name.lower()]
    if isinstance(found, ModuleType) and not any(_makes_networks(getattr(found, one)) for one in same):
        below = [place for place in sys.modules if place.startswith(f"{found.__name__}.")]
        holders = [place for place in below if _makes_networks(getattr(sys.modules[place], name, None))]
        if holders:
            return f"did you mean {min(holders, key=lambda place: (place.count('.'), place))}:{name}?"
    # The name of a function is seldom meant for that of a class.
    groups = (
        same,
        [one for one in names if one[:1] == name[:1]],
        [one for one in names if one[:1] == name[:1].swapcase()],
    )
    meant = next(filter(None, (closest(name, group) for group in groups)), None)
    return f"did you mean `{meant}`?" if meant else None


def _makes_networks(value: Any) -> bool:
    """Whether something may make a network: a function in Python, or a class of modules."""
    return isinstance(value, FunctionType) or (isinstance(value, type) and issubclass(value, nn.Module))


def _is_network(value: Any, module: ModuleType) -> bool:
    if isinstance(value, nn.Module):
        return True
    return isinstance(value, type) and issubclass(value, nn.Module) and value.__module__ == module.__name__


def _called(make: Callable[..., Any], source: Source) -> Built:
    """What a class or a function makes."""
    call = source.call or Call(source.name)
    given = dict(call.keywords)
    untrained = {name: value for name, value in _untrained(make).items() if name not in given}
    keywords = _configured(make, {**untrained, **given})
    _check(make, source, call.arguments, keywords)
    notes = [
        f"`{source.name}` is called with {name}={value}, so that no weights are loaded"
        for name, value in untrained.items()
    ]
    try:
        with _no_downloads(), Placement(draws=True):
            found = make(*call.arguments, **keywords)
    except (ImportFailure, SystemExit, MemoryError) as error:
        raise of_anything(error, "build", f"`{source.name}(...)` ends with") from error
    except Exception:
        found = _in_memory(make, source, call.arguments, keywords)
    if not isinstance(found, nn.Module):
        raise _no_module(source, found)
    return Built(found, notes, is_made=True)


def _configured(make: Callable[..., Any], keywords: dict[str, Any]) -> dict[str, Any]:
    """Arguments of a class that takes a `config` of a class of its own: they are those of the `config`."""
    kind = getattr(make, "config_class", None)
    if not isinstance(kind, type) or "config" in keywords or "config" not in inspect.signature(make).parameters:
        return keywords
    return {"config": kind(**keywords)}


def _in_memory(make: Callable[..., Any], source: Source, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """A module that needs numbers to be built is built with them: what it says then is its own fault."""
    try:
        with _no_downloads():
            return make(*arguments, **keywords)
    except (Exception, SystemExit) as error:
        raise of_anything(error, "build", f"`{source.name}(...)` fails with") from error


def _untrained(make: Callable[..., Any]) -> dict[str, Any]:
    """Arguments that ask for trained weights by default, with values that do not."""
    try:
        parameters = inspect.signature(make).parameters
    except (TypeError, ValueError):
        return {}
    return {
        name: False if one.default is True else None
        for name, one in parameters.items()
        if _WEIGHTS.fullmatch(name) and one.default is not inspect.Parameter.empty and one.default
    }


def _check(make: Callable[..., Any], source: Source, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    """Raises: ImportFailure if the arguments are not those of the signature."""
    try:
        signature = inspect.signature(make)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*arguments, **keywords)
    except TypeError as error:
        needed = [
            name
            for name, one in signature.parameters.items()
            if one.default is inspect.Parameter.empty and one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
        ]
        shown = ", ".join(f"{name}=..." for name in needed if name not in keywords) or "..."
        unknown = [name for name in keywords if name not in signature.parameters]
        meant = closest(unknown[0], signature.parameters) if unknown else None
        raise ImportFailure(
            "arguments",
            f"`{source.name}` cannot be called like that: {error}",
            help=f"did you mean `{meant}`?" if meant else f"give its arguments: --call '{source.name}({shown})'",
        ) from error


def _no_module(source: Source, found: Any) -> ImportFailure:
    what = f"a `{type(found).__name__}`" if not isinstance(found, type) else f"the class `{found.__name__}`"
    return ImportFailure(
        "not-a-module",
        f"`{source}` gives {what}, and no `torch.nn.Module`",
        help="name a module, or a class or function that makes one",
    )


@contextmanager
def _no_downloads() -> Iterator[None]:
    """Meanwhile, nothing is downloaded by PyTorch's own functions."""

    def refuse(url: str, *_: Any, **__: Any) -> Any:
        raise ImportFailure(
            "download",
            f"the network asks for trained weights from {url}",
            help="say that none are wanted: --call 'name(pretrained=False)' or weights=None",
        )

    before = torch.hub.load_state_dict_from_url
    torch.hub.load_state_dict_from_url = refuse
    try:
        yield
    finally:
        torch.hub.load_state_dict_from_url = before
