"""Who reads a tensor in `forward`, and what it is called for that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archcalc.export.torch.names import variable
from archcalc.export.torch.parts import ClassPart, CyclePart, LayerPart, Part
from archcalc.export.torch.refs import WHOLE, Ref
from archcalc.export.torch.scopes import Scope
from archcalc.export.torch.tensors import Bundle


class Reading:
    """The parts that read each tensor, by their serial numbers."""

    def __init__(self, parts: Sequence[Part], readers: Mapping[Ref, Sequence[int]]) -> None:
        self._parts = parts
        self._places = {part.serial: place for place, part in enumerate(parts)}
        self._readers = readers

    def part(self, serial: int | str) -> Part | None:
        """The part with a serial number; None for what the class reads, and for what it returns."""
        return self._parts[self._places[serial]] if serial in self._places else None

    def alone(self, ref: Ref) -> Part | None:
        """The part that alone reads a tensor."""
        serials = {*self._readers.get(ref, ())}
        return self.part(serials.pop()) if len(serials) == 1 else None

    def role(self, ref: Ref) -> str | None:
        """What a tensor is for the part that alone reads it, if that has a name: the queries of attention."""
        part = self.alone(ref)
        if not isinstance(part, LayerPart):
            return None
        reads = max((call.reads for call in part.calls), key=len)
        return dict(zip(reads, part.first.layer.roles, strict=False)).get(ref)

    def entered(self, following: Sequence[int]) -> str | None:
        """A name for what enters a pool that is undone later: it is read again, for its size."""
        for serial in following:
            part = self.part(serial)
            if isinstance(part, LayerPart) and part.first.gives_indices and part.label is not None:
                return f"{word_of(part)}_input"
        return None

    def is_next(self, part: Part, reader: int) -> bool:
        """Whether a reader stands right behind a part."""
        place = self._places[part.serial]
        return place + 1 == len(self._parts) or self._parts[place + 1].serial == reader


def own_name(part: Part, index: int) -> str | None:
    """A name for one of several outputs: that of the part inside which makes it, or its number in a list."""
    if _is_list(part):
        return f"{word_of(part)}_{index}"
    if not isinstance(part, ClassPart):
        return None
    returned = part.template.returns[index]
    made = next((inner for inner in part.template.parts if inner.serial == returned[0]), None)
    if made is None or made.own_name is None:
        return None
    own = variable(made.own_name)
    # In the turns of a loop it is every time another part.
    return f"{word_of(part)}_{own}" if part.label is None or isinstance(part.label, str) else own


def gives_list(part: Part, ref: Ref) -> bool:
    """Whether a part gives a list of tensors there."""
    if isinstance(part, CyclePart):
        return isinstance(ref[1], int)
    if isinstance(part, LayerPart):
        return bool(ref[1] == WHOLE)
    return isinstance(ref[1], int) and isinstance(part.first.outputs[ref[1]], Bundle)


def word_of(part: Part) -> str:
    """A variable that is called as the part is."""
    return variable(part.word)


def _is_list(part: Part) -> bool:
    """Whether a part writes a list of maps, whose entries the spec counts from 0."""
    if isinstance(part, LayerPart):
        return bool(part.first.layer.gives_list)
    return isinstance(part.first, Scope) and isinstance(part.first.module.output, tuple)
