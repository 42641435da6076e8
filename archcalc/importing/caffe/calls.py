"""One layer of Caffe, as the functions that read its type see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from archcalc.importing.building import NotSaid
from archcalc.importing.caffe.layers import CaffeLayer
from archcalc.importing.caffe.prototext import Message
from archcalc.importing.failure import ImportFailure
from archcalc.importing.growing import Growing, Site
from archcalc.importing.record import Plain, Value

Reader: TypeAlias = "Callable[[LayerCall], Value | list[Value]]"
"""A function that reads a type of layer."""


class CaffeNetwork(Growing):
    """A record whose tensors are named as PyTorch's, since Caffe only counts them."""

    separator = "."


class LayerCall:
    """A layer and the maps that it reads. `behind` is the layer that alone reads what it writes, if there is one."""

    def __init__(
        self, network: CaffeNetwork, layer: CaffeLayer, maps: list[Value], site: Site, behind: CaffeLayer | None
    ) -> None:
        self.network = network
        self.layer = layer
        self.maps = maps
        self.site = site
        self.behind = behind
        self.takes_behind = False
        """Whether the layer behind is a part of this one in archcalc."""

    def settings(self, name: str) -> Message:
        """The parameters of the layer."""
        return self.layer.settings(name)

    @property
    def map(self) -> Value:
        """The one map that it reads."""
        if len(self.maps) != 1:
            raise self.fail(f"it reads {len(self.maps)} blobs where one is expected", "malformed")
        return self.maps[0]

    def fail(self, message: str, kind: str = "shape") -> ImportFailure:
        """A failure at this layer."""
        return ImportFailure(kind, message, place=self.site.place)

    def put(
        self,
        kind: str,
        read: Value | Sequence[Value],
        fields: Mapping[str, Plain] | None = None,
        names: Sequence[str] = (),
        *,
        label: str | None = None,
        maps: Mapping[str, Value] | None = None,
    ) -> Value:
        """A layer that gives one map. `names` are those of its tensors."""
        values = [read] if isinstance(read, Value) else list(read)
        own = {name: name for name in names}
        return self.network.layers(kind, values, fields, site=self.site, names=own, label=label, maps=maps)[0]

    def main(
        self,
        kind: str,
        read: Value | Sequence[Value],
        fields: Mapping[str, Plain] | None = None,
        names: Sequence[str] = (),
        maps: Mapping[str, Value] | None = None,
    ) -> Value:
        """The same, for the layer that has the name of Caffe's layer."""
        return self.put(kind, read, fields, names, label=self.site.label, maps=maps)

    def elementwise(self, read: Value, text: str, *, label: str | None = None) -> Value:
        """Arithmetic on every number `x`."""
        return read if text == "x" else self.put("elementwise", read, {"value": text}, label=label)

    def parameter(self, name: str, sizes: Sequence[int]) -> Value:
        """A tensor of the layer as a map."""
        tensor = self.network.tensor(self.site, name, sizes)
        self.network.more(self.site)
        return self.network.builder.parameter(tensor, self.site.label)

    def flat(self, read: Value) -> Value:
        """All numbers of a map in one row."""
        return read if len(read.shape) == 1 else self.put("flatten", read)

    def axis(self, number: float, read: Value) -> int:
        """An axis of Caffe, which counts the batch, without it.

        Raises: NotSaid for the batch.
        """
        rank = len(read.shape)
        axis = int(number) - 1 if number >= 0 else int(number) + rank
        if not 0 <= axis < rank:
            raise NotSaid("it works along the batch, or along an axis that is not there")
        return axis

    def opaque(self, reason: str, sizes: Sequence[int]) -> Value:
        """A layer that archcalc has no kind for."""
        text = f"{self.layer.type}: {reason}"
        self.network.more(self.site)
        builder = self.network.builder
        return builder.opaque(self.maps, [tuple(sizes)], text, label=self.site.label, source=self.site.source)[0]


def spatial(settings: Message, name: str, rank: int, default: int | None, least: int = 0) -> list[int]:
    """A number for every axis: `pad: 1`, `pad: 1 pad: 2`, or `pad_h: 1 pad_w: 2`; of a kernel `kernel_size`."""
    stem = name.removesuffix("_size")
    if f"{stem}_h" in settings or f"{stem}_w" in settings:
        return [settings.size(f"{stem}_{side}", default, least) for side in ("h", "w")]
    found = settings.sizes(name, least)
    if not found and default is None:
        raise settings.fail(f"`{name}` is missing")
    found = found or [default or 0]
    if len(found) not in (1, rank):
        raise settings.fail(f"`{name}` has {len(found)} numbers, and the map has {rank} axes besides its channels")
    return found * rank if len(found) == 1 else found


def alike(values: Sequence[int]) -> Plain:
    """One number where all axes have the same."""
    return values[0] if len(set(values)) == 1 else list(values)
