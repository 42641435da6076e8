"""The networks of the shelf `specs/modern` and the code that was published for each, as the judge of them.

Nothing is downloaded: the libraries build the networks from their configurations, with numbers that are drawn here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from layers.oracles import load_torch


class Published(NamedTuple):
    """Code that others published for a network of the shelf.

    `library` is what `build` is called with: torchvision's models, or the module of another library. `inputs` are the
    shapes of what it reads, without the batch, at which numbers are compared; `settings` gives the spec the same sizes.
    `found` takes the output that is compared from what the published code returns.
    """

    network: str
    library: str
    build: Callable[[Any], Any]
    inputs: tuple[tuple[int, ...], ...] = ((3, 64, 64),)
    settings: Mapping[str, int] = MappingProxyType({})
    found: Callable[[Any], Any] = lambda output: output

    def __str__(self) -> str:
        return self.network

    def meta(self, models: Any) -> Any:
        """The published module without any numbers, in eval mode."""
        torch = load_torch()
        library = models if self.library == "torchvision" else _other(self.library)
        with torch.device("meta"):
            return self.build(library).eval()


def _other(name: str) -> Any:
    """A library besides torchvision, if it is installed."""
    pytest.importorskip(name.partition(".")[0])
    return import_module(name)


PUBLISHED = (
    Published("densenet:densenet121", "torchvision", lambda models: models.densenet121()),
    Published("densenet:densenet161", "torchvision", lambda models: models.densenet161()),
    Published("densenet:densenet169", "torchvision", lambda models: models.densenet169()),
    Published("densenet:densenet201", "torchvision", lambda models: models.densenet201()),
)
"""One line for each network of the shelf."""
