"""Which scopes are calls of one block: those of one class, from the innermost classes outwards."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from keyword import iskeyword

from archcalc.importing.structure.flow import Flow
from archcalc.importing.structure.tree import Place
from archcalc.layers.table import KINDS
from archcalc.spec.names import LABEL, RESERVED_WORDS, STEP_KEYS, WIRING_KINDS

_CONTAINERS = "torch.nn.modules.container:"
"""Classes that hold steps of their parent's class: they say nothing themselves."""


LONGEST = 60
"""Characters of a name that a block gets from a class."""


def places_in(root: Place) -> Iterator[Place]:
    """All places in a place, outermost first."""
    for item in root.items:
        if isinstance(item, Place):
            yield item
            yield from places_in(item)


def candidates(root: Place, flow: Flow) -> dict[str, list[Place]]:
    """The places of every class that is called more than once, and that stands for itself."""
    found: dict[str, list[Place]] = {}
    for place in places_in(root):
        if place.class_name and not place.class_name.startswith(_CONTAINERS):
            found.setdefault(place.class_name, []).append(place)
    return {name: places for name, places in found.items() if len(places) > 1 and not _shares(places, flow)}


def _shares(places: list[Place], flow: Flow) -> bool:
    """Whether a layer in one of them applies one outside of it, which the steps of a block cannot see."""
    for place in places:
        own = set(place.layers)
        if any(layer.shares is not None and layer.shares not in own for layer in own):
            return True
    return False


def innermost_first(classes: dict[str, list[Place]]) -> list[list[Place]]:
    """Groups of places, a class each, so that what a place holds comes before it.

    Classes that hold themselves, as trees do, are split by the depth of what their places hold.
    """
    of = {place: name for name, places in classes.items() for place in places}
    groups = _ordered({place: (name, 0) for place, name in of.items()})
    if groups is None:
        heights = _heights(of)
        groups = _ordered({place: (name, heights[place]) for place, name in of.items()})
    assert groups is not None, "what is less deep holds nothing that is deeper"
    return groups


def _around(place: Place, of: dict[Place, str]) -> Iterator[Place]:
    return (outer for outer in place.outward if outer is not place and outer in of)


def _heights(of: dict[Place, str]) -> dict[Place, int]:
    heights = dict.fromkeys(of, 0)
    for place in sorted(of, key=lambda place: -sum(1 for _ in place.outward)):
        for outer in _around(place, of):
            heights[outer] = max(heights[outer], heights[place] + 1)
            break
    return heights


def _ordered(keys: dict[Place, tuple[str, int]]) -> list[list[Place]] | None:
    """The places of each key, with those that others hold in front; None if they hold each other."""
    groups: dict[tuple[str, int], list[Place]] = {}
    for place, key in keys.items():
        groups.setdefault(key, []).append(place)
    holds: dict[tuple[str, int], set[tuple[str, int]]] = {key: set() for key in groups}
    for place, key in keys.items():
        outer = next((outer for outer in place.outward if outer is not place and outer in keys), None)
        if outer is not None:
            holds[keys[outer]].add(key)
    found: list[tuple[str, int]] = []
    while len(found) < len(groups):
        ready = [key for key in groups if key not in found and holds[key].issubset(found)]
        if not ready:
            return None
        found += ready
    return [groups[key] for key in found]


def name_of(class_name: str) -> str:
    """The name of a block for a class.

    >>> name_of("torchvision.models.resnet:Bottleneck"), name_of("net:MBConv2D"), name_of("net:_T5Layer")
    ('bottleneck', 'mb_conv2d', 't5_layer')
    """
    word = class_name.rpartition(":")[2].rpartition(".")[2][:LONGEST]
    word = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", word)
    word = re.sub(r"([a-z])([A-Z])|(\d)([A-Z][a-z])", r"\1\3_\2\4", word)
    return re.sub(r"\W+|__+", "_", word, flags=re.ASCII).strip("_").lower()


def free_name(wanted: str, taken: Collection[str]) -> str:
    """A name for a block that is no layer, no word of the language, and none of these."""
    reserved = {*KINDS, *WIRING_KINDS, *STEP_KEYS, *RESERVED_WORDS}
    wanted = wanted if LABEL.fullmatch(wanted) and not wanted[0].isdigit() else "part"
    name = f"{wanted}_block" if wanted in reserved or iskeyword(wanted) else wanted
    number = 2
    while name in taken:
        name = f"{wanted}_{number}"
        number += 1
    return name
