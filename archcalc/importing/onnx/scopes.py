"""The modules that a file was made of, from what exporters note at nodes, and from names of nodes and of tensors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from archcalc.importing.onnx.tensors import is_made_up
from archcalc.importing.record import Layer, Record, Scope, Tensor, Value

if TYPE_CHECKING:
    from onnx import NodeProto

DEEPEST = 64
"""Modules are nested so deep at most; what lies deeper stands in the last one."""
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_CONTAINERS = ("Sequential", "ModuleList", "ModuleDict", "ParameterList", "Module")
_PLAIN = re.compile(r"[^\s/:]+")


class Module(NamedTuple):
    """A module around a layer: its full name, and its class where the file says it."""

    path: str
    class_name: str = ""

    @property
    def is_leaf(self) -> bool:
        """Whether a layer in it is the module itself: one of PyTorch's own, or one that the file does not tell."""
        module, _, name = self.class_name.rpartition(":")
        return not self.class_name or (module.startswith("torch.nn.") and name not in _CONTAINERS)


class Where(NamedTuple):
    """The modules around a layer, from the outermost one on, and its own name."""

    modules: tuple[Module, ...] = ()
    label: str | None = None


def modules_of(node: NodeProto) -> tuple[Module, ...]:
    """The modules around a node."""
    noted = {entry.key: entry.value for entry in node.metadata_props}
    names, classes = _list(noted.get("pkg.torch.onnx.name_scopes")), _list(noted.get("pkg.torch.onnx.class_hierarchy"))
    if names and len(names) == len(classes):
        pairs = list(zip(names[1:-1], classes[1:-1], strict=True))
    elif "namespace" in noted:
        parts = [part.partition(":") for part in noted["namespace"].split("/")[1:-1]]
        pairs = [(name.strip(), kind.strip()) for name, _, kind in parts]
    else:
        return _of_name(node.name)
    return tuple(Module(name, _import_path(kind)) for name, kind in pairs if name)[:DEEPEST]


def _list(text: str | None) -> list[str]:
    """The texts of a list that Python printed."""
    return [one or other for one, other in _QUOTED.findall(text or "")]


def _import_path(name: str) -> str:
    module, _, own = name.rpartition(".")
    return f"{module}:{own}" if module else own


def _of_name(name: str) -> tuple[Module, ...]:
    """The modules of `/layer1/layer1.0/conv1/Conv`, as older exporters name nodes.

    >>> [module.path for module in _of_name("/features/features.1/conv/conv.0/Conv")]
    ['features', 'features.1', 'features.1.conv', 'features.1.conv.0']
    """
    if not name.startswith("/"):
        return ()
    modules: list[Module] = []
    last = ""
    for part in name.split("/")[1:-1][:DEEPEST]:
        around = modules[-1].path if modules else ""
        if last and part.startswith(f"{last}."):
            path = around[: len(around) - len(last)] + part
        else:
            path = f"{around}.{part}" if around else part
        modules.append(Module(path))
        last = part
    return tuple(modules)


def where(modules: tuple[Module, ...], layer: Layer) -> Where:
    """Where a layer stands: its tensors say it better than its node, which may have been joined from several.

    Not so if an earlier layer has them: exporters store equal tensors once.

    >>> tensor = Tensor("layer1.0.conv1.weight", (8, 8, 3, 3))
    >>> conv = Layer("conv", {}, [], tensors={"weight": tensor})
    >>> where((Module("layer1"), Module("layer1.0"), Module("layer1.0.bn1")), conv)[1]
    'conv1'
    """
    owner, own = _owner(layer.tensors)
    if owner is None or (layer.shares is not None and modules):
        return Where(modules)
    if owner == "":
        return Where((), own if layer.kind == "parameter" else None)
    around = tuple(module for module in modules if owner == module.path or owner.startswith(f"{module.path}."))
    if not around:
        parts = owner.split(".")[:DEEPEST]
        around = tuple(Module(".".join(parts[:end])) for end in range(1, len(parts)))
    if layer.kind == "parameter":
        return Where(around, _below(around, f"{owner}.{own}"))
    if around and around[-1].path == owner:
        return Where(around)
    return Where(around, _below(around, owner))


def _below(modules: Sequence[Module], path: str) -> str:
    return path[len(modules[-1].path) + 1 :] if modules else path


def _owner(tensors: Mapping[str, Tensor]) -> tuple[str | None, str]:
    """The module that owns the tensors, and the name of the first one in it; None where names say nothing."""
    name = next((tensor.name for tensor in tensors.values() if not is_made_up(tensor.name)), "")
    if not _PLAIN.fullmatch(name) or name.isdigit():
        return None, ""
    owner, _, own = name.rpartition(".")
    return (owner, own) if owner or own else (None, "")


def nest(record: Record, places: Mapping[int, Where]) -> None:
    """Put the layers of a flat record into scopes; a module of a single layer is that layer."""
    layers = [item for item in record.root.items if isinstance(item, Layer)]
    record.root.items = []
    for layer in layers:
        found = places.get(id(layer), Where())
        layer.label = found.label
        _scope(record.root, found.modules).items.append(layer)
    _collapse(record.root)
    _connect(record)


def needed(record: Record) -> list[Layer]:
    """The layers that have tensors or lead to an output, and what they read."""
    read = {id(value) for value in record.outputs}
    found = []
    for layer in reversed(list(record.layers())):
        if layer.tensors or any(id(output) in read for output in layer.outputs):
            found.append(layer)
            read.update(id(value) for value in layer.reads)
    return found


def _scope(root: Scope, modules: Sequence[Module]) -> Scope:
    scope = root
    for module in modules:
        last = scope.items[-1] if scope.items else None
        if not isinstance(last, Scope) or last.path != module.path:
            inside = scope.path and module.path.startswith(f"{scope.path}.")
            name = module.path[len(scope.path) + 1 :] if inside else module.path
            last = Scope(name, module.path, module.class_name)
            scope.items.append(last)
        scope = last
    return scope


def _collapse(scope: Scope) -> None:
    items: list[Scope | Layer] = []
    for item in scope.items:
        if isinstance(item, Scope):
            _collapse(item)
            only = item.items[0] if len(item.items) == 1 else None
            if isinstance(only, Layer) and Module(item.path, item.class_name).is_leaf and only.label is None:
                only.label = item.name
                items.append(only)
                continue
        items.append(item)
    scope.items = items


def _connect(record: Record) -> None:
    """What goes into every scope and comes out of it."""
    readers: dict[int, list[int]] = {}
    order = {id(layer): place for place, layer in enumerate(record.layers())}
    for layer in record.layers():
        for value in layer.reads:
            readers.setdefault(id(value), []).append(order[id(layer)])
    for value in record.outputs:
        readers.setdefault(id(value), []).append(len(order))
    _connect_scope(record.root, readers, order)


def _connect_scope(scope: Scope, readers: Mapping[int, list[int]], order: Mapping[int, int]) -> None:
    layers = list(scope.layers())
    inside = {order[id(layer)] for layer in layers}
    made = [value for layer in layers for value in layer.outputs]
    own = {id(value) for value in made}
    read: dict[int, Value] = {id(value): value for layer in layers for value in layer.reads if id(value) not in own}
    scope.inputs = list(read.values())
    scope.outputs = [value for value in made if any(place not in inside for place in readers.get(id(value), []))]
    for item in scope.items:
        if isinstance(item, Scope):
            _connect_scope(item, readers, order)
