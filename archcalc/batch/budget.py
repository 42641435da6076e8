"""How many layers of the variants of one file a command looks at in one run, and what it says of the others."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.api.architecture import Architecture

CHECKED = 250_000
"""So many layers of the variants of a file are checked in one run, and then those that the last one has more."""
WRITTEN = 100_000
"""The same where each of them is written, as in JSON."""
DECIDED = 50_000
"""The same for what takes several times as long as a check: to decide on sizes, and to run PyTorch."""


class Budget:
    """The variants of each file that are left out: all that come when the others have as many layers as may be."""

    def __init__(self, most: int, done: str) -> None:
        self.most = most
        self.done = done
        """What is not done with those that are left out, as `checked`."""
        self._layers: Counter[str] = Counter()
        self._names: dict[str, list[str]] = {}

    def takes(self, network: Architecture) -> bool:
        """Whether there is room for a network; one without is remembered."""
        file = network.program.file.name
        if self._layers[file] < self.most:
            return True
        self._names.setdefault(file, []).append(network.variant or "")
        return False

    def count(self, network: Architecture, layers: int) -> None:
        """Count the layers of a network that was looked at."""
        self._layers[network.program.file.name] += layers

    def problems(self) -> list[str]:
        """A line for each file, which says where to go on."""
        return [
            f"{visible(file)}: {len(names):,} variant{'' if len(names) == 1 else 's'} from `{visible(names[0])}` on "
            f"{'is' if len(names) == 1 else 'are'} not {self.done}: those before have {self._layers[file]:,} layers "
            f"together; name them one by one: {visible(file)}:{visible(names[0])}"
            for file, names in self._names.items()
        ]
