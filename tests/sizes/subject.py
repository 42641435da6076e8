"""A network as the judges of its legal sizes see it: what is free, what is stated, and where it is legal."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from typing import Any

import catalogue
import numpy as np

from archcalc import Architecture
from archcalc.layers.shape import Shape
from sizes.evaluator import Evaluation, evaluate
from sizes.texts import Array

AXES = {0: (), 1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""What the axes of an input are called where the specification gives them numbers only."""

Sizes = Mapping[str, Array]


@cache
def of_the_catalogue(network: str) -> Subject:
    """A network of the catalogue, decided and unfolded once for all judges."""
    return Subject(catalogue.architecture(network))


class Subject:
    """A network whose legal sizes are found by looking at sizes, one by one."""

    def __init__(self, architecture: Architecture) -> None:
        self.architecture = architecture
        self.legal = architecture.legal_sizes()
        """What archcalc says. It is judged, and believed only about symbols that keep their value."""
        network = architecture.unfold(self.legal.fixed, symbolic=True)
        self.graph = network.graph
        self.is_sound = not any(found.severity == "error" for found in network.diagnostics)
        """Whether the network is legal as far as no symbol decides it."""
        self.inputs: dict[str, list[str]] = {}
        """Shapes of inputs in symbols, where the specification has numbers only."""
        symbols = architecture.check().symbols
        self.stated = {name: size for name, size in symbols.items() if isinstance(size, int)}
        self.names = [name for name, value in network.symbols.items() if not isinstance(value, int)]
        self.sized = self._sized()
        """Symbols for sizes of images, for one of which weights are made; channels and classes are no such sizes."""
        if not self.sized:
            self._name_axes()

    def _sized(self) -> list[str]:
        found: dict[str, None] = {}
        for node in self.graph.inputs:
            shape = node.outputs[0].shape
            assert isinstance(shape, Shape)
            for size in (*shape.sizes[1:], shape.items):
                names = [one.id for one in ast.walk(ast.parse(str(size))) if isinstance(one, ast.Name)]
                found.update(dict.fromkeys(name for name in names if name in self.names))
        return list(found)

    def _name_axes(self) -> None:
        for node in self.graph.inputs:
            shape = node.outputs[0].shape
            assert isinstance(shape, Shape)
            prefix = f"{node.label}_" if len(self.graph.inputs) > 1 else ""
            axes = tuple(prefix + axis for axis in AXES[len(shape.spatial)])
            if axes:
                self.inputs[node.label] = [str(shape.channels), *axes]
            self.stated.update({name: int(str(size)) for name, size in zip(axes, shape.spatial, strict=True)})
            self.sized += axes
        self.names += self.sized

    def at(self, sizes: Sizes) -> Evaluation:
        """The network at sizes; symbols that are not mentioned have their stated ones."""
        return evaluate(self.graph, {**self.stated, **sizes}, self.inputs)

    def fits(self, sizes: Sizes) -> Any:
        """Where the shapes fit."""
        return self._spread(self.at(sizes).legal, sizes)

    def runs(self, sizes: Sizes) -> Any:
        """Where the shapes fit and the weights are those of the stated image; all of them if none is stated."""
        found = self.at(sizes)
        legal = found.legal
        if self.has_weights:
            legal = legal & found.same_weights(self.at({**sizes, **self.stated_image}))
        return self._spread(legal, sizes)

    @property
    def stated_image(self) -> dict[str, int]:
        """The sizes of the image that is stated."""
        return {name: self.stated[name] for name in self.sized if name in self.stated}

    @property
    def has_weights(self) -> bool:
        """Whether the stated sizes are legal, so that there are weights for them."""
        return all(name in self.stated for name in self.names) and bool(self.at({}).legal)

    @staticmethod
    def _spread(mask: Array, sizes: Sizes) -> Any:
        return np.broadcast_to(mask, np.broadcast_shapes(*(np.shape(size) for size in sizes.values())))
