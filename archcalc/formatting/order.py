"""The order of keys: in a spec, a variant, an input, a step, the fields of a layer, and a claim.

Maps whose keys are names of the user (`let`, `at`, blocks, variants, inputs, arguments of a block) keep their order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from archcalc.layers.table import KINDS, layer_class, layer_fields, own_name
from archcalc.quantities import QUANTITIES
from archcalc.source.document import Mapping as Map
from archcalc.source.document import Node, Scalar
from archcalc.spec.names import STEP_KEYS
from archcalc.spec.reader import INPUT_KEYS

_SPEC = (
    *("archcalc", "name", "source", "input", "at", "rounding", "let", "variants", "blocks", "layers", "output"),
    *("expect", "ignore"),
)
_BEHIND = ("from", "as", "when", "trainable", "tied", "ignore")
"""Keys behind a layer, in brackets."""
BEFORE = ("as", "from", "when", "trainable", "tied", "ignore", "for", "repeat")
"""Keys in front of a layer on lines, and of a group."""
_CLAIM = ("at", "", "relative_to", "counting", "source", "holds", "because")
"""Keys of a claim; the empty name is what is claimed and of what, in the order in which it is written."""


class Role(NamedTuple):
    """What a value is in a spec; an empty name stands for one whose keys have no order of ours."""

    name: str
    kind: str = ""
    """The layer whose fields they are."""

    def at(self, key: str) -> Role:
        """The role of the value at a key of a map in this role.

        >>> SPEC.at("layers").at("conv")
        Role(name='fields', kind='conv')
        """
        if self.name == "step":
            if key == "do" or key == "fork":
                return STEP
            return Role("") if key in STEP_KEYS else Role("fields", key)
        if self.name == "fields":
            return STEP if key == "branches" else Role("")
        return Role(_INNER.get(self.name, {}).get(key, _ANY.get(self.name, "")))

    @property
    def item(self) -> Role:
        """The role of the items of a list in this role: steps, branches and claims may be listed."""
        if self.name == "fields" and self.kind in KINDS and layer_class(self.kind).is_merge:
            return STEP
        return self if self.name in ("step", "claim") else Role("")


SPEC = Role("spec")
STEP = Role("step")
_INNER: dict[str, Mapping[str, str]] = {
    "spec": {"input": "inputs", "layers": "step", "blocks": "blocks", "variants": "variants", "expect": "claim"}
}
_ANY = {"inputs": "inputs", "blocks": "step", "variants": "spec"}


def in_order(role: Role, node: Map, *, on_lines: bool) -> list[int]:
    """The indices of the entries of a map in their order, which differs where each of them has a line of its own.

    A key that is unknown stays behind the key that it stands behind.

    >>> from archcalc.source import SourceFile, parse
    >>> node, _ = parse(SourceFile("step.yaml", "{as: stem, conv: [8, 3], from: image}"))
    >>> in_order(STEP, node, on_lines=False), in_order(STEP, node, on_lines=True)
    ([1, 2, 0], [0, 2, 1])
    """
    rank = _RANKS[role.name](role, node, on_lines) if role.name in _RANKS else {}
    ranks: list[int] = []
    for key, _ in node.entries:
        ranks.append(rank.get(key.text, ranks[-1] if ranks else -1))
    return sorted(range(len(ranks)), key=ranks.__getitem__)


def in_brackets(role: Role, node: Map) -> list[tuple[Scalar, Node]]:
    """The entries of a map in brackets, in their order."""
    return [node.entries[index] for index in in_order(role, node, on_lines=False)]


Ranks = dict[str, int]


def _numbered(names: Sequence[str]) -> Ranks:
    return {name: number for number, name in enumerate(names)}


def _of_spec(role: Role, node: Map, on_lines: bool) -> Ranks:
    return _numbered(_SPEC)


def _of_input(role: Role, node: Map, on_lines: bool) -> Ranks:
    # A map of inputs has their names for keys.
    return _numbered(INPUT_KEYS) if node.get("shape") is not None else {}


def _of_step(role: Role, node: Map, on_lines: bool) -> Ranks:
    is_last = on_lines or node.get("do") is not None
    beside = _numbered(BEFORE if is_last else _BEHIND)
    layer = [key.text for key, _ in node.entries if key.text not in BEFORE]
    return beside | dict.fromkeys(layer, len(beside) if is_last else -1)


def _of_fields(role: Role, node: Map, on_lines: bool) -> Ranks:
    if role.kind not in KINDS:
        return {}
    fields = _numbered(layer_fields(role.kind)[0])
    known = {key.text: own_name(role.kind, key.text) for key, _ in node.entries}
    ranks = {name: fields[own] for name, own in known.items() if own in fields}
    return ranks | {"in": -1, "branches": len(fields) if on_lines else -1}


def _of_claim(role: Role, node: Map, on_lines: bool) -> Ranks:
    ranks = _numbered(_CLAIM)
    return ranks | dict.fromkeys(("of", *QUANTITIES), ranks[""])


_RANKS: dict[str, Callable[[Role, Map, bool], Ranks]] = {
    "spec": _of_spec,
    "inputs": _of_input,
    "step": _of_step,
    "fields": _of_fields,
    "claim": _of_claim,
}
