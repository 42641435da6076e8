"""Draws scopes as one box each, where a network has too many volumes."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.draw.parts import DrawnPart
from archcalc.draw.skips import skip
from archcalc.volumes.network import Network, Repeat, Volume, connected


def closed(network: Network, depth: int) -> Network:
    """The network where every scope at this depth (1: the outermost) is one volume, unless it holds only one."""
    members: dict[int, list[Volume]] = {}
    for volume in network.volumes:
        if len(volume.scopes) >= depth:
            members.setdefault(id(volume.scopes[depth - 1]), []).append(volume)
    boxes: dict[Volume, Volume] = {}
    for inside in members.values():
        if len(inside) > 1:
            box = _box(inside[0].scopes[depth - 1], inside, depth)
            boxes.update((volume, box) for volume in inside)
    volumes = list(dict.fromkeys(boxes.get(volume, volume) for volume in network.volumes))

    for volume in network.volumes:
        target = boxes.get(volume, volume)
        reads = [reading._replace(source=boxes.get(reading.source, reading.source)) for reading in volume.reads]
        named = [boxes.get(source, source) for source in volume.named]
        if target is volume:
            volume.reads, volume.named = reads, named
        else:
            known = {reading.source for reading in target.reads}
            target.reads += [one for one in reads if one.source is not target and one.source not in known]
            target.named += [one for one in named if one is not target and one not in target.named]
    return Network(connected(_sorted(volumes)), tuple(_repeats(network.repeats, boxes, depth)))


def _box(scope: DrawnPart, inside: Sequence[Volume], depth: int) -> Volume:
    last = inside[-1]
    members = set(inside)
    leaving = [volume for volume in inside if not members.issuperset(volume.readers) or not volume.readers]
    shown = leaving[-1] if leaving else last
    name = ".".join([part.label for part in shown.scopes[:depth]])
    box = Volume(name, scope.kind or scope.label, "scope", shown.shape, shown.sizes)
    box.action = (scope.kind or scope.label).replace("_", " ")
    box.scopes = shown.scopes[: depth - 1]
    box.layers = sum([volume.layers for volume in inside])
    box.skip = skip(scope)
    box.fault = next((volume.fault for volume in inside if volume.fault), "")
    return box


def _sorted(volumes: Sequence[Volume]) -> list[Volume]:
    """The volumes with each behind all that it reads, else in the order in which they were."""
    found: dict[Volume, None] = {}
    present = set(volumes)
    waiting = [*reversed(volumes)]
    opened: set[Volume] = set()
    while waiting:
        volume = waiting[-1]
        missing = [one.source for one in volume.reads if one.source in present and one.source not in found]
        if volume in found or (not missing) or volume in opened:
            waiting.pop()
            found.setdefault(volume)
        else:
            opened.add(volume)
            waiting.extend(reversed(missing))
    return list(found)


def _repeats(repeats: Sequence[Repeat], boxes: dict[Volume, Volume], depth: int) -> list[Repeat]:
    """Repeats whose scopes are drawn, be it as one box."""
    found: list[Repeat] = []
    for repeat in repeats:
        volumes = tuple(dict.fromkeys(boxes.get(volume, volume) for volume in repeat.volumes))
        around = repeat.volumes[0].scopes.index(repeat.scope) + 1
        if around <= depth or not any(volume in boxes for volume in repeat.volumes):
            found.append(repeat._replace(volumes=volumes))
    return found
