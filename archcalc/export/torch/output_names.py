"""What the outputs of parts are called in `forward`, and which of them are lists."""

from __future__ import annotations

from archcalc.export.torch.names import variable
from archcalc.export.torch.parts import ClassPart, CyclePart, LayerPart, Part
from archcalc.export.torch.refs import WHOLE, Ref
from archcalc.export.torch.scopes import Scope
from archcalc.export.torch.tensors import Bundle


def word_of(part: Part) -> str:
    """A variable that is called after a part."""
    return variable(part.word)


def own_name(part: Part, index: int) -> str | None:
    """A name for one of several outputs: that of the part inside which makes it, or its number in a list."""
    if _counts(part):
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
    """Whether an output of a part is a list of tensors."""
    if isinstance(part, CyclePart):
        return isinstance(ref[1], int)
    if isinstance(part, LayerPart):
        return bool(ref[1] == WHOLE)
    return isinstance(ref[1], int) and isinstance(part.first.outputs[ref[1]], Bundle)


def _counts(part: Part) -> bool:
    """Whether a part writes a list of maps, whose entries the spec counts from 0."""
    if isinstance(part, LayerPart):
        return bool(part.first.layer.gives_list)
    return isinstance(part.first, Scope) and isinstance(part.first.module.output, tuple)
