"""What archcalc has no kind for: one opaque step at the smallest module that holds it, with all that is known of it.

The module states the shape that comes out, its tensors by name, and the products that the source's own counter or
archcalc's rules give for what is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from archcalc.importing.record import Layer, Plain, Record, Scope, Tensor, Value
from archcalc.importing.typed import facts, shape


def collapse(record: Record) -> None:
    """Put an opaque step where the smallest module stands that holds layers without a kind and gives one map."""
    _Collapsing(record).scope(record.root)


class _Collapsing:
    def __init__(self, record: Record) -> None:
        self.record = record
        self.outputs = {id(value) for value in record.outputs}
        self.readers: dict[int, list[Layer]] = {}
        self.sharers: dict[int, list[Layer]] = {}
        self.scopes: dict[int, Scope] = {}
        self.replaced: dict[int, Layer] = {}
        """The steps that stand for layers, by their ids."""
        for layer in record.layers():
            for value in layer.reads:
                self.readers.setdefault(id(value), []).append(layer)
            if layer.shares is not None:
                self.sharers.setdefault(id(layer.shares), []).append(layer)
        self._enter(record.root)

    def _enter(self, scope: Scope) -> None:
        for item in scope.items:
            if isinstance(item, Scope):
                self._enter(item)
            else:
                self.scopes[id(item)] = scope

    def scope(self, scope: Scope) -> None:
        """The inner scopes first: one that still holds an unknown layer becomes a step, where it can."""
        items: list[Scope | Layer] = []
        for item in scope.items:
            if isinstance(item, Scope):
                self.scope(item)
                items.append(self.whole(item) or item)
            else:
                items.append(item)
        scope.items = items

    def whole(self, scope: Scope) -> Layer | None:
        """The scope as one step, if unknown layers stand right in it and it gives one map.

        A module that is applied again becomes a step each time, or never: the later ones share with the first.
        """
        seen = self._seen(scope)
        if seen is None:
            return None
        layers, unknown, value, read = seen
        owners = {id(layer.shares): self.replaced.get(id(layer.shares)) for layer in layers if layer.shares is not None}
        first = next(iter(owners.values()), None)
        if any(one is None or one is not first for one in owners.values()):
            return None
        again = {id(scope): scope for layer in layers for scope in self._applied_again(layer)}
        if any(self._seen(one) is None or one.class_name != scope.class_name for one in again.values()):
            return None
        made = Layer("opaque", self._stated(scope, layers, unknown), read, label=scope.name, source=scope.class_name)
        made.tensors = _tensors(scope, layers)
        made.shares = first
        value.maker, value.port = made, 0
        made.outputs = [value]
        self.replaced |= dict.fromkeys(map(id, layers), made)
        return made

    def _applied_again(self, layer: Layer) -> list[Scope]:
        """The scopes of layers that share the tensors of this one."""
        return [self.scopes[id(one)] for one in self.sharers.get(id(layer), [])]

    def _seen(self, scope: Scope) -> tuple[list[Layer], list[Layer], Value, list[Value]] | None:
        """The layers of a scope that could be a step, the unknown among them, the map that it gives, those it reads."""
        unknown = [item for item in scope.items if isinstance(item, Layer) and item.kind == "opaque" and not item.label]
        if not unknown:
            return None
        layers = list(scope.layers())
        inner = {id(layer) for layer in layers}
        given = [value for layer in layers for value in layer.outputs if self._leaves(value, inner)]
        read = [value for value in _read(layers) if value.maker is None or id(value.maker) not in inner]
        if len(given) != 1 or not read:
            return None
        if any(isinstance(item, Scope) for item in scope.items) and 2 * sum(map(products, layers)) > self.total:
            return None  # Most of the network stands in it, in modules of their own: they stay as they are.
        return layers, unknown, given[0], read

    @cached_property
    def total(self) -> int:
        """The multiplications of the network."""
        return sum(map(products, self.record.layers()))

    def _leaves(self, value: Value, inner: set[int]) -> bool:
        return id(value) in self.outputs or any(id(one) not in inner for one in self.readers.get(id(value), []))

    def _stated(self, scope: Scope, layers: list[Layer], unknown: list[Layer]) -> dict[str, Plain]:
        reasons = list(dict.fromkeys(str(layer.fields["reason"]) for layer in unknown))
        fields: dict[str, Plain] = {"products": sum(map(products, layers)), "reason": "; ".join(reasons[:2])}
        if scope.class_name and "<" not in scope.class_name:  # Nobody can import a class of a function's own.
            fields["module"] = scope.class_name
        return fields


def _read(layers: list[Layer]) -> Iterator[Value]:
    """What layers read, each map once."""
    seen: set[int] = set()
    for layer in layers:
        for value in layer.reads:
            if id(value) not in seen:
                seen.add(id(value))
                yield value


def products(layer: Layer) -> int:
    """The multiplications of a layer: stated ones, or those of archcalc's rule."""
    if layer.kind == "opaque":
        stated = layer.fields["products"]
        assert isinstance(stated, int)
        return stated
    if layer.kind in ("add", "subtract", "multiply", "concat", "elementwise", "pad"):
        return 0
    counted = facts(layer, [shape(value) for value in layer.inputs]).multiplications
    assert isinstance(counted, int)
    return counted


