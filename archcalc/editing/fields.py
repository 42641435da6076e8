"""The arguments of a step: one set or taken out, however the step is written."""

from __future__ import annotations

from collections.abc import Mapping as Names
from types import MappingProxyType
from typing import NamedTuple

from archcalc.editing.entries import as_map, deepened, inserted, map_indentation, replaced
from archcalc.editing.manuscript import Location, Manuscript, Uneditable
from archcalc.editing.text import TextEdit
from archcalc.layers.table import KINDS, layer_class, layer_fields
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.source.writing import label, pair, written
from archcalc.spec.heads import read_head
from archcalc.spec.names import STEP_KEYS
from archcalc.spec.odd_keys import as_one_map
from archcalc.spec.structure import Findings

_NOWHERE = (1, 1, 1, 1)
"""Lines and columns of what is only going to be written."""


class Signature(NamedTuple):
    """The arguments of a kind or a block in their order, and which one a bare value and a bare list set."""

    names: list[str]
    main: str | None
    main_is_list: bool
    others: Names[str, str] = MappingProxyType({})
    """Further names of arguments, each with the argument's own."""

    def own(self, name: str) -> str:
        """The name of an argument, which may be given under another one."""
        return self.others.get(name, name)


class StepCall:
    """A step as it is written: its kind, what stands behind it, and what that sets."""

    __slots__ = ("beside", "is_bare", "key", "location", "manuscript", "signature", "value")

    def __init__(self, manuscript: Manuscript, location: Location) -> None:
        self.manuscript = manuscript
        self.location = location
        node = location.node
        beside: list[tuple[Scalar, Node]] = []
        if isinstance(node, Scalar):
            self.key = node
            self.value = Location(node, location.path, location.parent, None, location.in_flow)
        elif isinstance(node, Mapping):
            kinds = [(key, value) for key, value in node.entries if key.text not in STEP_KEYS]
            self.key, value = _called(kinds)
            beside = [entry for entry in kinds if entry[0] is not self.key]
            in_flow = location.in_flow or manuscript.is_bracketed(node)
            self.value = Location(value, (*location.path, self.key.text), node, self.key, in_flow)
        else:
            raise Uneditable("a list is no step")
        self.is_bare = isinstance(node, Scalar)
        """Whether nothing but its kind is written."""
        self.signature = signature(manuscript, self.key.text)
        self.beside = {self.signature.own(key.text): (key, given) for key, given in beside}
        """The fields of a merge that stand beside it: `{multiply: [a, g], broadcast: true}`."""

    def arguments(self) -> dict[str, Node]:
        """Every argument that is given, by name."""
        return {**self._inside(), **{name: given for name, (_, given) in self.beside.items()}}

    def _inside(self) -> dict[str, Node]:
        """The arguments that stand behind the kind."""
        value, (names, main, main_is_list, _) = self.value.node, self.signature
        if self.is_bare or (isinstance(value, Scalar) and value.is_null):
            return {}
        if isinstance(value, Mapping):
            return {self.signature.own(key.text): given for key, given in value.entries}
        if isinstance(value, Scalar) or main_is_list:
            if main is None:
                raise Uneditable(f"`{self.key.text}` takes no single value")
            return {main: value}
        if len(value.items) > len(names):
            raise Uneditable(f"`{self.key.text}` is given more values than it takes")
        return dict(zip(names, value.items, strict=False))

    def set(self, field: str, value: Node) -> list[TextEdit]:
        """The edits that give a field this value."""
        if field not in self.signature.names:
            raise Uneditable(f"`{self.key.text}` has no field `{field}`")
        if field in self.beside:
            key, node = self.beside[field]
            assert isinstance(self.location.node, Mapping), "only a map has something beside the kind"
            there = Location(node, (*self.location.path, key.text), self.location.node, key, self.value.in_flow)
            return replaced(self.manuscript, there, value)
        given = self._inside()
        old = self.value.node
        if field in given and (given[field] is not old or self._stands_alone(value)):
            return replaced(self.manuscript, self._argument(field), value)
        if not given and not isinstance(old, (Mapping, Sequence)):
            return [self._first(self._alone(field, value))]
        if isinstance(old, Mapping):
            return inserted(self.manuscript, old, self.value.in_flow, len(old.entries), field, value)
        if isinstance(old, Sequence) and not self.signature.main_is_list:
            if self.signature.names.index(field) == len(old.items):
                return inserted(self.manuscript, old, self.value.in_flow, len(old.items), None, value)
            return self._named(old, list(given), field, value)
        return self._wrapped(old, field, value)

    # How it is written

    def _stands_alone(self, value: Node) -> bool:
        """Whether a value of the main field may stand behind the kind without the field's name."""
        return not isinstance(value, Mapping) and (isinstance(value, Scalar) or self.signature.main_is_list)

    def _alone(self, field: str, value: Node) -> Node:
        if field == self.signature.main and self._stands_alone(value):
            return value
        return made_map({field: value})

    def _argument(self, field: str) -> Location:
        """Where a given field stands."""
        path, old = self.value.path, self.value.node
        in_flow = self.value.in_flow or self.manuscript.is_bracketed(old)
        if isinstance(old, Mapping):
            key, node = next(entry for entry in old.entries if self.signature.own(entry[0].text) == field)
            return Location(node, (*path, key.text), old, key, in_flow)
        if isinstance(old, Sequence) and not self.signature.main_is_list:
            index = self.signature.names.index(field)
            return Location(old.items[index], (*path, index), old, None, in_flow)
        return self.value

    def _first(self, value: Node) -> TextEdit:
        """A value where none was."""
        manuscript, location = self.manuscript, self.location
        if not self.is_bare:
            return replaced(manuscript, self.value, value)[0]
        style = manuscript.style(location.in_flow)
        start, end = manuscript.start(self.key), manuscript.end(self.key)
        text = f"{manuscript.slice(self.key)}: {written(value, 'block' if style == 'block' else style)}"
        return TextEdit(start, end, f"{{{text}}}" if style == "json" else text)

    def _named(self, old: Sequence, names: list[str], field: str, value: Node) -> list[TextEdit]:
        """Values in order become a map, to which a field is added."""
        if not old.items:
            return [self._whole({field: value})]
        return as_map(self.manuscript, old, self.key, names, field, value)

    def _wrapped(self, old: Node, field: str, value: Node) -> list[TextEdit]:
        """The main field's value, which stood alone, becomes an entry of a map."""
        main = self.signature.main
        assert main is not None, "a value stands alone only where a field takes it"
        manuscript = self.manuscript
        start, end = manuscript.start(old), manuscript.end(old)
        style = manuscript.style(True)
        if field == main:
            return [TextEdit(start, end, written(made_map({main: value}), style))]
        head = f"{{{label(main, style)}"
        tail = f", {pair(field, value, style)}}}"
        if isinstance(old, Scalar):
            is_quoted = old.quoted and old.line == old.end_line
            kept = manuscript.slice(old) if is_quoted or style == "json" else written(old, style)
            return [TextEdit(start, end, f"{head}{kept}{tail}")]
        if manuscript.is_bracketed(old):
            return [TextEdit(start, start, head), TextEdit(end, end, tail)]
        assert isinstance(old, Sequence), "a map is no single value"
        # A list on lines may stand right below the key that it now has.
        before = map_indentation(old, self.key)
        edits = deepened(manuscript, old, self.key)
        return [*edits, TextEdit(start, start, f"{pair(field, value, 'block')}\n{before}{main}:\n{before}")]

    def _whole(self, fields: dict[str, Node]) -> TextEdit:
        """All arguments written anew, which is done where there are no comments in between."""
        manuscript, old = self.manuscript, self.value.node
        if not manuscript.is_bracketed(old) or "#" in manuscript.slice(old):
            raise Uneditable("the list of values would have to be written anew")
        text = written(made_map(fields), manuscript.style(True))
        return TextEdit(manuscript.start(old), manuscript.end(old), text)


