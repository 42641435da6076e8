"""Whether the calls of a run are those that they must be. Like `child`, which loads it, it knows PyTorch alone."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from math import isclose, prod
from typing import Any

TEXT_LIMIT = 200
AUTHORED = ":"
"""What stands between the module and the class of somebody else, package.module:Class."""
LISTED = ("cat", "stack")
"""Functions that take their tensors as one list."""
MOST_NUMBERS = 1 << 24
"""Functions of more numbers than these are not tried out."""


class Taken:
    """A call that was recorded, with the sizes of the tensors that it read in place of them."""

    def __init__(self, torch: Any, name: str, function: Any, args: Any, kwargs: Any) -> None:
        self.name = name
        self.function = function
        self.layer = getattr(function, "__self__", None)
        if not isinstance(self.layer, torch.nn.Module):
            self.layer = None
        self.args = _mapped(args, torch.Tensor, Hole)
        self.kwargs = _mapped(kwargs, torch.Tensor, Hole)

    @property
    def holes(self) -> list[Hole]:
        """Where tensors go, in their order."""
        return list(parts((self.args, self.kwargs), Hole))


class Hole:
    """The place of a tensor."""

    def __init__(self, value: Any) -> None:
        self.sizes = tuple(value.shape)
        self.dtype = value.dtype

    def __repr__(self) -> str:
        return f"Hole({self.sizes}, {self.dtype})"


class Judge:
    """Whether recorded calls are those that they must be.

    Modules must be of the same class and have the same settings. How functions are spelt does not matter: where it is
    in another way, they are tried out and must give the same numbers.
    """

    def __init__(self, torch: Any, module: Any) -> None:
        self.torch = torch
        self.module = module
        self._known: dict[str, Any] = {}

    def others(self, taken: list[Taken], calls: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
        """The number of every call that is another one, what it is and what is right."""
        if len(taken) != len(calls):
            # Which call belongs to which layer is then unknown; `Connections` reports the wrong number of calls.
            return []
        found = [self._other(*one) for one in zip(taken, calls, strict=True)]
        return [(number, *one) for number, one in enumerate(found) if one is not None]

    def _other(self, one: Taken, call: dict[str, Any]) -> tuple[str, str] | None:
        if AUTHORED not in call["target"]:
            call = {**call, "args": _frozen(call["args"]), "kwargs": _frozen(call["kwargs"])}
        right = _spelt(call)
        try:
            expected = self._module(call) if call["is_module"] else self._function(call)
        except Exception as error:
            return _short(repr(one.layer or one.name)), f"{right} ({type(error).__name__}: {error})"
        if call["is_module"] and one.layer is not None:
            return self._other_module(one, expected, call)
        stateless = [layer for layer in (one.layer, expected) if isinstance(layer, self.torch.nn.Module)]
        if any(layer.state_dict() for layer in stateless):
            return _short(repr(one.layer or one.name)), right
        # Arguments that do not fit raise here; they are reported when both functions are tried out.
        with suppress(Exception):
            if self._is_spelt_so(one, expected, call):
                return None
        return self._other_numbers(one, expected, call, right)

    def _other_module(self, one: Taken, expected: Any, call: dict[str, Any]) -> tuple[str, str] | None:
        layer = one.layer
        if _class(self.torch, layer) is not _class(self.torch, expected):
            return _short(repr(layer)), _short(repr(expected))
        pairs = [(name, *values) for name, values in _different(self.torch, layer, expected)]
        options = {name: value for name, value in one.kwargs.items() if not list(parts(value, Hole))}
        pairs += [
            (name, options.get(name), call["options"].get(name))
            for name in sorted({*options, *call["options"]})
            if not _same(options.get(name), _frozen(call["options"].get(name)))
        ]
        if not pairs:
            return None
        name = type(layer).__name__
        seen, right = (", ".join(f"{pair[0]}={pair[side]!r}" for pair in pairs) for side in (1, 2))
        return _short(f"{name}({seen})"), _short(f"{name}({right})")

    def _is_spelt_so(self, one: Taken, function: Any, call: dict[str, Any]) -> bool:
        """Whether a function is called by its own name with the very arguments; nothing is computed for that."""
        if call["is_module"] or one.layer is not None:
            return False
        plain = getattr(one.function, "__wrapped__", one.function)
        own = call["target"].startswith("supplied.")
        if own != any(plain is value for value in vars(self.module).values()):
            return False
        if own:
            if plain is not function:
                return False
            names = inspect.signature(function)
            seen = names.bind(*one.args, **one.kwargs)
            right = names.bind(*one.holes, *call["args"], **call["kwargs"], **call["options"])
            seen.apply_defaults()
            right.apply_defaults()
            return _same_all(seen.arguments, right.arguments)
        name, args, kwargs = self._spelt_by_torch(one.holes, function, call)
        return bool(
            name.strip("_") == one.name.strip("_")
            and _same(_frozen(args), _frozen(one.args))
            and _same_all(kwargs, one.kwargs)
        )

    def _spelt_by_torch(self, holes: list[Hole], function: Any, call: dict[str, Any]) -> tuple[str, Any, Any]:
        """How PyTorch itself sees the call that is right."""
        torch = self.torch
        overrides: Any = torch.overrides
        found: list[tuple[str, Any, Any]] = []

        class Seen(Exception):
            """Stops the call as soon as it is seen."""

        class Functions(overrides.TorchFunctionMode):  # type: ignore[misc]
            def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                found.append((getattr(func, "__name__", str(func)), args, kwargs or {}))
                raise Seen

        reads = [torch.empty(hole.sizes, dtype=hole.dtype, device="meta") for hole in holes]
        owners = {id(read): hole for read, hole in zip(reads, holes, strict=True)}
        listed = [reads] if call["target"] in LISTED else reads
        with suppress(Seen), Functions():
            function(*listed, *call["args"], **call["kwargs"], **call["options"])
        name, args, kwargs = found[0] if found else ("", (), {})
        return name, *(_mapped(value, torch.Tensor, lambda read: owners.get(id(read))) for value in (args, kwargs))

    def _other_numbers(self, one: Taken, expected: Any, call: dict[str, Any], right: str) -> tuple[str, str] | None:
        torch = self.torch
        holes = one.holes
        if sum(prod(hole.sizes) for hole in holes) > MOST_NUMBERS:
            return None
        key = repr([one.name, id(one.function), one.args, one.kwargs, call])
        if key not in self._known:
            self._known[key] = None
            generator = torch.Generator().manual_seed(1)

            def tensor(hole: Hole) -> Any:
                if not hole.dtype.is_floating_point:
                    return torch.zeros(hole.sizes, dtype=hole.dtype)  # Places and numbers of items: 0 is one.
                return torch.randn(hole.sizes, generator=generator)

            values = {hole: tensor(hole) for hole in holes}
            reads = [value.clone() for value in values.values()]
            args, kwargs = _mapped((one.args, one.kwargs), Hole, values.get)
            function = getattr(one.function, "__wrapped__", one.function)
            try:
                with torch.no_grad():
                    torch.manual_seed(0)
                    seen = function(*args, **kwargs)
                    torch.manual_seed(0)
                    if call["is_module"]:
                        wanted = expected(*reads, **call["options"])
                    else:
                        listed = [reads] if call["target"] in LISTED else reads
                        wanted = expected(*listed, *call["args"], **call["kwargs"], **call["options"])
            except Exception as error:
                self._known[key] = (f"{one.name}, which cannot be compared ({type(error).__name__}: {error})", right)
            else:
                if not _equal(torch, seen, wanted):
                    word = call["target"].rpartition(".")[2]
                    values_too = one.name.strip("_").removesuffix("_") == word
                    self._known[key] = (f"{one.name} with other arguments" if values_too else one.name, right)
        found: tuple[str, str] | None = self._known[key]
        return found

    def _module(self, call: dict[str, Any]) -> Any:
        key = repr((call["target"], call["args"], call["kwargs"]))
        if key not in self._known:
            with self.torch.device("meta"):
                self._known[key] = self._function(call)(*call["args"], **call["kwargs"]).eval()
        return self._known[key]

    def _function(self, call: dict[str, Any]) -> Any:
        found = self.torch
        package, authored, target = call["target"].rpartition(AUTHORED)
        if authored:
            found = importlib.import_module(package)
        path = target.split(".")
        if path[0] == "supplied":
            return getattr(self.module, path[1])
        for name in path:
            found = getattr(found, name)
        return found


NOT_COMPARED = {"training", "inplace", "return_indices", "forward"}
"""Settings of modules that say nothing about the layer, or that show in what others read from it."""


def _class(torch: Any, layer: Any) -> type:
    """The class of a module; one whose tensors are computed of others has a class of its own for that."""
    is_module = isinstance(layer, torch.nn.Module)
    return torch.nn.utils.parametrize.type_before_parametrizations(layer) if is_module else type(layer)


def _different(torch: Any, layer: Any, expected: Any, prefix: str = "") -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Settings of two modules of a class that are not the same, with the modules inside."""
    settings, others = _settings(torch, layer), _settings(torch, expected)
    for name in sorted({*settings, *others}):
        if not _same(settings.get(name), others.get(name)):
            yield prefix + name, (settings.get(name), others.get(name))
    inside, inner = dict(layer.named_children()), dict(expected.named_children())
    for name in sorted({*inside, *inner}):
        one, other = inside.get(name), inner.get(name)
        if _class(torch, one) is not _class(torch, other):
            yield prefix + name, (one, other)
        elif one is not None:
            yield from _different(torch, one, other, f"{prefix}{name}.")


