"""Records made by hand, a line for each layer, as a front would build them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from archcalc.importing.building import Builder
from archcalc.importing.record import Layer, Record, Scope, Tensor, Value

SEQUENTIAL = "torch.nn.modules.container:Sequential"


class Net(Builder):
    """A builder whose layers know their scope: labels and tensors are named below it."""

    def __init__(self, *shape: int) -> None:
        super().__init__("net")
        self.paths = [""]
        self.tensors: list[Tensor] = []
        self.image = self.input("image", shape or (3, 8, 8))

    @contextmanager
    def module(self, name: str, made: str = "net:Part", **arguments: Any) -> Iterator[Scope]:
        """A module of a class, with what it was made of."""
        path = ".".join(filter(None, (self.paths[-1], name)))
        self.paths.append(path)
        with self.within(name, path, made, arguments) as scope:
            yield scope
        self.paths.pop()

    def conv(self, value: Value, label: str, out: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> Value:
        """A convolution that is padded by half its kernel."""
        sizes = [(size + kernel // 2 * 2 - kernel) // stride + 1 for size in value.shape[1:]]
        fields = {"kernel": kernel, "stride": stride, "padding": kernel // 2, "groups": groups, "out": out}
        return self.owned("conv", value, label, (out, *sizes), fields)

    def linear(self, value: Value, label: str, out: int) -> Value:
        """A linear layer on tokens."""
        return self.owned("linear", value, label, (*value.shape[:-1], out), {"out": out})

    def owned(self, kind: str, value: Value, label: str, shape: tuple[int, ...], fields: dict[str, Any]) -> Value:
        """A layer with a tensor that is called as its label says."""
        name = ".".join(filter(None, (self.paths[-1], label, "weight")))
        tensor = next((one for one in self.tensors if one.name == name), Tensor(name, shape))
        self.tensors.append(tensor)
        return self.made(kind, [value], shape, fields, {"weight": tensor}, label)

    def act(self, value: Value, kind: str = "relu") -> Value:
        """An activation."""
        return self.made(kind, [value], value.shape)

    def add(self, *values: Value) -> Value:
        """A sum."""
        return self.made("add", list(values), values[0].shape)

    def made(
        self,
        kind: str,
        inputs: list[Value],
        shape: tuple[int, ...],
        fields: dict[str, Any] | None = None,
        tensors: dict[str, Tensor] | None = None,
        label: str | None = None,
    ) -> Value:
        """A layer whose map has the layout of what it reads."""
        found = self.layer(kind, inputs, shape, fields, tensors, label)
        found.layout = (fields or {}).get("layout") or (inputs[0].layout if inputs else "channels_first")
        return found

    def done(self, *outputs: Value) -> Record:
        """The record."""
        return self.record(list(outputs), self.tensors)


def layer_of(value: Value) -> Layer:
    """The layer that makes a map."""
    assert value.maker is not None
    return value.maker
