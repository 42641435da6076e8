"""Who reads which map of a record, and replacing layers in it."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.importing.record import Layer, Record, Scope, Value


class Readers:
    """The readers of every map, kept true while layers are replaced."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.of: dict[int, list[Layer]] = {}
        self.scopes: dict[int, Scope] = {}
        self.outputs = {id(value) for value in record.outputs}
        self.shared = {id(layer.shares) for layer in record.layers() if layer.shares is not None}
        """Layers whose tensors others apply again, by their ids: they stay."""
        self._enter(record.root)

    def _enter(self, scope: Scope) -> None:
        for item in scope.items:
            if isinstance(item, Scope):
                self._enter(item)
                continue
            self.scopes[id(item)] = scope
            for value in item.reads:
                self.of.setdefault(id(value), []).append(item)

    def only(self, value: Value) -> Layer | None:
        """The layer that alone reads a map, once, where the map is no output of the network."""
        found = self.of.get(id(value), [])
        return found[0] if len(found) == 1 and id(value) not in self.outputs else None

    def alone(self, value: Value, kind: str) -> Layer | None:
        """The maker of a map if it is of that kind and its map is read once."""
        maker = value.maker
        return maker if maker is not None and maker.kind == kind and self.only(value) is not None else None

    def skip(self, layer: Layer, value: Value) -> bool:
        """Take a layer out whose map is that which it reads; not one whose map leaves the network or its scope."""
        output = layer.output
        if id(output) in self.outputs or any(output is one for scope in self._all() for one in scope.outputs):
            return False
        for scope in self._all():
            scope.inputs = [value if one is output else one for one in scope.inputs]
        for reader in self.of.pop(id(output), []):
            reader.inputs = [value if one is output else one for one in reader.inputs]
            reader.maps = {name: value if one is output else one for name, one in reader.maps.items()}
            self.of.setdefault(id(value), []).append(reader)
        self.of[id(value)] = [one for one in self.of[id(value)] if one is not layer]
        self.scopes[id(layer)].items.remove(layer)
        return True

    def _all(self) -> Iterator[Scope]:
        """All scopes."""
        pending = [self.record.root]
        while pending:
            scope = pending.pop()
            yield scope
            pending += [item for item in scope.items if isinstance(item, Scope)]

    def insert(self, made: Layer, before: Layer) -> None:
        """Put a new layer in front of another one."""
        scope = self.scopes[id(made)] = self.scopes[id(before)]
        scope.items.insert(scope.items.index(before), made)
        for value in made.reads:
            self.of.setdefault(id(value), []).append(made)

    def merge(self, layers: list[Layer], made: Layer) -> None:
        """Put one layer where the last of several stands; it writes the maps of the last one."""
        last = layers[-1]
        made.outputs = last.outputs
        for value in made.outputs:
            value.maker = made
        for layer in layers:
            for value in layer.reads:
                self.of[id(value)] = [one for one in self.of[id(value)] if one is not layer]
        scope = self.scopes[id(last)]
        for layer in layers[:-1]:
            self.scopes[id(layer)].items.remove(layer)
        scope.items[scope.items.index(last)] = made
        self.scopes[id(made)] = scope
        for value in made.reads:
            self.of.setdefault(id(value), []).append(made)
