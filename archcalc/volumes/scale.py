"""How large things are drawn: by powers of their sizes, so that the smallest map can be seen beside the largest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log

from archcalc.volumes.network import Volume


class Power:
    """`largest * (size / greatest) ** exponent`, where the exponent makes the least size `smallest`, if it may.

    >>> Power([14, 28, 56, 112, 224], 14, 150).exponent
    0.8554
    >>> Power([14, 28], 14, 150)(28)
    150.0
    """

    def __init__(self, sizes: Iterable[int], smallest: float, largest: float, least: float = 0.3) -> None:
        found = [size for size in sizes if size >= 1]
        self.greatest = max(found, default=1)
        self.largest = largest
        fewest = min(found, default=1)
        wanted = 1.0 if fewest == self.greatest else log(smallest / largest) / log(fewest / self.greatest)
        self.exponent = round(min(1.0, max(least, wanted)), 4)

    def __call__(self, size: int) -> float:
        """How large a size is drawn."""
        return float(self.largest * (size / self.greatest) ** self.exponent)


class Scale:
    """The scale of one picture: edges of maps, thickness by channels, and lengths of vectors."""

    def __init__(self, volumes: Sequence[Volume], edge: float = 150.0, thickness: float = 70.0) -> None:
        maps = [volume.sizes for volume in volumes if volume.form == "box"]
        # Maps of one place would make all others alike.
        sides = [side for sizes in maps for side in (sizes.height, sizes.width) if side > 1]
        self.edge = Power(sides, 14.0, edge)
        self.thickness = Power([sizes.channels for sizes in maps], 3.0, thickness)
        lengths = [volume.sizes.channels for volume in volumes if volume.form == "bar"]
        self.length = Power(lengths, 0.24 * edge, 0.95 * edge, 0.25)

    def side(self, size: int) -> float:
        """The edge of a map."""
        return max(6.0, self.edge(size))

    def depth(self, channels: int) -> float:
        """The thickness of a map."""
        return max(3.0, self.thickness(channels))

    def bar(self, length: int) -> float:
        """The length of a vector."""
        return max(10.0, self.length(length))
