"""The order in which a class registers its modules, which is that of the keys of its state_dict.

As a rule it is the order in which they run. Where `register` says another one, the constructor makes them in that
order, and `forward` runs them in theirs:

    self.attn = Attention(width)                    x = x + self.attn(self.norm(x))
    self.norm = nn.LayerNorm(width)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.export.torch.code import names_in
from archcalc.export.torch.namespace import Mismatch, Unrolled
from archcalc.export.torch.parts import CyclePart, GroupPart, LoopPart, Part, codes_of, keeps_state
from archcalc.export.torch.scopes import Item, Leaf, Scope


def order(scope: Scope) -> tuple[str, ...]:
    """The names in a scope as they are registered; none if that is the order in which they run."""
    places: dict[str, tuple[int, ...]] = {}
    for item in _own(scope):
        places.setdefault(_first(item.label), (_number(item), 1))
    used = tuple(places)
    for serial, (layers, names) in enumerate(scope.module.registered):
        places.update({name: (layers, 0, serial, place) for place, name in enumerate(names) if name in places})
    found = tuple(sorted(places, key=lambda name: places[name]))
    return () if found == used else found


class Registration:
    """How the parts of a class are registered, in an order that all of its places follow."""

    def __init__(self, parts: Sequence[Part], scopes: Sequence[Scope]) -> None:
        """Raises: Mismatch where the places do not agree, Unrolled for a loop that makes modules in another order."""
        self.parts = list(parts)
        """The parts, in the order in which the constructor makes them."""
        self._ranks: dict[str, int] = {}
        if any(scope.order for scope in scopes):
            self._ranks = {name: rank for rank, name in enumerate(_merged(list(map(_names, scopes))))}
            self.parts = self._sorted(parts)
            self._check(parts, scopes)

    def inside(self, parts: Sequence[Part]) -> list[Part]:
        """The same for what a loop makes in each of its turns."""
        return sorted(parts, key=self._rank)

    def _rank(self, part: Part, before: int = -1) -> int:
        """The place of a part among the others; `before` for one without a name."""
        return min((self._ranks[name] for name in _names_of(part) if name in self._ranks), default=before)

    def _sorted(self, parts: Sequence[Part]) -> list[Part]:
        ranks: dict[int, int] = {}
        before = -1
        for part in parts:
            before = ranks[part.serial] = self._rank(part, before)
        return sorted(parts, key=lambda part: ranks[part.serial])

    def _check(self, parts: Sequence[Part], scopes: Sequence[Scope]) -> None:
        """Whether loops make their modules in this order, too. Raises: Unrolled, Mismatch."""
        loops = [part for part in parts if isinstance(part, CyclePart)]
        wrong = self._out_of_step(parts)
        for place, scope in enumerate(scopes):
            made = [name for part in self.parts for name in self._made(part, place)]
            run = [item.label for item in _own(scope) if keeps_state(item)]
            names = list(dict.fromkeys(map(_first, made)))
            wanted = [name for name in _names(scope) if name in names]
            if names != wanted or _by_name(made, names) != _by_name(run, names):
                wrong += [loop for loop in loops if len(set(_names_of(loop))) > 1]
                if not wrong:
                    raise Mismatch("another order of registration")
        for loop in wrong:
            raise Unrolled(loop.first.group, Mismatch("another order of registration"))

    def _out_of_step(self, parts: Sequence[Part]) -> list[LoopPart]:
        """Loops in which channels run along, if these are read behind them no more in the same order."""
        running = [loop for part in parts for loop in _loops(part) if loop.start is not None]
        names = {_variable(loop.start[0]) for loop in running if loop.start is not None}

        def reads(part: Part) -> bool:
            read = [name for code in codes_of(part) for name in names_in(code) if "#" in name]
            return any(_variable(name) in names for name in read) or any(loop in running for loop in _loops(part))

        kept = list(filter(reads, parts)) if running else []
        return running if kept != [part for part in self.parts if part in kept] else []

    def _made(self, part: Part, place: int) -> Iterator[str]:
        """The names of what a part registers at a place, in order, with a dot behind those of containers."""
        item = part.items[place]
        if item is None:
            return
        if not isinstance(part, CyclePart):
            if item.owner is None and keeps_state(item):
                yield item.label
            return
        before = sum(len(run.turns) for other, run in part.present if other < place)
        turns = range(before, before + len(item.turns))
        inner = self.inside(part.parts)
        for one in inner:
            yield from (f"{_first(entry.label)}." for entry in _entries(one, turns) if entry.shelf)
        for turn in turns:
            yield from (entry.label for one in inner for entry in _entries(one, (turn,)))


def _merged(orders: Sequence[Sequence[str]]) -> list[str]:
    """One order that all of several follow. Raises: Mismatch if there is none."""
    in_front: dict[str, set[str]] = {}
    for names in orders:
        for before, name in zip(("", *names), names, strict=False):
            in_front.setdefault(name, set()).add(before)
    found: list[str] = []
    while in_front:
        ready = [name for name, before in in_front.items() if in_front.keys().isdisjoint(before)]
        if not ready:
            raise Mismatch("another order of registration")
        found.append(ready[0])
        del in_front[ready[0]]
    return found


def _own(scope: Scope) -> list[Item]:
    """What a scope may have modules of its own for."""
    return [item for item in scope.items if item.owner is None]


def _names(scope: Scope) -> Sequence[str]:
    """The names in a scope as it registers them, without numbers that no state dict shows."""
    named = dict.fromkeys(_first(item.label) for item in _own(scope) if _has_name(item))
    return [name for name in scope.order if name in named] or list(named)


def _names_of(part: Part) -> Iterator[str]:
    """The names of what a part makes."""
    parts = part.parts if isinstance(part, CyclePart) else [part]
    for item in (item for one in parts for _, item in one.present):
        if item.owner is None and _has_name(item):
            yield _first(item.label)


def _has_name(item: Item) -> bool:
    return keeps_state(item) or not item.label.isdigit()


def _loops(part: Part) -> Iterator[LoopPart]:
    """The loops in a part."""
    if isinstance(part, LoopPart):
        yield part
    if isinstance(part, (GroupPart, LoopPart)):
        for inner in part.parts:
            yield from _loops(inner)


def _variable(name: str) -> str:
    """The variable in Python of which a name is one value."""
    return name.partition("#")[0]


def _entries(part: Part, turns: Sequence[int]) -> Iterator[Item]:
    """What a part of a loop registers in some turns."""
    found: Iterator[Item | None] = (part.items[turn] for turn in turns)
    return (item for item in found if item is not None and item.owner is None and keeps_state(item))


def _by_name(labels: Sequence[str], names: Sequence[str]) -> list[str]:
    """Full names of modules, those of each container together."""
    return sorted((label for label in labels if not label.endswith(".")), key=lambda label: names.index(_first(label)))


def _first(label: str) -> str:
    return label.partition(".")[0]


def _number(item: Item) -> int:
    """How many layers of the network are in front of an item."""
    found: int = (item if isinstance(item, Leaf) else next(item.leaves())).node.index
    return found
