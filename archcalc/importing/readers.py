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

    def skip(self, layer: Layer, value: Value, *, leaves: bool = False) -> bool:
        """Take a layer out whose map is that which it reads.

        One stays whose map leaves the network or its scope; if `leaves`, only where these have nothing else to give.
        """
        output = layer.output
        scopes = list(self._all())
        left = [scope for scope in scopes if any(output is one for one in scope.outputs)]
        is_output = id(output) in self.outputs
        if (is_output or left) and not leaves:
            return False
        if (is_output and value.maker is None) or not all(_is_made_in(scope, value) for scope in left):
            return False
        if is_output:
            self.record.outputs = [value if one is output else one for one in self.record.outputs]
            self.outputs = {id(one) for one in self.record.outputs}
        for scope in scopes:
            scope.inputs = [value if one is output else one for one in scope.inputs]
            scope.outputs = [value if one is output else one for one in scope.outputs]
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


def _is_made_in(scope: Scope, value: Value) -> bool:
    return value.maker is not None and any(layer is value.maker for layer in scope.layers())