def _tensors(scope: Scope, layers: list[Layer]) -> dict[str, Tensor]:
    """The tensors of the layers by their names below the scope."""
    prefix = f"{scope.path}."
    found = [tensor for layer in layers for tensor in layer.tensors.values()]
    return {tensor.name.removeprefix(prefix): tensor for tensor in found}


def state(record: Record) -> None:
    """Give every opaque layer the fields that it states; one that gives several maps becomes as many steps."""
    owned = {tensor.name for layer in record.layers() if layer.kind != "opaque" for tensor in layer.tensors.values()}
    _state(record.root, owned)


def _state(scope: Scope, owned: set[str]) -> None:
    items: list[Scope | Layer] = []
    for item in scope.items:
        if isinstance(item, Scope):
            _state(item, owned)
        elif item.kind == "opaque":
            items += _one_each(scope, item, owned)
            continue
        items.append(item)
    scope.items = items


def _one_each(scope: Scope, layer: Layer, owned: set[str]) -> Iterator[Layer]:
    """A step for each map that the layer gives; the first one has its tensors and products."""
    prefix = ".".join(filter(None, (scope.path, layer.label))) + "."
    own = {tensor.name: tensor for tensor in layer.tensors.values() if tensor.name not in owned and tensor.persistent}
    owned.update(own)
    if layer.shares is not None and len(layer.inputs) != 1:
        # A step reads one map where it is used again: this one stands by itself, with the tensors at the first.
        layer.shares = None
        layer.fields.pop("module", None)
    if layer.shares is not None:
        layer.tensors = dict(layer.shares.tensors)
    else:
        layer.tensors = _legal(
            {
                name.removeprefix(prefix) if name.startswith(prefix) else name.rpartition(".")[2]: tensor
                for name, tensor in own.items()
            }
        )
    first, outputs = layer.outputs[0], layer.outputs
    for value in outputs:
        is_first = value is first
        made = layer if is_first else Layer("opaque", {"reason": layer.fields["reason"], "products": 0}, layer.inputs)
        made.fields = {"shape": list(value.shape) or [1], **made.fields}
        for field, is_buffer in (("tensors", False), ("stored", True)):
            found = {name: list(one.shape) for name, one in made.tensors.items() if one.is_buffer is is_buffer}
            if found:
                made.fields[field] = {name: _sizes(sizes) for name, sizes in found.items()}
        if value.layout != (made.inputs[0].layout if made.inputs else "channels_first") and len(value.shape) > 1:
            made.fields["layout"] = value.layout
        elif made.fields.get("layout") is not None:
            del made.fields["layout"]
        value.maker, value.port = made, 0
        made.outputs = [value]
        yield made


def _sizes(sizes: list[int]) -> Plain:
    return list(sizes) or [1]


def _legal(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under names that a module can have, each once; those of files may be any text."""
    found: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        wanted = ".".join(re.sub(r"[^\w-]", "_", part, flags=re.ASCII) or "_" for part in name.split("."))
        label, number = wanted, 2
        while label in found:
            label, number = f"{wanted}_{number}", number + 1
        found[label] = tensor
    return found
