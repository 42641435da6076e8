"""A network of Caffe, layer by layer in the order of its file.

A layer that writes the blob that it reads replaces it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from archcalc.importing.building import NotSaid
from archcalc.importing.caffe import numbers, shapes, windows
from archcalc.importing.caffe.calls import CaffeNetwork, LayerCall, Reader
from archcalc.importing.caffe.inputs import Input, chosen, inputs, is_data
from archcalc.importing.caffe.layers import CaffeLayer, layers
from archcalc.importing.caffe.prototext import Message, shown
from archcalc.importing.failure import ImportFailure
from archcalc.importing.growing import Site
from archcalc.importing.keras.groups import numberless
from archcalc.importing.record import Record, Value

_LAYERS: dict[str, Reader] = {**windows.LAYERS, **numbers.LAYERS, **shapes.LAYERS}
_JUDGES = (
    *("Accuracy", "Silence", "ContrastiveLoss", "EuclideanLoss", "HingeLoss", "InfogainLoss", "SmoothL1Loss"),
    *("MultinomialLogisticLoss", "SigmoidCrossEntropyLoss", "SoftmaxWithLoss", "DetectionEvaluate", "MultiBoxLoss"),
)
"""Layers that compare what comes out with labels, and are no part of the network."""


def record(net: Message, given: Mapping[str, Sequence[int]]) -> tuple[Record, bool]:
    """The record of a network, and whether its inputs are as large as the file says.

    Raises: ImportFailure.
    """
    listed = layers(net)
    judges = [layer for layer in listed if layer.type in _JUDGES]
    network = [layer for layer in listed if layer.type not in _JUDGES and not is_data(layer)]
    return _Walk(net, network, judges).run(inputs(net, listed), given)


class _Walk:
    """One walk through the layers."""

    def __init__(self, net: Message, listed: list[CaffeLayer], judges: list[CaffeLayer]) -> None:
        self.network = CaffeNetwork(net.text("name") or "caffe")
        self.layers = listed
        self.blobs: dict[str, Value] = {}
        self.unread: dict[str, Value] = {}
        self.done: set[int] = set()
        self.groups: set[str] = set()
        self.readers: dict[str, list[int]] = {}
        for place, layer in enumerate(listed):
            for bottom in layer.bottoms:
                self.readers.setdefault(bottom, []).append(place)
        if judges:
            self.network.note("layers that compare outputs with labels are left out")

    def run(self, entries: list[Input], given: Mapping[str, Sequence[int]]) -> tuple[Record, bool]:
        """The record."""
        is_own_size = self.enter(entries, given)
        place = 0
        while place < len(self.layers):
            group = _group(self.layers[place].name)
            end = place + 1
            while group and end < len(self.layers) and _group(self.layers[end].name) == group:
                end += 1
            if end - place > 1 and group not in self.groups:
                self.groups.add(group)
                with self.network.scope(group, group, f"caffe:{numberless(group)}"):
                    self.stretch(place, end, f"{group}/")
            else:
                self.stretch(place, end, "")
            place = end
        return self.network.record(list(self.unread.values())), is_own_size

    def enter(self, entries: list[Input], given: Mapping[str, Sequence[int]]) -> bool:
        """The inputs that layers read."""
        used = [one for one in entries if one.name in self.readers]
        unknown = [name for name in given if name and name not in {one.name for one in used}]
        if unknown or ("" in given and len(used) > 1) or not used:
            message = (
                f"the network has no input {shown(unknown[0])}" if unknown else f"the network has {len(used)} inputs"
            )
            raise ImportFailure(
                "input", message, help=f"its inputs are {', '.join(shown(one.name) for one in used) or 'none'}"
            )
        own = True
        for one in used:
            sizes, fits = chosen(one, given.get(one.name, given.get("")), alone=len(used) == 1)
            own = own and fits
            self.blobs[one.name] = self.network.builder.input(one.name, sizes, self.dtype(one.name))
        return own

    def dtype(self, name: str) -> str:
        """Integers for what rows are looked up by."""
        looks_up = any(self.layers[place].type == "Embed" for place in self.readers.get(name, ()))
        return "int" if looks_up else "float"

    def stretch(self, start: int, end: int, prefix: str) -> None:
        """Layers one behind the other, whose names have a prefix in common."""
        for place in range(start, end):
            if place not in self.done:
                self.layer(place, prefix)

    def layer(self, place: int, prefix: str) -> None:
        """One layer."""
        layer = self.layers[place]
        path = layer.name.replace("/", ".")
        site = Site(layer.name.removeprefix(prefix).replace("/", "."), path, layer.place, layer.type)
        self.network.more(site)
        maps = [self.read(layer, bottom) for bottom in layer.bottoms]
        call = LayerCall(self.network, layer, maps, site, self.behind(place))
        found = self.applied(call)
        for value in found:
            # A path that leads to nothing that is learned needs no name.
            if value.maker is not None and not value.maker.tensors and "." in (value.maker.label or ""):
                value.maker.label = None
        tops, bottoms = layer.tops, layer.bottoms
        if call.takes_behind:
            follower = self.layers[self.place_behind(place)]
            tops, bottoms = follower.tops, [*bottoms, *layer.tops]
            self.done.add(self.place_behind(place))
        if len(found) != len(tops):
            raise ImportFailure("malformed", f"it gives {len(found)} maps to {len(tops)} tops", place=layer.place)
        for bottom in bottoms:
            self.unread.pop(bottom, None)
        for top, value in zip(tops, found, strict=True):
            self.blobs[top] = self.unread[top] = value

    def read(self, layer: CaffeLayer, bottom: str) -> Value:
        """The map of a blob."""
        if bottom not in self.blobs:
            raise ImportFailure(
                "malformed", f"no layer in front of it writes the blob {shown(bottom)}", place=layer.place
            )
        return self.blobs[bottom]

    def applied(self, call: LayerCall) -> list[Value]:
        """What a layer gives."""
        reads = _LAYERS.get(call.layer.type)
        try:
            with self.network.attempt():
                if reads is None:
                    raise NotSaid("archcalc has no kind for it")
                found = reads(call)
        except NotSaid as reason:
            if call.layer.type in numbers.LAYERS and call.maps:
                return [call.opaque(str(reason), call.maps[0].shape)]
            message = f"{reason}, and the file does not say how large its output is"
            raise ImportFailure("unknown-layer", message, place=call.site.place) from None
        return found if isinstance(found, list) else [found]

    def place_behind(self, place: int) -> int:
        """The place of the layer behind that alone reads what a layer writes; -1 where there is none."""
        tops = self.layers[place].tops
        if len(tops) != 1:
            return -1
        readers = self.readers.get(tops[0], [])
        at = bisect_right(readers, place)
        if at == len(readers):
            return -1
        # Who writes over the blob is its last reader; otherwise nobody may read it again.
        follower = self.layers[readers[at]]
        return readers[at] if follower.tops == tops or at + 1 == len(readers) else -1

    def behind(self, place: int) -> CaffeLayer | None:
        """The layer behind that alone reads what a layer writes."""
        if self.layers[place].type != "BatchNorm":
            return None
        found = self.place_behind(place)
        return self.layers[found] if found >= 0 else None


def _group(name: str) -> str:
    """The words of a name in front of its last `/`: `inception_3a/1x1` belongs to `inception_3a`."""
    return name.rpartition("/")[0]