def _called(kinds: list[tuple[Scalar, Node]]) -> tuple[Scalar, Node]:
    """The kind of a step among its keys, which are more than one where a merge has fields beside it."""
    called = kinds[0] if len(kinds) == 1 else as_one_map(kinds)
    if called is None:
        raise Uneditable("the step has no layer")
    return next(entry for entry in kinds if entry[0] is called[0])


def signature(manuscript: Manuscript, kind: str) -> Signature:
    """The arguments of a kind: of the spec's block of this name, of a layer, or of what wires. Raises: Uneditable."""
    blocks = manuscript.root.get("blocks") if isinstance(manuscript.root, Mapping) else None
    for head, _ in blocks.entries if isinstance(blocks, Mapping) else ():
        name, parameters = read_head(Findings(), head)
        if name == kind:
            names = [parameter.name for parameter in parameters or ()]
            return Signature(names, names[0] if names else None, False)
    if kind in ("use", "apply"):
        field = "name" if kind == "use" else "kind"
        return Signature([field], field, False)
    if kind not in KINDS:
        raise Uneditable(f"`{kind}` takes no fields")
    names = layer_fields(kind)[0]
    cls = layer_class(kind)
    if cls.is_merge:
        return Signature([*names, "branches"], "branches", True, cls.other_names)
    return Signature(names, cls.main, cls.main_is_list, cls.other_names)


def made_map(fields: dict[str, Node]) -> Mapping:
    """A map that stands nowhere yet."""
    return Mapping([(Scalar(name, *_NOWHERE), value) for name, value in fields.items()], *_NOWHERE)