def _settings(torch: Any, layer: Any) -> dict[str, Any]:
    found = {
        name: _frozen(value)
        for name, value in vars(layer).items()
        if not name.startswith("_") and name not in NOT_COMPARED and not isinstance(value, torch.Tensor)
    }
    if "stride" in found and found["stride"] is None:
        # Windows are then beside each other.
        found["stride"] = found["kernel_size"]
    if _is_nothing(found.get("padding")):
        # Where nothing is padded, its mode is no difference.
        found.pop("padding_mode", None)
    return found


def _is_nothing(padding: Any) -> bool:
    return padding == 0 or (isinstance(padding, (tuple, list)) and all(side == 0 for side in padding))


def _same(one: Any, other: Any) -> bool:
    """Whether two settings mean the same: a number for all axes may stand for one that is repeated."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, tuple) and isinstance(other, (int, float)):
        return bool(one) and all(_same(item, other) for item in one)
    if isinstance(other, tuple):
        return isinstance(one, (int, float)) and _same(other, one)
    if isinstance(one, float) or isinstance(other, float):
        numbers = isinstance(one, (int, float)) and isinstance(other, (int, float))
        return numbers and isclose(one, other, rel_tol=1e-9)
    return bool(one == other)


def _same_all(some: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    return some.keys() == others.keys() and all(_same(_frozen(some[name]), _frozen(others[name])) for name in some)


def _equal(torch: Any, seen: Any, wanted: Any) -> bool:
    """Whether two results hold the same numbers."""
    one, other = list(parts(seen, torch.Tensor)), list(parts(wanted, torch.Tensor))
    return len(one) == len(other) and all(
        a.shape == b.shape and a.dtype == b.dtype and torch.allclose(a, b, rtol=1e-5, atol=1e-6, equal_nan=True)
        for a, b in zip(one, other, strict=True)
    )


def _frozen(value: Any) -> Any:
    """Lists are tuples wherever they stand."""
    if isinstance(value, (list, tuple)):
        return tuple([_frozen(item) for item in value])
    return {name: _frozen(item) for name, item in value.items()} if isinstance(value, dict) else value


def _mapped(value: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    """Nested tuples, lists and maps with everything of a kind changed."""
    if isinstance(value, kind):
        return change(value)
    if isinstance(value, dict):
        return {name: _mapped(item, kind, change) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        items = [_mapped(item, kind, change) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return value


def _spelt(call: dict[str, Any]) -> str:
    options = [f"{name}={value!r}" for name, value in call["kwargs"].items()]
    word = call["target"].rpartition(".")[2]
    return _short(f"{word}({', '.join([*(repr(value) for value in call['args']), *options])})")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= TEXT_LIMIT else f"{text[: TEXT_LIMIT - 3]}..."


def parts(value: Any, kind: type) -> Iterator[Any]:
    """Everything of a kind in nested tuples, lists and maps, such as tensors."""
    if isinstance(value, kind):
        yield value
    elif isinstance(value, (dict, tuple, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from parts(item, kind)
