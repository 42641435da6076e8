"""Two graphs side by side: which layers of one the other has as well, and what the layers read.

Layers that only training knows, and those that hand on what they read, say nothing about what is computed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from archcalc.graph import Graph, Map, Node
from archcalc.importing.proving import digest, fields_of


@dataclass(frozen=True)
class Difference:
    """A place at which two graphs have other layers: those of each, in order; or one layer that reads other maps."""

    here: tuple[str, ...]
    there: tuple[str, ...]
    is_wiring: bool = False


class Beside:
    """A graph and another one."""

    def __init__(self, here: Graph, there: Graph) -> None:
        self.here, self.there = _Listed(here), _Listed(there)

    @property
    def layers(self) -> int:
        """The layers of the first one that compute something."""
        return len(self.here.nodes)

    @property
    def same(self) -> bool:
        """Whether every layer of each has one in the other that reads the same."""
        return Counter(self.here.whole) == Counter(self.there.whole) and self.here.outputs == self.there.outputs

    def differences(self) -> Iterator[Difference]:
        """Where the layers differ, in order; what differs in what it reads alone comes where no layer differs."""
        is_any = False
        matcher = SequenceMatcher(None, self.here.alone, self.there.alone, autojunk=False)
        for tag, start, end, from_, to in matcher.get_opcodes():
            if tag != "equal":
                is_any = True
                yield self._between(slice(start, end), slice(from_, to))
        if not is_any:
            for number, pair in enumerate(zip(self.here.whole, self.there.whole, strict=True)):
                if pair[0] != pair[1]:
                    place = slice(number, number + 1)
                    yield Difference(self.here.named(place), self.there.named(place), is_wiring=True)
                    return

    def _between(self, here: slice, there: slice) -> Difference:
        """The layers at a place; a layer that is another one in its fields alone is told with these."""
        one, two = self.here.nodes[here], self.there.nodes[there]
        if len(one) == len(two) == 1 and one[0].kind == two[0].kind:
            fields, others = fields_of(one[0]), fields_of(two[0])
            differing = [name for name in fields if fields[name] != others.get(name)]
            return Difference(self.here.named(here, differing), self.there.named(there, differing))
        return Difference(self.here.named(here), self.there.named(there))


class _Listed:
    """The layers of a graph that compute something, each by itself and with all that it reads."""

    def __init__(self, graph: Graph) -> None:
        self.nodes: list[Node] = []
        self.alone: list[str] = []
        self.whole: list[str] = []
        self._found: dict[tuple[int, int], str] = {}
        for number, node in enumerate(graph.inputs):
            for output in node.outputs:
                self._found[id(node), output.port] = f"input {number}"
        for node in graph.nodes:
            self._add(node)
        self.outputs = [self._of(value) for value in graph.outputs.values()]

    def named(self, place: slice, fields: Sequence[str] = ()) -> tuple[str, ...]:
        """The names and kinds of some layers, with some of their fields."""
        return tuple(_named(node, fields) for node in self.nodes[place])

    def _add(self, node: Node) -> None:
        read = [self._of(value) for value in node.inputs]
        if _hands_on(node):
            self._found.update({(id(node), output.port): read[0] for output in node.outputs})
            return
        what = f"{node.kind} {fields_of(node)} {[str(output.shape) for output in node.outputs]}"
        told = digest(
            "|".join([what, *(sorted(read) if node.layer is not None and node.layer.is_commutative else read)])
        )
        self.nodes.append(node)
        self.alone.append(what)
        self.whole.append(told)
        self._found.update({(id(node), output.port): f"{told}{output.port}" for output in node.outputs})

    def _of(self, value: Map) -> str:
        return self._found.get((id(value.node), value.port), "nothing")


def _named(node: Node, fields: Sequence[str]) -> str:
    values = fields_of(node)
    shown = [f"{node.kind} {node.outputs[0].shape}", *(f"{name} {values[name]}" for name in fields)]
    return f"{node.name} ({', '.join(shown)})"


def _hands_on(node: Node) -> bool:
    """Whether a layer gives the numbers that it reads, outside of training."""
    layer = node.layer
    if layer is None or len(node.inputs) != 1:
        return False
    if node.kind == "permute":
        axes = [int(axis) for axis in getattr(layer, "axes", ())]
        return axes == sorted(axes)
    return layer.family == "regularization" or node.kind in ("identity", "require")
