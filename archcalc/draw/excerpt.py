"""One part of a network as a picture of its own: a layer, a group or a block, with what it reads and who reads it."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.diagnostics import closest
from archcalc.draw.parts import DrawnPart, Link, bottom_up
from archcalc.terminal import visible


class NoSuchPart(LookupError):
    """Nothing in the network has this name; the message says what comes near."""

    def __str__(self) -> str:
        return str(self.args[0])


def excerpt(root: DrawnPart, name: str) -> tuple[DrawnPart, str]:
    """The tree of one part, and what there is to say about the choice.

    The name is a full one (`layer2.0`), or that of a block, of which the first call is drawn.

    Raises: NoSuchPart.
    """
    named: dict[str, DrawnPart] = {}
    calls: dict[str, list[tuple[str, DrawnPart]]] = {}
    for full, part in _walk(root, ""):
        named.setdefault(full, part)
        if part.role == "scope" and part.kind:
            calls.setdefault(part.kind, []).append((full, part))
    if name in named:
        return _cut(root, named[name]), ""
    if name in calls:
        (full, part), *more = calls[name]
        return _cut(root, part), f"{full}, the first of {len(more) + 1} × {name}" if more else full
    near = closest(name, [*named, *calls])
    hint = f"; did you mean {visible(near)}?" if near else ""
    raise NoSuchPart(f"there is no layer, no group and no block {visible(name)}{hint}")


def _walk(part: DrawnPart, prefix: str) -> Iterator[tuple[str, DrawnPart]]:
    for child in part.children:
        if child.role in ("layer", "scope"):
            yield f"{prefix}{child.label}", child
            yield from _walk(child, f"{prefix}{child.label}.")


class _Stubs:
    """What a part reads, and what reads it, by the names of what stands outside."""

    def __init__(self, root: DrawnPart, part: DrawnPart) -> None:
        self.parents = {id(child): above for above in bottom_up(root) for child in above.children}
        self.around = {id(one) for one in self._outward(part)}
        self.entering: dict[tuple[int, int], DrawnPart] = {}
        self.leaving: dict[tuple[int, int, str], DrawnPart] = {}
        self.inside = {id(leaf) for leaf in part.leaves}
        for leaf in part.leaves:
            leaf.reads = [self._entered(link, leaf) for link in leaf.reads]
        for leaf in part.leaves:
            outside = [reader for reader in dict.fromkeys(leaf.readers) if id(reader) not in self.inside]
            leaf.readers = [reader for reader in leaf.readers if id(reader) in self.inside]
            for reader in outside:
                self._left(leaf, reader)

    def _outward(self, part: DrawnPart) -> Iterator[DrawnPart]:
        yield part
        while id(part) in self.parents:
            part = self.parents[id(part)]
            yield part

    def _name(self, leaf: DrawnPart) -> str:
        """The outermost thing around a layer that does not hold the part as well."""
        chain = [one for one in self._outward(leaf) if id(one) not in self.around]
        shared = [one.label for one in self._outward(chain[-1])][1:-1]
        return ".".join([*reversed(shared), chain[-1].label])

    def _entered(self, link: Link, reader: DrawnPart) -> Link:
        if id(link.source) in self.inside:
            return link
        place = id(link.source), link.port
        stub = self.entering.get(place)
        if stub is None:
            is_input = link.source.role in ("input", "unknown")
            name = self._name(link.source)
            stub = self.entering[place] = DrawnPart("input", name if is_input else f"from {name}", "input")
            stub.leaves = [stub]
        stub.readers.append(reader)
        return link._replace(source=stub, port=0)

    def _left(self, leaf: DrawnPart, reader: DrawnPart) -> None:
        name = self._name(reader)
        for link in reader.reads:
            place = id(leaf), link.port, name
            if link.source is leaf and place not in self.leaving:
                label = name if reader.role == "output" else f"to {name}"
                stub = self.leaving[place] = DrawnPart("output", label, "output")
                stub.leaves = [stub]
                stub.reads = [link]
                leaf.readers.append(stub)


def _cut(root: DrawnPart, part: DrawnPart) -> DrawnPart:
    """The part alone, with a stub for every map that enters it and for everything that reads what leaves it."""
    stubs = _Stubs(root, part)
    found = DrawnPart("scope", part.label, part.kind)
    body = part.children if part.role == "scope" else [part]
    found.children = [*stubs.entering.values(), *body, *stubs.leaving.values()]
    found.leaves = [leaf for child in found.children for leaf in child.leaves]
    return found
