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
from archcalc.network import Network, Settings
from sizes.evaluator import Evaluation, evaluate
from sizes.texts import Array

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
        self.frees_axes = not _sizes_of_inputs(network)
        """Whether the specification gives the inputs numbers only, in the place of which axes have names here."""
        if self.frees_axes:
            network = architecture.program.unfold(Settings(self.legal.fixed, symbolic=True, freed=True))
        self.graph = network.graph
        self.is_sound = not any(found.severity == "error" for found in network.diagnostics)
        """Whether the network is legal as far as no symbol decides it."""
        symbols = architecture.check().symbols
        self.stated = {name: size for name, size in symbols.items() if isinstance(size, int)} | network.freed
        self.names = [name for name, value in network.symbols.items() if not isinstance(value, int)]
        self.names += network.freed
        self.sized = _sizes_of_inputs(network)
        """Symbols for sizes of images, for one of which weights are made; channels and classes are no such sizes."""

    def at(self, sizes: Sizes) -> Evaluation:
        """The network at sizes; symbols that are not mentioned have their stated ones."""
        return evaluate(self.graph, {**self.stated, **sizes})

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


def _sizes_of_inputs(network: Network) -> list[str]:
    """The symbols in the sizes of inputs, but for those of channels alone."""
    symbols = {name for name, value in network.symbols.items() if not isinstance(value, int)} | network.freed.keys()
    found: dict[str, None] = {}
    for node in network.graph.inputs:
        shape = node.outputs[0].shape
        assert isinstance(shape, Shape)
        for size in (*shape.spatial, shape.items):
            names = [one.id for one in ast.walk(ast.parse(str(size))) if isinstance(one, ast.Name)]
            found.update(dict.fromkeys(name for name in names if name in symbols))
    return list(found)
